//! Whether a worker lives, as far as that can be told from outside: by its lock
//! where locks reach, else by the heartbeat in its status, which counts up about
//! once a second. Clocks of other hosts are not trusted.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use super::{RunDir, RunSummary, Status};

/// A live worker that has not beaten for this long is called silent.
const SILENT_AFTER: Duration = Duration::from_secs(5);
/// A live worker beats within this long, with time to spare.
const HEARTBEAT_WAIT: Duration = Duration::from_millis(2500);
/// Between two looks at a heartbeat.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// What changes with every word of a worker: its heartbeat, and for another
/// program that writes none, the time of its status file.
type Heartbeat = (Option<u64>, Option<SystemTime>);

fn read_heartbeat(run: &RunDir) -> Heartbeat {
    let beat = Status::read(run).map(|status| status.heartbeat).ok();
    (beat, status_modified(run))
}

fn status_modified(run: &RunDir) -> Option<SystemTime> {
    let meta = std::fs::metadata(run.status_path()).ok()?;
    meta.modified().ok()
}

/// Whether a run's worker says anything while we watch, for up to `patience`.
pub(super) fn has_heartbeat(run: &RunDir, patience: Duration) -> bool {
    let (first, began) = (read_heartbeat(run), Instant::now());
    while began.elapsed() < patience {
        std::thread::sleep(POLL_INTERVAL);
        let now = read_heartbeat(run);
        if now.0.is_some() && now != first {
            return true;
        }
    }
    false
}

/// Whether a file system is one of this machine alone, so that a free lock on
/// it proves that nobody holds it, whatever a worker's host was called.
#[cfg(target_os = "linux")]
pub(super) fn locks_reach(path: &Path) -> bool {
    // ext, xfs, btrfs, tmpfs, ramfs, overlayfs, zfs, f2fs, bcachefs.
    const LOCAL: [u64; 9] = [
        0xEF53,
        0x5846_5342,
        0x9123_683E,
        0x0102_1994,
        0x8584_58F6,
        0x794C_7630,
        0x2FC1_2FC1,
        0xF2F5_2010,
        0xCA45_1A4E,
    ];
    rustix::fs::statfs(path).is_ok_and(|stat| LOCAL.contains(&(stat.f_type as u64 & 0xFFFF_FFFF)))
}

/// Elsewhere it is not known.
#[cfg(not(target_os = "linux"))]
pub(super) fn locks_reach(_path: &Path) -> bool {
    false
}

/// How long ago a run's status was written, by this host's clock; none when
/// that lies in the future.
pub(super) fn status_age(run: &RunDir) -> Option<Duration> {
    status_modified(run)?.elapsed().ok()
}

/// Finds out which of the live runs are silent. Where the time of a status
/// file makes one suspect, its heartbeat is watched for a moment, once for all.
pub fn mark_silent_runs(runs: &mut [RunSummary]) {
    let mut suspects: Vec<(&mut RunSummary, RunDir, Option<Duration>, Heartbeat)> = runs
        .iter_mut()
        .filter(|run| run.state.is_live())
        .filter_map(|summary| {
            let run = summary.directory().ok()?;
            let age = status_age(&run);
            let suspect = age.is_none_or(|age| age > SILENT_AFTER);
            suspect.then(|| {
                let sign = read_heartbeat(&run);
                (summary, run, age, sign)
            })
        })
        .collect();
    let began = Instant::now();
    while !suspects.is_empty() && began.elapsed() < HEARTBEAT_WAIT {
        std::thread::sleep(POLL_INTERVAL);
        suspects.retain_mut(|(summary, run, _, first)| {
            if read_heartbeat(run) == *first {
                return true;
            }
            if let Ok(now) = RunSummary::read(run) {
                **summary = now;
            }
            false
        });
    }
    for (summary, _, age, _) in suspects {
        summary.mark_silent(age.unwrap_or_default().max(began.elapsed()));
    }
}

/// Listens to runs over time, by this process's own clock alone.
#[derive(Debug, Default)]
pub struct HeartbeatMonitor {
    /// The last word of each live run, by its path, and when it was first seen.
    seen: BTreeMap<String, (Heartbeat, Instant)>,
}

impl HeartbeatMonitor {
    /// Marks the live runs that have not beaten for a while.
    pub fn mark_silent_runs(&mut self, runs: &mut [RunSummary]) {
        let live = |path: &String| {
            runs.iter()
                .any(|run| run.state.is_live() && run.path == *path)
        };
        self.seen.retain(|path, _| live(path));
        for run in runs.iter_mut().filter(|run| run.state.is_live()) {
            let written = run.directory().ok().and_then(|run| status_modified(&run));
            let now = ((Some(run.heartbeat), written), Instant::now());
            let (last, since) = self.seen.entry(run.path.clone()).or_insert(now);
            if *last != now.0 {
                (*last, *since) = now;
            } else if since.elapsed() > SILENT_AFTER {
                run.mark_silent(since.elapsed());
            }
        }
    }
}

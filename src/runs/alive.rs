//! Whether a worker lives, as far as that can be told from outside: by its lock
//! where locks reach, else by the heartbeat in its status, which counts up about
//! once a second. Clocks of other hosts are not trusted.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{RunDir, RunSummary, Status};

/// A live worker that has not beaten for this long is called silent.
const SILENT: Duration = Duration::from_secs(5);
/// A live worker beats within this long, with time to spare.
const BEAT: Duration = Duration::from_millis(2500);
/// Between two looks at a heartbeat.
const LOOK: Duration = Duration::from_millis(50);

/// Whether a run's heartbeat goes up while we watch, for up to `patience`.
pub(super) fn beats(run: &RunDir, patience: Duration) -> bool {
    let beat = || Status::read(run).map(|status| status.heartbeat).ok();
    let (first, began) = (beat(), Instant::now());
    while began.elapsed() < patience {
        std::thread::sleep(LOOK);
        if beat().is_some_and(|now| Some(now) != first) {
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
pub(super) fn age(run: &RunDir) -> Option<Duration> {
    let written = std::fs::metadata(run.status_file())
        .and_then(|meta| meta.modified())
        .ok()?;
    written.elapsed().ok()
}

/// Finds out which of the live runs are silent. Where the time of a status
/// file makes one suspect, its heartbeat is watched for a moment, once for all.
pub fn listen(runs: &mut [RunSummary]) {
    let mut suspects: Vec<(&mut RunSummary, RunDir, Option<Duration>)> = runs
        .iter_mut()
        .filter(|run| run.state.is_live())
        .filter_map(|summary| {
            let run = summary.directory().ok()?;
            let age = age(&run);
            age.is_none_or(|age| age > SILENT)
                .then_some((summary, run, age))
        })
        .collect();
    let began = Instant::now();
    while !suspects.is_empty() && began.elapsed() < BEAT {
        std::thread::sleep(LOOK);
        suspects.retain_mut(|(summary, run, _)| {
            let Ok(now) = RunSummary::read(run) else {
                return true;
            };
            let beats = now.heartbeat != summary.heartbeat;
            if beats {
                **summary = now;
            }
            !beats
        });
    }
    for (summary, _, age) in suspects {
        summary.fall_silent(age.unwrap_or_default().max(began.elapsed()));
    }
}

/// Listens to runs over time, by this process's own clock alone.
#[derive(Debug, Default)]
pub struct Pulse {
    /// The last beat of each live run, by its path, and when it was first seen.
    seen: BTreeMap<String, (u64, Instant)>,
}

impl Pulse {
    /// Marks the live runs that have not beaten for a while.
    pub fn feel(&mut self, runs: &mut [RunSummary]) {
        let live = |path: &String| {
            runs.iter()
                .any(|run| run.state.is_live() && run.path == *path)
        };
        self.seen.retain(|path, _| live(path));
        for run in runs.iter_mut().filter(|run| run.state.is_live()) {
            let now = (run.heartbeat, Instant::now());
            let (beat, since) = self.seen.entry(run.path.clone()).or_insert(now);
            if *beat != run.heartbeat {
                (*beat, *since) = now;
            } else if since.elapsed() > SILENT {
                run.fall_silent(since.elapsed());
            }
        }
    }
}

//! Heartbeats: a live worker changes its status about once a second. Only their
//! change is observed; clocks of other hosts are not trusted.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use super::run_dir::RunDir;
use super::status::{Status, status_age, status_modified};
use super::summary::RunSummary;

/// A live worker without a heartbeat for this long is silent.
const SILENT_AFTER: Duration = Duration::from_secs(5);
/// A live worker has a heartbeat within this long, with time to spare.
const HEARTBEAT_WAIT: Duration = Duration::from_millis(2500);
/// Time between two readings of a heartbeat.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The heartbeat counter, and the time of the status file for programs that
/// write no counter.
type Heartbeat = (Option<u64>, Option<SystemTime>);

fn read_heartbeat(run: &RunDir) -> Heartbeat {
    let counter = Status::read(run).map(|status| status.heartbeat).ok();
    (counter, status_modified(run))
}

/// Watches a run for up to `timeout`; whether its heartbeat changes.
pub(super) fn has_heartbeat(run: &RunDir, timeout: Duration) -> bool {
    let (first, began) = (read_heartbeat(run), Instant::now());
    while began.elapsed() < timeout {
        std::thread::sleep(POLL_INTERVAL);
        let now = read_heartbeat(run);
        if now.0.is_some() && now != first {
            return true;
        }
    }
    false
}

/// Marks the live runs whose worker is silent. Runs with a recent status file
/// are taken for alive; all others are watched together for a moment.
pub fn mark_silent_runs(runs: &mut [RunSummary]) {
    let mut suspects: Vec<(&mut RunSummary, RunDir, Option<Duration>, Heartbeat)> = runs
        .iter_mut()
        .filter(|run| run.state.is_live())
        .filter_map(|summary| {
            let run = summary.directory().ok()?;
            let age = status_age(&run);
            let suspect = age.is_none_or(|age| age > SILENT_AFTER);
            suspect.then(|| {
                let heartbeat = read_heartbeat(&run);
                (summary, run, age, heartbeat)
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

/// Observes the heartbeats of runs over time, by this process's clock alone.
#[derive(Debug, Default)]
pub struct HeartbeatMonitor {
    /// Each live run's heartbeat, by its path, and when it was first seen.
    seen: BTreeMap<String, (Heartbeat, Instant)>,
}

impl HeartbeatMonitor {
    /// Marks the live runs whose heartbeat has not changed for a while. Call it
    /// with every list of runs.
    pub fn mark_silent_runs(&mut self, runs: &mut [RunSummary]) {
        let is_live = |path: &String| {
            runs.iter()
                .any(|run| run.state.is_live() && run.path == *path)
        };
        self.seen.retain(|path, _| is_live(path));
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

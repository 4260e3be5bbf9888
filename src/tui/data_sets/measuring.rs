//! A process that measures how long the presets to begin with take: `lfw-tui bench --presets`. It
//! has the lowest priority, and memory and threads of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::mpsc::UnboundedSender;

use super::messages::{DataUpdate, Forecasted};

/// How long the measurements wait: what a tab shows first is made before.
const DELAY: Duration = Duration::from_secs(3);

/// How long a machine that was busy is given until it is measured again, and how often that is
/// done.
const PAUSE: Duration = Duration::from_secs(60);
const TRIES: usize = 20;

/// A line of the process.
#[derive(Deserialize)]
struct Row {
    preset: String,
    seconds: Option<f64>,
    busy: bool,
    problem: Option<String>,
}

impl From<Row> for Forecasted {
    fn from(row: Row) -> Self {
        match row.seconds {
            Some(seconds) if row.busy => Self::AtMost(row.preset, seconds),
            Some(seconds) => Self::Seconds(row.preset, seconds),
            None => Self::Impossible(row.preset, row.problem.unwrap_or_default()),
        }
    }
}

/// A process under way, or one that was stopped before it began.
#[derive(Debug, Default)]
struct Process {
    is_stopped: bool,
    child: Option<Child>,
}

/// The measurements for one data set.
#[derive(Debug, Clone, Default)]
pub(super) struct Measuring {
    process: Arc<Mutex<Process>>,
    stopped: Arc<Condvar>,
}

impl Measuring {
    /// Ends the process.
    pub(super) fn stop(&self) {
        let mut process = self.lock();
        process.is_stopped = true;
        self.stopped.notify_all();
        if let Some(child) = &mut process.child {
            // One that has ended already is not there to be killed.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Measures, and reports each preset as it comes; on a busy machine again later. Waits for the
    /// processes' end.
    pub(super) fn run(&self, data: &str, updates: &UnboundedSender<DataUpdate>) {
        let send = |forecast| {
            // Without a receiver the screen is closing.
            let _ = updates.send(DataUpdate::Forecast(data.to_string(), forecast));
        };
        let mut pause = DELAY;
        for _ in 0..TRIES {
            if self.is_stopped_within(pause) {
                return;
            }
            let mut was_busy = false;
            if let Some(output) = self.start(data) {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if let Ok(row) = serde_json::from_str::<Row>(&line) {
                        was_busy |= row.busy;
                        send(row.into());
                    }
                }
            }
            let mut process = self.lock();
            if let Some(child) = &mut process.child {
                let _ = child.wait();
            }
            if process.is_stopped {
                return;
            }
            if !was_busy {
                break;
            }
            pause = PAUSE;
        }
        send(Forecasted::End);
    }

    /// Waits, and gives whether it was stopped meanwhile.
    fn is_stopped_within(&self, pause: Duration) -> bool {
        let process = self.lock();
        let waiting = |process: &mut Process| !process.is_stopped;
        let waited = self.stopped.wait_timeout_while(process, pause, waiting);
        let (process, _) = waited.unwrap_or_else(PoisonError::into_inner);
        process.is_stopped
    }

    fn start(&self, data: &str) -> Option<std::process::ChildStdout> {
        let program = std::env::current_exe().ok()?;
        let mut process = self.lock();
        if process.is_stopped {
            return None;
        }
        let mut child = Command::new(program)
            .args(["bench", "--presets", "--json", "--data", data])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .inspect_err(|error| tracing::warn!("presets are not measured: {error}"))
            .ok()?;
        let output = child.stdout.take();
        process.child = Some(child);
        output
    }
}

//! A process that measures how long the presets to begin with take: `lfw-tui bench --presets`. It
//! has the lowest priority, and memory and threads of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::mpsc::UnboundedSender;

use super::messages::{DataUpdate, Forecasted};

/// How long the measurements wait: what a tab shows first is made before.
const DELAY: Duration = Duration::from_secs(3);

/// A line of the process.
#[derive(Deserialize)]
struct Row {
    preset: String,
    seconds: Option<f64>,
    problem: Option<String>,
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
}

impl Measuring {
    /// Ends the process.
    pub(super) fn stop(&self) {
        let mut process = self.lock();
        process.is_stopped = true;
        if let Some(child) = &mut process.child {
            // One that has ended already is not there to be killed.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Measures, and reports each preset as it comes. Waits for the process's end.
    pub(super) fn run(&self, data: &str, updates: &UnboundedSender<DataUpdate>) {
        std::thread::sleep(DELAY);
        let send = |forecast| {
            // Without a receiver the screen is closing.
            let _ = updates.send(DataUpdate::Forecast(data.to_string(), forecast));
        };
        if let Some(output) = self.start(data) {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Ok(row) = serde_json::from_str::<Row>(&line) {
                    send(match row.seconds {
                        Some(seconds) => Forecasted::Seconds(row.preset, seconds),
                        None => Forecasted::Impossible(row.preset, row.problem.unwrap_or_default()),
                    });
                }
            }
        }
        let mut process = self.lock();
        if let Some(child) = &mut process.child {
            let _ = child.wait();
        }
        if !process.is_stopped {
            send(Forecasted::End);
        }
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

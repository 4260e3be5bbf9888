//! The user's command `on-end`: started by the worker, which outlives any screen, when its run
//! has ended or has paused by itself. It runs beside the training, and its failure is told but
//! changes nothing.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use super::output;
use crate::config::ON_END_VARIABLES;
use crate::runs::{RunDir, RunState, RunSummary, Status};

/// A worker that has ended waits this long for its command, then leaves it to itself.
const WAIT: Duration = Duration::from_secs(10);

/// What the state is called of a run whose worker failed in a way that nobody foresaw.
const CRASHED: &str = "crashed";

/// The user's command.
#[derive(Debug, Clone)]
pub(super) struct OnEnd {
    command: String,
}

/// A command under way.
#[derive(Debug)]
pub(super) struct Started {
    ended: Receiver<()>,
}

impl OnEnd {
    /// The setting, if there is one.
    pub(super) fn of(setting: Option<&str>) -> Option<Self> {
        let command = setting?.to_string();
        Some(Self { command })
    }

    /// Tells of a run with this status.
    pub(super) fn start(&self, run: &RunDir, status: &Status) -> Option<Started> {
        let summary = RunSummary::new(run, &run.lenient_spec(), status, status.state);
        self.start_with(&summary, summary.state_label())
    }

    /// Tells of a run whose worker, this process, has failed; nothing where the run is not
    /// this process's, or was removed.
    pub(super) fn start_failed(&self, run: &RunDir) -> Option<Started> {
        let status = Status::read(run).ok()?;
        let is_own = status.pid == Some(std::process::id()) && run.exists();
        (is_own && status.state == RunState::Failed).then(|| self.start(run, &status))?
    }

    /// Tells of a run whose worker, this process, panics.
    pub(super) fn start_crashed(&self, run: &RunDir) -> Option<Started> {
        let mut summary = RunSummary::read(run).ok()?;
        summary
            .error
            .get_or_insert_with(|| "the worker failed; its log has the reason".to_string());
        self.start_with(&summary, CRASHED)
    }

    fn start_with(&self, run: &RunSummary, state: &str) -> Option<Started> {
        tracing::info!("on-end of run {}, {state}: {}", run.id, self.command);
        let (send, ended) = channel();
        let child = match self.spawn(run, state) {
            Ok(child) => child,
            Err(error) => {
                report(&format!("its command cannot be started: {error}"));
                return None;
            }
        };
        std::thread::spawn(move || {
            wait_for(child);
            // Without a receiver nobody waits.
            let _ = send.send(());
        });
        Some(Started { ended })
    }

    fn spawn(&self, run: &RunSummary, state: &str) -> std::io::Result<Child> {
        // What it prints goes with the notes, not between lines of JSON.
        let output = std::os::fd::AsFd::as_fd(&std::io::stderr()).try_clone_to_owned()?;
        Command::new("sh")
            .args(["-c", &self.command])
            .envs(variables(run, state))
            .stdin(Stdio::null())
            .stdout(output)
            // Ctrl-C, which ended the run, is not for it.
            .process_group(0)
            .spawn()
    }
}

impl Started {
    /// Waits until the command has ended, for some seconds at most.
    pub(super) fn wait(self) {
        if self.ended.recv_timeout(WAIT) == Err(RecvTimeoutError::Timeout) {
            let seconds = WAIT.as_secs();
            report(&format!(
                "its command still runs after {seconds} s, and is left to itself"
            ));
        }
    }
}

fn wait_for(mut child: Child) {
    match child.wait() {
        Ok(status) if status.success() => {}
        Ok(status) => report(&format!("its command failed ({})", describe(status))),
        Err(error) => report(&format!("its command cannot be waited for: {error}")),
    }
}

fn describe(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}

fn report(problem: &str) {
    tracing::warn!("on-end: {problem}");
    output::note(format_args!("on-end: {problem}"));
}

/// What the command is told; what is unknown is empty.
fn variables(run: &RunSummary, state: &str) -> [(&'static str, String); ON_END_VARIABLES.len()] {
    let number = |value: Option<f64>| {
        let finite = value.filter(|value| value.is_finite());
        finite.map_or(String::new(), |value| value.to_string())
    };
    let held_out = run.best.map(|best| best.held_out).or(run.held_out);
    let values = [
        run.id.clone(),
        run.name.clone(),
        run.path.clone(),
        state.to_string(),
        run.error.clone().unwrap_or_default(),
        run.step.to_string(),
        run.steps.to_string(),
        run.epoch.to_string(),
        run.epochs.to_string(),
        format!("{:.1}", run.seconds),
        number(run.loss),
        number(held_out.map(|scores| scores.mse)),
        number(held_out.map(|scores| scores.psnr_db)),
    ];
    let mut names = ON_END_VARIABLES.iter();
    values.map(|value| {
        let name = names.next().copied().unwrap_or_default();
        (name, value.replace('\0', ""))
    })
}

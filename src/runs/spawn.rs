//! Starting workers that outlive this process: the same program in a session of
//! its own, detached from the terminal.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::run_dir::RunDir;
use super::status::{RunState, Status};
use super::{checkpoint, lock, store, training_data};
use crate::error::{Error, Result};
use crate::paths::{Paths, symlinks};
use crate::progress::unwatched;
use crate::training::TrainSpec;

/// A worker writes its first status within this long.
const STARTUP_TIMEOUT: Duration = Duration::from_secs(20);
/// Reading pictures may take minutes; after this long the caller learns that the
/// run is still preparing.
const PREPARATION_TIMEOUT: Duration = Duration::from_secs(30);
/// A worker that has written its final status ends within this long.
const EXIT_TIMEOUT: Duration = Duration::from_secs(2);
/// How much of the worker's log an error quotes.
const LOG_TAIL_BYTES: u64 = 2000;

/// Creates a run and starts a worker for it that outlives this process. If the
/// spec has no fingerprint, its data set is found first, and imported if necessary.
///
/// # Errors
/// When the run cannot be created or its worker does not start; the message ends
/// with the worker's output.
pub(crate) fn start_detached(paths: &Paths, spec: &TrainSpec) -> Result<RunDir> {
    let mut spec = spec.clone();
    if spec.data.fingerprint.is_empty() {
        training_data::resolve_data(paths, &mut spec, &mut unwatched)?;
    }
    let mut queue = enqueue(paths, &[spec])?;
    if let Err(error) = start_worker(&queue) {
        remove_unstarted(paths, &queue);
        return Err(error);
    }
    Ok(queue.remove(0))
}

/// Creates runs and starts one worker that trains them one after another and outlives this process.
/// Their data sets are found first.
///
/// # Errors
/// When a run cannot be created or the worker does not start: then none of them is left.
pub(crate) fn start_queue(paths: &Paths, specs: &[TrainSpec]) -> Result<Vec<RunDir>> {
    let mut specs = specs.to_vec();
    for spec in &mut specs {
        training_data::resolve_data(paths, spec, &mut unwatched)?;
    }
    let queue = enqueue(paths, &specs)?;
    if let Err(error) = start_worker(&queue) {
        remove_unstarted(paths, &queue);
        return Err(error);
    }
    Ok(queue)
}

/// Removes those of the new runs that have done no step and have no worker, so
/// that their names are free again.
pub(crate) fn remove_unstarted(paths: &Paths, queue: &[RunDir]) {
    for run in queue {
        // A worker that failed ends in a moment.
        let began = Instant::now();
        while lock::is_held(run) && began.elapsed() < EXIT_TIMEOUT {
            std::thread::sleep(Duration::from_millis(10));
        }
        let is_unstarted = Status::read(run).is_ok_and(|status| {
            let state = status.state(run);
            status.step == 0
                && matches!(
                    state,
                    RunState::Queued | RunState::Failed | RunState::Crashed
                )
        });
        if is_unstarted && checkpoint::latest(run).is_none() {
            let _ = store::remove(paths, run);
        }
    }
}

/// Creates runs that wait for a worker: all of them or none.
///
/// # Errors
/// When one cannot be created.
pub(crate) fn enqueue(paths: &Paths, specs: &[TrainSpec]) -> Result<Vec<RunDir>> {
    let mut queue = Vec::with_capacity(specs.len());
    for spec in specs {
        let created = store::create(paths, spec).and_then(|run| {
            queue.push(run.clone());
            let queued = Status {
                format: 1,
                epochs: spec.epochs,
                ..Status::default()
            };
            queued.write(&run)
        });
        if let Err(error) = created {
            for run in &queue {
                let _ = std::fs::remove_dir_all(run.path());
            }
            return Err(error);
        }
    }
    Ok(queue)
}

/// Starts one worker that trains these runs one after another, and waits until
/// the first one trains or prepares to.
///
/// # Errors
/// When the worker does not start, or fails before it trains; with its output.
pub(crate) fn start_worker(queue: &[RunDir]) -> Result<()> {
    let Some(run) = queue.first() else {
        return Ok(());
    };
    let program = std::env::current_exe().map_err(Error::io("this program", "find"))?;
    let log_file = run.log_path();
    let log = symlinks::open_nofollow(OpenOptions::new().create(true).append(true), &log_file)
        .map_err(Error::io(&log_file, "open"))?;
    let begin = log.metadata().map_or(0, |meta| meta.len());
    let both = log.try_clone().map_err(Error::io(&log_file, "open"))?;
    let mut child = Command::new(&program)
        .arg("train")
        .args(
            queue
                .iter()
                .flat_map(|run| ["--run-dir".as_ref(), run.path().as_os_str()]),
        )
        .arg("--detach")
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(both)
        .spawn()
        .map_err(Error::io(&program, "start"))?;
    tracing::info!(worker = child.id(), "started a worker for {}", run.id());
    let result = wait_until_training(queue, &mut child, begin);
    // Reaps the child if this process outlives it.
    std::thread::spawn(move || child.wait());
    result
}

fn wait_until_training(queue: &[RunDir], child: &mut Child, log_begin: u64) -> Result<()> {
    let began = Instant::now();
    let run = &queue[0];
    let failed = |how: String| {
        let output = match log_tail(run, log_begin) {
            output if output.is_empty() => "it printed nothing".to_string(),
            output => format!("it printed:\n{output}"),
        };
        let worker = format!("the worker of run {}", run.folder_name());
        Err(Error::invalid(worker, format!("{how}; {output}")))
    };
    loop {
        let ended = child
            .try_wait()
            .map_err(Error::io(run.path(), "wait for the worker of"))?;
        let status = Status::read(run).ok();
        if let Some(status) = status.filter(|status| status.pid == Some(child.id())) {
            match (status.state, status.error) {
                // The rest of a queue is trained all the same.
                (RunState::Failed, Some(error)) if queue.len() == 1 => {
                    return Err(run.error(error));
                }
                (RunState::Failed, _) if ended.is_some() => {}
                (RunState::Running, _) if status.stage.is_some() => {
                    if ended.is_none() && began.elapsed() > PREPARATION_TIMEOUT {
                        return Ok(());
                    }
                }
                _ => return Ok(()),
            }
        } else if began.elapsed() > STARTUP_TIMEOUT {
            return failed(format!(
                "did not start within {} s",
                STARTUP_TIMEOUT.as_secs()
            ));
        }
        if let Some(ended) = ended {
            return failed(format!("ended early ({ended})"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The log from a position on; only its end if it is long.
fn log_tail(run: &RunDir, begin: u64) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(run.log_path())?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(
            begin.max(length.saturating_sub(LOG_TAIL_BYTES)),
        ))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).trim().to_string())
    };
    read().unwrap_or_default()
}

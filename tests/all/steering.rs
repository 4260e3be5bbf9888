//! Requests from several processes at once: none is lost, and each gets its outcome.

use std::time::{Duration, SystemTime};

use lfw_tui::paths::Paths;
use lfw_tui::runs::lock::RunLock;
use lfw_tui::runs::steering::{ControlRequest, RESPONSE_TIMEOUT};
use lfw_tui::runs::{self, Control, Desired, ResumeOptions, RunDir, RunState, RunSummary, Status};

use lfw_tui::tui::run_monitor::{RunCommand, RunControl, RunMonitor, RunUpdate};

use crate::runs::{create, in_background, until};
use crate::tiny;

fn live() -> (tempfile::TempDir, Paths, RunDir) {
    let (home, paths) = tiny::home();
    let run = create(&paths, tiny::spec(100_000));
    (home, paths, run)
}

fn status(run: &RunDir) -> Status {
    Status::read(run).unwrap()
}

fn stop(run: &RunDir) {
    let request = ControlRequest::Stop.submit(run).unwrap();
    request.wait(RESPONSE_TIMEOUT).unwrap();
}

/// Submits all of these at the same time; returns the outcome of each.
fn at_once(run: &RunDir, requests: &[ControlRequest]) -> Vec<Result<Status, lfw_tui::Error>> {
    let ask = |&request: &ControlRequest| {
        let run = run.clone();
        std::thread::spawn(move || request.submit(&run)?.wait(RESPONSE_TIMEOUT))
    };
    let threads: Vec<_> = requests.iter().map(ask).collect();
    threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect()
}

#[test]
fn no_concurrent_change_is_lost() {
    let (_home, _, run) = live();
    let rate = run.spec().unwrap().optimizer.learning_rate;
    let threads: Vec<_> = (0..6)
        .map(|number| {
            let run = run.clone();
            std::thread::spawn(move || {
                for _ in 0..10 {
                    let factor = if number < 4 { 0.5 } else { 2.0 };
                    ControlRequest::ScaleLearningRate(factor)
                        .submit(&run)
                        .unwrap();
                    ControlRequest::Checkpoint.submit(&run).unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let control = Control::read(&run).unwrap();
    assert_eq!(control.seq, 120);
    assert_eq!(control.checkpoint_seq, 60);
    // Halved forty times, doubled twenty times: powers of two are exact.
    assert_eq!(control.learning_rate, Some(rate / f64::from(1 << 20)));
}

#[test]
fn a_stop_among_other_requests_stops() {
    let beside = [
        ControlRequest::SetOverrides(Some(0.000_5), None),
        ControlRequest::Checkpoint,
        ControlRequest::ScaleLearningRate(0.5),
        ControlRequest::StepNoise(true),
    ];
    for &other in beside.iter().cycle().take(8) {
        let (_home, _, run) = live();
        let worker = in_background(&run, &tiny::material(), Duration::from_millis(1));
        until("stepping", || status(&run).step > 0);
        let outcome = at_once(&run, &[ControlRequest::Stop, other]);
        assert_eq!(outcome[0].as_ref().unwrap().state, RunState::Stopped);
        let ending = worker.join().unwrap().unwrap();
        assert_eq!(ending.status.state, RunState::Stopped);
        match &outcome[1] {
            Ok(_) => {}
            // It came too late, and says so; it applies to the next worker.
            Err(error) => assert!(error.to_string().contains("stopped"), "{error}"),
        }
        let control = Control::read(&run).unwrap();
        match other {
            ControlRequest::SetOverrides(rate, _) => assert_eq!(control.learning_rate, rate),
            ControlRequest::ScaleLearningRate(_) => assert!(control.learning_rate.is_some()),
            ControlRequest::StepNoise(_) => assert!(control.noise.is_some()),
            _ => assert_eq!(status(&run).checkpoint, Some(status(&run).step)),
        }
    }
}

#[test]
fn of_opposite_requests_the_later_wins_and_both_get_an_outcome() {
    for _ in 0..6 {
        let (_home, _, run) = live();
        let worker = in_background(&run, &tiny::material(), Duration::from_millis(1));
        until("stepping", || status(&run).step > 0);
        let outcome = at_once(&run, &[ControlRequest::Pause, ControlRequest::Stop]);
        // If the stop came before the pause, the run may have ended already.
        let stopped = status(&run).state(&run) == RunState::Stopped;
        match Control::read(&run).unwrap().desired {
            Desired::Stop => assert!(stopped && outcome[1].is_ok()),
            Desired::Pause => {
                assert_eq!(outcome[1].is_ok(), stopped, "{outcome:?}");
                assert_eq!(outcome[0].is_err(), stopped, "{outcome:?}");
            }
            other => panic!("{other:?}"),
        }
        if !stopped {
            stop(&run);
        }
        worker.join().unwrap().unwrap();
    }
}

#[test]
fn a_request_that_came_too_late_is_not_confirmed() {
    let (_home, paths, _) = live();
    let run = create(&paths, tiny::spec(1));
    runs::worker::run_with_data(
        &run,
        &tiny::material(),
        runs::observer::WorkerOptions {
            detached: true,
            handle_signals: false,
        },
        &mut |_| (),
    )
    .unwrap();
    let outcome = |request: ControlRequest| request.submit(&run).unwrap().wait(RESPONSE_TIMEOUT);
    for (request, word) in [
        (ControlRequest::SetOverrides(Some(0.1), None), "not set"),
        (ControlRequest::Pause, "not paused"),
        (ControlRequest::Continue, "finished"),
    ] {
        let error = outcome(request).unwrap_err().to_string();
        assert!(error.contains(word), "{request:?}: {error}");
    }
    assert!(status(&run).control_seq < Control::read(&run).unwrap().seq);
    assert_eq!(
        outcome(ControlRequest::Stop).unwrap().state,
        RunState::Finished
    );
}

#[test]
fn a_program_may_just_replace_the_control_file() {
    let (_home, _, run) = live();
    let worker = in_background(&run, &tiny::material(), Duration::from_millis(1));
    until("stepping", || status(&run).step > 0);
    ControlRequest::ScaleLearningRate(0.5).submit(&run).unwrap();
    let seq = Control::read(&run)
        .unwrap()
        .seq
        .max(status(&run).control_seq)
        + 1;
    let new = run.path().join(".control.new");
    std::fs::write(&new, format!("{{\"seq\":{seq},\"desired\":\"stop\"}}")).unwrap();
    std::fs::rename(&new, run.control_path()).unwrap();
    assert_eq!(
        worker.join().unwrap().unwrap().status.state,
        RunState::Stopped
    );
    assert_eq!(status(&run).control_seq, seq);
}

#[test]
fn a_run_that_cannot_be_saved_does_not_stop_and_continues_by_itself() {
    let (_home, _, run) = live();
    // A file in place of the folder fails like a full disk, for root too.
    std::fs::write(run.checkpoints_dir(), "in the way").unwrap();
    let worker = in_background(&run, &tiny::material(), Duration::from_millis(1));
    until("waiting", || status(&run).state == RunState::Paused);
    let still = status(&run).step;
    let outcome = ControlRequest::Stop
        .submit(&run)
        .unwrap()
        .wait(RESPONSE_TIMEOUT)
        .unwrap_err();
    assert!(outcome.to_string().contains("not stopped yet"), "{outcome}");
    assert!(
        status(&run)
            .error
            .unwrap()
            .contains("as soon as it is saved")
    );
    assert_eq!(status(&run).step, still);
    ControlRequest::Continue.submit(&run).unwrap();
    std::fs::remove_file(run.checkpoints_dir()).unwrap();
    until("training again", || status(&run).step > still);
    until("without complaint", || status(&run).error.is_none());
    stop(&run);
    worker.join().unwrap().unwrap();
}

#[test]
fn the_screens_keys_take_effect_in_order_and_none_is_lost() {
    let (_home, paths, run) = live();
    let rate = run.spec().unwrap().optimizer.learning_rate;
    let worker = in_background(&run, &tiny::material(), Duration::from_millis(1));
    until("stepping", || status(&run).step > 0);
    let (news, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let watch = RunMonitor::start(paths, news).unwrap();
    let press = |steer: RunControl| watch.send(RunCommand::Control(run.id(), steer));
    (0..10).for_each(|_| press(RunControl::ScaleLearningRate(0.5)));
    let halved = Some(rate / 1024.0);
    until("halved", || {
        Control::read(&run).unwrap().learning_rate == halved
    });
    until("taken up", || status(&run).learning_rate == halved);
    for steer in [
        RunControl::Checkpoint,
        RunControl::Stop,
        RunControl::ScaleLearningRate(2.0),
    ] {
        press(steer);
    }
    let ending = worker.join().unwrap().unwrap();
    assert_eq!(ending.status.state, RunState::Stopped);
    assert_eq!(ending.status.checkpoint, Some(ending.status.step));
    until("outcome", || {
        let mut outcome = false;
        while let Ok(news) = heard.try_recv() {
            match news {
                RunUpdate::CommandDone(Ok(text)) => outcome |= text.contains("asked to stop"),
                // The last key may have come too late.
                RunUpdate::CommandDone(Err(text)) => assert!(text.contains("stopped"), "{text}"),
                _ => {}
            }
        }
        outcome
    });
}

#[test]
fn a_queued_run_is_taken_out_of_the_queue_and_can_be_resumed() {
    let (_home, paths, run) = live();
    let (news, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let watch = RunMonitor::start(paths, news).unwrap();
    watch.send(RunCommand::Control(run.id(), RunControl::Stop));
    until("told", || {
        let is_told = |update| match update {
            RunUpdate::CommandDone(done) => done.unwrap().contains("taken out of the queue"),
            _ => false,
        };
        heard.try_recv().is_ok_and(is_told)
    });
    assert_eq!(RunSummary::read(&run).unwrap().state, RunState::Stopped);
    assert!(!runs::stop_queued(&run).unwrap());
    let options = ResumeOptions::default();
    let state = runs::prepare_resume(&run, options).unwrap();
    assert_eq!(state, RunState::Stopped);
    assert_eq!(Control::read(&run).unwrap().desired, Desired::Run);
    let worker = in_background(&run, &tiny::material(), Duration::from_millis(1));
    until("stepping", || status(&run).step > 0);
    // One that trains is stopped by its worker.
    assert!(!runs::stop_queued(&run).unwrap());
    assert_eq!(status(&run).state, RunState::Running);
    stop(&run);
    worker.join().unwrap().unwrap();
}

/// A worker on another host whose lock is not visible here.
fn elsewhere(run: &RunDir) -> Status {
    let status = Status {
        format: 1,
        state: RunState::Running,
        pid: Some(1),
        host: Some("elsewhere".into()),
        images_per_s: Some(1000.0),
        ..Status::default()
    };
    status.write(run).unwrap();
    status
}

fn aged(run: &RunDir) {
    let file = std::fs::File::options()
        .write(true)
        .open(run.status_path())
        .unwrap();
    let then = SystemTime::now() - Duration::from_secs(60);
    file.set_modified(then).unwrap();
}

#[test]
fn a_run_with_a_heartbeat_is_alive_whatever_its_host_and_clock() {
    let (_home, _, run) = live();
    let mut word = elsewhere(&run);
    let beating = std::thread::spawn({
        let run = run.clone();
        move || {
            for beat in 1..60 {
                word.heartbeat = beat;
                word.write(&run).unwrap();
                aged(&run);
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    });
    until("beating", || status(&run).heartbeat > 0);
    // It does not get a second worker.
    let state = runs::prepare_resume(&run, ResumeOptions::default()).unwrap();
    assert_eq!(state, RunState::Running);
    beating.join().unwrap();
}

#[test]
fn a_silent_run_is_marked() {
    let (_home, _, run) = live();
    let _lock = RunLock::acquire(&run).unwrap();
    elsewhere(&run);
    aged(&run);
    let mut summaries = [RunSummary::read(&run).unwrap()];
    assert_eq!(summaries[0].state, RunState::Running);
    assert_eq!(summaries[0].silence_label(), None);
    runs::mark_silent_runs(&mut summaries);
    let silent = summaries[0].silent_s.unwrap();
    assert!((60.0..120.0).contains(&silent), "{silent}");
    assert_eq!(summaries[0].images_per_s, None);
    assert!(
        summaries[0]
            .silence_label()
            .unwrap()
            .starts_with("no heartbeat for 6")
    );
}

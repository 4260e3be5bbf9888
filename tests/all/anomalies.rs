//! Loss anomalies: detected, not saved, rolled back.

use std::time::Duration;

use lfw_tui::runs::observer::WorkerOptions;
use lfw_tui::runs::steering::ControlRequest;
use lfw_tui::runs::worker;
use lfw_tui::runs::{Follower, RunState, Status};
use lfw_tui::training::OptimizerSpec;

use crate::runs::{create, in_background, until};
use crate::tiny;

#[test]
fn a_diverging_run_pauses_unsaved_and_rolls_back() {
    let (_home, paths) = tiny::home();
    // Longer than this test takes on a busy machine.
    let run = create(&paths, tiny::spec(100_000));
    let worker = in_background(&run, &tiny::material(), Duration::from_millis(1));
    let status = || Status::read(&run).unwrap();
    until("saved", || {
        status().checkpoint.is_some() && status().step > 60
    });
    ControlRequest::SetOverrides(Some(1e4), None)
        .submit(&run)
        .unwrap();
    until("paused at an anomaly", || status().anomaly.is_some());
    assert_eq!(status().state, RunState::Paused);
    let anomaly = status().anomaly.unwrap();
    assert!(!anomaly.pictures.is_empty());
    assert!(status().error.unwrap().contains("--rollback"));
    let good = status().checkpoint.unwrap();
    assert!(good < anomaly.step);
    ControlRequest::RollBack(Some(0.001)).submit(&run).unwrap();
    until("trained on", || {
        status().anomaly.is_none() && status().step > good + 20
    });
    ControlRequest::StopAfterEpoch.submit(&run).unwrap();
    let ending = worker.join().unwrap().unwrap();
    assert_eq!(ending.status.state, RunState::Stopped);
    assert_eq!(ending.status.anomaly, None);
    assert!(ending.status.loss.unwrap() < 1.0);
    let follower = Follower::attach(run.clone()).unwrap();
    assert!(
        follower
            .loss()
            .buckets()
            .iter()
            .all(|bucket| bucket.max < 1.0)
    );
    assert!(
        follower
            .events()
            .iter()
            .any(|event| event.what == "rolled-back")
    );
}

#[test]
fn a_step_that_breaks_the_weights_does_not_save_them() {
    let (_home, paths) = tiny::home();
    let mut spec = tiny::spec(100_000);
    spec.batch_size = 64; // every step ends an epoch and writes a checkpoint
    let run = create(&paths, spec);
    let worker = in_background(&run, &tiny::material(), Duration::from_millis(1));
    let status = || Status::read(&run).unwrap();
    until("settled", || status().step > 60);
    ControlRequest::SetOverrides(Some(1e4), None)
        .submit(&run)
        .unwrap();
    until("paused at an anomaly", || status().anomaly.is_some());
    let anomaly = status().anomaly.unwrap();
    assert!(anomaly.rollback_to.unwrap() < anomaly.step);
    ControlRequest::RollBack(Some(0.001)).submit(&run).unwrap();
    until("trained on", || {
        status().anomaly.is_none() && status().step > anomaly.step + 5
    });
    assert!(status().loss.unwrap() < 1.0);
    ControlRequest::Stop.submit(&run).unwrap();
    worker.join().unwrap().unwrap();
}

#[test]
fn a_foreground_run_that_diverges_fails_and_says_how_to_continue() {
    let (_home, paths) = tiny::home();
    let mut spec = tiny::spec(60);
    spec.optimizer = OptimizerSpec {
        learning_rate: 1e12,
        ..spec.optimizer
    };
    let run = create(&paths, spec);
    let foreground = WorkerOptions {
        detached: false,
        handle_signals: false,
    };
    let error =
        worker::run_with_data(&run, &tiny::material(), foreground, &mut |_| ()).unwrap_err();
    assert!(error.to_string().contains("--lr"), "{error}");
    assert_eq!(Status::read(&run).unwrap().state(&run), RunState::Failed);
}

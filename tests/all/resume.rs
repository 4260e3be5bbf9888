//! A resumed run continues bit for bit like one that was never interrupted.

use std::path::Path;
use std::time::Duration;

use lfw_tui::dataset::Noise;
use lfw_tui::runs::observer::{WorkerEvent, WorkerOptions};
use lfw_tui::runs::steering::ControlRequest;
use lfw_tui::runs::worker;
use lfw_tui::runs::{self, Follower, ResumeOptions, RunDir, RunState, Status};
use lfw_tui::training::TrainSpec;

use crate::tiny;

const IN_PROCESS: WorkerOptions = WorkerOptions {
    detached: true,
    handle_signals: false,
};

pub(crate) fn spec() -> TrainSpec {
    TrainSpec {
        noise: Noise::Gaussian(0.1),
        ..tiny::spec(6)
    }
}

/// Trains a run, and stops it after the step `stop_at` if one is given.
pub(crate) fn train(run: &RunDir, stop_at: Option<u64>) -> Status {
    let ending = worker::run_with_data(run, &tiny::material(), IN_PROCESS, &mut |news| {
        if let WorkerEvent::Step { report, .. } = news
            && Some(report.step) == stop_at
        {
            ControlRequest::Stop.submit(run).unwrap();
            // The worker reads the request within a tenth of a second.
            std::thread::sleep(Duration::from_millis(300));
        }
    });
    ending.unwrap().status
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

pub(crate) fn assert_same(one: &RunDir, other: &RunDir) {
    let (a, b) = (
        runs::checkpoint::model_path(one).unwrap(),
        runs::checkpoint::model_path(other).unwrap(),
    );
    assert_eq!(a.file_name(), b.file_name(), "another checkpoint is best");
    let latest = |run| runs::checkpoint::latest(run).unwrap().path;
    for (a, b) in [(a, b), (latest(one), latest(other))] {
        for file in ["model.safetensors", "optimizer.safetensors", "state.json"] {
            assert!(
                bytes(&a.join(file)) == bytes(&b.join(file)),
                "{file} differs"
            );
        }
    }
    // The order of fields in the file's header is not fixed, so contents are compared.
    let preview = |run: &RunDir| {
        let preview = runs::preview::Preview::read(&run.preview_path()).unwrap();
        (
            preview.step,
            preview.pictures,
            preview.clean,
            preview.noisy,
            preview.reconstructed,
        )
    };
    assert!(preview(one) == preview(other), "the previews differ");
    let (one, other) = (
        Follower::attach(one.clone()).unwrap(),
        Follower::attach(other.clone()).unwrap(),
    );
    assert_eq!(one.loss().buckets(), other.loss().buckets());
    assert_eq!(one.held_out(), other.held_out());
}

#[test]
fn stopped_runs_continue_bit_for_bit() {
    let (_home, paths) = tiny::home();
    let whole = runs::create(&paths, &spec()).unwrap();
    let last = train(&whole, None);
    assert_eq!(last.state, RunState::Finished);

    let parts = runs::create(&paths, &spec()).unwrap();
    // Within an epoch, at an epoch's end, after the first step of a session.
    for stop_at in [6, 8, 9, 17] {
        let status = train(&parts, Some(stop_at));
        assert_eq!((status.state, status.step), (RunState::Stopped, stop_at));
        runs::prepare_resume(&parts, ResumeOptions::default()).unwrap();
    }
    assert_eq!(train(&parts, None).state, RunState::Finished);
    assert_same(&whole, &parts);
}

#[test]
fn incomplete_and_lost_checkpoints_are_ignored() {
    let (_home, paths) = tiny::home();
    let whole = runs::create(&paths, &spec()).unwrap();
    train(&whole, None);

    let parts = runs::create(&paths, &spec()).unwrap();
    train(&parts, Some(14));
    // Killed while writing: a temporary folder, and one without its state.
    let folder = parts.checkpoints_dir();
    let aside = folder.join(".new-step-00000015");
    std::fs::create_dir_all(&aside).unwrap();
    std::fs::write(aside.join("model.safetensors"), "half").unwrap();
    let hollow = folder.join("step-00000020");
    std::fs::create_dir(&hollow).unwrap();
    std::fs::write(hollow.join("model.safetensors"), "half").unwrap();
    // Killed before the pointer was updated: it names a checkpoint that has been removed.
    std::fs::write(folder.join("latest"), "step-00000001\n").unwrap();
    assert_eq!(runs::checkpoint::latest(&parts).unwrap().step, 14);
    assert_eq!(runs::checkpoint::all(&parts).last().unwrap().step, 14);
    runs::prepare_resume(&parts, ResumeOptions::default()).unwrap();
    train(&parts, None);
    assert!(!aside.exists());
    assert_same(&whole, &parts);
}

#[test]
fn overrides_of_a_live_run_survive_a_resume() {
    let (_home, paths) = tiny::home();
    let run = runs::create(&paths, &spec()).unwrap();
    ControlRequest::SetOverrides(Some(0.001), Some(Noise::Gaussian(0.2)))
        .submit(&run)
        .unwrap();
    train(&run, Some(7));
    let metadata = runs::checkpoint::latest(&run).unwrap().metadata().unwrap();
    assert_eq!((metadata.step, metadata.learning_rate), (7, 0.001));
    assert_eq!(metadata.noise, Noise::Gaussian(0.2));
    // Even without the control file: the checkpoint has the values.
    std::fs::remove_file(run.control_path()).unwrap();
    let status = train(&run, None);
    assert_eq!(status.state, RunState::Finished);
    assert_eq!(status.learning_rate, Some(0.001));
    assert_eq!(status.noise.as_deref(), Some("gaussian:0.2"));
}

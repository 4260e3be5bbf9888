//! Runs as directories: names, lists, what a worker writes, steering, watching.

use std::path::Path;
use std::time::{Duration, Instant};

use lfw_tui::Error;
use lfw_tui::models::model_file;
use lfw_tui::paths::Paths;
use lfw_tui::runs::lock::RunLock;
use lfw_tui::runs::observer::{WorkerEvent, WorkerOptions};
use lfw_tui::runs::steering::ControlRequest;
use lfw_tui::runs::training_data::TrainingData;
use lfw_tui::runs::worker;
use lfw_tui::runs::{self, Control, Desired, Follower, ResumeOptions, RunDir, RunState, Status};
use lfw_tui::training::TrainSpec;

use crate::tiny;

const IN_PROCESS: WorkerOptions = WorkerOptions {
    detached: true,
    handle_signals: false,
};

pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(120), "never {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Trains on another thread, sleeping for `pace` after every step.
pub fn in_background(
    run: &RunDir,
    data: &TrainingData,
    pace: Duration,
) -> std::thread::JoinHandle<Result<worker::WorkerExit, Error>> {
    let (run, data) = (run.clone(), data.clone());
    std::thread::spawn(move || {
        worker::run_with_data(&run, &data, IN_PROCESS, &mut |news| {
            if matches!(news, WorkerEvent::Step { .. }) {
                std::thread::sleep(pace);
            }
        })
    })
}

pub fn create(paths: &Paths, spec: TrainSpec) -> RunDir {
    runs::create(paths, &spec).unwrap()
}

/// A home with a run that has trained for an epoch.
fn finished() -> (tempfile::TempDir, Paths, RunDir) {
    let (home, paths) = tiny::home();
    let run = create(&paths, tiny::spec(1));
    worker::run_with_data(&run, &tiny::material(), IN_PROCESS, &mut |_| ()).unwrap();
    (home, paths, run)
}

#[test]
fn runs_are_found_by_name_id_prefix_and_age() {
    let (_home, paths) = tiny::home();
    assert!(runs::list(&paths).unwrap().is_empty());
    assert!(matches!(
        runs::find(&paths, "latest"),
        Err(Error::NotFound { .. })
    ));

    let named = |name: &str| {
        let spec = TrainSpec {
            name: name.into(),
            ..tiny::spec(1)
        };
        create(&paths, spec)
    };
    let (first, second, third) = (named("faces"), named("faces-wide"), named(""));
    assert_eq!(third.spec().unwrap().name, "linear-4");
    assert_eq!(named("").spec().unwrap().name, "linear-4-2");
    let found = |wanted: &str| runs::find(&paths, wanted).unwrap();
    assert_eq!(found("faces"), first);
    assert_eq!(found("faces-w"), second);
    assert_eq!(found(&first.id()), first);
    assert_eq!(found(&third.folder_name()), third);
    assert_eq!(found(first.path().to_str().unwrap()), first);
    let latest = found("latest");
    assert_eq!(latest.spec().unwrap().name, "linear-4-2");
    let ambiguous = runs::find(&paths, "face").unwrap_err().to_string();
    assert!(ambiguous.contains("faces-wide"), "{ambiguous}");
    assert!(matches!(
        runs::find(&paths, "nobody"),
        Err(Error::NotFound { .. })
    ));

    for bad in ["latest", "a/b", "-x", "faces", "two\nlines"] {
        let spec = TrainSpec {
            name: bad.into(),
            ..tiny::spec(1)
        };
        assert!(runs::create(&paths, &spec).is_err(), "{bad:?}");
    }
    // Other folders are ignored.
    std::fs::create_dir(paths.runs().join("something-else")).unwrap();
    let names: Vec<_> = runs::list(&paths)
        .unwrap()
        .into_iter()
        .map(|run| run.name)
        .collect();
    assert_eq!(names, ["linear-4-2", "linear-4", "faces-wide", "faces"]);
}

#[test]
fn a_run_leaves_what_the_documentation_says() {
    let (_home, paths) = tiny::home();
    let run = create(&paths, tiny::spec(3));
    assert_eq!(Status::read(&run).unwrap().state(&run), RunState::Queued);
    let mut steps = Vec::new();
    let ending = worker::run_with_data(&run, &tiny::material(), IN_PROCESS, &mut |news| {
        if let WorkerEvent::Step { report, .. } = news {
            steps.push((report.step, report.loss));
        }
    })
    .unwrap();
    let status = Status::read(&run).unwrap();
    assert_eq!(status, ending.status);
    assert_eq!(status.state, RunState::Finished);
    assert_eq!(status.state(&run), RunState::Finished);
    assert_eq!(
        (status.step, status.steps),
        (steps.len() as u64, steps.len() as u64)
    );
    assert_eq!((status.epoch, status.epochs), (3, 3));
    assert_eq!(status.checkpoint, Some(status.step));
    assert_eq!(status.seconds_left, Some(0.0));

    let follower = Follower::attach(run.clone()).unwrap();
    let losses: Vec<_> = follower
        .loss()
        .buckets()
        .iter()
        .map(|b| (b.first, b.mean))
        .collect();
    assert_eq!(losses, steps);
    let epochs: Vec<_> = follower
        .held_out()
        .iter()
        .map(|point| point.epoch)
        .collect();
    assert_eq!(epochs, [1, 2, 3]);
    let what: Vec<_> = follower
        .events()
        .iter()
        .map(|event| event.what.as_str())
        .collect();
    assert_eq!(what, ["started", "finished"]);

    let least = follower
        .held_out()
        .iter()
        .map(|point| point.scores.mse)
        .fold(f64::MAX, f64::min);
    let best = status.best.unwrap();
    assert_eq!(best.held_out.mse, least);
    let saved = model_file::load(
        &runs::checkpoint::model_path(&run).unwrap(),
        &candle_core::Device::Cpu,
    )
    .unwrap();
    assert_eq!(saved.metadata.step, best.step);

    let preview = follower.preview().unwrap();
    assert_eq!((preview.size, preview.step), (32, status.step));
    assert!(preview.held_out);
    assert_eq!(preview.pictures.len(), runs::preview::FACES);
    assert_eq!(preview.clean.len(), preview.reconstructed.len());
    let data = tiny::material();
    assert_eq!(
        preview.face(&preview.clean, 3),
        data.faces.bytes(preview.pictures[3])
    );
    assert!(preview.noisy.is_empty());
    assert_eq!(runs::preview::archived_steps(&run).len(), 3);
    assert_eq!(
        runs::preview::read_nearest(&run, 0).unwrap().pictures,
        preview.pictures
    );
    assert_eq!(runs::checkpoint::all(&run).len(), 3);
    assert!(follower.has_ended());
}

#[test]
fn a_finished_run_is_not_trained_again_and_a_live_one_not_removed() {
    let (_home, paths, run) = finished();
    assert!(runs::resume(&paths, &run, ResumeOptions::default()).is_err());

    let lock = RunLock::acquire(&run).unwrap();
    let refused = runs::remove(&paths, &run).unwrap_err().to_string();
    assert!(refused.contains("stop"), "{refused}");
    let second = worker::run_with_data(&run, &tiny::material(), IN_PROCESS, &mut |_| ());
    let refused = second.unwrap_err().to_string();
    assert!(refused.contains("already"), "{refused}");
    drop(lock);
    runs::remove(&paths, &run).unwrap();
    assert!(!run.path().exists());
    assert!(runs::list(&paths).unwrap().is_empty());
}

#[test]
fn a_run_whose_worker_died_is_crashed() {
    let (_home, paths) = tiny::home();
    let run = create(&paths, tiny::spec(1));
    let mut status = Status {
        state: RunState::Running,
        pid: Some(1),
        host: Some(runs::hostname()),
        ..Status::default()
    };
    status.write(&run).unwrap();
    assert_eq!(status.state(&run), RunState::Crashed);
    let lock = RunLock::acquire(&run).unwrap();
    assert_eq!(status.state(&run), RunState::Running);
    drop(lock);
    // Another host's lock may not be visible here; a recent status counts.
    status.host = Some("elsewhere".into());
    status.write(&run).unwrap();
    assert_eq!(status.state(&run), RunState::Running);
    status.state = RunState::Stopped;
    assert_eq!(status.state(&run), RunState::Stopped);
}

#[test]
fn a_live_run_pauses_takes_overrides_saves_and_stops_on_request() {
    let (_home, paths) = tiny::home();
    let run = create(&paths, tiny::spec(100_000));
    let worker = in_background(&run, &tiny::material(), Duration::from_millis(2));
    let status = || Status::read(&run).unwrap();
    let mut follower = Follower::attach(run.clone()).unwrap();
    until("running", || {
        follower.poll();
        follower.state() == RunState::Running && follower.loss().len() > 3
    });

    let seq = ControlRequest::Pause.submit(&run).unwrap().control().seq;
    until("paused", || {
        status().state == RunState::Paused && status().control_seq >= seq
    });
    let still = status().step;
    assert_eq!(status().checkpoint, Some(still));
    let beat = status().heartbeat;
    until("beating while paused", || status().heartbeat > beat + 1);
    assert_eq!(status().step, still);

    ControlRequest::Continue.submit(&run).unwrap();
    until("running again", || {
        status().state == RunState::Running && status().step > still
    });

    ControlRequest::SetOverrides(Some(0.000_5), None)
        .submit(&run)
        .unwrap();
    until("turned", || status().learning_rate == Some(0.000_5));
    assert!(
        ControlRequest::SetOverrides(Some(-1.0), None)
            .submit(&run)
            .is_err()
    );

    ControlRequest::Checkpoint.submit(&run).unwrap();
    let wanted = Control::read(&run).unwrap().checkpoint_seq;
    until("saved", || status().checkpoint_seq >= wanted);

    ControlRequest::Stop.submit(&run).unwrap();
    let ending = worker.join().unwrap().unwrap();
    assert_eq!(ending.status.state, RunState::Stopped);
    assert!(!ending.interrupted);
    assert_eq!(ending.status.checkpoint, Some(ending.status.step));
    assert_eq!(status().state(&run), RunState::Stopped);

    follower.poll();
    let what: Vec<_> = follower
        .events()
        .iter()
        .map(|event| event.what.as_str())
        .collect();
    assert_eq!(
        what,
        ["started", "paused", "continued", "learning-rate", "stopped"]
    );
    assert_eq!(follower.loss().step_range(), Some((1, ending.status.step)));
}

#[test]
fn stopping_after_the_epoch_ends_at_its_end() {
    let (_home, paths) = tiny::home();
    let run = create(&paths, tiny::spec(100_000));
    let worker = in_background(&run, &tiny::material(), Duration::from_millis(2));
    until("stepping", || Status::read(&run).unwrap().step > 0);
    ControlRequest::StopAfterEpoch.submit(&run).unwrap();
    let status = worker.join().unwrap().unwrap().status;
    assert_eq!(status.state, RunState::Stopped);
    assert_eq!(status.step % tiny::STEPS_PER_EPOCH, 0);
    assert!(status.held_out.is_some());
    assert_eq!(
        Control::read(&run).unwrap().desired,
        Desired::StopAfterEpoch
    );
}

#[test]
fn a_run_whose_folder_is_removed_ends_and_does_not_come_back() {
    let (home, paths) = tiny::home();
    // It saves at every step, so it is mostly in the middle of a checkpoint.
    let mut spec = tiny::spec(100_000);
    spec.checkpoint_every = 1;
    let run = create(&paths, spec);
    let worker = in_background(&run, &tiny::material(), Duration::from_millis(2));
    until("stepping", || Status::read(&run).unwrap().step > 2);
    let away = home.path().join("away");
    std::fs::rename(run.path(), &away).unwrap();
    let error = worker.join().unwrap().unwrap_err().to_string();
    assert!(error.contains("removed"), "{error}");
    assert!(!run.path().exists());
}

#[test]
fn a_checkpoint_that_cannot_be_written_pauses_the_run_until_it_can() {
    let (_home, paths) = tiny::home();
    let run = create(&paths, tiny::spec(30));
    // A file in place of the folder fails like a full disk, for root too.
    std::fs::write(run.checkpoints_dir(), "in the way").unwrap();
    let worker = in_background(&run, &tiny::material(), Duration::ZERO);
    let status = || Status::read(&run).unwrap();
    until("paused", || status().state == RunState::Paused);
    assert!(status().error.unwrap().contains("runs resume"));
    let still = status().step;
    std::fs::remove_file(run.checkpoints_dir()).unwrap();
    ControlRequest::Continue.submit(&run).unwrap();
    let ending = worker.join().unwrap().unwrap();
    assert_eq!(ending.status.state, RunState::Finished);
    assert_eq!(ending.status.error, None);
    assert!(still < ending.status.step);
}

#[test]
fn incomplete_lines_are_never_read_and_do_not_swallow_the_next() {
    let (_home, paths) = tiny::home();
    let run = create(&paths, tiny::spec(2));
    let row = |step: u64| format!("{{\"step\":{step},\"loss\":0.5}}\n");
    let mut text = row(1) + &row(2);
    text += "{\"step\":3,\"lo";
    std::fs::write(run.metrics_path(), &text).unwrap();
    let mut follower = Follower::attach(run.clone()).unwrap();
    assert_eq!(follower.loss().len(), 2);
    // Once the writer has finished its line, it counts.
    append(&run.metrics_path(), "ss\":0.25}\n");
    assert!(follower.poll().metrics);
    assert_eq!(follower.loss().last(), Some(0.25));
    // After a kill, a new worker ends the incomplete line before it writes.
    append(&run.metrics_path(), "{\"step\":4,\"loss\":0.1");
    let mut log = runs::metrics_log::MetricsLog::open(&run).unwrap();
    let row = runs::MetricRow {
        step: 5,
        loss: Some(0.0625),
        ..Default::default()
    };
    log.append(&row).unwrap();
    follower.poll();
    let steps: Vec<_> = follower.loss().buckets().iter().map(|b| b.first).collect();
    assert_eq!(steps, [1, 2, 3, 5]);
    assert!(!follower.poll().any());
}

fn append(path: &Path, text: &str) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_summary_has_the_fields_that_scripts_read() {
    let (_home, _, run) = finished();
    let json = serde_json::to_value(runs::RunSummary::read(&run).unwrap()).unwrap();
    for field in [
        "name",
        "id",
        "state",
        "pid",
        "host",
        "step",
        "steps",
        "epoch",
        "epochs",
        "images_per_s",
        "seconds_left",
        "loss",
        "held_out",
        "best",
        "path",
    ] {
        assert!(json.get(field).is_some(), "{field} in {json}");
    }
    assert_eq!(json["state"], "finished");
    assert_eq!(json["id"], run.id());
    assert!(json["held_out"]["psnr_db"].as_f64().unwrap() > 0.0);
}

#[test]
fn attaching_to_a_long_run_is_quick_and_bounded() {
    let (_home, paths) = tiny::home();
    let run = create(&paths, tiny::spec(2));
    // For measurements, `LFW_TUI_ROWS` sets a larger number.
    let rows = std::env::var("LFW_TUI_ROWS").map_or(300_000, |rows| rows.parse().unwrap());
    let mut text = String::with_capacity(40 * rows as usize);
    for step in 1..=rows {
        let loss = 0.1 / (step as f32).sqrt();
        text += &format!("{{\"step\":{step},\"loss\":{loss}}}\n");
    }
    std::fs::write(run.metrics_path(), text).unwrap();
    let began = Instant::now();
    let mut follower = Follower::attach(run).unwrap();
    let view = follower.loss().downsample(1, rows, 200);
    println!("attached to {rows} rows in {:.0?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(follower.loss().len(), rows);
    assert_eq!(view.len(), 200);
    assert!(view.is_sorted_by(|a, b| a.mean > b.mean));
    let began = Instant::now();
    for _ in 0..100 {
        assert!(!follower.poll().any());
    }
    assert!(
        began.elapsed() < Duration::from_millis(500),
        "{:?}",
        began.elapsed()
    );
}

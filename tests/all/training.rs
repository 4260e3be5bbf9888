//! The training loop: exact resume, the order of pictures and noise, scores,
//! optimizers against their formulas, and runs that diverge.

use std::sync::Arc;

use candle_core::{Device, Var};
use lfw_tui::dataset::split::HeldOut;
use lfw_tui::dataset::{Noise, Split};
use lfw_tui::models::{Autoencoder, ModelKind, ModelSpec, Parameters};
use lfw_tui::progress::unwatched;
use lfw_tui::training::optim::Optimizer;
use lfw_tui::training::{
    Flow, OptimizerKind, OptimizerSpec, Outcome, StepReport, TrainSpec, Trainer, TrainerState,
    checkpoint, evaluate,
};

use crate::made_faces::made_faces;

fn spec(kind: ModelKind) -> TrainSpec {
    let mut spec = TrainSpec::preset("conv").unwrap();
    spec.model = match kind {
        ModelKind::Conv => ModelSpec::conv(32, 6),
        _ => ModelSpec::linear(kind, 32, 6),
    };
    spec.epochs = 3;
    spec.batch_size = 8;
    spec.seed = 11;
    spec
}

fn split() -> Split {
    // 22 training pictures: two full batches of 8 and one of 6.
    Split {
        training: (0..22).collect(),
        held_out: (22..27).collect(),
    }
}

fn trainer(spec: &TrainSpec) -> Trainer {
    let faces = Arc::new(made_faces(27, 32, 2));
    Trainer::new(spec.clone(), faces, split(), Device::Cpu).unwrap()
}

/// Runs to the end; all reports.
fn run(trainer: &mut Trainer) -> Vec<StepReport> {
    let mut reports = Vec::new();
    let outcome = trainer.run(&mut |report| {
        reports.push(*report);
        Ok(Flow::Continue)
    });
    assert_eq!(outcome.unwrap(), Outcome::Finished);
    reports
}

/// A state's numbers as bits, for exact comparison.
fn bits(state: &TrainerState) -> Vec<(String, Vec<u32>)> {
    let all = state.parameters.iter().chain(&state.optimizer);
    let average = state.ema.iter().flatten();
    let average: Vec<_> = average
        .map(|(name, mean)| (format!("{name}.mean"), mean.clone()))
        .collect();
    let all = all.chain(&average);
    let mut all: Vec<_> = all
        .map(|(name, tensor)| {
            let values = tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            (name.clone(), values.into_iter().map(f32::to_bits).collect())
        })
        .collect();
    all.sort();
    all
}

/// What must not depend on when a run was interrupted.
fn assert_same_state(a: &Trainer, b: &Trainer) {
    assert_eq!(bits(&a.state().unwrap()), bits(&b.state().unwrap()));
}

fn essence(report: &StepReport) -> (u64, u32, u32, u64, Option<u64>) {
    let held_out = report.held_out.map(|scores| scores.mse.to_bits());
    let epoch_loss = report.epoch_loss.to_bits();
    (
        report.step,
        report.epoch,
        report.loss.to_bits(),
        epoch_loss,
        held_out,
    )
}

#[test]
fn a_resumed_run_equals_an_uninterrupted_one_bit_for_bit() {
    for kind in [OptimizerKind::Adamax, OptimizerKind::AdamW] {
        let mut spec = spec(ModelKind::Conv);
        spec.noise = Noise::Gaussian(0.1);
        spec.epochs = 2;
        spec.optimizer.kind = kind;
        spec.optimizer.weight_decay = 0.01;
        if kind == OptimizerKind::AdamW {
            (spec.averaging, spec.optimizer.clip_norm) = (0.9, 0.05);
        }
        let mut straight = trainer(&spec);
        let expected = run(&mut straight);

        // Stopped within the second epoch, saved, loaded by a fresh process's trainer.
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = folder.path().join("step-00000004");
        let mut first = trainer(&spec);
        let outcome = first
            .run(&mut |report| match report.step {
                4 => Ok(Flow::Stop),
                _ => Ok(Flow::Continue),
            })
            .unwrap();
        assert_eq!(outcome, Outcome::Stopped);
        let gone = folder.path().join("gone/step-00000004");
        assert!(checkpoint::save(&gone, &first).is_err() && !gone.exists());
        checkpoint::save(&checkpoint, &first).unwrap();
        drop(first);
        let mut second = trainer(&spec);
        second
            .restore(&checkpoint::load(&checkpoint).unwrap())
            .unwrap();
        let rest = run(&mut second);

        let expected: Vec<_> = expected[4..].iter().map(essence).collect();
        let rest: Vec<_> = rest.iter().map(essence).collect();
        assert_eq!(rest, expected);
        assert_same_state(&second, &straight);
    }
}

#[test]
fn handing_the_trainer_back_at_every_step_changes_nothing() {
    let spec = spec(ModelKind::Linear);
    let mut straight = trainer(&spec);
    run(&mut straight);
    let mut halting = trainer(&spec);
    let mut returns = 0;
    while halting.run(&mut |_| Ok(Flow::Checkpoint)).unwrap() == Outcome::Checkpoint {
        returns += 1;
    }
    assert_eq!(returns, 9);
    assert_same_state(&halting, &straight);
}

#[test]
fn losses_read_together_are_those_read_one_by_one() {
    let spec = spec(ModelKind::Conv);
    let mut one_by_one = trainer(&spec);
    let expected = run(&mut one_by_one);
    for together in [2, 3, 100] {
        let mut trainer = trainer(&spec);
        trainer.set_steps_per_sync(together);
        let reports = run(&mut trainer);
        assert_eq!(
            reports.iter().map(essence).collect::<Vec<_>>(),
            expected.iter().map(essence).collect::<Vec<_>>()
        );
        assert_eq!(
            bits(&trainer.state().unwrap()),
            bits(&one_by_one.state().unwrap())
        );
    }
}

#[test]
fn the_seed_decides_everything() {
    let mut spec = spec(ModelKind::Linear);
    spec.noise = Noise::SaltPepper(0.1);
    let losses = |spec: &TrainSpec| -> Vec<u32> {
        let reports = run(&mut trainer(spec));
        reports.iter().map(|report| report.loss.to_bits()).collect()
    };
    let first = losses(&spec);
    assert_eq!(first, losses(&spec));
    spec.seed += 1;
    assert_ne!(first, losses(&spec));
}

#[test]
fn reports_count_steps_epochs_and_scores() {
    let mut spec = spec(ModelKind::Linear);
    spec.noise = Noise::Gaussian(0.1);
    let mut trainer = trainer(&spec);
    assert_eq!((trainer.steps_per_epoch(), trainer.total_steps()), (3, 9));
    let reports = run(&mut trainer);
    let steps: Vec<_> = reports.iter().map(|r| (r.step, r.epoch)).collect();
    let expected: Vec<_> = (1..=9u64).map(|s| (s, (s as u32 - 1) / 3 + 1)).collect();
    assert_eq!(steps, expected);
    for report in &reports {
        assert_eq!(report.held_out.is_some(), report.step % 3 == 0);
        assert!(report.images_per_s > 0.0);
    }
    // Weighted by pictures: two batches of 8 and one of 6.
    let [a, b, c] = [0, 1, 2].map(|step: usize| f64::from(reports[step].loss));
    let mean = (8.0 * a + 8.0 * b + 6.0 * c) / 22.0;
    assert!((reports[2].epoch_loss - mean).abs() < 1e-12);
    assert!((reports[3].epoch_loss - f64::from(reports[3].loss)).abs() < 1e-12);
    let last = reports[8].held_out.unwrap();
    assert_eq!(last.pictures, 5);
    assert!((last.noisy_mse.unwrap() - 0.01).abs() < 5e-4, "{last:?}");
    assert!((last.psnr_db + 10.0 * last.mse.log10()).abs() < 1e-12);
    assert_eq!(trainer.evaluate_held_out(&mut unwatched).unwrap(), last);
    let description = trainer.metadata();
    assert_eq!((description.step, description.epoch), (9, 3));
}

#[test]
fn training_learns() {
    let mut spec = spec(ModelKind::Conv);
    spec.epochs = 20;
    let reports = run(&mut trainer(&spec));
    let epoch = |n: usize| reports[n * 3 - 1].held_out.unwrap().mse;
    assert!(epoch(20) < 0.5 * epoch(1), "{} to {}", epoch(1), epoch(20));
}

#[test]
fn the_schedule_moves_the_learning_rate() {
    let mut spec = spec(ModelKind::Linear);
    (spec.epochs, spec.schedule) = (4, "step:2:0.5".parse().unwrap());
    let rate = spec.optimizer.learning_rate;
    let reports = run(&mut trainer(&spec));
    let rates: Vec<f64> = reports.iter().map(|report| report.learning_rate).collect();
    let half = reports.len() / 2;
    assert!(rates[..half].iter().all(|&r| r == rate));
    assert!(rates[half..].iter().all(|&r| r == rate / 2.0));
    // The spec says so in its file, and reads it back.
    let text = spec.to_toml().unwrap();
    assert!(text.contains("schedule = \"step:2:0.5\""), "{text}");
    assert_eq!(TrainSpec::from_toml("run.toml", &text).unwrap(), spec);
}

#[test]
fn patience_ends_a_run_that_gets_no_better_and_a_resume_knows() {
    let mut spec = spec(ModelKind::Linear);
    // So small a step changes no weight: the first epoch stays the best.
    (spec.epochs, spec.patience) = (9, 2);
    spec.optimizer.learning_rate = 1e-30;
    let mut trainer = trainer(&spec);
    let reports = run(&mut trainer);
    assert_eq!(reports.last().unwrap().epoch, 3);
    assert!(trainer.is_done() && trainer.is_out_of_patience());
    let mut again = self::trainer(&spec);
    again.restore(&trainer.state().unwrap()).unwrap();
    assert!(run(&mut again).is_empty());

    (spec.patience, spec.data.held_out) = (1, HeldOut::Pictures(0.0));
    assert!(
        spec.validate()
            .unwrap_err()
            .to_string()
            .contains("patience")
    );
}

#[test]
fn a_clipped_gradient_is_as_long_as_allowed() {
    // AdamW's first step is independent of the gradient's length; its moment is not.
    let length = |clip_norm: f64| -> f64 {
        let mut spec = spec(ModelKind::Conv);
        spec.optimizer.kind = OptimizerKind::AdamW;
        spec.optimizer.clip_norm = clip_norm;
        let mut trainer = trainer(&spec);
        trainer.run(&mut |_| Ok(Flow::Stop)).unwrap();
        let state = trainer.state().unwrap();
        let first = state
            .optimizer
            .iter()
            .filter(|(name, _)| name.strip_suffix(".first").is_some());
        let square: f64 = first
            .flat_map(|(_, moment)| moment.flatten_all().unwrap().to_vec1::<f32>().unwrap())
            .map(|value| f64::from(value).powi(2))
            .sum();
        square.sqrt() / (1.0 - spec.optimizer.beta1)
    };
    let free = length(0.0);
    assert!((length(free / 3.0) / (free / 3.0) - 1.0).abs() < 1e-4);
    assert!((length(free * 2.0) / free - 1.0).abs() < 1e-6);
}

#[test]
fn averaged_weights_are_the_model_and_follow_the_steps() {
    let mut spec = spec(ModelKind::Linear);
    spec.averaging = 0.5;
    let mut trainer = trainer(&spec);
    let mut means: Option<Vec<f32>> = None;
    let values = |model: &dyn Autoencoder| -> Vec<f32> {
        let all = model.parameters().snapshot().unwrap();
        let flat = all.iter().map(|(_, tensor)| tensor.flatten_all().unwrap());
        flat.flat_map(|tensor| tensor.to_vec1::<f32>().unwrap())
            .collect()
    };
    for step in 1..=4 {
        let before = means.unwrap_or_else(|| values(trainer.model()));
        trainer.run(&mut |_| Ok(Flow::Stop)).unwrap();
        let decay = f64::min(0.5, (1.0 + f64::from(step)) / (10.0 + f64::from(step))) as f32;
        let now = values(trainer.model());
        let weights = values(trainer.raw_model());
        for ((mean, before), weight) in now.iter().zip(&before).zip(&weights) {
            let expected = decay * before + (1.0 - decay) * weight;
            assert!((mean - expected).abs() < 1e-6, "{mean} {expected}");
        }
        means = Some(now);
    }
}

#[test]
fn a_closed_form_model_is_a_run_of_one_step() {
    let mut trainer = trainer(&spec(ModelKind::Pca));
    let reports = run(&mut trainer);
    assert_eq!(reports.len(), 1);
    let scores = reports[0].held_out.unwrap();
    // Eight waves are eight components: six leave some of them, and grain.
    assert!(scores.mse < 0.01 && scores.mse > 1e-4, "{scores:?}");
    assert!(trainer.run(&mut |_| panic!("no step is left")).unwrap() == Outcome::Finished);
}

#[test]
fn a_loss_that_is_not_a_number_ends_the_run_before_the_weights_follow() {
    let mut spec = spec(ModelKind::Linear);
    spec.optimizer.learning_rate = 1e30;
    let mut ends = Vec::new();
    for together in [1, 3] {
        let mut trainer = trainer(&spec);
        trainer.set_steps_per_sync(together);
        let mut last = 0;
        let outcome = trainer
            .run(&mut |report| {
                assert!(report.loss.is_finite());
                last = report.step;
                Ok(Flow::Continue)
            })
            .unwrap();
        match outcome {
            Outcome::Diverged { step, loss } => {
                assert_eq!(step, last + 1);
                assert!(!loss.is_finite());
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(trainer.steps_done(), last);
        ends.push((last, bits(&trainer.state().unwrap())));
    }
    assert!(ends[0] == ends[1], "{} and {}", ends[0].0, ends[1].0);
}

#[test]
fn a_state_of_another_network_is_refused() {
    let state = trainer(&spec(ModelKind::Linear)).state().unwrap();
    let error = trainer(&spec(ModelKind::Conv)).restore(&state).unwrap_err();
    assert!(
        error.to_string().contains("belongs to another network"),
        "{error}"
    );
}

/// One weight, three steps with known gradients, by the papers' formulas.
#[test]
fn optimizers_take_the_steps_of_their_formulas() {
    let gradients = [0.5, -0.2, 0.1];
    for kind in [OptimizerKind::Adamax, OptimizerKind::AdamW] {
        let spec = OptimizerSpec {
            kind,
            learning_rate: 0.01,
            weight_decay: if kind == OptimizerKind::AdamW {
                0.1
            } else {
                0.0
            },
            ..OptimizerSpec::default()
        };
        let mut parameters = Parameters::default();
        let var = Var::new(&[1.0f32], &Device::Cpu).unwrap();
        parameters.add("w", var.clone());
        let mut optimizer = Optimizer::new(&spec, &parameters).unwrap();
        let (mut w, mut m, mut v) = (1.0f64, 0.0f64, 0.0f64);
        for (index, g) in gradients.into_iter().enumerate() {
            let t = index as i32 + 1;
            let loss = (var.as_tensor() * g).unwrap().sum_all().unwrap();
            let store = loss.backward().unwrap();
            optimizer.step(&store, 0.01, t as u64).unwrap();
            m = 0.9 * m + 0.1 * g;
            let corrected = m / (1.0 - 0.9f64.powi(t));
            if kind == OptimizerKind::Adamax {
                v = (0.999 * v).max(g.abs());
                w -= 0.01 * corrected / (v + 1e-8);
            } else {
                v = 0.999 * v + 0.001 * g * g;
                let root = (v / (1.0 - 0.999f64.powi(t))).sqrt();
                w -= 0.01 * 0.1 * w + 0.01 * corrected / (root + 1e-8);
            }
            let got = f64::from(var.to_vec1::<f32>().unwrap()[0]);
            assert!((got - w).abs() < 1e-6, "{kind:?} step {t}: {got}, not {w}");
        }
    }
}

#[test]
fn held_out_noise_is_the_same_at_every_evaluation_and_differs_between_pictures() {
    let faces = made_faces(4, 32, 1);
    let model = lfw_tui::models::Pca::fit(&faces, &[0, 1, 2, 3], 2, &mut unwatched).unwrap();
    let noise = Noise::Gaussian(0.2);
    let score = |rows: &[usize], seed| {
        evaluate(&model, &faces, rows, noise, seed, &mut unwatched)
            .unwrap()
            .scores
    };
    assert_eq!(score(&[0, 1], 1), score(&[0, 1], 1));
    assert_ne!(score(&[0, 1], 1), score(&[0, 1], 2));
    // A picture's noise does not depend on what else is evaluated.
    let [a, b, both] = [score(&[0], 1), score(&[1], 1), score(&[0, 1], 1)];
    assert!((both.mse - f64::midpoint(a.mse, b.mse)).abs() < 1e-9);
    assert!(evaluate(&model, &faces, &[], noise, 1, &mut unwatched).is_err());
}

#[test]
fn presets_are_the_courses_and_six_of_our_own() {
    let names: Vec<_> = TrainSpec::preset_names().collect();
    let courses = ["pca", "linear", "conv", "denoising"];
    assert_eq!(names[..4], courses);
    let own = [
        "face",
        "denoiser",
        "faces",
        "generative",
        "descriptor",
        "identity",
    ];
    assert_eq!(names[4..], own);
    for name in names {
        let spec = TrainSpec::preset(name).unwrap();
        assert_eq!(spec.preset, name);
        assert!(spec.description.ends_with('.'));
        if courses.contains(&name) {
            assert_eq!((spec.batch_size, spec.optimizer.learning_rate), (32, 0.002));
            assert!(!spec.flips && spec.averaging == 0.0);
        }
        let again = TrainSpec::from_toml("again", &spec.to_toml().unwrap()).unwrap();
        assert_eq!(again, spec);
    }
    let denoising = TrainSpec::preset("denoising").unwrap();
    assert_eq!(denoising.noise, Noise::Gaussian(0.1));
    assert_eq!(denoising.model.code_size, 512);
    assert_eq!(TrainSpec::preset("linear").unwrap().epochs, 15);
    assert_eq!(TrainSpec::preset("conv").unwrap().epochs, 25);
    let error = TrainSpec::preset("convo").unwrap_err().to_string();
    assert!(error.contains("denoising"), "{error}");
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let refused = |change: &dyn Fn(&mut TrainSpec)| {
        let mut spec = spec(ModelKind::Conv);
        change(&mut spec);
        spec.validate().unwrap_err().to_string()
    };
    assert!(refused(&|s| s.epochs = 0).contains("epochs"));
    assert!(refused(&|s| s.batch_size = 0).contains("batch size"));
    assert!(refused(&|s| s.optimizer.learning_rate = f64::NAN).contains("learning rate"));
    assert!(refused(&|s| s.optimizer.beta2 = 1.0).contains("beta2"));
    assert!(refused(&|s| s.model.size = 40).contains("size 40"));
    assert!(refused(&|s| s.model.observation_noise = 0.1).contains("for face only"));
    let unknown = TrainSpec::from_toml("run.toml", "epoch = 3").unwrap_err();
    assert!(unknown.to_string().starts_with("run.toml"), "{unknown}");
}

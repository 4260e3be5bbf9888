//! Whole steps on a GPU against the same in memory, where there is a GPU.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::{Device, Tensor};
use lfw_tui::dataset::{Noise, Split};
use lfw_tui::kernels::{self, Activation};
use lfw_tui::models::{self, Autoencoder, ModelKind, ModelSpec};
use lfw_tui::paths::Paths;
use lfw_tui::runs::{self, ResumeOptions, RunState};
use lfw_tui::training::{Flow, TrainSpec, Trainer};

use crate::kernels::{Outcome, difference, variable};
use crate::made_faces::made_faces;
use crate::resume;

/// The GPU, for one test at a time: while one records a step, nobody may wait for the
/// whole device. Layers are computed in f32.
fn gpu() -> Option<(Device, MutexGuard<'static, ()>)> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    kernels::set_precision(kernels::Precision::F32);
    let device = kernels::device::open_cuda(0)
        .inspect_err(|reason| eprintln!("skipped: no GPU ({reason})"))
        .ok()?;
    Some((device, alone))
}

#[test]
fn gradients_on_a_gpu_are_those_in_memory() -> Outcome<()> {
    let Some((device, _alone)) = gpu() else {
        return Ok(());
    };
    let spec = ModelSpec {
        activation: Activation::Elu,
        ..ModelSpec::conv(32, 32)
    };
    let there = models::build(&spec, 3, &device)?;
    let here = models::build(&spec, 3, &Device::Cpu)?;
    let faces = variable(&[5, 32, 32, 3], 4)?.as_detached_tensor();
    let gradients = |model: &dyn Autoencoder, faces: &Tensor| {
        kernels::backward(&kernels::mse(&model.forward(faces)?, faces)?)
    };
    let ours = gradients(&*there, &faces.to_device(&device)?)?;
    let expected = gradients(&*here, &faces)?;
    for ((name, our), (_, their)) in there.parameters().iter().zip(here.parameters().iter()) {
        let gradient = ours.get(our.as_tensor()).ok_or("no gradient")?;
        let expected = expected.get(their.as_tensor()).ok_or("no gradient")?;
        let apart = difference(&gradient.to_device(&Device::Cpu)?, expected)?;
        assert!(apart < 1e-4, "{name} differs by {apart}");
    }
    Ok(())
}

/// Losses of every step, with the pictures on the device and, from the fourth
/// full batch on, steps from a record.
fn losses(kind: ModelKind, noise: Noise, device: &Device) -> Outcome<Vec<f32>> {
    let mut spec = TrainSpec::preset("conv")?;
    spec.model = match kind {
        ModelKind::Conv => ModelSpec::conv(32, 6),
        kind => ModelSpec::linear(kind, 32, 6),
    };
    (spec.epochs, spec.batch_size, spec.seed) = (12, 8, 11);
    (spec.noise, spec.flips) = (noise, true);
    let split = Split {
        training: (0..22).collect(),
        held_out: (22..27).collect(),
    };
    let faces = Arc::new(made_faces(27, 32, 2));
    let mut trainer = Trainer::new(spec, faces, split, device.clone())?;
    let mut losses = Vec::new();
    trainer.run(&mut |report| {
        losses.push(report.loss);
        Ok(Flow::Continue)
    })?;
    Ok(losses)
}

#[test]
fn a_run_on_a_gpu_takes_the_steps_of_one_in_memory() -> Outcome<()> {
    let Some((device, _alone)) = gpu() else {
        return Ok(());
    };
    for kind in [ModelKind::Conv, ModelKind::Linear] {
        let there = losses(kind, Noise::None, &device)?;
        let here = losses(kind, Noise::None, &Device::Cpu)?;
        assert_eq!(there.len(), here.len());
        for (step, (a, b)) in there.iter().zip(&here).enumerate() {
            assert!(
                (a - b).abs() < 0.02 * b,
                "step {step} of {kind:?}: {a}, {b}"
            );
        }
    }
    Ok(())
}

#[test]
fn noise_on_a_gpu_is_drawn_again_the_same() -> Outcome<()> {
    let Some((device, _alone)) = gpu() else {
        return Ok(());
    };
    let noise = Noise::Gaussian(0.2);
    let (once, again) = (
        losses(ModelKind::Linear, noise, &device)?,
        losses(ModelKind::Linear, noise, &device)?,
    );
    assert_eq!(once, again);
    Ok(())
}

#[test]
fn a_run_stopped_on_a_gpu_goes_on_bit_for_bit() -> Outcome<()> {
    let Some((_, _alone)) = gpu() else {
        return Ok(());
    };
    let home = tempfile::tempdir()?;
    let paths = Paths::below(home.path());
    let spec = TrainSpec {
        device: "cuda".to_string(),
        epochs: 12,
        ..resume::spec()
    };
    let whole = runs::create(&paths, &spec)?;
    let last = resume::train(&whole, None).step;
    let parts = runs::create(&paths, &spec)?;
    for stop_at in [6, 17] {
        let status = resume::train(&parts, Some(stop_at));
        assert_eq!(status.state, RunState::Stopped);
        assert!((stop_at..last).contains(&status.step), "{status:?}");
        runs::prepare_resume(&parts, ResumeOptions::default())?;
    }
    assert_eq!(resume::train(&parts, None).state, RunState::Finished);
    resume::assert_same(&whole, &parts);
    Ok(())
}

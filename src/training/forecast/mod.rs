//! How long a run would take on this machine, from a few of its steps.
//!
//! A sample of the data set's pictures is prepared and the run begun on it: the model is built or
//! fitted, some steps are made and some held-out pictures evaluated. The time of building and of
//! evaluation is taken to grow with the number of pictures, that of a step not to.

mod kept;
mod processor;

use std::sync::Arc;
use std::time::Instant;

use candle_core::{DType, Device, Tensor};

use super::report::{Flow, StepReport};
use super::run_length::RunLength;
use super::spec::TrainSpec;
use super::trainer::Trainer;
use crate::dataset::{Dataset, Faces, Split};
use crate::error::{Error, Result};
use crate::progress::Watch;

pub(crate) use kept::{Forecast, KeptForecasts};
use processor::ProcessorTime;

/// Pictures that are trained on for a measurement.
const TRAINING: usize = 640;
/// The same for a model in closed form, whose codes need more pictures than they have numbers.
const FITTED: usize = 1_600;
/// Held-out pictures that are evaluated; on a GPU, which takes as long for few as for many, more.
const HELD_OUT: usize = 64;
const HELD_OUT_ON_GPU: usize = 512;
/// Steps that are made before time is taken: the first ones allocate memory.
const WARM_UP: u64 = 2;
/// Seconds of steps, and the most steps.
const SECONDS: f64 = 4.0;
const MOST_STEPS: u64 = 30;

/// How long a run on all of the data set would take.
///
/// # Errors
/// When a picture cannot be read, or the data set has too few pictures for the run; `Cancelled`.
pub(crate) fn measure(
    dataset: &Dataset,
    spec: &TrainSpec,
    device: &Device,
    watch: Watch,
) -> Result<Forecast> {
    let split = spec.data.held_out.split(dataset, spec.seed)?;
    super::check_training_pictures(spec, &split)?;
    let is_closed_form = spec.model.kind.is_closed_form();
    let most = if is_closed_form { FITTED } else { TRAINING };
    let training = split.training.len().min(most);
    let most = if device.is_cpu() {
        HELD_OUT
    } else {
        HELD_OUT_ON_GPU
    };
    let held_out = split.held_out.len().min(most);
    let mut rows = split.training[..training].to_vec();
    rows.extend(&split.held_out[..held_out]);
    let began = Instant::now();
    let faces = Faces::of_rows(dataset, spec.face_spec(), &rows, watch)?;
    let preparing = began.elapsed().as_secs_f64() * share(dataset.pictures.len(), rows.len());

    let sample = Split {
        training: (0..training).collect(),
        held_out: (training..rows.len()).collect(),
    };
    start(device)?;
    let processor = ProcessorTime::now();
    let began = Instant::now();
    let (faces, device) = (Arc::new(faces), device.clone());
    let mut trainer = Trainer::new_with_progress(spec.clone(), faces, sample, device, watch)?;
    let building = began.elapsed().as_secs_f64() * share(split.training.len(), training);
    let mut evaluating = 0.0;
    if trainer.can_evaluate() {
        // The first one loads kernels and finds memory, which a run does once.
        trainer.evaluate_held_out(watch)?;
        let began = Instant::now();
        trainer.evaluate_held_out(watch)?;
        evaluating = began.elapsed().as_secs_f64() * share(split.held_out.len(), held_out);
    }
    if is_closed_form {
        // The faces at this size are not there yet.
        return Ok(Forecast {
            seconds: preparing + building + evaluating,
            is_reliable: processor.was_free_since(),
        });
    }
    let length = RunLength::new(spec, split.training.len());
    let (step, usual) = step_seconds(&mut trainer, watch)?;
    // What else the machine does takes as much of the rest as of the steps.
    let alone = step / usual;
    let once = building * alone;
    let seconds =
        once + length.total_steps() as f64 * step + f64::from(length.epochs) * evaluating * alone;
    Ok(Forecast {
        seconds,
        is_reliable: !trainer.model().device().is_cpu() || processor.was_free_since(),
    })
}

/// Has a device begin its work, which takes a GPU up to a second once.
fn start(device: &Device) -> Result<()> {
    let square = Tensor::ones((64, 64), DType::F32, device)?;
    square.matmul(&square)?.sum_all()?.to_scalar::<f32>()?;
    Ok(())
}

fn share(all: usize, some: usize) -> f64 {
    all as f64 / some.max(1) as f64
}

/// The time of the fastest step, which nothing else held up, and the median, in seconds.
fn step_seconds(trainer: &mut Trainer, watch: Watch) -> Result<(f64, f64)> {
    trainer.set_steps_per_sync(1);
    let mut times = Vec::new();
    let mut last = Instant::now();
    let mut began = last;
    let mut steps = 0;
    let mut observe = |_: &StepReport| {
        let now = Instant::now();
        steps += 1;
        if steps > WARM_UP {
            times.push(now.duration_since(last).as_secs_f64());
        } else {
            began = now;
        }
        last = now;
        watch(crate::progress::Progress {
            stage: "timing steps",
            done: steps,
            total: Some(WARM_UP + MOST_STEPS),
            unit: crate::progress::Unit::Steps,
        })?;
        let is_enough = steps >= WARM_UP + MOST_STEPS
            || (steps > WARM_UP && now.duration_since(began).as_secs_f64() > SECONDS);
        // The end of an epoch evaluates, which is no step's time.
        last = Instant::now();
        Ok(if is_enough {
            Flow::Stop
        } else {
            Flow::Continue
        })
    };
    trainer.run(&mut observe)?;
    times.sort_by(f64::total_cmp);
    let fastest = times.first().copied();
    let both = fastest.zip(times.get(times.len() / 2).copied());
    both.filter(|(fastest, _)| *fastest > 0.0)
        .ok_or_else(|| Error::invalid("the run", "is too short to be measured"))
}

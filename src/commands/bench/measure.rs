//! Measures training and encoding on random pictures.

use std::time::{Duration, Instant};

use candle_core::{DType, Device, Tensor};
use rand::RngExt;

use super::report::Figures;
use crate::cli::BenchArgs;
use crate::commands::progress::ProgressDisplay;
use crate::error::Result;
use crate::kernels::cuda::graph::Graph;
use crate::kernels::optimizer::Step;
use crate::kernels::{self, Activation};
use crate::models::{self, Autoencoder, ModelKind, ModelSpec};
use crate::progress::{Progress, Unit};
use crate::rng::{Purpose, generator};
use crate::training::optim::Optimizer;
use crate::training::{OptimizerKind, OptimizerSpec};

/// The network that is measured: the course's convolutional one.
pub(super) fn spec(args: &BenchArgs) -> ModelSpec {
    ModelSpec {
        kind: ModelKind::Conv,
        size: args.size,
        code_size: args.code_size,
        activation: Activation::Relu,
        code_activation: Activation::Linear,
        width: 0,
        observation_noise: 0.0,
    }
}

fn build_network(args: &BenchArgs, device: &Device) -> Result<Box<dyn Autoencoder>> {
    models::build(&spec(args), 0, device)
}

/// One step on fewer pictures, to see whether they fit into memory.
///
/// # Errors
/// When they do not.
pub(super) fn try_batch(args: &BenchArgs, pictures: usize, device: &Device) -> Result<()> {
    let model = build_network(args, device)?;
    let optimizer = Optimizer::new(&optimizer_spec(), model.parameters())?;
    let size = args.size as usize;
    let batch = Tensor::zeros((pictures, size, size, 3), DType::F32, device)?;
    let loss = kernels::mse(&model.forward(&batch)?, &batch)?;
    optimizer.update(&kernels::backward(&loss)?, &optimizer.prepare(0.002, 1)?)?;
    Ok(device.synchronize()?)
}

/// Measures training and encoding.
///
/// # Errors
/// When memory runs out; `Cancelled` after a signal.
pub(super) fn measure(args: &BenchArgs, device: &Device) -> Result<Figures> {
    let model = build_network(args, device)?;
    let batch = random_batch(args, device)?;
    let mut line = ProgressDisplay::default();
    let seconds = Duration::from_secs_f64(args.seconds);
    let peak = device
        .is_cpu()
        .then(|| kernels::peak_flops::measure_gflops(seconds / 4));
    let optimizer = Optimizer::new(&optimizer_spec(), model.parameters())?;
    let train = |step: &Step| {
        let loss = kernels::mse(&model.forward(&batch)?, &batch)?;
        optimizer.update(&kernels::backward(&loss)?, step)
    };
    let encode = || model.encode(&batch).map(drop);
    let first = optimizer.prepare(0.002, 1)?;
    let recorded_training = record_graph(device, || train(&first))?;
    let recorded_encoding = record_graph(device, encode)?;
    let mut step = 0;
    let mut pages = None;
    let training = time_calls("timing training", seconds, device, &mut line, || {
        step += 1;
        if step == 5 {
            pages = minor_faults();
        }
        let numbers = optimizer.prepare(0.002, step)?;
        match &recorded_training {
            Some(graph) => graph.replay(),
            None => train(&numbers),
        }
    })?;
    let pages_per_train_step = minor_faults()
        .zip(pages)
        .map(|(after, before)| after.saturating_sub(before) as f64 / (step.max(5) - 4) as f64);
    let encoding =
        time_calls(
            "timing encoding",
            seconds,
            device,
            &mut line,
            || match &recorded_encoding {
                Some(graph) => graph.replay(),
                None => encode(),
            },
        )?;
    let images = f64::from(args.batch_size);
    let rate = |times: &[f64], at: f64| images / quantile(times, at);
    let (train, encode) = (rate(&training, 0.5), rate(&encoding, 0.5));
    let (forward, first) = multiplications(args);
    let (encoder, decoder) = forward;
    let train_work = 2.0 * (3.0 * (encoder + decoder) - first) / 1e9;
    let encode_work = 2.0 * encoder / 1e9;
    let share = |gflops: f64| peak.map(|peak| gflops / peak);
    Ok(Figures {
        size: args.size,
        code_size: args.code_size,
        batch_size: args.batch_size,
        device: if device.is_cpu() { "cpu" } else { "cuda" }.to_string(),
        threads: if device.is_cpu() {
            kernels::threads()
        } else {
            0
        },
        instruction_set: kernels::instruction_set(),
        recorded: recorded_training.is_some(),
        parameters: model.parameters().element_count(),
        train_images_per_s: train,
        encode_images_per_s: encode,
        train_spread: [rate(&training, 0.1), rate(&training, 0.9)],
        train_gflops: train * train_work,
        encode_gflops: encode * encode_work,
        peak_gflops: peak,
        train_share_of_peak: share(train * train_work),
        encode_share_of_peak: share(encode * encode_work),
        peak_memory_mib: peak_memory_mib(),
        pages_per_train_step,
    })
}

/// Captures work as a CUDA graph, on a GPU and where the work can be captured.
fn record_graph(device: &Device, work: impl Fn() -> Result<()>) -> Result<Option<Graph>> {
    if device.is_cpu() {
        return Ok(None);
    }
    for _ in 0..3 {
        work()?;
    }
    Ok(Graph::record(device, work).ok())
}

fn optimizer_spec() -> OptimizerSpec {
    OptimizerSpec {
        kind: OptimizerKind::Adamax,
        learning_rate: 0.002,
        ..OptimizerSpec::default()
    }
}

/// A batch of random values, −0.5 to 0.5.
fn random_batch(args: &BenchArgs, device: &Device) -> Result<Tensor> {
    let (batch, size) = (args.batch_size as usize, args.size as usize);
    let mut random = generator(0, Purpose::Noise, 0, 0);
    let values: Vec<f32> = (0..batch * size * size * 3)
        .map(|_| random.random::<f32>() - 0.5)
        .collect();
    Ok(Tensor::from_vec(values, (batch, size, size, 3), device)?)
}

/// Seconds that each call took, sorted, after four warm-up calls.
fn time_calls(
    stage: &str,
    time: Duration,
    device: &Device,
    line: &mut ProgressDisplay,
    mut call: impl FnMut() -> Result<()>,
) -> Result<Vec<f64>> {
    for _ in 0..4 {
        call()?;
    }
    device.synchronize()?;
    let start = Instant::now();
    let mut times = Vec::new();
    while times.is_empty() || start.elapsed() < time {
        let turn = Instant::now();
        call()?;
        device.synchronize()?;
        times.push(turn.elapsed().as_secs_f64());
        line.watch(Progress {
            stage,
            done: times.len() as u64,
            total: None,
            unit: Unit::Steps,
        })?;
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// The quantile `at`, 0 to 1, of sorted values.
fn quantile(sorted: &[f64], at: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * at).round() as usize]
}

/// Multiplications per picture in encoder and decoder, and in the first layer,
/// whose input needs no gradient.
fn multiplications(args: &BenchArgs) -> ((f64, f64), f64) {
    let size = f64::from(args.size);
    let code = f64::from(args.code_size);
    let widths = [3.0, 32.0, 64.0, 128.0, 256.0];
    let mut side = size;
    let (mut encoder, mut decoder) = (0.0, 0.0);
    for pair in widths.windows(2) {
        let taps = 9.0 * pair[0] * pair[1];
        encoder += side * side * taps;
        side /= 2.0;
        // The transposed convolution of this pair reads feature maps of half the side.
        decoder += side * side * taps;
    }
    let dense = side * side * 256.0 * code;
    let first = size * size * 27.0 * 32.0;
    ((encoder + dense, decoder + dense), first)
}

/// Minor page faults of this process so far: the tenth field of `/proc/self/stat`
/// (proc(5)), counted from the end of the command's name.
fn minor_faults() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(7)?.parse().ok()
}

/// The process's peak resident set, from `/proc/self/status`.
fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{DeviceArg, JsonArg};

    #[test]
    fn work_of_an_image_is_that_of_the_textbook() {
        let args = BenchArgs {
            size: 32,
            code_size: 32,
            batch_size: 64,
            seconds: 1.0,
            threads: None,
            precision: None,
            compute: DeviceArg::default(),
            format: JsonArg { json: false },
        };
        let ((encoder, decoder), first) = multiplications(&args);
        assert_eq!(first, 884_736.0);
        assert_eq!(encoder, 884_736.0 + 3.0 * 4_718_592.0 + 32_768.0);
        assert_eq!(decoder, 3.0 * 1_179_648.0 + 221_184.0 + 32_768.0);
    }
}

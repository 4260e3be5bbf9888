//! `lfw-tui bench`: how fast this machine trains and encodes.

use std::time::{Duration, Instant};

use candle_core::{DType, Device, Tensor};
use rand::RngExt;
use serde::Serialize;

use super::context::Context;
use super::output;
use super::progress::ProgressDisplay;
use crate::cli::BenchArgs;
use crate::error::{Error, Result};
use crate::kernels::cuda::graph::Graph;
use crate::kernels::optimizer::Step;
use crate::kernels::{self, Activation};
use crate::models::{self, Autoencoder, ModelKind, ModelSpec};
use crate::progress::{Progress, Unit};
use crate::rng::{Purpose, generator};
use crate::training::optim::Optimizer;
use crate::training::{OptimizerKind, OptimizerSpec, oom};

/// The measurements, as `--json` prints them.
#[derive(Debug, Serialize)]
struct Figures {
    size: u32,
    code_size: u32,
    batch_size: u32,
    device: String,
    /// Threads of the CPU kernels; 0 on another device.
    threads: usize,
    instruction_set: &'static str,
    /// Whether the training step was replayed as a CUDA graph.
    recorded: bool,
    parameters: usize,
    /// Median rate of forward, backward and optimizer step.
    train_images_per_s: f64,
    encode_images_per_s: f64,
    /// 90th and 10th percentile of the training steps' rates.
    train_spread: [f64; 2],
    /// At these rates, counting every tap of direct convolutions.
    train_gflops: f64,
    encode_gflops: f64,
    /// Measured with matrix products that fit the L1 cache; CPU only.
    peak_gflops: Option<f64>,
    /// `train_gflops` / `peak_gflops`; above 1 where Winograd saves multiplications.
    train_share_of_peak: Option<f64>,
    encode_share_of_peak: Option<f64>,
    /// Peak resident memory of the process in MiB; Linux only.
    peak_memory_mib: Option<f64>,
    /// Minor page faults per training step, without the first four steps: near 0
    /// where memory is reused; Linux only.
    pages_per_train_step: Option<f64>,
}

/// Runs the command.
///
/// # Errors
/// When the device cannot be opened or runs out of memory.
pub(super) fn run(context: &Context, args: &BenchArgs) -> Result<()> {
    spec(args).validate().map_err(Error::into_usage)?;
    let device = context.open_device(&args.compute)?;
    kernels::set_precision(args.precision.unwrap_or_default());
    let figures = measure(args, &device).map_err(|error| {
        oom::explain(error, args.batch_size as usize, |pictures| {
            try_batch(args, pictures, &device)
        })
    })?;
    if args.format.json {
        output::json(&figures)
    } else {
        print(&figures)
    }
}

fn spec(args: &BenchArgs) -> ModelSpec {
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
fn try_batch(args: &BenchArgs, pictures: usize, device: &Device) -> Result<()> {
    let model = build_network(args, device)?;
    let optimizer = Optimizer::new(&optimizer_spec(), model.parameters())?;
    let size = args.size as usize;
    let batch = Tensor::zeros((pictures, size, size, 3), DType::F32, device)?;
    let loss = kernels::mse(&model.forward(&batch)?, &batch)?;
    optimizer.update(&kernels::backward(&loss)?, &optimizer.prepare(0.002, 1)?)?;
    Ok(device.synchronize()?)
}

fn measure(args: &BenchArgs, device: &Device) -> Result<Figures> {
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

fn print(figures: &Figures) -> Result<()> {
    let Figures {
        size,
        code_size,
        batch_size,
        device,
        threads,
        instruction_set,
        ..
    } = figures;
    let place = match (device.as_str(), figures.recorded) {
        ("cpu", _) => format!("{threads} threads with {instruction_set}"),
        (gpu, true) => format!("{gpu}, steps replayed as CUDA graphs"),
        (gpu, false) => format!("{gpu}, kernels launched one by one"),
    };
    output::line(format!(
        "seed network, {size}×{size}, code {code_size}, batches of {batch_size}, on {place}"
    ))?;
    let share = |share: Option<f64>| {
        share.map_or_else(String::new, |share| {
            format!(", {:.0} % of the f32 peak", 100.0 * share)
        })
    };
    output::line(format!(
        "training  {:>9.0} images/s  {:>7.1} GFLOP/s{} (steps from {:.0} to {:.0})",
        figures.train_images_per_s,
        figures.train_gflops,
        share(figures.train_share_of_peak),
        figures.train_spread[1],
        figures.train_spread[0],
    ))?;
    output::line(format!(
        "encoding  {:>9.0} images/s  {:>7.1} GFLOP/s{}",
        figures.encode_images_per_s,
        figures.encode_gflops,
        share(figures.encode_share_of_peak),
    ))?;
    if let Some(peak) = figures.peak_gflops {
        output::line(format!(
            "f32 peak  {peak:>7.1} GFLOP/s (matrix products in the L1 cache)"
        ))?;
    }
    if let Some(memory) = figures.peak_memory_mib {
        output::line(format!("memory    {memory:>7.0} MiB peak"))?;
    }
    if let Some(pages) = figures.pages_per_train_step {
        output::line(format!("faults    {pages:>7.1} pages per training step"))?;
    }
    Ok(())
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

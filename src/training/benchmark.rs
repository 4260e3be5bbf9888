//! How fast this machine trains and encodes: the course's convolutional network on
//! random pictures.

use std::time::{Duration, Instant};

use candle_core::{DType, Device, Tensor};
use rand::RngExt;
use serde::Serialize;

use super::oom;
use super::optim::Optimizer;
use super::optimizer_spec::{OptimizerKind, OptimizerSpec};
use crate::error::Result;
use crate::kernels::cuda::graph::Graph;
use crate::kernels::optimizer::Step;
use crate::kernels::{self, Activation};
use crate::models::{self, Autoencoder, ModelKind, ModelSpec};
use crate::progress::{Progress, Unit, Watch};
use crate::rng::{Purpose, generator};

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Benchmark {
    /// Side of the pictures in pixels.
    pub size: u32,
    /// Latent dimensions.
    pub code_size: u32,
    /// Pictures per step.
    pub batch_size: u32,
    /// Seconds per measurement.
    pub seconds: f64,
}

/// What a benchmark measured.
#[derive(Debug, Serialize)]
pub(crate) struct Measurements {
    pub size: u32,
    pub code_size: u32,
    pub batch_size: u32,
    pub device: String,
    /// Threads of the CPU kernels; 0 on another device.
    pub threads: usize,
    pub instruction_set: &'static str,
    /// Whether the training step was replayed as a CUDA graph.
    pub recorded: bool,
    pub parameters: usize,
    /// Median rate of forward, backward and optimizer step.
    pub train_images_per_s: f64,
    pub encode_images_per_s: f64,
    /// 90th and 10th percentile of the training steps' rates.
    pub train_spread: [f64; 2],
    /// At these rates, counting every tap of direct convolutions.
    pub train_gflops: f64,
    pub encode_gflops: f64,
    /// Measured with matrix products that fit the L1 cache; CPU only.
    pub peak_gflops: Option<f64>,
    /// `train_gflops` / `peak_gflops`; above 1 where Winograd saves multiplications.
    pub train_share_of_peak: Option<f64>,
    pub encode_share_of_peak: Option<f64>,
    /// Peak resident memory of the process in MiB; Linux only.
    pub peak_memory_mib: Option<f64>,
    /// Minor page faults per training step, without the first four steps: near 0
    /// where memory is reused; Linux only.
    pub pages_per_train_step: Option<f64>,
}

/// Sorted times of the calls that were measured, in seconds.
struct Times {
    training: Vec<f64>,
    encoding: Vec<f64>,
    /// Whether the training step was replayed as a CUDA graph.
    captured: bool,
    faults_per_step: Option<f64>,
}

impl Benchmark {
    /// Checks the network's settings.
    ///
    /// # Errors
    /// When there is no network of this size and code size.
    pub(crate) fn validate(&self) -> Result<()> {
        self.model_spec().validate()
    }

    /// Measures training and encoding.
    ///
    /// # Errors
    /// When memory runs out, with the largest batch that fits; `Cancelled` by the
    /// watcher.
    pub(crate) fn run(&self, device: &Device, watch: Watch) -> Result<Measurements> {
        self.measure(device, watch).map_err(|error| {
            let requested = self.batch_size as usize;
            oom::explain(error, requested, |pictures| {
                self.try_batch(pictures, device)
            })
        })
    }

    fn model_spec(&self) -> ModelSpec {
        ModelSpec {
            kind: ModelKind::Conv,
            size: self.size,
            code_size: self.code_size,
            activation: Activation::Relu,
            code_activation: Activation::Linear,
            width: 0,
            observation_noise: 0.0,
        }
    }

    fn build_network(&self, device: &Device) -> Result<Box<dyn Autoencoder>> {
        models::build(&self.model_spec(), 0, device)
    }

    /// One step on fewer pictures, to see whether they fit into memory.
    fn try_batch(&self, pictures: usize, device: &Device) -> Result<()> {
        let model = self.build_network(device)?;
        let optimizer = Optimizer::new(&optimizer_spec(), model.parameters())?;
        let size = self.size as usize;
        let batch = Tensor::zeros((pictures, size, size, 3), DType::F32, device)?;
        let loss = kernels::mse(&model.forward(&batch)?, &batch)?;
        optimizer.update(&kernels::backward(&loss)?, &optimizer.prepare(0.002, 1)?)?;
        Ok(device.synchronize()?)
    }

    /// A batch of random values, −0.5 to 0.5.
    fn random_batch(&self, device: &Device) -> Result<Tensor> {
        let (batch, size) = (self.batch_size as usize, self.size as usize);
        let mut random = generator(0, Purpose::Noise, 0, 0);
        let values: Vec<f32> = (0..batch * size * size * 3)
            .map(|_| random.random::<f32>() - 0.5)
            .collect();
        Ok(Tensor::from_vec(values, (batch, size, size, 3), device)?)
    }

    fn measure(&self, device: &Device, watch: Watch) -> Result<Measurements> {
        let model = self.build_network(device)?;
        let seconds = Duration::from_secs_f64(self.seconds);
        let peak = device
            .is_cpu()
            .then(|| kernels::peak_flops::measure_gflops(seconds / 4));
        let times = self.time(model.as_ref(), seconds, device, watch)?;
        let images = f64::from(self.batch_size);
        let rate = |times: &[f64], at: f64| images / quantile(times, at);
        let (train, encode) = (rate(&times.training, 0.5), rate(&times.encoding, 0.5));
        let ((encoder, decoder), first) = multiplications(self);
        let train_gflops = train * 2.0 * (3.0 * (encoder + decoder) - first) / 1e9;
        let encode_gflops = encode * 2.0 * encoder / 1e9;
        let share = |gflops: f64| peak.map(|peak| gflops / peak);
        let is_cpu = device.is_cpu();
        Ok(Measurements {
            size: self.size,
            code_size: self.code_size,
            batch_size: self.batch_size,
            device: if is_cpu { "cpu" } else { "cuda" }.to_string(),
            threads: if is_cpu { kernels::threads() } else { 0 },
            instruction_set: kernels::instruction_set(),
            recorded: times.captured,
            parameters: model.parameters().element_count(),
            train_images_per_s: train,
            encode_images_per_s: encode,
            train_spread: [rate(&times.training, 0.1), rate(&times.training, 0.9)],
            train_gflops,
            encode_gflops,
            peak_gflops: peak,
            train_share_of_peak: share(train_gflops),
            encode_share_of_peak: share(encode_gflops),
            peak_memory_mib: peak_memory_mib(),
            pages_per_train_step: times.faults_per_step,
        })
    }

    fn time(
        &self,
        model: &dyn Autoencoder,
        seconds: Duration,
        device: &Device,
        watch: Watch,
    ) -> Result<Times> {
        let batch = self.random_batch(device)?;
        let optimizer = Optimizer::new(&optimizer_spec(), model.parameters())?;
        let train = |step: &Step| {
            let loss = kernels::mse(&model.forward(&batch)?, &batch)?;
            optimizer.update(&kernels::backward(&loss)?, step)
        };
        let encode = || model.encode(&batch).map(drop);
        let first = optimizer.prepare(0.002, 1)?;
        let training_graph = capture_graph(device, || train(&first))?;
        let encoding_graph = capture_graph(device, encode)?;
        let mut step = 0;
        let mut faults_before = None;
        let training = time_calls("timing training", seconds, device, watch, || {
            step += 1;
            if step == 5 {
                faults_before = minor_faults();
            }
            let coefficients = optimizer.prepare(0.002, step)?;
            match &training_graph {
                Some(graph) => graph.replay(),
                None => train(&coefficients),
            }
        })?;
        let measured_steps = (step.max(5) - 4) as f64;
        let faults_per_step = minor_faults()
            .zip(faults_before)
            .map(|(after, before)| after.saturating_sub(before) as f64 / measured_steps);
        let encoding =
            time_calls(
                "timing encoding",
                seconds,
                device,
                watch,
                || match &encoding_graph {
                    Some(graph) => graph.replay(),
                    None => encode(),
                },
            )?;
        Ok(Times {
            training,
            encoding,
            captured: training_graph.is_some(),
            faults_per_step,
        })
    }
}

/// Captures work as a CUDA graph, on a GPU and where the work can be captured.
fn capture_graph(device: &Device, work: impl Fn() -> Result<()>) -> Result<Option<Graph>> {
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

/// Seconds that each call took, sorted, after four warm-up calls.
fn time_calls(
    stage: &str,
    time: Duration,
    device: &Device,
    watch: Watch,
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
        watch(Progress {
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
fn multiplications(benchmark: &Benchmark) -> ((f64, f64), f64) {
    let size = f64::from(benchmark.size);
    let code = f64::from(benchmark.code_size);
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

    #[test]
    fn multiplications_are_those_of_direct_convolutions() {
        let benchmark = Benchmark {
            size: 32,
            code_size: 32,
            batch_size: 64,
            seconds: 1.0,
        };
        let ((encoder, decoder), first) = multiplications(&benchmark);
        assert_eq!(first, 884_736.0);
        assert_eq!(encoder, 884_736.0 + 3.0 * 4_718_592.0 + 32_768.0);
        assert_eq!(decoder, 3.0 * 1_179_648.0 + 221_184.0 + 32_768.0);
    }
}

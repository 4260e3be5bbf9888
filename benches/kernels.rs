//! Each kernel at the seed network's shapes, and whole steps. `cargo bench`;
//! images per second are items per second.

use candle_core::{Device, Tensor, Var};
use divan::Bencher;
use divan::counter::ItemsCount;
use lfw_tui::kernels::{self, Activation, Pooling};
use lfw_tui::models::{self, ModelKind, ModelSpec};
use lfw_tui::rng::{Purpose, generator};
use lfw_tui::training::OptimizerSpec;
use lfw_tui::training::optim::Optimizer;
use rand::RngExt;

const BATCH: usize = 64;

fn main() {
    kernels::allocator::tune_malloc();
    divan::main();
}

fn tensor(shape: &[usize], seed: u64) -> Tensor {
    let mut random = generator(seed, Purpose::Weights, 0, 0);
    let count = shape.iter().product();
    let values: Vec<f32> = (0..count).map(|_| random.random::<f32>() - 0.5).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).expect("the shape is that of the values")
}

/// Input, weight and bias of a convolution.
fn convolution(side: usize, inputs: usize, outputs: usize) -> [Tensor; 3] {
    [
        tensor(&[BATCH, side, side, inputs], 1),
        tensor(&[3, 3, inputs, outputs], 2),
        tensor(&[outputs], 3),
    ]
}

fn variable(shape: &[usize], seed: u64) -> Var {
    Var::from_tensor(&tensor(shape, seed)).expect("copies")
}

/// Side of the picture, inputs, outputs.
const CONVOLUTIONS: [[usize; 3]; 4] = [[32, 3, 32], [16, 32, 64], [8, 64, 128], [4, 128, 256]];
const TRANSPOSED: [[usize; 3]; 4] = [[2, 256, 128], [4, 128, 64], [8, 64, 32], [16, 32, 3]];

#[divan::bench(args = CONVOLUTIONS)]
fn convolution_forward(bencher: Bencher, [side, inputs, outputs]: [usize; 3]) {
    let [x, weight, bias] = convolution(side, inputs, outputs);
    bencher
        .counter(ItemsCount::new(BATCH))
        .bench(|| kernels::conv3x3(&x, &weight, &bias, Activation::Relu, Pooling::Max2x2));
}

#[divan::bench(args = CONVOLUTIONS)]
fn convolution_both_ways(bencher: Bencher, [side, inputs, outputs]: [usize; 3]) {
    let x = variable(&[BATCH, side, side, inputs], 1);
    // As in the network, which needs no gradient of the pictures.
    let x = if inputs == 3 {
        x.as_detached_tensor()
    } else {
        x.as_tensor().clone()
    };
    let (weight, bias) = (
        variable(&[3, 3, inputs, outputs], 2),
        variable(&[outputs], 3),
    );
    let target = tensor(&[BATCH, side / 2, side / 2, outputs], 4);
    bencher.counter(ItemsCount::new(BATCH)).bench(|| {
        let y = kernels::conv3x3(&x, &weight, &bias, Activation::Relu, Pooling::Max2x2)?;
        kernels::backward(&kernels::mse(&y, &target)?)
    });
}

#[divan::bench(args = TRANSPOSED)]
fn transposed_forward(bencher: Bencher, [side, inputs, outputs]: [usize; 3]) {
    let [x, weight, bias] = convolution(side, inputs, outputs);
    bencher
        .counter(ItemsCount::new(BATCH))
        .bench(|| kernels::conv_transpose3x3(&x, &weight, &bias, Activation::Relu));
}

#[divan::bench(args = TRANSPOSED)]
fn transposed_both_ways(bencher: Bencher, [side, inputs, outputs]: [usize; 3]) {
    let x = variable(&[BATCH, side, side, inputs], 1);
    let (weight, bias) = (
        variable(&[3, 3, inputs, outputs], 2),
        variable(&[outputs], 3),
    );
    let target = tensor(&[BATCH, 2 * side, 2 * side, outputs], 4);
    bencher.counter(ItemsCount::new(BATCH)).bench(|| {
        let y = kernels::conv_transpose3x3(&x, &weight, &bias, Activation::Relu)?;
        kernels::backward(&kernels::mse(&y, &target)?)
    });
}

#[divan::bench(args = [[1024, 32], [4096, 512]])]
fn dense_both_ways(bencher: Bencher, [inputs, outputs]: [usize; 2]) {
    let x = variable(&[BATCH, inputs], 1);
    let (weight, bias) = (variable(&[inputs, outputs], 2), variable(&[outputs], 3));
    let target = tensor(&[BATCH, outputs], 4);
    bencher.counter(ItemsCount::new(BATCH)).bench(|| {
        let y = kernels::dense(&x, &weight, &bias, Activation::Linear)?;
        kernels::backward(&kernels::mse(&y, &target)?)
    });
}

/// The seed network for pictures of this side.
fn network(size: u32, code_size: u32) -> Box<dyn models::Autoencoder> {
    let spec = ModelSpec {
        kind: ModelKind::Conv,
        size,
        code_size,
        activation: Activation::Relu,
        code_activation: Activation::Linear,
        width: 0,
        observation_noise: 0.0,
    };
    models::build(&spec, 0, &Device::Cpu).expect("a valid network")
}

#[divan::bench(args = [[32, 32], [64, 512]])]
fn training_step(bencher: Bencher, [size, code_size]: [u32; 2]) {
    let model = network(size, code_size);
    let x = tensor(&[BATCH, size as usize, size as usize, 3], 1);
    let mut optimizer =
        Optimizer::new(&OptimizerSpec::default(), model.parameters()).expect("moments at zero");
    let mut step = 0;
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        step += 1;
        let loss = kernels::mse(&model.forward(&x)?, &x)?;
        optimizer.step(&kernels::backward(&loss)?, 0.002, step)
    });
}

#[divan::bench(args = [[32, 32], [64, 512]])]
fn encoding(bencher: Bencher, [size, code_size]: [u32; 2]) {
    let model = network(size, code_size);
    let x = tensor(&[BATCH, size as usize, size as usize, 3], 1);
    bencher
        .counter(ItemsCount::new(BATCH))
        .bench_local(|| model.encode(&x));
}

//! The fast operations together, in a small network: against finite differences,
//! and against themselves with other thread counts and instruction sets.

use candle_core::{Tensor, Var};
use lfw_tui::kernels::{self, Activation, Pooling};

use crate::kernels::{Outcome, alone, bits, difference, variable};

/// A small network of every operation, with its variables.
struct Network {
    x: Tensor,
    variables: Vec<Var>,
}

impl Network {
    fn new() -> Outcome<Self> {
        let shapes: [&[usize]; 10] = [
            &[3, 3, 3, 16],
            &[16],
            &[3, 3, 16, 32],
            &[32],
            &[2 * 2 * 32, 5],
            &[5],
            &[5, 2 * 2 * 16],
            &[2 * 2 * 16],
            &[3, 3, 16, 3],
            &[3],
        ];
        let variables = shapes
            .iter()
            .enumerate()
            .map(|(i, shape)| {
                let fan: usize = shape[..shape.len() - 1].iter().product();
                let scaled = (variable(shape, i as u64)?.as_tensor() / (fan as f64).sqrt())?;
                Ok(Var::from_tensor(&scaled.detach())?)
            })
            .collect::<Outcome<_>>()?;
        let x = variable(&[19, 8, 8, 3], 77)?.as_detached_tensor();
        Ok(Self { x, variables })
    }

    fn loss(&self, v: &[Tensor], activation: Activation) -> lfw_tui::Result<Tensor> {
        let y = kernels::conv3x3(&self.x, &v[0], &v[1], activation, Pooling::Max2x2)?;
        let y = kernels::conv3x3(&y, &v[2], &v[3], activation, Pooling::Max2x2)?;
        let code = kernels::dense(&kernels::reshape(&y, (19, 128))?, &v[4], &v[5], activation)?;
        let y = kernels::dense(&code, &v[6], &v[7], activation)?;
        let y = kernels::reshape(&y, (19, 2, 2, 16))?;
        let y = kernels::conv_transpose3x3(&y, &v[8], &v[9], Activation::Linear)?;
        kernels::mse(&y, &self.x.narrow(1, 0, 4)?.narrow(2, 0, 4)?)
    }

    fn tensors(&self) -> Vec<Tensor> {
        self.variables
            .iter()
            .map(|v| v.as_tensor().clone())
            .collect()
    }
}

#[test]
fn gradients_of_a_network_equal_finite_differences() -> Outcome<()> {
    let _alone = alone();
    let network = Network::new()?;
    let tensors = network.tensors();
    // Smooth, so that a finite step says something.
    let gradients = kernels::backward(&network.loss(&tensors, Activation::Elu)?)?;
    for (index, tensor) in tensors.iter().enumerate() {
        let gradient = gradients.get(tensor).ok_or("no gradient")?;
        // Along the gradient itself, where the derivative is its length.
        let length = gradient.sqr()?.sum_all()?.to_scalar::<f32>()?.sqrt();
        let along = |sign: f64| -> Outcome<f64> {
            let step = 4e-3 * sign / f64::from(length);
            let mut moved: Vec<Tensor> = tensors.iter().map(Tensor::detach).collect();
            moved[index] = (&moved[index] + (gradient * step)?)?;
            let loss = network.loss(&moved, Activation::Elu)?;
            Ok(f64::from(loss.to_scalar::<f32>()?))
        };
        let measured = (along(1.0)? - along(-1.0)?) / 8e-3;
        let apart = (measured / f64::from(length) - 1.0).abs();
        assert!(
            apart < 1e-2,
            "variable {index}: {measured} against {length}"
        );
    }
    Ok(())
}

#[test]
fn the_short_way_backward_gives_candles_gradients() -> Outcome<()> {
    let _alone = alone();
    let network = Network::new()?;
    let tensors = network.tensors();
    let loss = network.loss(&tensors, Activation::Relu)?;
    let (short, candles) = (kernels::backward(&loss)?, loss.backward()?);
    // A graph with another operation in it, and a variable used twice.
    let mixed = (network.loss(&tensors, Activation::Relu)? + tensors[1].sum_all()?)?;
    let (mixed, mixed_candles) = (kernels::backward(&mixed)?, mixed.backward()?);
    let x = variable(&[2, 3], 5)?;
    let twice = kernels::mse(&x, &kernels::reshape(&x, (2, 3))?)?;
    let zero = kernels::backward(&twice)?;
    let zero = zero.get(x.as_tensor()).ok_or("no gradient")?;
    assert_eq!(zero.flatten_all()?.to_vec1::<f32>()?, vec![0.0; 6]);
    for tensor in &tensors {
        for (a, b) in [(&short, &candles), (&mixed, &mixed_candles)] {
            let (a, b) = (a.get(tensor).ok_or("none")?, b.get(tensor).ok_or("none")?);
            assert_eq!(bits(a)?, bits(b)?);
        }
    }
    Ok(())
}

#[test]
fn any_number_of_threads_gives_the_same_bits() -> Outcome<()> {
    let _alone = alone();
    let network = Network::new()?;
    let tensors = network.tensors();
    let before = kernels::threads();
    let mut seen: Vec<Vec<u32>> = Vec::new();
    for threads in [1, 2, 3, 5] {
        kernels::set_threads(threads);
        assert_eq!(kernels::threads(), threads);
        let loss = network.loss(&tensors, Activation::Elu)?;
        let gradients = kernels::backward(&loss)?;
        let mut all = bits(&loss)?;
        for tensor in &tensors {
            all.extend(bits(gradients.get(tensor).ok_or("no gradient")?)?);
        }
        seen.push(all);
    }
    kernels::set_threads(before);
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
    Ok(())
}

#[test]
fn portable_code_agrees_with_vector_instructions() -> Outcome<()> {
    let _alone = alone();
    let network = Network::new()?;
    let tensors = network.tensors();
    let run = || -> Outcome<Vec<Tensor>> {
        let loss = network.loss(&tensors, Activation::Elu)?;
        let gradients = kernels::backward(&loss)?;
        tensors
            .iter()
            .map(|tensor| Ok(gradients.get(tensor).ok_or("no gradient")?.clone()))
            .collect()
    };
    let fast = run()?;
    kernels::set_instructions(kernels::Instructions::Portable);
    let portable = run();
    kernels::set_instructions(kernels::Instructions::Native);
    for (a, b) in fast.iter().zip(&portable?) {
        let apart = difference(a, b)?;
        assert!(apart < 1e-5, "{apart}");
    }
    Ok(())
}

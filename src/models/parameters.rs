//! A network's weights: named, in a fixed order, saved as safetensors.

use candle_core::{DType, Device, Shape, Tensor, Var};
use rand::RngExt;

use crate::error::{Error, Result};
use crate::rng::{Purpose, generator};

/// Named variables in the order they were made. Clones share the variables.
#[derive(Debug, Default, Clone)]
pub struct Parameters {
    entries: Vec<(String, Var)>,
    /// Names of those that training leaves alone.
    frozen: Vec<String>,
}

impl Parameters {
    /// Adds a variable under a name not used before.
    pub fn add(&mut self, name: impl Into<String>, var: Var) {
        self.entries.push((name.into(), var));
    }

    /// Adds a variable that training leaves alone.
    pub fn add_frozen(&mut self, name: &str, var: Var) {
        self.frozen.push(name.to_string());
        self.add(name, var);
    }

    /// Names and variables in order, of those that training changes.
    pub fn trainable(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.iter()
            .filter(|(name, _)| !self.frozen.iter().any(|fixed| fixed == name))
    }

    /// Names and variables in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.entries.iter().map(|(name, var)| (name.as_str(), var))
    }

    /// How many numbers there are in all.
    pub fn element_count(&self) -> usize {
        self.entries.iter().map(|(_, var)| var.elem_count()).sum()
    }

    /// The tensor of this name and shape; shares its storage.
    ///
    /// # Errors
    /// When there is none or its shape is another.
    pub fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let found = self.iter().find(|(known, _)| *known == name);
        let Some((_, var)) = found else {
            return Err(Error::not_found(
                format!("weight {name}"),
                "the file is not one of this network",
            ));
        };
        if var.dims() != shape {
            return Err(Error::invalid(
                format!("weight {name}"),
                format!("has shape {:?}; this network needs {shape:?}", var.dims()),
            ));
        }
        Ok(var.as_tensor().clone())
    }

    /// Variables of their own with the same names and values.
    ///
    /// # Errors
    /// Those of candle.
    pub fn deep_clone(&self) -> Result<Self> {
        let mut copy = Self {
            entries: Vec::new(),
            frozen: self.frozen.clone(),
        };
        for (name, var) in self.iter() {
            copy.add(name, Var::from_tensor(&var.as_detached_tensor().copy()?)?);
        }
        Ok(copy)
    }

    /// Copies of all tensors that later steps do not change.
    ///
    /// # Errors
    /// Those of candle.
    pub fn snapshot(&self) -> Result<Vec<(String, Tensor)>> {
        self.iter()
            .map(|(name, var)| Ok((name.to_string(), var.as_detached_tensor().copy()?)))
            .collect()
    }

    /// Overwrites all variables by tensors of the same names.
    ///
    /// # Errors
    /// When one is missing or has another shape; then some may be overwritten.
    pub fn restore(&self, tensors: &[(String, Tensor)]) -> Result<()> {
        for (name, var) in self.iter() {
            let (_, tensor) = tensors
                .iter()
                .find(|(known, _)| known == name)
                .ok_or_else(|| {
                    Error::not_found(
                        format!("weight {name}"),
                        "the checkpoint is not one of this network",
                    )
                })?;
            if tensor.dims() != var.dims() {
                return Err(Error::invalid(
                    format!("weight {name}"),
                    format!("has shape {:?}, not {:?}", tensor.dims(), var.dims()),
                ));
            }
            var.set(&tensor.to_device(var.device())?)?;
        }
        Ok(())
    }
}

/// Makes a network's first weights, each from its own stream of the seed.
pub(super) struct Initializer<'a> {
    parameters: Parameters,
    seed: u64,
    device: &'a Device,
}

impl<'a> Initializer<'a> {
    pub(super) fn new(seed: u64, device: &'a Device) -> Self {
        Self::extending(Parameters::default(), seed, device)
    }

    /// Goes on after parameters that are there.
    pub(super) fn extending(parameters: Parameters, seed: u64, device: &'a Device) -> Self {
        Self {
            parameters,
            seed,
            device,
        }
    }

    /// Weight and bias of a dense layer.
    pub(super) fn dense(&mut self, name: &str, [inputs, outputs]: [usize; 2]) -> Result<()> {
        self.glorot_layer(name, (inputs, outputs), [inputs, outputs])
    }

    /// Weight and bias of a 3×3 convolution.
    pub(super) fn convolution(&mut self, name: &str, [inputs, outputs]: [usize; 2]) -> Result<()> {
        let shape = (3, 3, inputs, outputs);
        self.glorot_layer(name, shape, [9 * inputs, 9 * outputs])
    }

    /// Weight and bias of a 3×3 convolution that adds nothing at first.
    pub(super) fn zero_convolution(
        &mut self,
        name: &str,
        [inputs, outputs]: [usize; 2],
    ) -> Result<()> {
        self.zero_layer(name, (3, 3, inputs, outputs), outputs)
    }

    /// Weight and bias of a dense layer that adds nothing at first.
    pub(super) fn zero_dense(&mut self, name: &str, [inputs, outputs]: [usize; 2]) -> Result<()> {
        self.zero_layer(name, (inputs, outputs), outputs)
    }

    fn zero_layer(&mut self, name: &str, shape: impl Into<Shape>, outputs: usize) -> Result<()> {
        let weight = Var::zeros(shape, DType::F32, self.device)?;
        let bias = Var::zeros(outputs, DType::F32, self.device)?;
        self.parameters.add(format!("{name}.weight"), weight);
        self.parameters.add(format!("{name}.bias"), bias);
        Ok(())
    }

    /// A weight uniform in ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010)
    /// and a bias of zeros: Keras' defaults.
    fn glorot_layer(
        &mut self,
        name: &str,
        shape: impl Into<Shape>,
        fans: [usize; 2],
    ) -> Result<()> {
        let shape = shape.into();
        let limit = (6.0 / (fans[0] + fans[1]) as f64).sqrt() as f32;
        let index = self.parameters.entries.len() as u64;
        let mut rng = generator(self.seed, Purpose::Weights, index, 0);
        let values: Vec<f32> = (0..shape.elem_count())
            .map(|_| rng.random_range(-limit..limit))
            .collect();
        let outputs = shape.dims()[shape.rank() - 1];
        let weight = Var::from_vec(values, shape, self.device)?;
        let bias = Var::zeros(outputs, DType::F32, self.device)?;
        self.parameters.add(format!("{name}.weight"), weight);
        self.parameters.add(format!("{name}.bias"), bias);
        Ok(())
    }

    pub(super) fn finish(self) -> Parameters {
        self.parameters
    }
}

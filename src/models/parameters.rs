//! The weights of a network, by name and in a fixed order.

use candle_core::{DType, Device, Shape, Tensor, Var};
use rand::RngExt;

use crate::error::{Error, Result};
use crate::rng::{Purpose, generator};

/// Named variables in the order in which they were added. Clones share the variables.
#[derive(Debug, Default, Clone)]
pub struct Parameters {
    entries: Vec<(String, Var)>,
    /// Names of the variables that training does not change.
    frozen: Vec<String>,
}

impl Parameters {
    /// Adds a variable. Its name must be new.
    pub fn add(&mut self, name: impl Into<String>, var: Var) {
        self.entries.push((name.into(), var));
    }

    /// Adds a variable that training does not change.
    pub(crate) fn add_frozen(&mut self, name: &str, var: Var) {
        self.frozen.push(name.to_string());
        self.add(name, var);
    }

    /// Names and variables that training changes, in order.
    pub(crate) fn trainable(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.iter()
            .filter(|(name, _)| !self.frozen.iter().any(|frozen| frozen == name))
    }

    /// All names and variables, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.entries.iter().map(|(name, var)| (name.as_str(), var))
    }

    /// Whether there is a variable of this name.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.entries.iter().any(|(known, _)| known == name)
    }

    /// Number of values in all variables together.
    pub fn element_count(&self) -> usize {
        self.entries.iter().map(|(_, var)| var.elem_count()).sum()
    }

    /// The tensor of this name. It shares the variable's storage.
    ///
    /// # Errors
    /// When no variable has this name, or it has another shape.
    pub fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let found = self.iter().find(|(known, _)| *known == name);
        let Some((_, var)) = found else {
            return Err(Error::not_found(
                format!("weight {name}"),
                "the file belongs to another network",
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

    /// A copy whose variables are independent of these.
    ///
    /// # Errors
    /// When the device has too little memory.
    pub(crate) fn deep_clone(&self) -> Result<Self> {
        let mut copy = Self {
            entries: Vec::new(),
            frozen: self.frozen.clone(),
        };
        for (name, var) in self.iter() {
            copy.add(name, Var::from_tensor(&var.as_detached_tensor().copy()?)?);
        }
        Ok(copy)
    }

    /// Copies of all tensors, which later steps do not change.
    ///
    /// # Errors
    /// When the device has too little memory.
    pub fn snapshot(&self) -> Result<Vec<(String, Tensor)>> {
        self.iter()
            .map(|(name, var)| Ok((name.to_string(), var.as_detached_tensor().copy()?)))
            .collect()
    }

    /// Sets all variables to the tensors of the same names.
    ///
    /// # Errors
    /// When one is missing or has another shape. Some variables may have been set by then.
    pub fn restore(&self, tensors: &[(String, Tensor)]) -> Result<()> {
        for (name, var) in self.iter() {
            let (_, tensor) = tensors
                .iter()
                .find(|(known, _)| known == name)
                .ok_or_else(|| {
                    Error::not_found(
                        format!("weight {name}"),
                        "the checkpoint belongs to another network",
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

/// Makes a network's initial weights. Each has its own random stream, a function of the seed
/// and of its place in the order.
pub(super) struct Initializer<'a> {
    parameters: Parameters,
    seed: u64,
    device: &'a Device,
}

impl<'a> Initializer<'a> {
    pub(super) fn new(seed: u64, device: &'a Device) -> Self {
        Self::extending(Parameters::default(), seed, device)
    }

    /// Appends to existing parameters.
    pub(super) fn extending(parameters: Parameters, seed: u64, device: &'a Device) -> Self {
        Self {
            parameters,
            seed,
            device,
        }
    }

    /// Adds weight and bias of a dense layer.
    pub(super) fn dense(&mut self, name: &str, [inputs, outputs]: [usize; 2]) -> Result<()> {
        self.glorot_layer(name, (inputs, outputs), [inputs, outputs])
    }

    /// Adds weight and bias of a 3×3 convolution.
    pub(super) fn convolution(&mut self, name: &str, [inputs, outputs]: [usize; 2]) -> Result<()> {
        let shape = (3, 3, inputs, outputs);
        self.glorot_layer(name, shape, [9 * inputs, 9 * outputs])
    }

    /// Adds a 3×3 convolution whose weight and bias are zero.
    pub(super) fn zero_convolution(
        &mut self,
        name: &str,
        [inputs, outputs]: [usize; 2],
    ) -> Result<()> {
        self.zero_layer(name, (3, 3, inputs, outputs), outputs)
    }

    /// Adds a dense layer whose weight and bias are zero.
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

    /// Adds a weight that is uniform in ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010), and
    /// a zero bias: Keras' defaults.
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

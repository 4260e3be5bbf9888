//! The course's linear autoencoder: one dense layer to the code, one back.

use candle_core::{Device, Tensor};

use super::autoencoder::Autoencoder;
use super::layer::Dense;
use super::outline::{Outline, Stage, dense_weights};
use super::parameters::{Initializer, Parameters};
use super::spec::ModelSpec;
use crate::error::Result;
use crate::kernels::{self, Activation};

/// Two dense layers with biases and no activation.
#[derive(Debug)]
pub struct LinearAutoencoder {
    spec: ModelSpec,
    parameters: Parameters,
    device: Device,
    encoder: Dense,
    decoder: Dense,
}

impl LinearAutoencoder {
    /// Initial weights from the seed: Glorot uniform, with zero biases.
    ///
    /// # Errors
    /// When the device has too little memory.
    pub fn new(spec: &ModelSpec, seed: u64, device: &Device) -> Result<Self> {
        let (values, code) = (spec.values(), spec.code_size as usize);
        let mut init = Initializer::new(seed, device);
        init.dense("encoder.code", [values, code])?;
        init.dense("decoder.face", [code, values])?;
        Self::with_parameters(spec, init.finish())
    }

    /// With the given weights.
    ///
    /// # Errors
    /// When one is missing or has the wrong shape.
    pub fn with_parameters(spec: &ModelSpec, parameters: Parameters) -> Result<Self> {
        let (values, code) = (spec.values(), spec.code_size as usize);
        let encoder = Dense::from_parameters(&parameters, "encoder.code", [values, code])?;
        let decoder = Dense::from_parameters(&parameters, "decoder.face", [code, values])?;
        Ok(Self {
            spec: spec.clone(),
            device: encoder.weight.device().clone(),
            parameters,
            encoder,
            decoder,
        })
    }

    fn to_faces(&self, values: &Tensor) -> Result<Tensor> {
        let size = self.spec.size as usize;
        kernels::reshape(values, (values.dim(0)?, size, size, 3))
    }
}

/// The network before it is built.
pub(super) fn outline(spec: &ModelSpec) -> Outline {
    let (values, code) = (spec.values(), spec.code_size as usize);
    let face = Stage::face(spec.size);
    Outline {
        stages: vec![face, Stage::Code(code), face],
        weights: Some(dense_weights([values, code]) + dense_weights([code, values])),
    }
}

fn encode(faces: &Tensor, layer: &Dense) -> Result<Tensor> {
    layer.apply(&faces.flatten_from(1)?, Activation::Linear)
}

impl Autoencoder for LinearAutoencoder {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn encode(&self, faces: &Tensor) -> Result<Tensor> {
        encode(faces, &self.encoder.detached())
    }

    fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        self.to_faces(&self.decoder.detached().apply(codes, Activation::Linear)?)
    }

    fn forward(&self, faces: &Tensor) -> Result<Tensor> {
        let codes = encode(faces, &self.encoder)?;
        self.to_faces(&self.decoder.apply(&codes, Activation::Linear)?)
    }

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn device(&self) -> &Device {
        &self.device
    }
}

//! PCA as two frozen dense layers with codes of unit variance: the linear part that trained
//! networks correct.

use candle_core::{Device, Tensor, Var};

use super::autoencoder::Autoencoder;
use super::layer::Dense;
use super::parameters::Parameters;
use super::pca::Pca;
use crate::error::{Error, Result};
use crate::kernels::{self, Activation};

/// Smallest standard deviation of a component that is used. Components that the pictures do not
/// determine have none.
const MIN_STD: f32 = 1e-6;

/// Name of the weight with the posterior standard deviations.
const POSTERIOR_STD: &str = "principal.deviations";

/// code = (face − mean) · componentsᵀ / √variances, and back.
///
/// With observation noise s, probabilistic PCA (Tipping and Bishop 1999): the posterior mean of
/// a component of variance λ is its coefficient times √(λ − s²) / λ, and the posterior standard
/// deviation is s / √λ.
#[derive(Debug, Clone)]
pub(super) struct PcaLayer {
    encoder: Dense,
    decoder: Dense,
    /// Posterior standard deviations `[code]`, if there is observation noise.
    posterior_std: Option<Tensor>,
}

impl PcaLayer {
    /// Adds weights and biases of both layers and, under observation noise, the posterior
    /// standard deviations. Components that PCA does not determine, or whose variance is below
    /// the noise's, are zero.
    pub(super) fn add_parameters(
        parameters: &mut Parameters,
        pca: &Pca,
        code: usize,
        noise: f32,
        device: &Device,
    ) -> Result<()> {
        let values = pca.spec().values();
        let found = (pca.spec().code_size as usize).min(code);
        let (mean, components) = (pca.mean()?, pca.components()?);
        let variances = pca.variances()?;
        let mut posterior_std = vec![1f32; code];
        let mut encoder = vec![0f32; values * code];
        let mut encoder_bias = vec![0f32; code];
        let mut decoder = vec![0f32; code * values];
        let pairs = components.chunks_exact(values).zip(&variances).take(found);
        for (k, (component, &variance)) in pairs.enumerate() {
            let signal_std = (variance - noise * noise).max(0.0).sqrt();
            if signal_std < MIN_STD {
                break;
            }
            let divisor = if noise > 0.0 {
                variance / signal_std
            } else {
                signal_std
            };
            posterior_std[k] = noise / variance.sqrt();
            for (i, &value) in component.iter().enumerate() {
                encoder[i * code + k] = value / divisor;
                decoder[k * values + i] = value * signal_std;
            }
            let at_mean: f64 = component
                .iter()
                .zip(&mean)
                .map(|(&a, &b)| f64::from(a) * f64::from(b))
                .sum();
            encoder_bias[k] = -(at_mean / f64::from(divisor)) as f32;
        }
        let encoder = Var::from_vec(encoder, (values, code), device)?;
        let encoder_bias = Var::from_vec(encoder_bias, code, device)?;
        let decoder = Var::from_vec(decoder, (code, values), device)?;
        let decoder_bias = Var::from_vec(mean, values, device)?;
        parameters.add_frozen("principal.encoder.weight", encoder);
        parameters.add_frozen("principal.encoder.bias", encoder_bias);
        parameters.add_frozen("principal.decoder.weight", decoder);
        parameters.add_frozen("principal.decoder.bias", decoder_bias);
        if noise > 0.0 {
            parameters.add_frozen(POSTERIOR_STD, Var::from_vec(posterior_std, code, device)?);
        }
        Ok(())
    }

    /// The layer with the weights that [`add_parameters`](Self::add_parameters) added.
    pub(super) fn from_parameters(
        parameters: &Parameters,
        values: usize,
        code: usize,
        noise: f32,
    ) -> Result<Self> {
        let get = |name: &str, shape| Dense::from_parameters(parameters, name, shape);
        let posterior_std = if noise > 0.0 {
            Some(parameters.get(POSTERIOR_STD, &[code])?.detach())
        } else {
            None
        };
        Ok(Self {
            posterior_std,
            encoder: get("principal.encoder", [values, code])?.detached(),
            decoder: get("principal.decoder", [code, values])?.detached(),
        })
    }

    /// Samples codes around the given posterior means `[n, code]`, from standard normal numbers
    /// of the same shape.
    pub(super) fn sample(&self, codes: &Tensor, normal: &Tensor) -> Result<Tensor> {
        match &self.posterior_std {
            Some(std) => kernels::add(codes, &normal.broadcast_mul(std)?),
            None => Err(Error::invalid("codes", "this model does not sample them")),
        }
    }

    /// Faces `[n, values]` to codes `[n, code]`.
    pub(super) fn encode(&self, faces: &Tensor) -> Result<Tensor> {
        self.encoder.apply(faces, Activation::Linear)
    }

    /// Codes `[n, code]` to faces `[n, values]`.
    pub(super) fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        self.decoder.apply(codes, Activation::Linear)
    }
}

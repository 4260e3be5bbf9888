//! Exact principal components as two fixed dense layers, with codes of unit
//! variance: what the trained networks start from and correct.

use candle_core::{Device, Tensor, Var};

use super::layer::Dense;
use super::{Autoencoder, Parameters, Pca};
use crate::error::{Error, Result};
use crate::kernels::{self, Activation};

/// Smallest standard deviation that a code is divided by; a component that the
/// pictures do not determine has none.
const MIN_STD: f32 = 1e-6;

const POSTERIOR_STD: &str = "principal.deviations";

/// code = (face − mean) · componentsᵀ / deviations, and back.
///
/// With observation noise s the same of probabilistic PCA (Tipping and Bishop
/// 1999): a component of variance λ is told to √(λ − s²) / λ, and a code number
/// lies s / √λ around it.
#[derive(Debug, Clone)]
pub(super) struct PcaLayer {
    encoder: Dense,
    decoder: Dense,
    /// Of the code's numbers `[code]`, where there is observation noise.
    posterior_std: Option<Tensor>,
}

impl PcaLayer {
    /// Adds the path's four tensors, as PCA has them, and the code's deviations
    /// under observation noise. Components beyond what PCA determines, or less
    /// than the noise, are zero.
    pub(super) fn add_parameters(
        parameters: &mut Parameters,
        pca: &Pca,
        code: usize,
        noise: f32,
        device: &Device,
    ) -> Result<()> {
        let values = pca.spec().values();
        let found = pca.spec().code_size as usize;
        let (mean, components) = (pca.mean()?, pca.components()?);
        let variances = pca.variances()?;
        let mut drawn = vec![1f32; code];
        let mut encode = vec![0f32; values * code];
        let mut decode = vec![0f32; code * values];
        let mut encode_bias = vec![0f32; code];
        for (k, (component, &variance)) in
            components.chunks_exact(values).zip(&variances).enumerate()
        {
            let deviation = (variance - noise * noise).max(0.0).sqrt();
            if k >= found.min(code) || deviation < MIN_STD {
                break;
            }
            let unit = if noise > 0.0 {
                variance / deviation
            } else {
                deviation
            };
            drawn[k] = noise / variance.sqrt();
            for (i, &value) in component.iter().enumerate() {
                encode[i * code + k] = value / unit;
                decode[k * values + i] = value * deviation;
            }
            let at_mean: f64 = component
                .iter()
                .zip(&mean)
                .map(|(&a, &b)| f64::from(a) * f64::from(b))
                .sum();
            encode_bias[k] = -(at_mean / f64::from(unit)) as f32;
        }
        parameters.add_frozen(
            "principal.encoder.weight",
            Var::from_vec(encode, (values, code), device)?,
        );
        parameters.add_frozen(
            "principal.encoder.bias",
            Var::from_vec(encode_bias, code, device)?,
        );
        parameters.add_frozen(
            "principal.decoder.weight",
            Var::from_vec(decode, (code, values), device)?,
        );
        parameters.add_frozen(
            "principal.decoder.bias",
            Var::from_vec(mean, values, device)?,
        );
        if noise > 0.0 {
            parameters.add_frozen(POSTERIOR_STD, Var::from_vec(drawn, code, device)?);
        }
        Ok(())
    }

    /// Around what [`add_parameters`](Self::add) added.
    pub(super) fn from_parameters(
        parameters: &Parameters,
        values: usize,
        code: usize,
        noise: f32,
    ) -> Result<Self> {
        let get = |name: &str, shape| Dense::from_parameters(parameters, name, shape);
        let deviations = if noise > 0.0 {
            Some(parameters.get(POSTERIOR_STD, &[code])?.detach())
        } else {
            None
        };
        Ok(Self {
            posterior_std: deviations,
            encoder: get("principal.encoder", [values, code])?.detached(),
            decoder: get("principal.decoder", [code, values])?.detached(),
        })
    }

    /// Codes drawn around the given ones by standard normal numbers of their shape.
    pub(super) fn sample(&self, codes: &Tensor, normal: &Tensor) -> Result<Tensor> {
        match &self.posterior_std {
            Some(deviations) => kernels::add(codes, &normal.broadcast_mul(deviations)?),
            None => Err(Error::invalid("codes", "this model does not draw them")),
        }
    }

    /// Codes `[n, code]` of faces `[n, values]`.
    pub(super) fn encode(&self, faces: &Tensor) -> Result<Tensor> {
        self.encoder.apply(faces, Activation::Linear)
    }

    /// Faces `[n, values]` of codes.
    pub(super) fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        self.decoder.apply(codes, Activation::Linear)
    }
}

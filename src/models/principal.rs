//! Exact principal components as two fixed dense layers, with codes of unit
//! variance: what the trained networks start from and correct.

use candle_core::{Device, Tensor, Var};

use super::layer::Dense;
use super::{Autoencoder, Parameters, Pca};
use crate::error::Result;
use crate::kernels::Activation;

/// Smallest standard deviation that a code is divided by; a component that the
/// pictures do not determine has none.
const SMALLEST_DEVIATION: f32 = 1e-6;

/// code = (face − mean) · componentsᵀ / deviations, and back.
#[derive(Debug, Clone)]
pub(super) struct PrincipalPath {
    encoder: Dense,
    decoder: Dense,
}

impl PrincipalPath {
    /// Adds the path's four tensors, as PCA has them; where PCA determines fewer
    /// than `code` components the rest are zero.
    pub(super) fn add(
        parameters: &mut Parameters,
        pca: &Pca,
        code: usize,
        device: &Device,
    ) -> Result<()> {
        let values = pca.spec().values();
        let found = pca.spec().code_size as usize;
        let (mean, components) = (pca.mean()?, pca.components()?);
        let deviations: Vec<f32> = pca.variances()?.iter().map(|v| v.max(0.0).sqrt()).collect();
        let mut encode = vec![0f32; values * code];
        let mut decode = vec![0f32; code * values];
        let mut encode_bias = vec![0f32; code];
        for (k, (component, &deviation)) in
            components.chunks_exact(values).zip(&deviations).enumerate()
        {
            if k >= found.min(code) || deviation < SMALLEST_DEVIATION {
                break;
            }
            for (i, &value) in component.iter().enumerate() {
                encode[i * code + k] = value / deviation;
                decode[k * values + i] = value * deviation;
            }
            let at_mean: f64 = component
                .iter()
                .zip(&mean)
                .map(|(&a, &b)| f64::from(a) * f64::from(b))
                .sum();
            encode_bias[k] = -(at_mean / f64::from(deviation)) as f32;
        }
        parameters.add_fixed(
            "principal.encoder.weight",
            Var::from_vec(encode, (values, code), device)?,
        );
        parameters.add_fixed(
            "principal.encoder.bias",
            Var::from_vec(encode_bias, code, device)?,
        );
        parameters.add_fixed(
            "principal.decoder.weight",
            Var::from_vec(decode, (code, values), device)?,
        );
        parameters.add_fixed(
            "principal.decoder.bias",
            Var::from_vec(mean, values, device)?,
        );
        Ok(())
    }

    /// Around what [`add`](Self::add) added.
    pub(super) fn get(parameters: &Parameters, values: usize, code: usize) -> Result<Self> {
        let get = |name: &str, shape| Dense::get(parameters, name, shape);
        Ok(Self {
            encoder: get("principal.encoder", [values, code])?.detached(),
            decoder: get("principal.decoder", [code, values])?.detached(),
        })
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

//! Encoders for search that are fitted in closed form: `descriptor` learns from pictures alone,
//! `identity` also from the names of the people on them.
//!
//! A face becomes histograms of small patterns in cells (Ahonen, Hadid and Pietikäinen 2006),
//! these become whitened principal components of length one. `identity` adds the discriminants of
//! the leading components, of length one too.

use candle_core::{Device, Storage, Tensor, Var};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use self::feature_matrix::FeatureMatrix;
use super::autoencoder::Autoencoder;
use super::outline::{Outline, Stage};
use super::parameters::Parameters;
use super::spec::{ModelKind, ModelSpec};
use crate::dataset::Faces;
use crate::dataset::faces::value_to_byte;
use crate::error::{Error, Result};
use crate::progress::Watch;

pub(crate) mod binary_patterns;
mod cells;
mod discriminant;
mod feature_matrix;
mod features;
pub(crate) mod grey;
mod phase;
#[cfg(test)]
mod tests;
mod whitened_components;

/// Numbers in a descriptor.
pub(crate) const DESCRIPTOR_CODE: u32 = 600;
/// The most pictures that are fitted to: the features of more would not fit in half a gigabyte.
const MOST_PICTURES: usize = 10_000;
/// `descriptor` whitens with λ + ε in place of the variance λ of a component, where ε is this many
/// times the variance of the last one: the last components are noise, and on the pictures of the
/// fit they hide what the others have in common.
const DAMPING: f64 = 2.5;
/// Pictures of the fit for each component, at least.
const PICTURES_PER_COMPONENT: usize = 6;
/// Of `identity`'s code, the share that are discriminants.
const DISCRIMINANT_SHARE: (usize, usize) = (1, 3);
/// Of the components, the share that the discriminants are made of: the last ones are noise.
const DISCRIMINATED_SHARE: (usize, usize) = (2, 3);
/// The weight of the components beside the discriminants in `identity`'s code.
const COMPONENT_WEIGHT: f32 = 0.7;

/// A fitted encoder without a decoder. Its codes have length one.
#[derive(Debug)]
pub(crate) struct Descriptor {
    spec: ModelSpec,
    parameters: Parameters,
    device: Device,
    /// Mean of each feature.
    mean: Vec<f32>,
    /// `[components, features]`.
    components: Tensor,
    /// `[used components, discriminants]`, for `identity`.
    discriminants: Option<Tensor>,
}

/// The encoder before it is fitted; its code is smaller where the pictures determine less.
pub(super) fn outline(spec: &ModelSpec) -> Outline {
    Outline {
        stages: vec![
            Stage::face(spec.size),
            Stage::Numbers(features::count()),
            Stage::Code(spec.code_size as usize),
        ],
        weights: None,
    }
}

impl Descriptor {
    /// Fits to the given rows of `faces`, on the CPU; to 10,000 of them, spread evenly, where
    /// there are more. The code is smaller than the spec's where the pictures determine less.
    ///
    /// # Errors
    /// When there are fewer than two pictures, or all of them look the same; for `identity` when
    /// the people are not known, or none has two pictures; when `watch` cancels.
    pub(crate) fn fit(
        spec: &ModelSpec,
        faces: &Faces,
        rows: &[usize],
        watch: Watch,
    ) -> Result<Self> {
        let what = format!("model {}", spec.kind);
        if rows.len() < 2 {
            return Err(Error::invalid(
                what,
                format!("needs at least two pictures and has {}", rows.len()),
            ));
        }
        let rows: Vec<usize> = match rows.len() {
            count if count > MOST_PICTURES => (0..MOST_PICTURES)
                .map(|at| rows[at * count / MOST_PICTURES])
                .collect(),
            _ => rows.to_vec(),
        };
        // With nearly as many components as pictures, every picture of the fit is about as far from
        // every other, whoever is on them.
        let most = (rows.len() / PICTURES_PER_COMPONENT).max(1);
        let wanted = spec.code_size as usize;
        let (discriminants, components) = match spec.kind {
            ModelKind::Identity => {
                let discriminants = share(wanted, DISCRIMINANT_SHARE).max(1);
                (discriminants, (wanted - discriminants).max(1))
            }
            _ => (0, wanted),
        };
        let matrix = FeatureMatrix::new(faces, &rows, watch)?;
        let mut fitted =
            whitened_components::fit(&matrix, rows.len(), components.min(most), watch)?;
        let mean = matrix.mean.clone();
        drop(matrix);
        let (features, found) = (mean.len(), fitted.codes.ncols());
        if discriminants == 0 {
            damp(&mut fitted.components, &fitted.variances, features);
        }
        let cpu = &Device::Cpu;
        let mut parameters = Parameters::default();
        parameters.add_frozen("mean", Var::from_vec(mean, features, cpu)?);
        let components = Var::from_vec(fitted.components, (found, features), cpu)?;
        parameters.add_frozen("components", components);
        let mut code_size = found;
        if discriminants > 0 {
            let people = faces.people().ok_or_else(|| {
                Error::invalid(what, "needs pictures with the names of the people on them")
            })?;
            let of_row: Vec<usize> = rows.iter().map(|&row| people.of_face[row]).collect();
            let used = share(found, DISCRIMINATED_SHARE).max(1);
            let values = discriminant::fit(fitted.codes.as_ref(), &of_row, used, discriminants)?;
            let count = values.len() / used;
            code_size += count;
            let values = Var::from_vec(values, (count, used), cpu)?;
            parameters.add_frozen("discriminants", values);
        }
        let spec = ModelSpec {
            code_size: code_size as u32,
            ..spec.clone()
        };
        Self::with_parameters(&spec, parameters)
    }

    /// With the given weights: `mean` `[features]`, `components` `[components, features]`, and for
    /// `identity` `discriminants` `[discriminants, used components]`.
    ///
    /// # Errors
    /// When one is missing or has the wrong shape.
    pub(crate) fn with_parameters(spec: &ModelSpec, parameters: Parameters) -> Result<Self> {
        let features = features::count();
        let rows_of = |name: &str| {
            let found = parameters.iter().find(|(known, _)| *known == name);
            found
                .and_then(|(_, var)| var.dims().first().copied())
                .unwrap_or(0)
        };
        let cpu = &Device::Cpu;
        let (components, discriminants) = (rows_of("components"), rows_of("discriminants"));
        let mean = parameters.get("mean", &[features])?.detach();
        let matrix = parameters
            .get("components", &[components, features])?
            .detach();
        let discriminated = match spec.kind {
            ModelKind::Identity => {
                let used = share(components, DISCRIMINATED_SHARE).max(1);
                let rows = parameters.get("discriminants", &[discriminants, used])?;
                Some(rows.detach().to_device(cpu)?.t()?.contiguous()?)
            }
            _ => None,
        };
        let expected = spec.code_size as usize;
        let code = components
            + if discriminated.is_some() {
                discriminants
            } else {
                0
            };
        if code != expected || components == 0 {
            return Err(Error::invalid(
                "weight components",
                format!("makes codes of {code} numbers; this model's have {expected}"),
            ));
        }
        Ok(Self {
            spec: spec.clone(),
            device: Device::Cpu,
            mean: mean.to_vec1()?,
            components: matrix.to_device(cpu)?,
            discriminants: discriminated,
            parameters,
        })
    }

    /// The codes of centred features `[n, features]`.
    fn project(&self, features: &[f32]) -> Result<Tensor> {
        let white = self.white_codes(features)?;
        let components = unit_rows(&white)?;
        let Some(discriminants) = &self.discriminants else {
            return Ok(components);
        };
        let used = discriminants.dim(0)?;
        let people = unit_rows(
            &white
                .narrow(1, 0, used)?
                .contiguous()?
                .matmul(discriminants)?,
        )?;
        let code = Tensor::cat(&[people, (components * f64::from(COMPONENT_WEIGHT))?], 1)?;
        unit_rows(&code)
    }

    /// `[n, components]`. candle's product is several times slower where one side is read from
    /// memory each time.
    fn white_codes(&self, features: &[f32]) -> Result<Tensor> {
        let (width, components) = (self.mean.len(), self.components.dim(0)?);
        let count = features.len() / width;
        let mut codes = vec![0.0f32; count * components];
        let (storage, layout) = self.components.storage_and_layout();
        let Storage::Cpu(values) = &*storage else {
            return Err(Error::invalid("model descriptor", "is not on the CPU"));
        };
        let values = &values.as_slice::<f32>()?[layout.start_offset()..][..components * width];
        matmul(
            MatMut::from_column_major_slice_mut(&mut codes, components, count),
            Accum::Replace,
            MatRef::from_row_major_slice(values, components, width),
            MatRef::from_column_major_slice(features, width, count),
            1.0,
            Par::rayon(0),
        );
        Ok(Tensor::from_vec(codes, (count, components), &Device::Cpu)?)
    }

    fn no_decoder(&self) -> Error {
        Error::invalid(
            format!("model {}", self.spec.kind),
            "describes faces for search and cannot rebuild them; choose another model",
        )
    }
}

impl Autoencoder for Descriptor {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn encode(&self, faces: &Tensor) -> Result<Tensor> {
        let side = grey::SIDE;
        let (_, height, width, channels) = faces.dims4()?;
        if (height, width, channels) != (side, side, 3) {
            return Err(Error::invalid(
                "faces",
                format!("have side {height}; the model takes {side}"),
            ));
        }
        let values = faces
            .flatten_all()?
            .to_device(&Device::Cpu)?
            .to_vec1::<f32>()?;
        let features: Vec<Vec<u8>> = values
            .par_chunks_exact(side * side * 3)
            .map(|face| {
                let bytes: Vec<u8> = face.iter().map(|&value| value_to_byte(value)).collect();
                features::describe(&bytes)
            })
            .collect();
        let centred: Vec<f32> = features
            .iter()
            .flat_map(|face| face.iter().zip(&self.mean))
            .map(|(&feature, mean)| f32::from(feature) - mean)
            .collect();
        self.project(&centred)
    }

    fn decode(&self, _codes: &Tensor) -> Result<Tensor> {
        Err(self.no_decoder())
    }

    fn forward(&self, _faces: &Tensor) -> Result<Tensor> {
        Err(self.no_decoder())
    }

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn device(&self) -> &Device {
        &self.device
    }
}

/// Scales components `[components, features]` of variance 1 down to λ / (λ + ε).
fn damp(components: &mut [f32], variances: &[f64], features: usize) {
    let damping = DAMPING * variances.last().copied().unwrap_or(0.0);
    for (row, variance) in components.chunks_exact_mut(features).zip(variances) {
        let factor = (variance / (variance + damping)).sqrt() as f32;
        row.iter_mut().for_each(|value| *value *= factor);
    }
}

fn share(of: usize, (numerator, denominator): (usize, usize)) -> usize {
    of * numerator / denominator
}

/// Rows scaled to length one. A row of zeros, the code of the mean face, stays.
fn unit_rows(rows: &Tensor) -> Result<Tensor> {
    let lengths = rows.sqr()?.sum_keepdim(1)?.sqrt()?;
    Ok(rows.broadcast_div(&lengths.maximum(f64::from(f32::MIN_POSITIVE))?)?)
}

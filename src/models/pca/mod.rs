//! Exact principal components in closed form. No linear autoencoder of this code size has a lower
//! mean squared error on the pictures that it is fitted to.

use candle_core::{D, Device, Tensor, Var};

use super::autoencoder::Autoencoder;
use super::parameters::Parameters;
use super::spec::{ModelKind, ModelSpec};
use crate::dataset::Faces;
use crate::error::{Error, Result};
use crate::progress::{Progress, Unit, Watch};

mod convergence;
mod data_matrix;
mod decomposition;
pub(in crate::models) mod iteration;
mod krylov;

/// code = (face − mean) · componentsᵀ, face = code · components + mean.
///
/// Components are orthonormal, sorted by the variance that they capture. The entry of largest
/// magnitude in each is positive.
#[derive(Debug)]
pub struct Pca {
    spec: ModelSpec,
    parameters: Parameters,
    device: Device,
    mean: Tensor,
    components: Tensor,
}

impl Pca {
    /// The largest code that `pictures` pictures of side `size` determine.
    pub(crate) fn max_code_size(pictures: usize, size: u32) -> u32 {
        (size * size * 3).min(pictures.saturating_sub(1) as u32)
    }

    /// Checks that `pictures` pictures of side `size` determine a code of this size.
    ///
    /// # Errors
    /// When the code size is 0 or larger than [`max_code_size`](Self::max_code_size).
    pub(crate) fn check_code_size(code_size: u32, pictures: usize, size: u32) -> Result<()> {
        let largest = Self::max_code_size(pictures, size);
        if largest == 0 {
            return Err(Error::invalid(
                "PCA",
                format!(
                    "needs at least two pictures and has {pictures}; use a larger data set, or hold fewer out"
                ),
            ));
        }
        if code_size == 0 || code_size > largest {
            let most = match largest {
                1 => "1 component".to_string(),
                _ => format!("1 to {largest} components"),
            };
            return Err(Error::invalid(
                format!("code size {code_size}"),
                format!("{pictures} pictures determine {most}"),
            ));
        }
        Ok(())
    }

    /// Fits to the given rows of `faces`, on the CPU.
    ///
    /// # Errors
    /// When the code size is 0 or larger than [`max_code_size`](Self::max_code_size);
    /// when `watch` cancels.
    pub fn fit(faces: &Faces, rows: &[usize], code_size: u32, watch: Watch) -> Result<Self> {
        let size = faces.spec().size;
        Self::check_code_size(code_size, rows.len(), size)?;
        let mut report = |done| {
            watch(Progress {
                stage: "fitting PCA",
                done,
                total: None,
                unit: Unit::Steps,
            })
        };
        let fitted = decomposition::fit(faces, rows, code_size as usize, &mut report)?;
        let (values, code) = (faces.stride(), code_size as usize);
        let mut parameters = Parameters::default();
        let cpu = &Device::Cpu;
        parameters.add("mean", Var::from_vec(fitted.mean, values, cpu)?);
        parameters.add(
            "components",
            Var::from_vec(fitted.components, (code, values), cpu)?,
        );
        parameters.add("variances", Var::from_vec(fitted.variances, code, cpu)?);
        Self::with_parameters(
            &ModelSpec::linear(ModelKind::Pca, size, code_size),
            parameters,
        )
    }

    /// [`fit`](Self::fit) with at most `code_size` components: fewer if the pictures determine
    /// fewer.
    ///
    /// # Errors
    /// When the code size is 0, there are fewer than two pictures, or `watch` cancels.
    pub(crate) fn fit_at_most(
        faces: &Faces,
        rows: &[usize],
        code_size: u32,
        watch: Watch,
    ) -> Result<Self> {
        let largest = Self::max_code_size(rows.len(), faces.spec().size);
        Self::fit(faces, rows, code_size.min(largest), watch)
    }

    /// With the given weights: `mean` `[values]`, `components` `[code, values]`, `variances`
    /// `[code]`.
    ///
    /// # Errors
    /// When one is missing or has the wrong shape.
    pub fn with_parameters(spec: &ModelSpec, parameters: Parameters) -> Result<Self> {
        let (values, code) = (spec.values(), spec.code_size as usize);
        parameters.get("variances", &[code])?;
        let mean = parameters.get("mean", &[values])?.detach();
        let components = parameters.get("components", &[code, values])?.detach();
        Ok(Self {
            spec: spec.clone(),
            device: mean.device().clone(),
            parameters,
            mean,
            components,
        })
    }

    /// A model of the first `code_size` components.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn truncated(&self, code_size: u32) -> Result<Self> {
        if code_size == 0 || code_size > self.spec.code_size {
            return Err(Error::invalid(
                format!("code size {code_size}"),
                format!("must be 1 to {}", self.spec.code_size),
            ));
        }
        let code = code_size as usize;
        let mut parameters = Parameters::default();
        for (name, var) in self.parameters.iter() {
            let tensor = var.as_detached_tensor();
            let tensor = if name == "mean" {
                tensor
            } else {
                tensor.narrow(0, 0, code)?.contiguous()?
            };
            parameters.add(name, Var::from_tensor(&tensor)?);
        }
        Self::with_parameters(
            &ModelSpec::linear(ModelKind::Pca, self.spec.size, code_size),
            parameters,
        )
    }

    /// The mean face, `[size · size · 3]`.
    ///
    /// # Errors
    /// When it cannot be copied from its device.
    pub fn mean(&self) -> Result<Vec<f32>> {
        Ok(self.mean.to_vec1()?)
    }

    /// The components one after another, each `[size · size · 3]`.
    ///
    /// # Errors
    /// When they cannot be copied from their device.
    pub fn components(&self) -> Result<Vec<f32>> {
        Ok(self.components.flatten_all()?.to_vec1()?)
    }

    /// Variance of each code dimension over the pictures of the fit, largest first.
    ///
    /// # Errors
    /// When they cannot be copied from their device.
    pub fn variances(&self) -> Result<Vec<f32>> {
        let code = self.spec.code_size as usize;
        Ok(self.parameters.get("variances", &[code])?.to_vec1()?)
    }
}

impl Autoencoder for Pca {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn encode(&self, faces: &Tensor) -> Result<Tensor> {
        let centred = faces.flatten_from(1)?.broadcast_sub(&self.mean)?;
        Ok(centred.matmul(&self.components.t()?)?)
    }

    fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        let size = self.spec.size as usize;
        let code = codes.dim(D::Minus1)?;
        if code != self.spec.code_size as usize {
            return Err(Error::invalid(
                "code",
                format!(
                    "has {code} numbers; the model's have {}",
                    self.spec.code_size
                ),
            ));
        }
        let faces = codes.matmul(&self.components)?.broadcast_add(&self.mean)?;
        Ok(faces.reshape(((), size, size, 3))?)
    }

    fn forward(&self, faces: &Tensor) -> Result<Tensor> {
        self.reconstruct(faces)
    }

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn device(&self) -> &Device {
        &self.device
    }
}

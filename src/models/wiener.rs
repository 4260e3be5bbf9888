//! The Wiener filter: the best linear estimate of a face under white noise.
//!
//! Under noise of variance σ² a direction in which faces have variance λ is kept
//! to λ / (λ + σ²). The directions are the faces' first principal components
//! and, for what those leave, the coefficients of the cosine transform: the
//! components hold what faces have in common, the spectrum how fine detail
//! falls off, at any size of the picture.

use candle_core::{D, Device, Tensor, Var};

use super::principal::PrincipalPath;
use super::spectrum::Spectrum;
use super::{Autoencoder, Beginning, Parameters};
use crate::error::{Error, Result};

/// Keeps divisions finite; far below the variance of a grey level's rounding.
const SMALLEST: f64 = 1e-12;
/// The share of the coefficients, those with the least signal, that tell the
/// noise's level.
const QUIET: f64 = 0.25;

/// The filter.
#[derive(Debug)]
pub struct Wiener {
    principal: PrincipalPath,
    /// Variance of each component, `[code]`.
    variances: Tensor,
    spectrum: Spectrum,
    /// Variance of each coefficient of what the components leave, `[values]`.
    rest: Tensor,
    /// How much of white noise of variance 1 the components leave in each
    /// coefficient, `[values]`.
    passed: Tensor,
    /// 1 at the coefficients that tell the noise's level, else 0, `[values, 1]`.
    quiet: Tensor,
    /// Sums of `rest` and of `passed` over those.
    quiet_rest: f64,
    quiet_passed: f64,
    values: usize,
    code: usize,
}

/// What the filter makes of faces.
pub struct Filtered {
    /// `[n, code]`: principal codes in units of their deviations, shrunk.
    pub codes: Tensor,
    /// `[n, values]`, unclipped.
    pub faces: Tensor,
    /// Standard deviation of the noise, `[n, 1]`.
    pub level: Tensor,
}

impl Wiener {
    /// The filter for faces like those that `start` was fitted to.
    ///
    /// # Errors
    /// Those of candle.
    pub fn new(start: &Beginning, device: &Device) -> Result<Self> {
        let spec = start.pca.spec();
        let (values, code) = (spec.values(), spec.code_size as usize);
        let mut parameters = Parameters::default();
        Self::add(&mut parameters, start, code, device)?;
        Self::get(&parameters, values, code)
    }

    /// Adds what the filter needs; components that are not determined are zero.
    pub(super) fn add(
        parameters: &mut Parameters,
        start: &Beginning,
        code: usize,
        device: &Device,
    ) -> Result<()> {
        PrincipalPath::add(parameters, &start.pca, code, device)?;
        let mut variances = start.pca.variances()?;
        variances.resize(code, 0.0);
        parameters.add_fixed("filter.variances", Var::from_vec(variances, code, device)?);
        for (name, values) in [("rest", &start.rest), ("passed", &start.passed)] {
            let var = Var::from_vec(values.clone(), values.len(), device)?;
            parameters.add_fixed(&format!("filter.{name}"), var);
        }
        Ok(())
    }

    /// Around what [`add`](Self::add) added.
    pub(super) fn get(parameters: &Parameters, values: usize, code: usize) -> Result<Self> {
        let rest = parameters.get("filter.rest", &[values])?.detach();
        let passed = parameters.get("filter.passed", &[values])?.detach();
        let device = rest.device().clone();
        let (signal, noise) = (rest.to_vec1::<f32>()?, passed.to_vec1::<f32>()?);
        // Signal for noise, the least first.
        let mut order: Vec<usize> = (0..values).collect();
        let ratio = |i: usize| signal[i] / noise[i].max(SMALLEST as f32);
        order.sort_by(|&a, &b| ratio(a).total_cmp(&ratio(b)).then(a.cmp(&b)));
        order.truncate(((values as f64 * QUIET) as usize).max(1));
        let mut quiet = vec![0f32; values];
        for &i in &order {
            quiet[i] = 1.0;
        }
        let total = |of: &[f32]| order.iter().map(|&i| f64::from(of[i])).sum::<f64>();
        Ok(Self {
            principal: PrincipalPath::get(parameters, values, code)?,
            variances: parameters.get("filter.variances", &[code])?.detach(),
            spectrum: Spectrum::new((values / 3).isqrt(), &device)?,
            quiet_rest: total(&signal),
            quiet_passed: total(&noise).max(SMALLEST),
            quiet: Tensor::from_vec(quiet, (values, 1), &device)?,
            rest,
            passed,
            values,
            code,
        })
    }

    pub(super) fn device(&self) -> &Device {
        self.rest.device()
    }

    /// Filters `faces` `[n, size, size, 3]` under noise of an unknown level,
    /// told by the coefficients in which faces have least.
    ///
    /// # Errors
    /// When the pictures' size is another.
    pub fn blind(&self, faces: &Tensor) -> Result<Filtered> {
        let (codes, left) = self.split(faces)?;
        let energy = left.sqr()?.matmul(&self.quiet)?;
        let noise = energy
            .affine(1.0 / self.quiet_passed, -self.quiet_rest / self.quiet_passed)?
            .relu()?;
        self.shrink(&codes, &left, &noise)
    }

    /// Filters `faces` under noise of standard deviation `sigma`.
    ///
    /// # Errors
    /// When the pictures' size is another.
    pub fn at(&self, faces: &Tensor, sigma: f32) -> Result<Filtered> {
        let (codes, left) = self.split(faces)?;
        let noise = Tensor::full(sigma * sigma, (faces.dim(0)?, 1), self.device())?;
        self.shrink(&codes, &left, &noise)
    }

    /// The face of a code.
    pub(super) fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        let code = codes.dim(D::Minus1)?;
        if code != self.code {
            return Err(Error::invalid(
                "code",
                format!("has {code} numbers, the model's have {}", self.code),
            ));
        }
        let size = (self.values / 3).isqrt();
        let faces = self.principal.decode(&codes.detach())?;
        Ok(faces.reshape(((), size, size, 3))?)
    }

    /// Codes, and the coefficients of what they leave of the faces.
    fn split(&self, faces: &Tensor) -> Result<(Tensor, Tensor)> {
        let flat = faces.contiguous()?.reshape((faces.dim(0)?, self.values))?;
        let codes = self.principal.encode(&flat)?;
        let unexplained = (&flat - self.principal.decode(&codes)?)?;
        Ok((codes, self.spectrum.of(&unexplained)?))
    }

    /// `noise` `[n, 1]`: its variance.
    fn shrink(&self, codes: &Tensor, left: &Tensor, noise: &Tensor) -> Result<Filtered> {
        let codes = {
            let spread = self.variances.broadcast_add(&(noise + SMALLEST)?)?;
            (codes * self.variances.broadcast_div(&spread)?)?
        };
        let passed = self.passed.broadcast_mul(noise)?;
        let spread = self.rest.broadcast_add(&(passed + SMALLEST)?)?;
        let kept = (left * self.rest.broadcast_div(&spread)?)?;
        let rest = self.spectrum.pictures(&kept)?;
        Ok(Filtered {
            faces: (self.principal.decode(&codes)? + rest)?,
            codes,
            level: noise.sqrt()?,
        })
    }
}

//! The Wiener filter: the best linear estimate of a face under white noise.
//!
//! Under noise of variance σ² a direction in which faces have variance λ is kept
//! to λ / (λ + σ²). The directions are the faces' first principal components
//! and, for what those leave, the coefficients of the cosine transform: the
//! components hold what faces have in common, the spectrum how fine detail
//! falls off, at any size of the picture.

use candle_core::{D, DType, Device, Tensor, Var};

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

/// Times that missing pixels are filled in and filtered again.
const FILLS: usize = 6;
/// Variance of the noise that fillings are filtered for: a filter for none at all
/// would keep whatever was filled in first.
const FILLED_AT: f64 = 0.01;
/// Black and white lie this far from grey, to rounding: what rectangles, salt and
/// pepper leave in all channels of a pixel, and white noise does not.
const EXTREME: f64 = 0.5;
const ROUNDING: f64 = 1e-6;

/// What the filter makes of faces.
pub struct Filtered {
    /// The picture that was filtered, missing pixels filled in, `[n, values]`.
    pub filled: Tensor,
    /// 1 at missing pixels that were white, −1 at black ones, else 0, `[n, values / 3]`.
    pub missing: Tensor,
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
        PrincipalPath::add(parameters, &start.pca, code, 0.0, device)?;
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
            principal: PrincipalPath::get(parameters, values, code, 0.0)?,
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
    /// told by the coefficients in which faces have least. Pixels that are black
    /// or white count as missing: they are guessed from the others, by filtering
    /// what was guessed before.
    ///
    /// # Errors
    /// When the pictures' size is another.
    pub fn blind(&self, faces: &Tensor) -> Result<Filtered> {
        let flat = faces.contiguous()?.reshape((faces.dim(0)?, self.values))?;
        let missing = self.missing(&flat)?;
        let filled = self.fill(&flat, &missing)?;
        let (codes, left) = self.split(&filled)?;
        let noise = self.noise(&left)?;
        self.shrink(filled, missing, &codes, &left, &noise)
    }

    /// Variance of the noise `[n, 1]`, from the coefficients of what is left.
    fn noise(&self, left: &Tensor) -> Result<Tensor> {
        let energy = left.sqr()?.matmul(&self.quiet)?;
        let scale = 1.0 / self.quiet_passed;
        Ok(energy.affine(scale, -self.quiet_rest * scale)?.relu()?)
    }

    /// See [`Filtered::missing`].
    fn missing(&self, flat: &Tensor) -> Result<Tensor> {
        let pixels = flat.reshape((flat.dim(0)?, self.values / 3, 3))?;
        let apart = pixels.abs()?.affine(1.0, -EXTREME)?.abs()?;
        let is_extreme = apart.le(ROUNDING)?.to_dtype(DType::F32)?;
        let sign = pixels.mean(2)?.sign()?;
        Ok((is_extreme.min(2)? * sign)?)
    }

    fn fill(&self, flat: &Tensor, missing: &Tensor) -> Result<Tensor> {
        let is_missing = missing.abs()?;
        let counts = is_missing.sum(1)?.to_vec1::<f32>()?;
        let rows: Vec<u32> = (0..counts.len() as u32)
            .filter(|&row| counts[row as usize] > 0.0)
            .collect();
        if rows.is_empty() {
            return Ok(flat.clone());
        }
        let count = rows.len();
        let rows = Tensor::from_vec(rows, count, self.device())?;
        let mask = is_missing
            .index_select(&rows, 0)?
            .unsqueeze(2)?
            .broadcast_as((count, self.values / 3, 3))?
            .reshape((count, self.values))?;
        let seen = flat.index_select(&rows, 0)?;
        let known = (&seen * mask.affine(-1.0, 1.0)?)?;
        let zeros = Tensor::zeros((count, self.code), DType::F32, self.device())?;
        let mut guess = self.principal.decode(&zeros)?;
        for _ in 0..FILLS {
            let filled = (&known + (&guess * &mask)?)?;
            let (codes, left) = self.split(&filled)?;
            let noise = (self.noise(&left)? + FILLED_AT)?;
            guess = self.kept(&codes, &left, &noise)?.1;
        }
        let filled = (&known + (&guess * &mask)?)?;
        Ok(flat.index_add(&rows, &(filled - seen)?, 0)?)
    }

    /// Filters `faces` under noise of standard deviation `sigma`, no pixel missing.
    ///
    /// # Errors
    /// When the pictures' size is another.
    pub fn at(&self, faces: &Tensor, sigma: f32) -> Result<Filtered> {
        let n = faces.dim(0)?;
        let flat = faces.contiguous()?.reshape((n, self.values))?;
        let (codes, left) = self.split(&flat)?;
        let noise = Tensor::full(sigma * sigma, (n, 1), self.device())?;
        let missing = Tensor::zeros((n, self.values / 3), DType::F32, self.device())?;
        self.shrink(flat, missing, &codes, &left, &noise)
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

    /// Codes, and the coefficients of what they leave of the faces `[n, values]`.
    fn split(&self, flat: &Tensor) -> Result<(Tensor, Tensor)> {
        let codes = self.principal.encode(flat)?;
        let unexplained = (flat - self.principal.decode(&codes)?)?;
        Ok((codes, self.spectrum.of(&unexplained)?))
    }

    fn shrink(
        &self,
        filled: Tensor,
        missing: Tensor,
        codes: &Tensor,
        left: &Tensor,
        noise: &Tensor,
    ) -> Result<Filtered> {
        let (codes, faces) = self.kept(codes, left, noise)?;
        Ok(Filtered {
            filled,
            missing,
            codes,
            faces,
            level: noise.sqrt()?,
        })
    }

    /// Codes and faces, each direction kept by its share of signal. `noise`
    /// `[n, 1]`: its variance.
    fn kept(&self, codes: &Tensor, left: &Tensor, noise: &Tensor) -> Result<(Tensor, Tensor)> {
        let spread = self.variances.broadcast_add(&(noise + SMALLEST)?)?;
        let codes = (codes * self.variances.broadcast_div(&spread)?)?;
        let passed = self.passed.broadcast_mul(noise)?;
        let spread = self.rest.broadcast_add(&(passed + SMALLEST)?)?;
        let rest = (left * self.rest.broadcast_div(&spread)?)?;
        let faces = (self.principal.decode(&codes)? + self.spectrum.pictures(&rest)?)?;
        Ok((codes, faces))
    }
}

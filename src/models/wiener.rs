//! The Wiener filter: the best linear estimate of a face under white noise.
//!
//! Under noise of variance σ² a direction in which faces have variance λ is kept
//! to λ / (λ + σ²). The directions are the faces' first principal components
//! and, for what those leave, the coefficients of the cosine transform: the
//! components hold what faces have in common, the spectrum how fine detail
//! falls off, at any size of the picture.

use candle_core::{D, DType, Device, Tensor, Var};

use super::dct::ColourDct;
use super::pca_layer::PcaLayer;
use super::{Autoencoder, FaceCovariance, Parameters};
use crate::error::{Error, Result};

/// Keeps divisions finite; far below the variance of a grey level's rounding.
const EPSILON: f64 = 1e-12;
/// The share of the coefficients, those with the least signal, that tell the
/// noise's level.
const NOISE_ESTIMATE_SHARE: f64 = 0.25;

/// The filter.
#[derive(Debug)]
pub struct WienerFilter {
    pca: PcaLayer,
    /// Variance of each component, `[code]`.
    variances: Tensor,
    dct: ColourDct,
    /// Variance of each coefficient of what the components leave, `[values]`.
    residual_variance: Tensor,
    /// How much of white noise of variance 1 the components leave in each
    /// coefficient, `[values]`.
    noise_gain: Tensor,
    /// 1 at the coefficients that tell the noise's level, else 0, `[values, 1]`.
    noise_mask: Tensor,
    /// Sums of `rest` and of `passed` over those.
    masked_signal: f64,
    masked_noise_gain: f64,
    values: usize,
    code: usize,
}

/// Times that missing pixels are filled in and filtered again.
const INPAINT_ITERATIONS: usize = 6;
/// Variance of the noise that fillings are filtered for: a filter for none at all
/// would keep whatever was filled in first.
const INPAINT_NOISE_VARIANCE: f64 = 0.01;
/// Black and white lie this far from grey, to rounding: what rectangles, salt and
/// pepper leave in all channels of a pixel, and white noise does not.
const SATURATED: f64 = 0.5;
const ROUNDING: f64 = 1e-6;

/// What the filter makes of faces.
pub struct Filtered {
    /// The picture that was filtered, missing pixels filled in, `[n, values]`.
    pub inpainted: Tensor,
    /// 1 at missing pixels that were white, −1 at black ones, else 0, `[n, values / 3]`.
    pub missing: Tensor,
    /// `[n, code]`: principal codes in units of their deviations, shrunk.
    pub codes: Tensor,
    /// `[n, values]`, unclipped.
    pub faces: Tensor,
    /// Standard deviation of the noise, `[n, 1]`.
    pub noise_std: Tensor,
}

impl WienerFilter {
    /// The filter for faces like those that `start` was fitted to.
    ///
    /// # Errors
    /// Those of candle.
    pub fn new(start: &FaceCovariance, device: &Device) -> Result<Self> {
        let spec = start.pca.spec();
        let (values, code) = (spec.values(), spec.code_size as usize);
        let mut parameters = Parameters::default();
        Self::add_parameters(&mut parameters, start, code, device)?;
        Self::from_parameters(&parameters, values, code)
    }

    /// Adds what the filter needs; components that are not determined are zero.
    pub(super) fn add_parameters(
        parameters: &mut Parameters,
        start: &FaceCovariance,
        code: usize,
        device: &Device,
    ) -> Result<()> {
        PcaLayer::add_parameters(parameters, &start.pca, code, 0.0, device)?;
        let mut variances = start.pca.variances()?;
        variances.resize(code, 0.0);
        parameters.add_frozen("filter.variances", Var::from_vec(variances, code, device)?);
        for (name, values) in [
            ("rest", &start.residual_variance),
            ("passed", &start.noise_gain),
        ] {
            let var = Var::from_vec(values.clone(), values.len(), device)?;
            parameters.add_frozen(&format!("filter.{name}"), var);
        }
        Ok(())
    }

    /// Around what [`add_parameters`](Self::add) added.
    pub(super) fn from_parameters(
        parameters: &Parameters,
        values: usize,
        code: usize,
    ) -> Result<Self> {
        let rest = parameters.get("filter.rest", &[values])?.detach();
        let passed = parameters.get("filter.passed", &[values])?.detach();
        let device = rest.device().clone();
        let (signal, noise) = (rest.to_vec1::<f32>()?, passed.to_vec1::<f32>()?);
        // Signal for noise, the least first.
        let mut order: Vec<usize> = (0..values).collect();
        let ratio = |i: usize| signal[i] / noise[i].max(EPSILON as f32);
        order.sort_by(|&a, &b| ratio(a).total_cmp(&ratio(b)).then(a.cmp(&b)));
        order.truncate(((values as f64 * NOISE_ESTIMATE_SHARE) as usize).max(1));
        let mut quiet = vec![0f32; values];
        for &i in &order {
            quiet[i] = 1.0;
        }
        let total = |of: &[f32]| order.iter().map(|&i| f64::from(of[i])).sum::<f64>();
        Ok(Self {
            pca: PcaLayer::from_parameters(parameters, values, code, 0.0)?,
            variances: parameters.get("filter.variances", &[code])?.detach(),
            dct: ColourDct::new((values / 3).isqrt(), &device)?,
            masked_signal: total(&signal),
            masked_noise_gain: total(&noise).max(EPSILON),
            noise_mask: Tensor::from_vec(quiet, (values, 1), &device)?,
            residual_variance: rest,
            noise_gain: passed,
            values,
            code,
        })
    }

    pub(super) fn device(&self) -> &Device {
        self.residual_variance.device()
    }

    /// Filters `faces` `[n, size, size, 3]` under noise of an unknown level,
    /// told by the coefficients in which faces have least. Pixels that are black
    /// or white count as missing: they are guessed from the others, by filtering
    /// what was guessed before.
    ///
    /// # Errors
    /// When the pictures' size is another.
    pub fn filter_blind(&self, faces: &Tensor) -> Result<Filtered> {
        let flat = faces.contiguous()?.reshape((faces.dim(0)?, self.values))?;
        let missing = self.missing_pixels(&flat)?;
        let filled = self.inpaint(&flat, &missing)?;
        let (codes, left) = self.decompose(&filled)?;
        let noise = self.estimate_noise_variance(&left)?;
        self.filter_coefficients(filled, missing, &codes, &left, &noise)
    }

    /// Variance of the noise `[n, 1]`, from the coefficients of what is left.
    fn estimate_noise_variance(&self, left: &Tensor) -> Result<Tensor> {
        let energy = left.sqr()?.matmul(&self.noise_mask)?;
        let scale = 1.0 / self.masked_noise_gain;
        Ok(energy.affine(scale, -self.masked_signal * scale)?.relu()?)
    }

    /// See [`Filtered::missing_pixels`].
    fn missing_pixels(&self, flat: &Tensor) -> Result<Tensor> {
        let pixels = flat.reshape((flat.dim(0)?, self.values / 3, 3))?;
        let apart = pixels.abs()?.affine(1.0, -SATURATED)?.abs()?;
        let is_extreme = apart.le(ROUNDING)?.to_dtype(DType::F32)?;
        let sign = pixels.mean(2)?.sign()?;
        Ok((is_extreme.min(2)? * sign)?)
    }

    fn inpaint(&self, flat: &Tensor, missing: &Tensor) -> Result<Tensor> {
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
        let mut guess = self.pca.decode(&zeros)?;
        for _ in 0..INPAINT_ITERATIONS {
            let filled = (&known + (&guess * &mask)?)?;
            let (codes, left) = self.decompose(&filled)?;
            let noise = (self.estimate_noise_variance(&left)? + INPAINT_NOISE_VARIANCE)?;
            guess = self.apply_gains(&codes, &left, &noise)?.1;
        }
        let filled = (&known + (&guess * &mask)?)?;
        Ok(flat.index_add(&rows, &(filled - seen)?, 0)?)
    }

    /// Filters `faces` under noise of standard deviation `sigma`, no pixel missing.
    ///
    /// # Errors
    /// When the pictures' size is another.
    pub fn filter(&self, faces: &Tensor, sigma: f32) -> Result<Filtered> {
        let n = faces.dim(0)?;
        let flat = faces.contiguous()?.reshape((n, self.values))?;
        let (codes, left) = self.decompose(&flat)?;
        let noise = Tensor::full(sigma * sigma, (n, 1), self.device())?;
        let missing = Tensor::zeros((n, self.values / 3), DType::F32, self.device())?;
        self.filter_coefficients(flat, missing, &codes, &left, &noise)
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
        let faces = self.pca.decode(&codes.detach())?;
        Ok(faces.reshape(((), size, size, 3))?)
    }

    /// Codes, and the coefficients of what they leave of the faces `[n, values]`.
    fn decompose(&self, flat: &Tensor) -> Result<(Tensor, Tensor)> {
        let codes = self.pca.encode(flat)?;
        let unexplained = (flat - self.pca.decode(&codes)?)?;
        Ok((codes, self.dct.forward(&unexplained)?))
    }

    fn filter_coefficients(
        &self,
        filled: Tensor,
        missing: Tensor,
        codes: &Tensor,
        left: &Tensor,
        noise: &Tensor,
    ) -> Result<Filtered> {
        let (codes, faces) = self.apply_gains(codes, left, noise)?;
        Ok(Filtered {
            inpainted: filled,
            missing,
            codes,
            faces,
            noise_std: noise.sqrt()?,
        })
    }

    /// Codes and faces, each direction kept by its share of signal. `noise`
    /// `[n, 1]`: its variance.
    fn apply_gains(
        &self,
        codes: &Tensor,
        left: &Tensor,
        noise: &Tensor,
    ) -> Result<(Tensor, Tensor)> {
        let spread = self.variances.broadcast_add(&(noise + EPSILON)?)?;
        let codes = (codes * self.variances.broadcast_div(&spread)?)?;
        let passed = self.noise_gain.broadcast_mul(noise)?;
        let spread = self.residual_variance.broadcast_add(&(passed + EPSILON)?)?;
        let rest = (left * self.residual_variance.broadcast_div(&spread)?)?;
        let faces = (self.pca.decode(&codes)? + self.dct.inverse(&rest)?)?;
        Ok((codes, faces))
    }
}

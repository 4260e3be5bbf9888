//! The Wiener filter: the best linear estimate of a face under white noise.
//!
//! Under noise of variance σ², a direction in which faces have variance λ is scaled by
//! λ / (λ + σ²). The directions are the first principal components of faces and, for what those
//! leave, the coefficients of the cosine transform. The components hold what faces have in
//! common; the spectrum describes fine detail, at any picture size.

use candle_core::{D, DType, Device, Tensor, Var};

use super::autoencoder::Autoencoder;
use super::covariance::FaceCovariance;
use super::dct::ColourDct;
use super::face_prior::FacePrior;
use super::parameters::Parameters;
use super::pca_layer::PcaLayer;
use crate::error::{Error, Result};

/// Keeps divisions finite. Far below the variance of rounding to a byte.
const EPSILON: f64 = 1e-12;
/// Share of the coefficients from which the noise level is estimated: those with the least
/// signal.
const NOISE_ESTIMATE_SHARE: f64 = 0.25;

/// The filter for faces like those of one training set.
#[derive(Debug)]
pub struct WienerFilter {
    pca: PcaLayer,
    /// Variance of each component, `[code]`.
    variances: Tensor,
    dct: ColourDct,
    /// Variance of each DCT coefficient of what the components leave, `[values]`.
    residual_variance: Tensor,
    /// Variance that white noise of variance 1 has in each of these coefficients, `[values]`.
    noise_gain: Tensor,
    /// 1 at the coefficients from which the noise is estimated, else 0, `[values, 1]`.
    noise_mask: Tensor,
    /// Sums of `residual_variance` and `noise_gain` over those coefficients.
    masked_signal: f64,
    masked_noise_gain: f64,
    values: usize,
    code: usize,
}

/// Rounds of filtering and filling in missing pixels.
const INPAINT_ITERATIONS: usize = 6;
/// Noise variance added while inpainting. A filter for no noise would keep the first filling.
const INPAINT_NOISE_VARIANCE: f64 = 0.01;
/// Magnitude of black and white. Rectangles and salt and pepper leave it in all three channels of
/// a pixel, Gaussian noise does not.
const SATURATED: f64 = 0.5;
const ROUNDING: f64 = 1e-6;

/// The filter's result.
pub struct Filtered {
    /// The filter's input with missing pixels filled in, `[n, values]`.
    pub inpainted: Tensor,
    /// 1 at missing pixels that were white, −1 at those that were black, else 0,
    /// `[n, values / 3]`.
    pub missing: Tensor,
    /// Filtered PCA codes of unit variance, `[n, code]`.
    pub(crate) codes: Tensor,
    /// Filtered faces `[n, values]`, unclipped.
    pub faces: Tensor,
    /// Estimated standard deviation of the noise, `[n, 1]`.
    pub noise_std: Tensor,
}

impl WienerFilter {
    /// The filter for faces with this covariance.
    ///
    /// # Errors
    /// When the device has too little memory.
    pub fn new(covariance: &FaceCovariance, device: &Device) -> Result<Self> {
        let spec = covariance.pca.spec();
        let (values, code) = (spec.values(), spec.code_size as usize);
        let mut parameters = Parameters::default();
        Self::add_parameters(&mut parameters, covariance, code, device)?;
        Self::from_parameters(&parameters, values, code)
    }

    /// Adds the filter's weights. Components that the pictures do not determine are zero.
    pub(super) fn add_parameters(
        parameters: &mut Parameters,
        covariance: &FaceCovariance,
        code: usize,
        device: &Device,
    ) -> Result<()> {
        PcaLayer::add_parameters(parameters, &covariance.pca, code, 0.0, device)?;
        let mut variances = covariance.pca.variances()?;
        variances.resize(code, 0.0);
        parameters.add_frozen("filter.variances", Var::from_vec(variances, code, device)?);
        for (name, values) in [
            ("rest", &covariance.residual_variance),
            ("passed", &covariance.noise_gain),
        ] {
            let var = Var::from_vec(values.clone(), values.len(), device)?;
            parameters.add_frozen(&format!("filter.{name}"), var);
        }
        Ok(())
    }

    /// The filter with the weights that [`add_parameters`](Self::add_parameters) added.
    pub(super) fn from_parameters(
        parameters: &Parameters,
        values: usize,
        code: usize,
    ) -> Result<Self> {
        let residual_variance = parameters.get("filter.rest", &[values])?.detach();
        let noise_gain = parameters.get("filter.passed", &[values])?.detach();
        let device = residual_variance.device().clone();
        let signal = residual_variance.to_vec1::<f32>()?;
        let noise = noise_gain.to_vec1::<f32>()?;
        // By signal-to-noise ratio, lowest first.
        let mut order: Vec<usize> = (0..values).collect();
        let ratio = |i: usize| signal[i] / noise[i].max(EPSILON as f32);
        order.sort_by(|&a, &b| ratio(a).total_cmp(&ratio(b)).then(a.cmp(&b)));
        order.truncate(((values as f64 * NOISE_ESTIMATE_SHARE) as usize).max(1));
        let mut mask = vec![0f32; values];
        for &i in &order {
            mask[i] = 1.0;
        }
        let total = |values: &[f32]| order.iter().map(|&i| f64::from(values[i])).sum::<f64>();
        Ok(Self {
            pca: PcaLayer::from_parameters(parameters, values, code, 0.0)?,
            variances: parameters.get("filter.variances", &[code])?.detach(),
            dct: ColourDct::new((values / 3).isqrt(), &device)?,
            masked_signal: total(&signal),
            masked_noise_gain: total(&noise).max(EPSILON),
            noise_mask: Tensor::from_vec(mask, (values, 1), &device)?,
            residual_variance,
            noise_gain,
            values,
            code,
        })
    }

    /// Filters `faces` `[n, size, size, 3]` with noise of an unknown level, which is estimated
    /// from the coefficients where faces have the least signal. Black and white pixels count as
    /// missing and are filled in from the others, by repeated filtering.
    ///
    /// # Errors
    /// When the pictures' size is not the filter's.
    pub fn filter_blind(&self, faces: &Tensor) -> Result<Filtered> {
        let flat = faces.contiguous()?.reshape((faces.dim(0)?, self.values))?;
        let missing = self.missing_pixels(&flat)?;
        let inpainted = self.inpaint(&flat, &missing)?;
        let (codes, residual) = self.decompose(&inpainted)?;
        let noise = self.estimate_noise_variance(&residual)?;
        self.filter_coefficients(inpainted, missing, &codes, &residual, &noise)
    }

    /// Estimates the variance of the noise, `[n, 1]`, from the DCT coefficients `[n, values]`.
    fn estimate_noise_variance(&self, residual: &Tensor) -> Result<Tensor> {
        let energy = residual.sqr()?.matmul(&self.noise_mask)?;
        let scale = 1.0 / self.masked_noise_gain;
        Ok(energy.affine(scale, -self.masked_signal * scale)?.relu()?)
    }

    /// The missing pixels of faces `[n, values]`; see [`Filtered::missing`].
    fn missing_pixels(&self, flat: &Tensor) -> Result<Tensor> {
        let pixels = flat.reshape((flat.dim(0)?, self.values / 3, 3))?;
        let distance = pixels.abs()?.affine(1.0, -SATURATED)?.abs()?;
        let is_saturated = distance.le(ROUNDING)?.to_dtype(DType::F32)?;
        let sign = pixels.mean(2)?.sign()?;
        Ok((is_saturated.min(2)? * sign)?)
    }

    /// Fills in the missing pixels of faces `[n, values]`: with the mean face, then repeatedly
    /// with the filter's result.
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
        let input = flat.index_select(&rows, 0)?;
        let known = (&input * mask.affine(-1.0, 1.0)?)?;
        let zeros = Tensor::zeros((count, self.code), DType::F32, self.device())?;
        let mut guess = self.pca.decode(&zeros)?;
        for _ in 0..INPAINT_ITERATIONS {
            let filled = (&known + (&guess * &mask)?)?;
            let (codes, residual) = self.decompose(&filled)?;
            let noise = (self.estimate_noise_variance(&residual)? + INPAINT_NOISE_VARIANCE)?;
            guess = self.apply_gains(&codes, &residual, &noise)?.1;
        }
        let filled = (&known + (&guess * &mask)?)?;
        Ok(flat.index_add(&rows, &(filled - input)?, 0)?)
    }

    /// Filters `faces` `[n, size, size, 3]` with noise of standard deviation `sigma` and no
    /// missing pixels.
    ///
    /// # Errors
    /// When the pictures' size is not the filter's.
    pub fn filter(&self, faces: &Tensor, sigma: f32) -> Result<Filtered> {
        let n = faces.dim(0)?;
        let flat = faces.contiguous()?.reshape((n, self.values))?;
        let (codes, residual) = self.decompose(&flat)?;
        let noise = Tensor::full(sigma * sigma, (n, 1), self.device())?;
        let missing = Tensor::zeros((n, self.values / 3), DType::F32, self.device())?;
        self.filter_coefficients(flat, missing, &codes, &residual, &noise)
    }

    /// Codes `[n, code]` to faces `[n, size, size, 3]`.
    pub(super) fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        let code = codes.dim(D::Minus1)?;
        if code != self.code {
            return Err(Error::invalid(
                "code",
                format!("has {code} numbers; the model's have {}", self.code),
            ));
        }
        let size = (self.values / 3).isqrt();
        let faces = self.pca.decode(&codes.detach())?;
        Ok(faces.reshape(((), size, size, 3))?)
    }

    /// `[1, values]`
    fn mean_face(&self) -> Result<Tensor> {
        let zeros = Tensor::zeros((1, self.code), DType::F32, self.device())?;
        self.pca.decode(&zeros)
    }

    /// Codes `[n, code]` of faces `[n, values]`, and the DCT coefficients of what the codes
    /// leave, `[n, values]`.
    fn decompose(&self, flat: &Tensor) -> Result<(Tensor, Tensor)> {
        let codes = self.pca.encode(flat)?;
        let residual = (flat - self.pca.decode(&codes)?)?;
        Ok((codes, self.dct.forward(&residual)?))
    }

    /// Filters a decomposed picture under noise of variance `noise` `[n, 1]`.
    fn filter_coefficients(
        &self,
        inpainted: Tensor,
        missing: Tensor,
        codes: &Tensor,
        residual: &Tensor,
        noise: &Tensor,
    ) -> Result<Filtered> {
        let (codes, faces) = self.apply_gains(codes, residual, noise)?;
        Ok(Filtered {
            inpainted,
            missing,
            codes,
            faces,
            noise_std: noise.sqrt()?,
        })
    }

    /// Scales every direction by its share of signal, for noise of variance `noise` `[n, 1]`.
    /// Returns codes `[n, code]` and faces `[n, values]`.
    fn apply_gains(
        &self,
        codes: &Tensor,
        residual: &Tensor,
        noise: &Tensor,
    ) -> Result<(Tensor, Tensor)> {
        let total = self.variances.broadcast_add(&(noise + EPSILON)?)?;
        let codes = (codes * self.variances.broadcast_div(&total)?)?;
        let noise = self.noise_gain.broadcast_mul(noise)?;
        let total = self.residual_variance.broadcast_add(&(noise + EPSILON)?)?;
        let residual = (residual * self.residual_variance.broadcast_div(&total)?)?;
        let faces = (self.pca.decode(&codes)? + self.dct.inverse(&residual)?)?;
        Ok((codes, faces))
    }
}

/// The distribution whose covariance the filter is made for.
impl FacePrior for WienerFilter {
    fn mean(&self) -> Result<Vec<f32>> {
        Ok(self.mean_face()?.flatten_all()?.to_vec1()?)
    }

    fn normals(&self) -> usize {
        self.code + self.values
    }

    fn draw(&self, normal: &Tensor) -> Result<Tensor> {
        let codes = normal.narrow(1, 0, self.code)?.contiguous()?;
        let rest = normal.narrow(1, self.code, self.values)?;
        let rest = rest.broadcast_mul(&self.residual_variance.sqrt()?)?;
        Ok((self.pca.decode(&codes)? + self.dct.inverse(&rest)?)?)
    }

    fn apply_covariance(&self, pictures: &Tensor) -> Result<Tensor> {
        let mean = self.mean_face()?;
        // The layers take and add the mean, and divide and multiply by deviations.
        let codes = self.pca.encode(&pictures.broadcast_add(&mean)?)?;
        let explained = self.pca.decode(&codes.broadcast_mul(&self.variances)?)?;
        let rest = self.dct.forward(pictures)?;
        let rest = self
            .dct
            .inverse(&rest.broadcast_mul(&self.residual_variance)?)?;
        Ok((explained.broadcast_sub(&mean)? + rest)?)
    }

    fn device(&self) -> &Device {
        self.residual_variance.device()
    }
}

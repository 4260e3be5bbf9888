//! Weights of pictures in the loss, for training with noise of any level.

/// Added to the root mean square of the noise before the error is divided by it, so that almost
/// clean pictures do not outweigh all others.
const RMS_OFFSET: f32 = 0.05;
/// The root mean square, [`RMS_OFFSET`] included, at which a picture has weight 1.
const UNIT_WEIGHT_RMS: f32 = 0.1;
/// Mean magnitude of Gaussian noise with root mean square 1: √(2/π).
const GAUSSIAN_MAGNITUDE: f32 = 0.797_884_6;

/// The weight of each picture's error, `[n]`, for pictures `[n, stride]` with and without noise.
///
/// The error that no denoiser can remove grows about as the root mean square of the noise. Divided
/// by that, all levels are learned alike. Noise on few pixels leaves few large errors, whose
/// gradients all point the same way and drown out those of many small errors. So the weight also
/// has a factor that is 1 for Gaussian noise and about a tenth for such noise: the cube of mean
/// magnitude ÷ root mean square, relative to Gaussian noise.
pub(super) fn noise_weights(noisy: &[f32], clean: &[f32], stride: usize) -> Vec<f32> {
    let pictures = noisy.chunks_exact(stride).zip(clean.chunks_exact(stride));
    let weight = |(noisy, clean): (&[f32], &[f32])| {
        let (mut magnitude, mut squares) = (0f32, 0f32);
        for (a, b) in noisy.iter().zip(clean) {
            magnitude += (a - b).abs() / stride as f32;
            squares += (a - b) * (a - b) / stride as f32;
        }
        let rms = squares.sqrt();
        let evenness = if rms > 0.0 {
            (magnitude / rms / GAUSSIAN_MAGNITUDE).min(1.0)
        } else {
            1.0
        };
        evenness.powi(3) * UNIT_WEIGHT_RMS / (rms + RMS_OFFSET)
    };
    pictures.map(weight).collect()
}

//! Similarity of a reconstructed face to the original.

/// Standard deviation of SSIM's Gaussian window in pixels, and its radius: 11 × 11 pixels.
const SSIM_SIGMA: f64 = 1.5;
const SSIM_RADIUS: usize = 5;

/// Mean squared error of two faces with values −0.5 … 0.5, unclipped.
pub fn mse(output: &[f32], original: &[f32]) -> f64 {
    let sum: f64 = output
        .iter()
        .zip(original)
        .map(|(&a, &b)| f64::from(a - b).powi(2))
        .sum();
    sum / original.len() as f64
}

/// Peak signal-to-noise ratio in dB of a mean squared error, with black to white as 1:
/// −10 log₁₀ mse. Infinite for an error of 0.
pub fn psnr_db(mse: f64) -> f64 {
    -10.0 * mse.log10()
}

/// Structural similarity (Wang, Bovik, Sheikh and Simoncelli 2004) of two faces `[size, size, 3]`,
/// −1 to 1. It is 1 for equal faces, and 0 for pictures smaller than the window.
///
/// Faces are clipped to black … white, as they are shown. The result is the mean over R, G and B
/// and over all 11 × 11 windows inside the picture, with Gaussian weights of σ 1.5, K₁ = 0.01 and
/// K₂ = 0.03. It equals scikit-image's with `gaussian_weights=True` and
/// `use_sample_covariance=False`.
pub(crate) fn ssim(output: &[f32], original: &[f32], size: usize) -> f64 {
    let Some(inner) = size.checked_sub(2 * SSIM_RADIUS).filter(|&inner| inner > 0) else {
        return 0.0;
    };
    let window = gaussian_window();
    let shown = |value: f32| f64::from(value).clamp(-0.5, 0.5) + 0.5;
    let (c1, c2) = (0.01f64.powi(2), 0.03f64.powi(2));
    let mut total = 0.0;
    let mut across = vec![[0.0; 5]; size * inner];
    for channel in 0..3 {
        // Windowed means of x, y, x², y², xy: first along rows, then along columns.
        for row in 0..size {
            for column in 0..inner {
                let mut sums = [0.0; 5];
                for (tap, weight) in window.iter().enumerate() {
                    let at = (row * size + column + tap) * 3 + channel;
                    let (x, y) = (shown(output[at]), shown(original[at]));
                    for (sum, value) in sums.iter_mut().zip([x, y, x * x, y * y, x * y]) {
                        *sum += weight * value;
                    }
                }
                across[row * inner + column] = sums;
            }
        }
        for row in 0..inner {
            for column in 0..inner {
                let mut sums = [0.0; 5];
                for (tap, weight) in window.iter().enumerate() {
                    for (sum, value) in sums.iter_mut().zip(across[(row + tap) * inner + column]) {
                        *sum += weight * value;
                    }
                }
                let [x, y, xx, yy, xy] = sums;
                let (var_x, var_y, cov) = (xx - x * x, yy - y * y, xy - x * y);
                total += (2.0 * x * y + c1) * (2.0 * cov + c2)
                    / ((x * x + y * y + c1) * (var_x + var_y + c2));
            }
        }
    }
    total / (3 * inner * inner) as f64
}

fn gaussian_window() -> [f64; 2 * SSIM_RADIUS + 1] {
    let mut window = [0.0; 2 * SSIM_RADIUS + 1];
    for (tap, weight) in window.iter_mut().enumerate() {
        let distance = tap as f64 - SSIM_RADIUS as f64;
        *weight = (-0.5 * (distance / SSIM_SIGMA).powi(2)).exp();
    }
    let sum: f64 = window.iter().sum();
    window.map(|weight| weight / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_and_signal_to_noise_ratio_by_hand() {
        assert!((mse(&[0.5, -0.5], &[0.4, -0.5]) - 0.005).abs() < 1e-7);
        assert!((psnr_db(0.01) - 20.0).abs() < 1e-12);
        assert_eq!(psnr_db(0.0), f64::INFINITY);
    }

    /// The expected value is from scikit-image 0.26: `structural_similarity(a, b, data_range=1,
    /// gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=2)`.
    #[test]
    fn structural_similarity_agrees_with_scikit_image() {
        let pattern = |size: usize, shift: f32| -> Vec<f32> {
            let mut values = Vec::new();
            for row in 0..size {
                for column in 0..size {
                    for channel in 0..3 {
                        let (y, x, c) = (row as f32, column as f32, channel as f32);
                        let wave = (0.37 * x + 0.23 * y + c + shift).sin()
                            * (0.11 * x * shift - 0.2 * y).cos();
                        values.push(0.45 * wave);
                    }
                }
            }
            values
        };
        let (a, b) = (pattern(32, 0.0), pattern(32, 0.3));
        assert!((ssim(&a, &a, 32) - 1.0).abs() < 1e-12);
        let got = ssim(&b, &a, 32);
        assert!((got - 0.7612359912535913).abs() < 1e-6, "{got}");
        // Clipped as shown: what is darker than black is black.
        let darker: Vec<f32> = a
            .iter()
            .map(|v| if *v < -0.4 { v - 1.0 } else { *v })
            .collect();
        let black: Vec<f32> = a
            .iter()
            .map(|v| if *v < -0.4 { -0.5 } else { *v })
            .collect();
        assert_eq!(ssim(&darker, &b, 32), ssim(&black, &b, 32));
    }
}

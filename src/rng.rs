//! The only source of randomness: generators that are pure functions of a seed,
//! a purpose and a position. A resumed run therefore draws what an uninterrupted
//! one would have drawn, in any order and on any thread.

use rand_pcg::Pcg64Mcg;

/// What a random stream is used for. Streams of different purposes are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// The order of pictures in an epoch.
    Shuffle = 1,
    /// Which pictures are held out.
    Split = 2,
    /// A network's initial weights.
    Weights = 3,
    /// Noise on training pictures.
    Noise = 4,
    /// Noise on held-out pictures; the same at every evaluation.
    HeldOutNoise = 5,
    /// Augmentation: flips.
    Flip = 6,
    /// Variations of a latent code, and other incidental choices.
    Variation = 7,
    /// Hash functions of an approximate index.
    Hash = 8,
    /// Starting vectors of iterative linear algebra.
    Sketch = 9,
    /// Faces of the synthetic sample.
    SyntheticFace = 10,
    /// Noise shown on the Denoise tab and by `denoise`, and the choice of a run's
    /// preview faces.
    Display = 11,
    /// Noise levels drawn for a denoiser that learns all of them.
    NoiseLevel = 12,
    /// Noise of the reparameterization trick: latent samples around the encoder's mean.
    Reparameterization = 13,
    /// Latent samples from the prior.
    PriorSample = 14,
    /// Pairs of pictures to verify, where a data set has no protocol files.
    Pairs = 20,
    /// Draws from a denoiser's prior: the start in step 0, and the noise of each pass.
    Sampling = 21,
    /// Places on the principal axes of codes, drawn for the sliders of the Morph tab.
    AxisValues = 22,
}

/// The generator for a seed, purpose, step and item.
///
/// The four numbers are mixed with `SplitMix64`'s finalizer (Steele, Lea and
/// Flood, "Fast Splittable Pseudorandom Number Generators", 2014) into PCG's
/// 128 bits of state.
pub fn generator(seed: u64, purpose: Purpose, step: u64, item: u64) -> Pcg64Mcg {
    let mut state = seed;
    for part in [purpose as u64, step, item] {
        state = mix(state ^ mix(part.wrapping_add(0x9e37_79b9_7f4a_7c15)));
    }
    let high = mix(state ^ 0xd1b5_4a32_d192_ed03);
    Pcg64Mcg::new((u128::from(high) << 64) | u128::from(mix(state)))
}

fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn positions_and_purposes_give_different_streams() {
        let first =
            |seed, purpose, step, item| -> u64 { generator(seed, purpose, step, item).random() };
        let base = first(1, Purpose::Noise, 2, 3);
        assert_eq!(base, first(1, Purpose::Noise, 2, 3));
        for other in [
            first(2, Purpose::Noise, 2, 3),
            first(1, Purpose::Flip, 2, 3),
            first(1, Purpose::Noise, 3, 3),
            first(1, Purpose::Noise, 2, 4),
        ] {
            assert_ne!(base, other);
        }
    }
}

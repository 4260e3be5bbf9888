//! How samples are drawn: where they start, how far each pass goes, when they end.

/// Bisections for the step that makes a number of passes: more than a double has digits.
const BISECTIONS: usize = 60;

/// How samples are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SamplerSettings {
    /// σ₀: standard deviation of the noise at the start, on a scale where black to white is 1.
    pub start_sigma: f32,
    /// The last noise level: below it only noise-free passes follow.
    pub last_sigma: f32,
    /// How far a pass goes, and how much noise it puts back.
    pub method: Method,
    /// Passes without noise at the end, at least 1.
    pub clean_passes: usize,
    /// Most passes; the last ones are those without noise.
    pub most_passes: usize,
}

/// How far a pass goes, and how much noise it puts back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// Kadkhodaie and Simoncelli (2021): the noise level σ is read off the correction d, pass t
    /// goes h = h₀ t / (1 + h₀ (t − 1)) of the way, and noise of variance
    /// ((1 − βh)² − (1 − h)²) σ² is put back, so that σ falls by the factor 1 − βh.
    Walk {
        /// h₀: the first pass's step, 0 to 1.
        first_step: f32,
        /// β: 1 puts back no noise, smaller values more of it; above 0.
        beta: f32,
    },
    /// Karras et al. (2022): noise levels from `start_sigma` to `last_sigma` that are fixed
    /// beforehand, evenly spaced in σ^(1/ρ).
    Schedule {
        /// Noise levels, at least 2.
        levels: usize,
        /// ρ: large values have more of the low levels.
        rho: f32,
        /// Noise put back: 1 as much as the level allows (ancestral sampling, Song et al. 2021),
        /// 0 none.
        renewal: f32,
        /// Corrects every step by a second pass (Heun's method). It puts back no noise.
        second_order: bool,
    },
}

impl Default for SamplerSettings {
    fn default() -> Self {
        Self {
            start_sigma: 1.0,
            last_sigma: 0.01,
            method: Method::Schedule {
                levels: 12,
                rho: 7.0,
                renewal: 0.0,
                second_order: true,
            },
            clean_passes: 1,
            most_passes: 400,
        }
    }
}

impl SamplerSettings {
    /// The same way from noise to faces in about `passes` passes.
    pub fn with_passes(self, passes: usize) -> Self {
        let clean_passes = self.clean_passes.clamp(1, passes.max(1));
        let noisy = passes.saturating_sub(clean_passes);
        let method = match self.method {
            Method::Walk { beta, .. } => Method::Walk {
                first_step: self.first_step_for(noisy, beta),
                beta,
            },
            Method::Schedule {
                rho,
                renewal,
                second_order,
                ..
            } => Method::Schedule {
                levels: 1 + if second_order {
                    noisy.div_ceil(2)
                } else {
                    noisy
                },
                rho,
                renewal,
                second_order,
            },
        };
        Self {
            method,
            clean_passes,
            most_passes: passes.max(1),
            ..self
        }
    }

    /// The same way in as many passes, with as much noise put back as the levels allow.
    #[must_use]
    pub fn stochastic(self) -> Self {
        let Method::Schedule {
            levels,
            rho,
            second_order,
            ..
        } = self.method
        else {
            return self;
        };
        let moves = levels.saturating_sub(1) * if second_order { 2 } else { 1 };
        Self {
            method: Method::Schedule {
                levels: moves + 1,
                rho,
                renewal: 1.0,
                second_order: false,
            },
            ..self
        }
    }

    /// The step h₀ with which the noise falls from the first level to the last in `passes`.
    fn first_step_for(&self, passes: usize, beta: f32) -> f32 {
        let wanted = f64::from(self.last_sigma / self.start_sigma);
        let (mut low, mut high) = (0f64, 1f64);
        for _ in 0..BISECTIONS {
            let middle = f64::midpoint(low, high);
            let falls: f64 = (1..=passes)
                .map(|t| 1.0 - f64::from(beta) * step_size(middle, t))
                .product();
            if falls > wanted {
                low = middle;
            } else {
                high = middle;
            }
        }
        high as f32
    }

    /// Passes that a draw from the start takes: known beforehand for a schedule, for a walk what
    /// the noise's fall promises.
    pub fn expected_passes(&self) -> usize {
        let noisy = match self.method {
            Method::Walk { first_step, beta } => {
                let (mut sigma, mut t) = (f64::from(self.start_sigma), 0);
                while sigma > f64::from(self.last_sigma) && t < self.most_passes {
                    t += 1;
                    sigma *= 1.0 - f64::from(beta) * step_size(f64::from(first_step), t);
                }
                t
            }
            Method::Schedule {
                levels,
                second_order,
                ..
            } => levels.saturating_sub(1) * if second_order { 2 } else { 1 },
        };
        (noisy + self.clean_passes.max(1)).min(self.most_passes)
    }

    /// The noise levels of a schedule that starts at `from`, highest first; empty for a walk.
    pub(super) fn levels_from(&self, from: f32) -> Vec<f32> {
        let Method::Schedule { levels, rho, .. } = self.method else {
            return Vec::new();
        };
        let root = |sigma: f32| f64::from(sigma).powf(1.0 / f64::from(rho));
        let (high, low) = (root(self.start_sigma), root(self.last_sigma));
        let all = (0..levels).map(|i| {
            let share = i as f64 / (levels.max(2) - 1) as f64;
            (high + share * (low - high)).powf(f64::from(rho)) as f32
        });
        if from >= self.start_sigma {
            return all.collect();
        }
        std::iter::once(from)
            .chain(all.filter(|&level| level < from))
            .collect()
    }
}

/// h = h₀ t / (1 + h₀ (t − 1)) in pass `t`, from 1.
pub(super) fn step_size(first: f64, t: usize) -> f64 {
    first * t as f64 / (1.0 + first * (t as f64 - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_takes_as_many_passes_as_are_asked_for() {
        let walk = SamplerSettings {
            method: Method::Walk {
                first_step: 0.05,
                beta: 0.1,
            },
            ..SamplerSettings::default()
        };
        for passes in [20, 60, 150] {
            let asked = walk.with_passes(passes);
            assert_eq!(asked.expected_passes(), passes);
        }
        assert!(walk.expected_passes() > 30);
        assert_eq!(walk.with_passes(1).expected_passes(), 1);
    }

    #[test]
    fn a_schedule_falls_from_the_first_level_to_the_last() {
        let settings = SamplerSettings::default().with_passes(21);
        assert_eq!(settings.expected_passes(), 21);
        let settings = settings.stochastic();
        assert_eq!(settings.expected_passes(), 21);
        let levels = settings.levels_from(1.0);
        assert_eq!(levels.len(), 21);
        assert!((levels[0] - 1.0).abs() < 1e-5 && (levels[20] - 0.01).abs() < 1e-5);
        assert!(levels.windows(2).all(|pair| pair[1] < pair[0]));
        let later = settings.levels_from(0.3);
        assert_eq!(later[0], 0.3);
        assert!(later.len() < 21 && later[1..].iter().all(|level| levels.contains(level)));
    }
}

//! The passes of a denoiser that `--steps` asks for.

use crate::cli::Passes;
use crate::generation::SamplerSettings;

/// The sampler's settings for `--steps`.
pub(super) fn settings(steps: Passes) -> SamplerSettings {
    match steps {
        Passes::Auto => SamplerSettings::default(),
        Passes::Count(passes) => SamplerSettings::default().with_passes(passes),
    }
}

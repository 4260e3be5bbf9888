//! The recipe that commands leave in the pictures that they write.

use std::path::Path;

use image::RgbImage;

use super::png::write_file;
use crate::cli::{DenoiseArgs, MorphArgs, SampleArgs};
use crate::error::Result;
use crate::model_store::recipe::Recipe;

/// Writes a PNG with its recipe, replacing a file of that name.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write_png(path: &Path, image: &RgbImage, recipe: &Recipe) -> Result<()> {
    write_file(path, &recipe.png(image)?)
}

/// Writes a GIF with its recipe, replacing a file of that name.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write_gif(path: &Path, gif: Vec<u8>, recipe: &Recipe) -> Result<()> {
    write_file(path, &recipe.gif(gif)?)
}

/// The words of a command without model, data set and file, defaults included: they may change.
pub(super) trait Words {
    /// `denoiser` is what `--sharp` has become.
    fn words(&self, denoiser: Option<&str>) -> Vec<String>;
}

fn words(mode: &str, options: &[(&str, String)], denoiser: Option<&str>) -> Vec<String> {
    let mut words = vec![mode.to_string()];
    for (option, value) in options {
        words.push(format!("--{option}={value}"));
    }
    words.extend(denoiser.map(|name| format!("--sharp={name}")));
    words
}

impl Words for SampleArgs {
    fn words(&self, denoiser: Option<&str>) -> Vec<String> {
        let options = [
            ("count", self.count.to_string()),
            ("spread", self.spread.to_string()),
            ("steps", self.steps.to_string()),
            ("seed", self.seed.to_string()),
        ];
        // Only where they count: recipes without them stay as they were.
        let mut options = options.to_vec();
        options.extend(self.axis.map(|axis| ("axis", axis.to_string())));
        options.extend(self.direction.clone().map(|name| ("direction", name)));
        options.extend(self.from.clone().map(|face| ("from", face)));
        if self.axis.is_some() || self.direction.is_some() {
            options.retain(|(option, _)| *option != "spread");
            options.push(("reach", self.reach.to_string()));
        }
        words("sample", &options, denoiser)
    }
}

impl Words for MorphArgs {
    fn words(&self, denoiser: Option<&str>) -> Vec<String> {
        let options = [
            ("steps", self.steps.to_string()),
            ("seed", self.seed.to_string()),
        ];
        words("morph", &options, denoiser)
    }
}

impl Words for DenoiseArgs {
    fn words(&self, _denoiser: Option<&str>) -> Vec<String> {
        let options = [
            ("noise", self.noise.to_string()),
            ("draws", self.draws.to_string()),
            ("steps", self.steps.to_string()),
            ("seed", self.seed.to_string()),
        ];
        words("denoise", &options, None)
    }
}

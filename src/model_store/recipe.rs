//! How a picture was made, so that it can be made again: kept in the picture's file.

use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::fingerprint::model_fingerprint;
use super::loaded::LoadedModel;
use super::pictures::QueryPicture;
use crate::dataset::hash::{hex, sha256};
use crate::dataset::{Crop, Dataset};
use crate::error::{Error, Result};
use crate::imaging::{gif_with_text, png_with_text, text_of};

/// The version of the format. Recipes of a later one are refused.
const FORMAT: u32 = 1;
/// The longest recipe that is read, in bytes: hundreds of times what is written.
const MOST_BYTES: usize = 1 << 20;

/// Under which the recipe stands in a PNG, and how it begins in a GIF.
const KEYWORD: &str = "lfw-tui";
/// The mode of pictures that the screen saved; the command's second word is its request.
pub(crate) const SCREEN: &str = "screen";

/// How a picture was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recipe {
    /// [`FORMAT`].
    pub format: u32,
    /// Version of the program that made it.
    pub version: String,
    /// `sample`, `morph`, `denoise`, or [`SCREEN`].
    pub mode: String,
    /// The models that made it, the one that was named first.
    pub models: Vec<UsedModel>,
    /// The data set that faces were looked up in or codes were drawn from; none where none was
    /// needed.
    #[serde(default)]
    pub data: Option<UsedData>,
    /// Of all random numbers.
    pub seed: u64,
    /// The faces that it was made from.
    #[serde(default)]
    pub faces: Vec<UsedFace>,
    /// The command with all settings, without the model's, the data set's and the file's name.
    pub command: Vec<String>,
}

/// A model that made a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UsedModel {
    /// As commands take it.
    pub name: String,
    /// A run's id.
    #[serde(default)]
    pub id: Option<String>,
    /// See [`model_fingerprint`].
    pub fingerprint: String,
}

/// A data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct UsedData {
    /// Its title.
    pub title: String,
    /// The hash of its pictures.
    pub fingerprint: String,
    /// How they are cropped.
    pub crop: Crop,
    /// Whether it is the sample, which is drawn where it is missing.
    #[serde(default)]
    pub is_sample: bool,
}

/// A face or a picture file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UsedFace {
    /// A face's id, or the file's path as it was given.
    pub name: String,
    /// The SHA-256 of the picture as the model sees it; none where the data set says what it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
}

impl Recipe {
    /// A recipe of this program. `command` are the mode and the settings.
    pub(crate) fn new(
        (models, data): (Vec<UsedModel>, Option<&Dataset>),
        seed: u64,
        faces: Vec<UsedFace>,
        command: Vec<String>,
    ) -> Self {
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_string(),
            mode: command.first().cloned().unwrap_or_default(),
            models,
            data: data.map(UsedData::new),
            seed,
            faces,
            command,
        }
    }

    /// The bytes of a PNG file with the recipe.
    ///
    /// # Errors
    /// When the image has no pixels.
    pub(crate) fn png(&self, image: &RgbImage) -> Result<Vec<u8>> {
        png_with_text(image, KEYWORD, &self.to_json()?)
    }

    /// A GIF file with the recipe added.
    ///
    /// # Errors
    /// When the bytes are not those of a GIF file.
    pub(crate) fn gif(&self, gif: Vec<u8>) -> Result<Vec<u8>> {
        gif_with_text(gif, KEYWORD, &self.to_json()?)
    }

    /// The recipe in a PNG or GIF file; `what` names the file in errors.
    ///
    /// # Errors
    /// When there is none, it cannot be read, or the file is damaged.
    pub(crate) fn of_file(what: &str, file: &[u8]) -> Result<Self> {
        match text_of(what, file, KEYWORD, MOST_BYTES)? {
            Some(json) => Self::parse(what, &json),
            None => Err(Error::invalid(
                what,
                "has no recipe: it was not made by lfw-tui, or another program has saved it since",
            )),
        }
    }

    /// As it is written to files.
    ///
    /// # Errors
    /// None that is known of.
    fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::invalid("recipe", error))
    }

    /// Reads a recipe; `what` names its file in errors.
    ///
    /// # Errors
    /// When it is not one, or is of a later format.
    fn parse(what: &str, json: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
            #[serde(default)]
            version: String,
        }
        let damaged = |error: serde_json::Error| {
            Error::invalid(what, format!("its recipe is damaged: {error}"))
        };
        let head: Head = serde_json::from_str(json).map_err(damaged)?;
        if head.format > FORMAT {
            return Err(Error::invalid(
                what,
                format!(
                    "its recipe has format {}, written by version {}; this program reads up to \
                     {FORMAT}: update it",
                    head.format, head.version
                ),
            ));
        }
        let recipe: Self = serde_json::from_str(json).map_err(damaged)?;
        if recipe.models.is_empty() || recipe.command.is_empty() {
            return Err(Error::invalid(
                what,
                "its recipe is damaged: it names no model or command",
            ));
        }
        Ok(recipe)
    }
}

impl UsedModel {
    /// A loaded model, as it works on pictures of this data set; without one on those that it was
    /// trained on.
    pub(crate) fn new(model: &LoadedModel, data: Option<&Dataset>) -> Self {
        let crop = data.map_or(model.crop, Dataset::crop);
        Self {
            name: model.name.clone(),
            id: model.id.clone(),
            fingerprint: model_fingerprint(model, crop),
        }
    }
}

impl UsedData {
    fn new(dataset: &Dataset) -> Self {
        Self {
            title: dataset.title.clone(),
            fingerprint: dataset.fingerprint.clone(),
            crop: dataset.crop(),
            is_sample: dataset.is_sample,
        }
    }
}

impl UsedFace {
    /// A picture that was named.
    pub(crate) fn new(picture: &QueryPicture) -> Self {
        Self {
            name: picture.name.clone(),
            sha256: hex(&sha256(&picture.bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe() -> Recipe {
        let model = UsedModel {
            name: "pca-32".to_string(),
            id: None,
            fingerprint: "ab".to_string(),
        };
        let command = ["sample", "--count", "16"].map(String::from).to_vec();
        Recipe::new((vec![model], None), 7, Vec::new(), command)
    }

    #[test]
    fn a_recipe_survives_its_file() {
        let json = recipe().to_json().unwrap();
        assert_eq!(Recipe::parse("x.png", &json).unwrap(), recipe());
        assert_eq!(recipe().mode, "sample");
    }

    #[test]
    fn other_texts_and_later_formats_are_refused() {
        let error = |json: &str| Recipe::parse("x.png", json).unwrap_err().to_string();
        for text in ["", "hello", "{}", "{\"format\": 1}", "[1]"] {
            assert!(error(text).contains("recipe is damaged"), "{text}");
        }
        let later = "{\"format\": 9, \"version\": \"7.0.0\", \"new\": true}";
        assert!(error(later).contains("7.0.0") && error(later).contains("update"));
        let empty = Recipe {
            command: Vec::new(),
            ..recipe()
        };
        assert!(error(&empty.to_json().unwrap()).contains("names no model or command"));
    }
}

//! Whether made faces were made or remembered, as it is printed.

use serde::Serialize;

use super::output;
use crate::dataset::Dataset;
use crate::error::Result;
use crate::generation::quality::Verdict;
use crate::imaging::to_bytes;
use crate::model_store::origin::KnownFaces;

/// Of one made face.
#[derive(Serialize)]
pub(super) struct FaceOrigin {
    verdict: Verdict,
    /// In words.
    words: String,
    likest: Vec<Likest>,
}

/// The real face that a made one resembles most in one space.
#[derive(Serialize)]
struct Likest {
    space: &'static str,
    /// Its id.
    face: String,
    distance: f32,
    /// The distance as a multiple of the mean one to the nearest fifty.
    ratio: f32,
    /// Share of unseen faces that are farther from any.
    closer_than: f64,
}

/// Where made faces come from, each `[size, size, 3]`.
///
/// # Errors
/// When one has another size than the known faces.
pub(super) fn origins_of(
    known: &KnownFaces,
    dataset: &Dataset,
    made: &[Vec<f32>],
) -> Result<Vec<FaceOrigin>> {
    let bytes: Vec<Vec<u8>> = made.iter().map(|face| to_bytes(face)).collect();
    let origins = known.origins(&bytes.concat())?;
    Ok(origins
        .into_iter()
        .map(|origin| FaceOrigin {
            verdict: origin.verdict,
            words: origin.describe(|face| dataset.face_name(face)),
            likest: origin
                .resemblances
                .iter()
                .map(|like| Likest {
                    space: like.space,
                    face: dataset.face_id(like.face),
                    distance: like.distance,
                    ratio: like.ratio,
                    closer_than: like.closer_than,
                })
                .collect(),
        })
        .collect())
}

/// Prints how many faces are new, and of the others what they are like.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn print(origins: &[FaceOrigin], has_unseen: bool) -> Result<()> {
    let new = origins
        .iter()
        .filter(|origin| origin.verdict == Verdict::New)
        .count();
    let measure = if has_unseen {
        "as new as a face not seen"
    } else {
        "as far from all faces as those are from each other"
    };
    output::line(format_args!(
        "{new} of {}: {measure}",
        output::pluralize(origins.len(), "face")
    ))?;
    for (at, origin) in origins.iter().enumerate() {
        if origin.verdict != Verdict::New {
            output::line(format_args!("face {}: {}", at + 1, origin.words))?;
        }
    }
    Ok(())
}

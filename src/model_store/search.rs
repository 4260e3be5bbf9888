//! The faces nearest to a picture.

use super::codes::EncodedFaces;
use crate::dataset::Dataset;
use crate::error::Result;
use crate::search::{Hit, IndexKind};

/// The `k` faces nearest to a picture, bytes `[size, size, 3]`, nearest first. `row`
/// is the picture's row where it is a face of the data set; a face is not its own
/// neighbour.
///
/// # Errors
/// When the picture's size is not the model's, or its code is not finite.
pub(crate) fn nearest_faces(
    encoded: &EncodedFaces,
    picture: &[u8],
    row: Option<usize>,
    kind: IndexKind,
    k: usize,
) -> Result<Vec<Hit>> {
    let query = encoded.index.prepare_query(&encoded.code_of(picture)?)?;
    Ok(encoded.index.search(kind, &query, row, k)?.hits)
}

/// Whether a hit shows the person of the query's face; `None` for a file, whose
/// person is unknown.
pub(crate) fn is_same_person(
    dataset: &Dataset,
    query_row: Option<usize>,
    hit: &Hit,
) -> Option<bool> {
    let person = |row: usize| dataset.pictures.get(row).map(|picture| picture.person);
    query_row.map(|row| person(row).is_some() && person(row) == person(hit.row))
}

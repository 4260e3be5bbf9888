//! The faces nearest to a picture.

use std::path::Path;

use super::codes::EncodedFaces;
use super::pictures::PictureRef;
use crate::dataset::Dataset;
use crate::error::Result;
use crate::search::{CodeIndex, Hit, Index, IndexKind};

/// How the faces nearest to a picture are searched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neighbourhood {
    /// Exact or approximate.
    pub kind: IndexKind,
    /// How many; all there are if there are fewer.
    pub k: usize,
    /// Whether copies of the query count.
    pub with_copies: bool,
}

/// The faces nearest to a picture, bytes `[size, size, 3]`, nearest first, without the
/// picture itself. Its copies, files with the same bytes, are left out too unless they are
/// asked for.
///
/// # Errors
/// When the picture's size is not the model's, or its code is not finite.
pub(crate) fn nearest_faces(
    dataset: &Dataset,
    encoded: &EncodedFaces,
    (picture, bytes): (&PictureRef, &[u8]),
    wanted: Neighbourhood,
) -> Result<Vec<Hit>> {
    let index = &encoded.index;
    let query = index.prepare_query(&encoded.code_of(picture, bytes)?)?;
    let left_out = match picture {
        &PictureRef::Index(row) if wanted.with_copies => vec![row],
        PictureRef::File(_) | PictureRef::Cropped(..) if wanted.with_copies => Vec::new(),
        _ => own_rows(dataset, index, &query, picture)?,
    };
    let found = index.search(wanted.kind, &query, &left_out, wanted.k)?;
    Ok(found.hits)
}

/// The `count` faces nearest to a face of the data set that are no copies of it, nearest first.
///
/// # Errors
/// None if the row exists.
pub(crate) fn nearest_of_row(
    dataset: &Dataset,
    index: &CodeIndex,
    row: usize,
    count: usize,
) -> Result<Vec<Hit>> {
    let query = index.brute_force().table().row(row);
    let left_out = own_rows(dataset, index, query, &PictureRef::Index(row))?;
    let found = index.search(IndexKind::Brute, query, &left_out, count)?;
    Ok(found.hits)
}

/// The rows that show the query's own picture: its own row, and those whose files have the
/// same bytes, ascending. `query` is its prepared code, which copies share.
///
/// # Errors
/// When the code is not as wide as the rows.
pub(crate) fn own_rows(
    dataset: &Dataset,
    index: &CodeIndex,
    query: &[f32],
    picture: &PictureRef,
) -> Result<Vec<usize>> {
    Ok(own_rows_among(dataset, index.equal_rows(query)?, picture))
}

/// As [`own_rows`], with the rows whose codes equal the query's, ascending.
pub(super) fn own_rows_among(
    dataset: &Dataset,
    mut rows: Vec<usize>,
    picture: &PictureRef,
) -> Vec<usize> {
    let (own, path) = match picture {
        &PictureRef::Index(row) => (Some(row), dataset.path(row)),
        // The code of a part of a picture is not that of the picture's copies.
        PictureRef::Cropped(path, _) => return copies_of_file(dataset, path),
        PictureRef::File(path) => (None, path.clone()),
    };
    let length = length_of(&path);
    // Read when the first other file of the same length comes.
    let mut contents = None;
    let mut is_copy = |row: usize| {
        let other = dataset.path(row);
        if length.is_none() || length_of(&other) != length {
            return false;
        }
        let contents = contents.get_or_insert_with(|| std::fs::read(&path).ok());
        contents.is_some() && *contents == std::fs::read(&other).ok()
    };
    rows.retain(|&row| Some(row) == own || is_copy(row));
    // A row with NaN equals nothing, itself included.
    if let Some(own) = own
        && !rows.contains(&own)
    {
        rows.push(own);
        rows.sort_unstable();
    }
    rows
}

/// The rows whose files have the same bytes as a file, ascending.
pub(crate) fn copies_of_file(dataset: &Dataset, path: &Path) -> Vec<usize> {
    let length = length_of(path);
    let same_length = |row: &usize| length_of(&dataset.path(*row)) == length;
    let rows = 0..dataset.pictures.len();
    let mut rows: Vec<usize> = rows
        .filter(|row| length.is_some() && same_length(row))
        .collect();
    if !rows.is_empty() {
        let contents = std::fs::read(path).ok();
        rows.retain(|&row| contents.is_some() && std::fs::read(dataset.path(row)).ok() == contents);
    }
    rows
}

fn length_of(path: &Path) -> Option<u64> {
    path.metadata().ok().map(|metadata| metadata.len())
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

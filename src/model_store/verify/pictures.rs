//! The pictures that encoders are judged on.

use std::collections::HashMap;

use crate::dataset::pairs::VerificationPairs;
use crate::dataset::{Dataset, FaceSpec, Faces};
use crate::error::Result;
use crate::paths::Paths;
use crate::progress::Watch;
use crate::verification::JudgedPictures;

/// The people, copies and pairs of these rows of a data set. Copies are pictures whose files have
/// the same bytes, as in Search.
///
/// # Errors
/// When a picture cannot be read; `Cancelled` by the watcher.
pub(super) fn judged_rows(
    paths: &Paths,
    dataset: &Dataset,
    rows: &[usize],
    pairs: VerificationPairs,
    watch: Watch,
) -> Result<JudgedPictures> {
    let faces = Faces::load(paths, dataset, FaceSpec::default(), watch)?;
    let place: HashMap<usize, usize> = rows
        .iter()
        .enumerate()
        .map(|(at, &row)| (row, at))
        .collect();
    let person = rows.iter().map(|&row| dataset.pictures[row].person);
    Ok(JudgedPictures {
        copy_of: copies(dataset, &faces, rows),
        person: person.collect(),
        pairs: pairs.among(dataset, |row| place.get(&row).copied()),
    })
}

/// For each of these rows, the place of the first one whose file has the same bytes. Only files of
/// equal faces are read.
fn copies(dataset: &Dataset, faces: &Faces, rows: &[usize]) -> Vec<usize> {
    let mut alike: HashMap<&[u8], Vec<usize>> = HashMap::with_capacity(rows.len());
    let mut copy_of: Vec<usize> = (0..rows.len()).collect();
    for (at, &row) in rows.iter().enumerate() {
        let earlier = alike.entry(faces.bytes(row)).or_default();
        if !earlier.is_empty() {
            let contents = |at: usize| std::fs::read(dataset.path(rows[at])).ok();
            let own = contents(at);
            let is_copy = |&&other: &&usize| own.is_some() && contents(other) == own;
            if let Some(&first) = earlier.iter().find(is_copy) {
                copy_of[at] = first;
                continue;
            }
        }
        earlier.push(at);
    }
    copy_of
}

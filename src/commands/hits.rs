//! The faces that a search found, as they are printed.

use serde::Serialize;

use super::output;
use crate::dataset::Dataset;
use crate::display::{escaped, padded};
use crate::error::Result;
use crate::model_store::search::is_same_person;
use crate::number_format;
use crate::search::Hit;

/// One line of the answer.
#[derive(Serialize)]
struct Neighbour {
    rank: usize,
    /// The person.
    name: String,
    face: String,
    file: String,
    distance: f32,
    /// Whether it is the query's person; unknown for a picture file.
    same_person: Option<bool>,
}

impl Neighbour {
    fn new(rank: usize, dataset: &Dataset, query_row: Option<usize>, hit: &Hit) -> Self {
        let person = dataset.pictures[hit.row].person;
        Self {
            rank,
            name: dataset.people[person].raw_name(),
            face: dataset.face_id(hit.row),
            file: dataset.path(hit.row).display().to_string(),
            distance: hit.distance,
            same_person: is_same_person(dataset, query_row, hit),
        }
    }
}

/// Prints neighbours, nearest first.
pub(super) fn print(
    dataset: &Dataset,
    query_row: Option<usize>,
    hits: &[Hit],
    json: bool,
) -> Result<()> {
    for (rank, hit) in (1..).zip(hits) {
        let neighbour = Neighbour::new(rank, dataset, query_row, hit);
        if json {
            output::json(&neighbour)?;
        } else {
            output::line(format_args!(
                "{rank:>4}  {:>9}  {} {}  {}",
                number_format::fit_width(neighbour.distance.into(), 4, 9),
                match neighbour.same_person {
                    Some(true) => "✓",
                    _ => " ",
                },
                padded(&dataset.face_name(hit.row), 32),
                escaped(&neighbour.file),
            ))?;
        }
    }
    Ok(())
}

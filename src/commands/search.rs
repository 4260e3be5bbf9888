//! `lfw-tui search`: the faces nearest to one in a model's codes.

use std::sync::Arc;

use serde::Serialize;

use super::Context;
use super::model_arg::{NamedModel, find_picture, with_progress};
use super::output;
use crate::cli::SearchArgs;
use crate::dataset::Faces;
use crate::display::{escaped, padded};
use crate::error::Result;
use crate::latent::{encode_all, lookup_or_encode};
use crate::number_format;
use crate::search::{BruteForce, CodeTable, Index, IndexKind, Lsh, Whitening};

/// Seed of the hash functions: the same search twice finds the same.
const HASH_SEED: u64 = 0;

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

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(context: &Context, args: &SearchArgs) -> Result<()> {
    let device = context.device(args.device.as_deref());
    let named = NamedModel::find(context, &args.run)?;
    let dataset = named.dataset(context, args.data.as_deref())?;
    let subject = named.load(context, Some(&dataset), device)?;
    let model = subject.model.as_ref();
    let query = find_picture(&args.query, Some(&dataset), &subject)?;
    let faces = with_progress(|watch| Faces::load(&context.paths, &dataset, subject.faces, watch))?;
    let rows: Vec<usize> = (0..faces.len()).collect();
    let codes = with_progress(|watch| encode_all(model, &faces, &rows, watch))?;
    let code = lookup_or_encode(model, &query.bytes, &faces, &codes)?;
    let (code, values, width) = if args.whiten {
        let whitening = Whitening::fit(&codes.values, codes.width)?;
        let values = whitening.apply(&codes.values)?;
        (whitening.apply(&code)?, values, whitening.width())
    } else {
        (code, codes.values, codes.width)
    };
    let table = Arc::new(CodeTable::new(values, width, args.metric)?);
    let index: Box<dyn Index> = match args.index {
        IndexKind::Brute => Box::new(BruteForce::new(table)),
        IndexKind::Lsh => Box::new(Lsh::new(table, HASH_SEED)?),
    };
    // A face of the data set is not its own neighbour.
    let mut hits = index.search(&code, args.k.saturating_add(1))?;
    hits.retain(|hit| Some(hit.row) != query.row);
    hits.truncate(args.k);

    if hits.is_empty() {
        output::note(match faces.len() {
            0 | 1 => format!("{}: there is no other picture to find", dataset.title),
            _ => format!(
                "{}: no code is at a finite distance; the model's weights are not usable",
                subject.name
            ),
        });
    }
    let person = query.row.map(|row| dataset.pictures[row].person);
    for (rank, hit) in (1..).zip(hits) {
        let of = dataset.pictures[hit.row].person;
        let neighbour = Neighbour {
            rank,
            name: dataset.people[of].raw_name(),
            face: dataset.face_id(hit.row),
            file: dataset.path(hit.row).display().to_string(),
            distance: hit.distance,
            same_person: person.map(|person| person == of),
        };
        if args.json {
            output::json(&neighbour)?;
        } else {
            output::line(format_args!(
                "{rank:>4}  {:>9}  {} {}  {}",
                number_format::fit_width(neighbour.distance.into(), 4, 9),
                if neighbour.same_person == Some(true) {
                    "✓"
                } else {
                    " "
                },
                padded(&dataset.face_name(hit.row), 32),
                escaped(&neighbour.file),
            ))?;
        }
    }
    Ok(())
}

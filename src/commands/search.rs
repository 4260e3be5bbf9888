//! `lfw-tui search`: the faces nearest to one in a model's codes.

use serde::Serialize;

use super::context::Context;
use super::output;
use super::progress::with_progress;
use crate::cli::SearchArgs;
use crate::dataset::Dataset;
use crate::display::{escaped, padded};
use crate::error::{Error, Result};
use crate::model_store::EncodedFaces;
use crate::model_store::pictures::{PictureRef, QueryPicture};
use crate::model_store::search::{Neighbourhood, is_same_person, nearest_faces};
use crate::number_format;
use crate::search::{CodeForm, Hit, Measure};

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

/// Runs the command.
///
/// # Errors
/// When the model, the query or the data set cannot be found.
pub(super) fn run(context: &Context, args: &SearchArgs) -> Result<()> {
    let (dataset, query, encoded, hits) = with_progress(|watch| {
        let source = context.find_model(&args.model, watch)?;
        let dataset = source.dataset(context.data_choice(args.data.as_deref()), watch)?;
        let model = context.load_model(&source, Some(&dataset), &args.compute, watch)?;
        let query = QueryPicture::find(&args.query, Some(&dataset), &model)?;
        let measure = Measure {
            metric: args.metric,
            whiten: !args.no_whiten,
        };
        let encoded = EncodedFaces::new(&context.paths, &dataset, model, measure, watch)?;
        check_whitening(args, &encoded)?;
        let picture = match query.row {
            Some(row) => PictureRef::Index(row),
            None => PictureRef::File(args.query.as_str().into()),
        };
        let wanted = Neighbourhood {
            kind: args.index,
            k: args.k,
            with_copies: args.with_copies,
        };
        let hits = nearest_faces(&dataset, &encoded, (&picture, &query.bytes), wanted)?;
        Ok((dataset, query, encoded, hits))
    })?;
    if let CodeForm::CannotWhiten(reason) = encoded.index.form() {
        output::note(format!("{reason}; plain codes are compared"));
    }
    if hits.is_empty() {
        output::note(match encoded.faces.len() {
            0 | 1 => format!("{}: there is no other picture to find", dataset.title),
            _ => format!(
                "{}: no code is at a finite distance; the model's weights are not usable",
                encoded.model.name
            ),
        });
    }
    for (rank, hit) in (1..).zip(&hits) {
        let neighbour = Neighbour::new(rank, &dataset, query.row, hit);
        if args.format.json {
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

/// Whitening that was asked for, not just the default, has to be possible.
fn check_whitening(args: &SearchArgs, encoded: &EncodedFaces) -> Result<()> {
    match encoded.index.form() {
        CodeForm::CannotWhiten(reason) if args.whiten => Err(Error::invalid(
            "--whiten",
            format!("{reason}; leave it out to compare plain codes"),
        )),
        _ => Ok(()),
    }
}

//! `lfw-tui search`: the faces nearest to one in a model's codes.

use super::context::Context;
use super::hits;
use super::output;
use super::progress::with_progress;
use super::store;
use crate::cli::{IndexChoice, SearchArgs};
use crate::error::{Error, Result};
use crate::model_store::EncodedFaces;
use crate::model_store::pictures::QueryPicture;
use crate::model_store::search::{Neighbourhood, nearest_faces};
use crate::search::CodeForm;

/// Runs the command.
///
/// # Errors
/// When the model, the query or the data set cannot be found.
pub(super) fn run(context: &Context, args: &SearchArgs) -> Result<()> {
    let IndexChoice::Local(kind) = args.index else {
        return store::search(context, args);
    };
    let (dataset, query, encoded, hits) = with_progress(|watch| {
        let source = context.find_model(&args.model, watch)?;
        let dataset = source.dataset(context.data_choice(args.data.as_deref()), watch)?;
        let model = context.load_model(&source, Some(&dataset), &args.compute, watch)?;
        let query = QueryPicture::find(&args.query, Some(&dataset), &model)?;
        let measure = args.compare.measure();
        let encoded = EncodedFaces::new(&context.paths, &dataset, model, measure, watch)?;
        check_whitening(args, &encoded)?;
        let picture = query.reference();
        let wanted = Neighbourhood {
            kind: encoded.prepare_index(&context.paths, kind, watch)?,
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
    hits::print(&dataset, query.row, &hits, args.format.json)
}

/// Whitening that was asked for, not just the default, has to be possible.
fn check_whitening(args: &SearchArgs, encoded: &EncodedFaces) -> Result<()> {
    match encoded.index.form() {
        CodeForm::CannotWhiten(reason) if args.compare.whiten => Err(Error::invalid(
            "--whiten",
            format!("{reason}; leave it out to compare plain codes"),
        )),
        _ => Ok(()),
    }
}

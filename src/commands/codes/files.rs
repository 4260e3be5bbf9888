//! Codes as files.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use crate::cli::{CodesArgs, ModelArg};
use crate::commands::context::Context;
use crate::commands::output;
use crate::commands::progress::with_progress;
use crate::dataset::{Dataset, Faces};
use crate::error::Result;
use crate::latent::Codes;
use crate::model_store::LoadedModel;
use crate::model_store::codes::encode_faces;
use crate::model_store::export::{self, CodesFile, NamedCodes};
use crate::number_format;
use crate::search::Whitening;

/// Encodes a data set and writes its codes.
///
/// # Errors
/// When the model or the data set cannot be found, or a file exists or cannot be written.
pub(super) fn write(context: &Context, args: &CodesArgs, run: &str, output: &Path) -> Result<()> {
    let file = CodesFile::from_path(output)?;
    file.check_free()?;
    let (codes, model, written, title) = with_progress(|watch| {
        let run = ModelArg {
            run: run.to_string(),
        };
        let source = context.find_model(&run, watch)?;
        let dataset = source.dataset(context.data_choice(args.data.as_deref()), watch)?;
        let model = context.load_model(&source, Some(&dataset), &args.compute, watch)?;
        let faces = Faces::load(&context.paths, &dataset, model.faces, watch)?;
        let codes = whitened(
            encode_faces(&context.paths, &dataset, &model, &faces, watch)?,
            args.compare.whiten,
        )?;
        let named = NamedCodes {
            dataset: &dataset,
            faces: &faces,
            codes: &codes,
            notes: notes(&model, &dataset, args.compare.whiten),
        };
        let written = export::write(&file, &named, watch)?;
        Ok((codes, model, written, dataset.title))
    })?;
    if args.format.json {
        return output::json(&json!({
            "model": model.name, "data": title, "pictures": codes.rows, "width": codes.width,
            "whitened": args.compare.whiten, "format": file.format.to_string(), "files": written,
        }));
    }
    for path in &written {
        output::line(format_args!("wrote {}", path.display()))?;
    }
    output::line(format_args!(
        "{} of {}: {} codes of {} numbers{}",
        model.name,
        title,
        number_format::count(codes.rows as u64),
        codes.width,
        if args.compare.whiten {
            ", whitened"
        } else {
            ""
        },
    ))
}

/// Whitens the codes by their own covariance, if that was asked for.
fn whitened(codes: Codes, whiten: bool) -> Result<Codes> {
    if !whiten {
        return Ok(codes);
    }
    let whitening = Whitening::fit(&codes.values, codes.width)?;
    Ok(Codes {
        rows: codes.rows,
        width: whitening.width(),
        values: whitening.apply(&codes.values)?.into(),
    })
}

/// What the codes are, for formats that can say so.
fn notes(model: &LoadedModel, dataset: &Dataset, whitened: bool) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("program", format!("lfw-tui {}", env!("CARGO_PKG_VERSION"))),
        ("model", model.name.clone()),
        ("trained_on", model.trained_on.clone()),
        ("data", dataset.title.clone()),
        ("data_fingerprint", dataset.fingerprint.clone()),
        ("whitened", whitened.to_string()),
    ])
}

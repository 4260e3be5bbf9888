//! Commands that work with the store.

use serde_json::{Value, json};

use crate::cli::{CodesArgs, ModelArg, SearchArgs};
use crate::commands::context::Context;
use crate::commands::progress::with_progress;
use crate::commands::{hits, output};
use crate::error::{Error, Result};
use crate::model_store::pictures::QueryPicture;
use crate::model_store::stored::{self, nearest_stored_faces};
use crate::number_format;
use crate::search::Measure;
use crate::search::pgvector::{Address, PASSWORD_VARIABLE, PgIndex, Store, StoredSet, Uploaded};

/// `search --index pgvector`.
///
/// # Errors
/// When the model, the query, the data set or the stored codes cannot be found, or the server fails.
pub(crate) fn search(context: &Context, args: &SearchArgs) -> Result<()> {
    let address = address(context, args.store.pg.as_deref(), "")?;
    let measure = args.compare.measure();
    let (dataset, row, hits) = with_progress(|watch| {
        let source = context.find_model(&args.model, watch)?;
        let dataset = source.dataset(context.data_choice(args.data.as_deref()), watch)?;
        let model = context.load_model(&source, Some(&dataset), &args.compute, watch)?;
        let query = QueryPicture::find(&args.query, Some(&dataset), &model)?;
        let key = stored::set_key(&model, &dataset, measure);
        let mut store = Store::connect(&address)?;
        let set = store.find(&key, &upload_advice(args, measure))?;
        let index = PgIndex::open(store, set)?;
        let picture = query.reference();
        let query_code = stored::QueryCode {
            paths: &context.paths,
            model: &model,
            bytes: &query.bytes,
            picture: &picture,
        };
        let hits = nearest_stored_faces(
            &dataset,
            &index,
            query_code,
            (args.k, args.with_copies),
            watch,
        )?;
        Ok((dataset, query.row, hits))
    })?;
    if hits.is_empty() {
        output::note(format!(
            "{}: there is no other picture to find",
            dataset.title
        ));
    }
    hits::print(&dataset, row, &hits, args.format.json)
}

/// `codes RUN -o postgresql://…`. `connection` is what `-o` says.
///
/// # Errors
/// When the model or the data set cannot be found, or the server fails.
pub(crate) fn upload(
    context: &Context,
    args: &CodesArgs,
    run: &str,
    connection: &str,
) -> Result<()> {
    let address = address(context, args.store.pg.as_deref(), connection)?;
    let measure = args.compare.measure();
    let uploaded = with_progress(|watch| {
        let run = ModelArg {
            run: run.to_string(),
        };
        let source = context.find_model(&run, watch)?;
        let dataset = source.dataset(context.data_choice(args.data.as_deref()), watch)?;
        let model = context.load_model(&source, Some(&dataset), &args.compute, watch)?;
        let mut store = Store::connect(&address)?;
        let wanted = stored::Wanted {
            measure,
            must_whiten: args.compare.whiten,
        };
        stored::upload_codes(&context.paths, &dataset, &model, &mut store, wanted, watch)
    })?;
    let (set, is_new) = match &uploaded {
        Uploaded::New(set) => (set, true),
        Uploaded::Present(set) => (set, false),
    };
    if args.format.json {
        let mut fields = fields(set);
        fields["new"] = json!(is_new);
        fields["store"] = json!(address.to_string());
        return output::json(&fields);
    }
    output::line(format_args!(
        "{}: {} codes of {} numbers {}{}",
        set.describe(),
        number_format::count(set.pictures as u64),
        set.width,
        if is_new {
            "stored"
        } else {
            "were there already; nothing was sent"
        },
        if set.indexed {
            ""
        } else {
            ", without an index"
        },
    ))
}

/// `codes --list`.
///
/// # Errors
/// When the server fails, or its tables are not ours.
pub(crate) fn list(context: &Context, args: &CodesArgs) -> Result<()> {
    let address = address(context, args.store.pg.as_deref(), "")?;
    let sets = Store::connect(&address)?.sets()?;
    if args.format.json {
        return sets.iter().try_for_each(|set| output::json(&fields(set)));
    }
    if sets.is_empty() {
        return output::line(format_args!("{address}: no codes yet"));
    }
    sets.iter().try_for_each(|set| {
        output::line(format_args!(
            "{}; {} × {}{}; by {}, {}",
            set.describe(),
            number_format::count(set.pictures as u64),
            set.width,
            if set.indexed { ", indexed" } else { "" },
            set.made_by,
            set.made_at,
        ))
    })
}

/// `codes --remove SET`.
///
/// # Errors
/// When there is no such set, the user may not remove it, or the server fails.
pub(crate) fn remove(context: &Context, args: &CodesArgs, id: i32) -> Result<()> {
    let address = address(context, args.store.pg.as_deref(), "")?;
    let set = with_progress(|watch| Store::connect(&address)?.remove(id, watch))?;
    if args.format.json {
        return output::json(&fields(&set));
    }
    output::line(format_args!("removed {}", set.describe()))
}

/// The store that `-o` names if it names one, else `--pg`, else the settings.
fn address(context: &Context, flag: Option<&str>, connection: &str) -> Result<Address> {
    let is_empty = connection
        .split_once("://")
        .is_none_or(|(_, rest)| rest.is_empty());
    let named = (!is_empty).then_some(connection);
    let text = named
        .or(flag)
        .or(context.config.pg.as_deref())
        .ok_or_else(|| {
            Error::Usage(
                "no store is named; use --pg postgresql://USER@HOST/DATABASE, LFW_TUI_PG, or the \
                 setting pg"
                    .to_string(),
            )
        })?;
    let password = std::env::var(PASSWORD_VARIABLE).ok();
    Address::parse(text, password.as_deref())
}

/// How to store the codes that are not there.
fn upload_advice(args: &SearchArgs, measure: Measure) -> String {
    let default = Measure::default();
    let mut command = format!("lfw-tui codes {} -o postgresql://", args.model.run);
    if let Some(data) = &args.data {
        command += &format!(" --data {data}");
    }
    if measure.metric != default.metric {
        command += &format!(" --metric {}", measure.metric);
    }
    if !measure.whiten {
        command += " --no-whiten";
    }
    format!("To store these: {command}")
}

/// A set in JSON.
fn fields(set: &StoredSet) -> Value {
    json!({
        "set": set.id, "model": set.model_name, "data": set.data_title, "pictures": set.pictures,
        "width": set.width, "metric": set.key.metric.to_string(), "whitened": set.key.whitened,
        "indexed": set.indexed, "by": set.made_by, "at": set.made_at,
    })
}

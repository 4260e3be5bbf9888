//! `lfw-tui eval --verify`: how well encoders tell people apart, by the published protocols.

use serde::Serialize;

use crate::cli::EvalArgs;
use crate::commands::context::Context;
use crate::commands::output;
use crate::commands::progress::with_progress;
use crate::dataset::{self, Dataset};
use crate::display::{padded, width};
use crate::error::{Error, Result};
use crate::model_store::data::DataChoice;
use crate::model_store::verify::{Encoder, EncoderRow, Setup, Verification, VerifyOptions};
use crate::number_format::{UNKNOWN, count};
use crate::progress::Watch;

/// What is printed for an encoder that cannot be judged.
#[derive(Serialize)]
struct Unjudged {
    encoder: String,
    problem: String,
}

/// Judges the named encoders, or all.
///
/// # Errors
/// When one cannot be found, there is nothing to judge by, or none can be judged.
pub(super) fn run(context: &Context, args: &EvalArgs) -> Result<()> {
    let choice = context.data_choice(args.data.as_deref());
    let verification = with_progress(|watch| {
        let encoders = Encoder::to_judge(&context.paths, &args.runs, &mut *watch)?;
        let dataset = judged_dataset(choice, &encoders, &mut *watch)?;
        let options = VerifyOptions {
            fit_on: args.fit_on.as_deref(),
            unseen: args.unseen,
        };
        Verification::prepare(choice, dataset, encoders, options, watch)
    })?;
    for note in &verification.setup().notes {
        output::note(note);
    }
    let table = Table::new(&verification);
    let mut judged: Vec<EncoderRow> = Vec::new();
    let mut first_problem = None;
    for encoder in 0..verification.len() {
        let open_device = || context.open_device(&args.compute);
        let mut rows = Vec::new();
        let result = with_progress(|watch| {
            verification.judge(encoder, open_device, watch, &mut |row| {
                rows.push(row);
                Ok(())
            })
        });
        // An encoder that cannot be judged prints nothing.
        if !args.format.json && judged.is_empty() && !rows.is_empty() {
            table.print_head(verification.setup())?;
        }
        for row in &rows {
            if args.format.json {
                output::json(row)?;
            } else {
                table.print(row)?;
            }
        }
        judged.append(&mut rows);
        match result {
            Ok(()) => {}
            Err(error @ (Error::Cancelled | Error::Signal(_))) => return Err(error),
            Err(error) if args.runs.len() == 1 && judged.is_empty() => return Err(error),
            Err(error) => {
                output::note(&error);
                if args.format.json {
                    output::json(&Unjudged {
                        encoder: verification.label(encoder),
                        problem: error.to_string(),
                    })?;
                }
                first_problem.get_or_insert(error);
            }
        }
    }
    match first_problem {
        Some(error) if judged.is_empty() => return Err(error),
        _ if args.format.json => {}
        _ => print_legend(&judged)?,
    }
    Ok(())
}

/// `--data`; else the data set of the first model that is named; else the settings' one.
fn judged_dataset(choice: DataChoice<'_>, encoders: &[Encoder], watch: Watch) -> Result<Dataset> {
    match encoders.first().and_then(Encoder::source) {
        Some(source) => source.dataset(choice, watch),
        _ => dataset::resolve(choice.paths, choice.data.or(choice.default), watch),
    }
}

/// The table's column of names, as wide as the longest.
struct Table {
    names: usize,
}

impl Table {
    fn new(verification: &Verification) -> Self {
        let labels = (0..verification.len()).map(|encoder| width(&verification.label(encoder)));
        Self {
            // A mark takes two cells.
            names: 2 + labels.max().unwrap_or(0).max("encoder".len()),
        }
    }

    fn print_head(&self, setup: &Setup) -> Result<()> {
        let pictures = output::pluralize(setup.pictures, "picture");
        let unusable = match setup.unusable_pairs {
            0 => String::new(),
            rows => format!(" ({} of the file are of no use here)", count(rows as u64)),
        };
        output::line(format_args!(
            "{} · {pictures} of {} people{} · {}: {} pairs in {} folds{unusable}",
            setup.data,
            count(setup.people as u64),
            if setup.unseen_only {
                ", all unseen"
            } else {
                ""
            },
            setup.protocol,
            count(setup.pairs as u64),
            setup.folds,
        ))?;
        output::line(format_args!(
            "{} {:<15}  View 1  View 2          AUC    rank-1  mAP    seen",
            padded("encoder", self.names),
            "compared by",
        ))
    }

    fn print(&self, row: &EncoderRow) -> Result<()> {
        let mark = if row.knows_the_judged() { " †" } else { "" };
        let share = |value: Option<f64>| match value {
            Some(value) => format!("{value:.3}"),
            None => format!("{UNKNOWN:<5}"),
        };
        let view2 = match (row.view2_accuracy, row.view2_stderr) {
            (Some(mean), Some(error)) => format!("{mean:.3} ± {error:.3}"),
            _ => format!("{UNKNOWN:<13}"),
        };
        let seen = match row.seen {
            Some(people) => count(people as u64),
            None => "?".to_string(),
        };
        output::line(format_args!(
            "{} {:<15}  {}   {view2}   {}  {}   {}  {seen}",
            padded(&format!("{}{mark}", row.encoder), self.names),
            row.metric_in_words(),
            share(row.view1_accuracy),
            share(row.view2_auc),
            share(row.rank1),
            share(row.map),
        ))
    }
}

/// What the columns and marks mean for these rows.
fn print_legend(rows: &[EncoderRow]) -> Result<()> {
    let Some(first) = rows.first() else {
        return Ok(());
    };
    output::line(format_args!(
        "rank-1 and mAP over {}; seen: people of whom the encoder saw pictures while it was \
         fitted, of {}",
        match first.queries {
            1 => "1 query".to_string(),
            queries => format!("{} queries", count(queries as u64)),
        },
        count(first.setup.people as u64)
    ))?;
    let mut said: Vec<String> = Vec::new();
    for row in rows.iter().filter(|row| row.fitted_on != "nothing") {
        let words = format!("{} was fitted to {}", row.encoder, row.fitted_on);
        if !said.contains(&words) {
            output::line(&words)?;
            said.push(words);
        }
    }
    for row in rows.iter().filter(|row| row.knows_the_judged()) {
        let seen = row
            .seen
            .map_or("some".to_string(), |seen| count(seen as u64));
        let words = format!(
            "† {}: {seen} of {} people were trained on by name; --unseen judges on the others",
            row.encoder,
            count(row.setup.people as u64)
        );
        if !said.contains(&words) {
            output::line(&words)?;
            said.push(words);
        }
    }
    Ok(())
}

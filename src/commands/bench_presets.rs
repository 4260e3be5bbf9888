//! `lfw-tui bench --presets`: how long the presets would take to train on a data set.

use serde::Serialize;

use super::context::Context;
use super::output;
use super::progress::with_progress;
use crate::cli::BenchArgs;
use crate::dataset;
use crate::error::{Error, Result};
use crate::kernels;
use crate::number_format;
use crate::training::TrainSpec;
use crate::training::forecast::{self, KeptForecasts};
use crate::training::starters::STARTERS;

/// How much this work gives way to others.
const NICENESS: i32 = 15;

#[derive(Serialize)]
struct Row {
    preset: &'static str,
    /// `None` where it cannot be trained on this data set.
    seconds: Option<f64>,
    /// Whether it was measured before.
    kept: bool,
    /// Whether other programs took much of the processor meanwhile: it may take less time.
    busy: bool,
    problem: Option<String>,
}

/// Measures a few steps of each preset, unless that was done before, and prints each as it comes.
///
/// # Errors
/// When the data set cannot be opened.
pub(super) fn run(context: &Context, args: &BenchArgs) -> Result<()> {
    // Whoever trains or looks at the screen meanwhile comes first.
    let _ = rustix::process::setpriority_process(None, NICENESS);
    let data = args.data.as_deref().or(context.config.data.as_deref());
    let dataset = with_progress(|watch| dataset::resolve(&context.paths, data, watch))?;
    let device = context.open_device(&args.compute)?;
    let name = kernels::device::name(&device);
    kernels::set_precision(args.precision.unwrap_or_default());
    let kept = KeptForecasts::read(&context.paths);
    if !args.format.json {
        output::line(format!(
            "{} of {}, on {name}",
            output::pluralize(dataset.pictures.len(), "picture"),
            dataset.title
        ))?;
    }
    for starter in STARTERS {
        let spec = TrainSpec::preset(starter.preset)?;
        let known = kept.get(&dataset, &spec, &name);
        let measured = match known {
            Some(forecast) => Ok(forecast),
            None => with_progress(|watch| forecast::measure(&dataset, &spec, &device, watch)),
        };
        let (seconds, busy, problem) = match measured {
            Ok(forecast) => {
                if known.is_none()
                    && forecast.is_reliable
                    && let Err(error) =
                        KeptForecasts::add(&context.paths, (&dataset, &spec, &name), forecast)
                {
                    output::note(error);
                }
                (Some(forecast.seconds), !forecast.is_reliable, None)
            }
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => (None, false, Some(error.to_string())),
        };
        let row = Row {
            preset: starter.preset,
            seconds,
            kept: known.is_some(),
            busy,
            problem,
        };
        print(&row, starter.purpose, args.format.json)?;
    }
    Ok(())
}

fn print(row: &Row, purpose: &str, json: bool) -> Result<()> {
    if json {
        return output::json(row);
    }
    let time = row.seconds.map_or(String::new(), |seconds| {
        let at_most = if row.busy { "≤ " } else { "" };
        at_most.to_string() + &number_format::duration(seconds)
    });
    let note = row.problem.as_deref().unwrap_or(purpose);
    output::line(format!("{:<12}{time:>8}  {note}", row.preset))
}

//! `lfw-tui runs list`: a table of all runs.

use crate::commands::context::Context;
use crate::commands::output;
use crate::display;
use crate::error::Result;
use crate::number_format;
use crate::runs::{self, RunSummary};

/// Prints a line, or with `json` an object, per run.
///
/// # Errors
/// When the folder of runs cannot be read.
pub(super) fn list(context: &Context, json: bool) -> Result<()> {
    let mut runs = Vec::new();
    for read in runs::read_all(&context.paths)? {
        match read {
            Ok(run) => runs.push(run),
            Err(problem) => output::note(format!("left out: {problem}")),
        }
    }
    for run in &runs {
        for problem in &run.unreadable {
            output::note(format!("{} ({}): {problem}", run.name, run.id));
        }
    }
    runs::mark_silent_runs(&mut runs);
    if json {
        return runs.iter().try_for_each(output::json);
    }
    if runs.is_empty() {
        return output::line("no runs yet; `lfw-tui train --preset face` trains one");
    }
    print_table(&runs)
}

fn print_table(runs: &[RunSummary]) -> Result<()> {
    let width = runs
        .iter()
        .map(|run| display::width(&run.name))
        .max()
        .unwrap_or_default()
        .max(4);
    output::line(format!(
        "{:width$}  {:5}  {:8}  {:>10}  {:>6}  {:>8}  {:>9}",
        "name", "id", "state", "held-out", "done", "left", "images/s"
    ))?;
    for run in runs {
        let held_out = run.best.map(|best| best.held_out).or(run.held_out);
        let done = number_format::percent(run.step, run.steps).unwrap_or_default();
        let line = format!(
            "{}  {:5}  {:8}  {:>10}  {done:>6}  {:>8}  {:>9}",
            display::padded(&run.name, width),
            run.id,
            run.state_label(),
            held_out.map_or(String::new(), |scores| number_format::error(scores.mse)),
            run.seconds_left
                .filter(|_| run.state.is_live())
                .map_or(String::new(), number_format::duration),
            run.images_per_s.map_or(String::new(), number_format::rate),
        );
        match run.silence_label() {
            Some(silence) => output::line(format_args!("{}  {silence}", line.trim_end()))?,
            None => output::line(line.trim_end())?,
        }
    }
    Ok(())
}

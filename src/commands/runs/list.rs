//! `lfw-tui runs list`: a table of all runs.

use crate::cli::ListArgs;
use crate::commands::context::Context;
use crate::commands::output;
use crate::display;
use crate::error::{Error, Result};
use crate::number_format;
use crate::runs::query::{Filter, Order};
use crate::runs::{self, RunSummary};

/// Prints a line, or with `json` an object, per run that the filter lets through.
///
/// # Errors
/// When the filter has a mistake, or the folder of runs cannot be read.
pub(super) fn list(context: &Context, args: &ListArgs, json: bool) -> Result<()> {
    let filter = Filter::parse(args.filter.as_deref().unwrap_or_default())
        .map_err(|problem| Error::invalid("--filter", problem).into_usage())?;
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
    let all = runs.len();
    runs.retain(|run| filter.accepts(run));
    let order = Order {
        column: args.sort.unwrap_or_default(),
        is_reversed: args.reverse,
    };
    let mut indices: Vec<usize> = (0..runs.len()).collect();
    order.sort(&mut indices, &runs);
    let runs: Vec<RunSummary> = indices
        .into_iter()
        .map(|index| runs[index].clone())
        .collect();
    if json {
        return runs.iter().try_for_each(output::json);
    }
    if runs.is_empty() && all > 0 {
        let count = output::pluralize(all, "run");
        return output::line(format!("none of {count} passes the filter"));
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
        let more = [run.silence_label(), words(run)];
        let more = more.into_iter().flatten().map(|more| format!("  {more}"));
        let line = line + &more.collect::<String>();
        output::line(line.trim_end())?;
    }
    Ok(())
}

/// What people wrote about a run, in a few words: `#night #v2 the long one`.
fn words(run: &RunSummary) -> Option<String> {
    let tags = run.tags.iter().map(|tag| format!("#{tag}"));
    let note = run.note.iter().filter_map(|note| note.lines().next());
    let words: Vec<String> = tags.chain(note.map(shortened)).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// A line, cut where it is long.
fn shortened(line: &str) -> String {
    const MOST: usize = 60;
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_string(),
    }
}

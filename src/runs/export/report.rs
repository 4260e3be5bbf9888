//! A run as one page of HTML, with everything embedded: chart, scores, faces,
//! events and spec.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::omissions::{Exported, Omissions};
use super::surviving_lines::SurvivingLines;
use super::{contact_sheet, loss_chart};
use crate::error::{Error, Result};
use crate::number_format;
use crate::runs::metrics_log::{Line, MetricRow};
use crate::runs::preview;
use crate::runs::run_dir::RunDir;
use crate::runs::summary::RunSummary;
use crate::training::Scores;

/// The report shows the faces of at most this many epochs.
const MAX_SHEETS: usize = 6;

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;max-width:940px;margin:2em auto;padding:0 1em;\
color:#222;background:#fff}table{border-collapse:collapse}td,th{padding:.15em .8em .15em 0;text-align:right}\
td:first-child,th:first-child{text-align:left}pre{background:#f4f4f4;padding:1em;overflow:auto}\
img{image-rendering:pixelated;width:100%;max-width:800px}svg text{font-size:12px;fill:#555}";

/// The run as an HTML page.
///
/// # Errors
/// When the run's files cannot be read.
pub fn html(run: &RunDir) -> Result<Exported<String>> {
    let summary = RunSummary::read(run)?;
    let SurvivingLines { lines, unreadable } = SurvivingLines::read(run)?;
    let mut omissions = Omissions {
        lines: unreadable,
        ..Omissions::default()
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{name}</title>\
         <style>{STYLE}</style></head>\n<body><h1>{name}</h1>\n<p>{description}</p>\n\
         <p>{state}: {steps} steps, {epoch} of {epochs} epochs, {seconds} of work on {data}.</p>\n",
        name = escape_html(&summary.name),
        description = escape_html(&run.lenient_spec().description),
        state = summary.state_label(),
        steps = number_format::count(summary.step),
        epoch = number_or_unknown(summary.epoch),
        epochs = number_or_unknown(summary.epochs),
        seconds = number_format::duration(summary.seconds),
        data = escape_html(
            summary
                .spec
                .data
                .as_deref()
                .unwrap_or(number_format::UNKNOWN)
        ),
    );
    page += &loss_chart::svg(&lines, &mut omissions);
    page += &held_out_table(&lines);
    page += &face_sheets(run, &mut omissions)?;
    page += &event_table(&lines);
    let file = run.spec_path();
    let spec = std::fs::read(&file).map_err(Error::io(&file, "read"))?;
    let spec = String::from_utf8_lossy(&spec);
    if let Some(parts) = omissions.describe() {
        let _ = writeln!(page, "<p>Left out: {parts}.</p>");
    }
    let _ = write!(
        page,
        "<h2>Spec</h2>\n<pre>{}</pre>\n<p>lfw-tui {}, run {}</p>\n</body></html>\n",
        escape_html(&spec),
        env!("CARGO_PKG_VERSION"),
        escape_html(&summary.id),
    );
    Ok(Exported {
        content: page,
        omissions,
    })
}

/// A number from 1 on; 0 stands for an unknown one.
fn number_or_unknown(number: u32) -> String {
    match number {
        0 => number_format::UNKNOWN.to_string(),
        number => number.to_string(),
    }
}

fn held_out_table(lines: &[Line]) -> String {
    let rows: Vec<(&MetricRow, &Scores)> = metric_rows(lines)
        .filter_map(|row| Some((row, row.held_out.as_ref()?)))
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let mut table = "<h2>Held-out pictures</h2>\n<table><tr><th>epoch</th><th>step</th>\
                     <th>MSE</th><th>PSNR</th><th>SSIM</th></tr>\n"
        .to_string();
    for (row, scores) in rows {
        let _ = writeln!(
            table,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            number_or_unknown(row.epoch.unwrap_or_default()),
            row.step,
            number_format::fit_width(scores.mse, 6, number_format::WIDTH + 1),
            number_format::decibels(scores.psnr_db),
            number_format::ssim(scores.ssim)
        );
    }
    table + "</table>\n"
}

/// The previews of a few epochs, from the first to the last.
fn face_sheets(run: &RunDir, omissions: &mut Omissions) -> Result<String> {
    let kept = preview::archived_steps(run);
    let mut text = String::new();
    let shown = kept.len().min(MAX_SHEETS);
    for index in 0..shown {
        let step = kept[index * (kept.len() - 1) / (shown - 1).max(1)];
        let Ok(preview) = preview::read_archived(run, step) else {
            omissions.pictures += 1;
            continue;
        };
        if text.is_empty() {
            let held_out = if preview.held_out {
                "held out"
            } else {
                "from training"
            };
            let noisy = if preview.noisy.is_empty() {
                ""
            } else {
                ", with the noise that the model gets"
            };
            let _ = writeln!(
                text,
                "<h2>Faces</h2>\n<p>The same pictures, {held_out}, after some of the epochs. From top to \
                 bottom: the originals{noisy}, and the model's reconstructions.</p>"
            );
        }
        let (png, width, height) = contact_sheet::png(&preview)?;
        let _ = writeln!(
            text,
            "<p>after step {step}<br><img alt=\"faces after step {step}\" width=\"{width}\" \
             height=\"{height}\" style=\"height:auto\" src=\"data:image/png;base64,{}\"></p>",
            STANDARD.encode(png)
        );
    }
    Ok(text)
}

fn event_table(lines: &[Line]) -> String {
    let mut list = "<h2>Events</h2>\n<table>".to_string();
    for row in metric_rows(lines) {
        let Some(event) = &row.event else { continue };
        let _ = writeln!(
            list,
            "<tr><td>{}</td><td>step {}</td><td>{}</td><td>{}</td></tr>",
            escape_html(row.time.as_deref().unwrap_or_default()),
            row.step,
            escape_html(event),
            escape_html(row.detail.as_deref().unwrap_or_default())
        );
    }
    list + "</table>\n"
}

fn metric_rows(lines: &[Line]) -> impl Iterator<Item = &MetricRow> {
    lines.iter().filter_map(|line| match line {
        Line::Row(row) => Some(&**row),
        Line::Step { .. } => None,
    })
}

/// Escapes text for HTML.
fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_become_markup() {
        assert_eq!(escape_html("<b>\"&"), "&lt;b&gt;&quot;&amp;");
    }
}

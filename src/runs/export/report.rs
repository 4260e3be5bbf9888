//! One page of HTML with a run's spec, chart, scores and faces in it; it needs
//! nothing beside itself.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Exported, Omissions, SurvivingLines, contact_sheet, read_surviving_lines};
use crate::error::{Error, Result};
use crate::number_format;
use crate::runs::curve::Curve;
use crate::runs::metrics_log::{Line, MetricRow};
use crate::runs::preview;
use crate::runs::{RunDir, RunSummary};
use crate::training::Scores;

/// The chart's size and the margin for its labels, in CSS pixels.
const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 320.0;
const LABEL_MARGIN: f64 = 60.0;
/// Points of the loss curve: as many as there are pixels across.
const COLUMNS: usize = 840;
/// Epochs whose faces are shown at most.
const MAX_SHEETS: usize = 6;

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;max-width:940px;margin:2em auto;padding:0 1em;\
color:#222;background:#fff}table{border-collapse:collapse}td,th{padding:.15em .8em .15em 0;text-align:right}\
td:first-child,th:first-child{text-align:left}pre{background:#f4f4f4;padding:1em;overflow:auto}\
img{image-rendering:pixelated;width:100%;max-width:800px}svg text{font-size:12px;fill:#555}";

/// The page.
///
/// # Errors
/// When the run's files cannot be read.
pub fn html(run: &RunDir) -> Result<Exported<String>> {
    let (outline, summary) = (run.lenient_spec(), RunSummary::read(run)?);
    let SurvivingLines {
        lines,
        unreadable: unread,
    } = read_surviving_lines(run)?;
    let mut left_out = Omissions {
        lines: unread,
        ..Omissions::default()
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{name}</title>\
         <style>{STYLE}</style></head>\n<body><h1>{name}</h1>\n<p>{description}</p>\n\
         <p>{state}: {steps} steps, {epoch} of {epochs} epochs, {seconds} of work on {data}.</p>\n",
        name = escape_html(&summary.name),
        description = escape_html(&outline.description),
        state = summary.state_label(),
        steps = number_format::count(summary.step),
        epoch = number_or_unknown(summary.epoch),
        epochs = number_or_unknown(summary.epochs),
        seconds = number_format::duration(summary.seconds),
        data = escape_html(summary.data.as_deref().unwrap_or(number_format::UNKNOWN)),
    );
    page += &loss_chart(&lines, &mut left_out);
    page += &held_out_table(&lines);
    page += &face_sheets(run, &mut left_out)?;
    page += &event_table(&lines);
    let file = run.spec_path();
    let spec = std::fs::read(&file).map_err(Error::io(&file, "read"))?;
    let spec = String::from_utf8_lossy(&spec);
    if let Some(words) = left_out.describe() {
        let _ = writeln!(page, "<p>Left out: {words}.</p>");
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
        omissions: left_out,
    })
}

/// A number from 1 on; 0 is one that nobody told.
fn number_or_unknown(number: u32) -> String {
    match number {
        0 => number_format::UNKNOWN.to_string(),
        number => number.to_string(),
    }
}

/// Losses over steps, logarithmic, as SVG.
fn loss_chart(lines: &[Line], left_out: &mut Omissions) -> String {
    let mut training = Curve::default();
    let mut held_out = Vec::new();
    for line in lines {
        match line {
            Line::Step { step, loss } => training.push(*step, *loss),
            Line::Row(row) => {
                if let Some(loss) = row.loss {
                    training.push(row.step, loss);
                }
                held_out.extend(row.held_out.map(|scores| (row.step, scores.mse)));
            }
        }
    }
    left_out.figures += training.skipped();
    let judged = held_out.len();
    held_out.retain(|(_, mse): &(u64, f64)| mse.is_finite());
    left_out.figures += (judged - held_out.len()) as u64;
    let Some((first, last)) = training.step_range() else {
        return String::new();
    };
    let training: Vec<(u64, f64)> = training
        .downsample(first, last, COLUMNS)
        .iter()
        .map(|bucket| (bucket.first, f64::from(bucket.mean)))
        .filter(|(_, loss)| *loss > 0.0)
        .collect();
    held_out.retain(|(_, mse)| *mse > 0.0);
    let logs = training
        .iter()
        .chain(&held_out)
        .map(|(_, loss)| loss.log10());
    let (low, high) = logs.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if !low.is_finite() {
        return String::new();
    }
    let high = high.max(low + 1e-6);
    let x = |step: u64| {
        let share = step.saturating_sub(first) as f64 / (last - first).max(1) as f64;
        LABEL_MARGIN + share.min(1.0) * (WIDTH - LABEL_MARGIN)
    };
    let y = |loss: f64| 10.0 + (high - loss.log10()) / (high - low) * (HEIGHT - 40.0);
    let points = |points: &[(u64, f64)]| -> String {
        points
            .iter()
            .map(|&(step, loss)| format!("{:.1},{:.1} ", x(step), y(loss)))
            .collect()
    };
    let mut svg = format!(
        "<h2>Loss</h2>\n<p>Mean squared error, black to white being 1, on a logarithmic scale: \
         <span style=\"color:#1f77b4\">training, step by step</span>, \
         <span style=\"color:#d62728\">held-out, at each epoch's end</span>.</p>\n\
         <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">"
    );
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let loss = 10f64.powf(low + share * (high - low));
        let at = y(loss);
        let _ = write!(
            svg,
            "<line x1=\"{LABEL_MARGIN}\" x2=\"{WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>\
             <text x=\"0\" y=\"{:.1}\">{}</text>",
            at + 4.0,
            number_format::error(loss)
        );
    }
    for (step, anchor) in [(first, "start"), (last, "end")] {
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">step {step}</text>",
            x(step),
            HEIGHT - 8.0
        );
    }
    for (line, colour) in [(&training, "#1f77b4"), (&held_out, "#d62728")] {
        let _ = write!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" points=\"{}\"/>",
            points(line)
        );
    }
    svg + "</svg>\n"
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

/// The same faces at some epochs' ends, from the first to the last.
fn face_sheets(run: &RunDir, left_out: &mut Omissions) -> Result<String> {
    let kept = preview::archived_steps(run);
    let mut text = String::new();
    let shown = kept.len().min(MAX_SHEETS);
    for index in 0..shown {
        let step = kept[index * (kept.len() - 1) / (shown - 1).max(1)];
        let Ok(preview) = preview::read_archived(run, step) else {
            left_out.pictures += 1;
            continue;
        };
        if text.is_empty() {
            let held_out = if preview.held_out {
                "which it never trains on"
            } else {
                "which it trains on"
            };
            let noisy = if preview.noisy.is_empty() {
                ""
            } else {
                ", as the model gets them"
            };
            let _ = writeln!(
                text,
                "<h2>Faces</h2>\n<p>The same pictures, {held_out}, throughout. From above: as they \
                 are{noisy}, as the model rebuilds them.</p>"
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

/// Text that HTML shows as it is.
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

    #[test]
    fn a_run_without_a_step_has_no_chart() {
        let mut left_out = Omissions::default();
        assert_eq!(loss_chart(&[], &mut left_out), "");
        let step = |step, loss| Line::Step { step, loss };
        for lines in [
            [step(1, 0.1), step(2, 0.0), step(3, 0.01)],
            [step(0, 3e38), step(u64::MAX, 1e-320), step(u64::MAX, 1e-30)],
            [step(1, f64::NAN), step(2, 1e308), step(3, 0.01)],
        ] {
            let svg = loss_chart(&lines, &mut left_out);
            assert_eq!(svg.matches("<polyline").count(), 2);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
        assert_eq!(left_out.figures, 2);
    }
}

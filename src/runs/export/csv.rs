//! Metrics as comma-separated values.

use super::omissions::{Exported, Omissions};
use super::surviving_lines::SurvivingLines;
use crate::error::Result;
use crate::runs::metrics_log::{Line, MetricRow};
use crate::runs::run_dir::RunDir;

/// The columns of [`csv()`]. Errors are mean squared errors, black to white being
/// 1; the learning rate is given where it changed.
pub const COLUMNS: [&str; 11] = [
    "step",
    "epoch",
    "loss",
    "held_out_mse",
    "held_out_psnr_db",
    "held_out_ssim",
    "learning_rate",
    "images_per_s",
    "event",
    "detail",
    "time",
];

/// The run's metrics as comma-separated values (RFC 4180), a row for each step,
/// evaluation and event. Steps that a resume or a rollback took back are left
/// out. A value that is not finite is an empty cell.
///
/// # Errors
/// When the metrics cannot be read.
pub fn csv(run: &RunDir) -> Result<Exported<String>> {
    let mut text = COLUMNS.join(",") + "\n";
    let surviving = SurvivingLines::read(run)?;
    let mut omissions = Omissions {
        lines: surviving.unreadable,
        ..Omissions::default()
    };
    for line in surviving.lines {
        let row = match line {
            Line::Step { step, loss } => MetricRow {
                step,
                loss: Some(loss),
                ..MetricRow::default()
            },
            Line::Row(row) => *row,
        };
        let held_out = row.held_out.as_ref();
        let mut cell = |value: Option<f64>| number_cell(value, &mut omissions);
        let cells = [
            row.step.to_string(),
            row.epoch.map(|epoch| epoch.to_string()).unwrap_or_default(),
            cell(row.loss),
            cell(held_out.map(|scores| scores.mse)),
            cell(held_out.map(|scores| scores.psnr_db)),
            cell(held_out.map(|scores| scores.ssim)),
            cell(row.lr),
            cell(row.images_per_s),
            csv_field(row.event.unwrap_or_default()),
            csv_field(row.detail.unwrap_or_default()),
            csv_field(row.time.unwrap_or_default()),
        ];
        text += &cells.join(",");
        text.push('\n');
    }
    Ok(Exported {
        content: text,
        omissions,
    })
}

/// A number in the fewest digits that read back as the same number; empty, and
/// counted, if it is not finite.
fn number_cell(value: Option<f64>, omissions: &mut Omissions) -> String {
    match value {
        None => String::new(),
        Some(value) if !value.is_finite() => {
            omissions.values += 1;
            String::new()
        }
        Some(value) if value == 0.0 || (1e-5..1e16).contains(&value.abs()) => value.to_string(),
        Some(value) => format!("{value:e}"),
    }
}

fn csv_field(text: String) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_reads_back_as_the_same_number() {
        let mut omissions = Omissions::default();
        for (value, text) in [
            (0.0913, "0.0913"),
            (1e308, "1e308"),
            (-1e308, "-1e308"),
            (1e-320, "1e-320"),
            (0.0, "0"),
            (f64::INFINITY, ""),
            (f64::NAN, ""),
        ] {
            assert_eq!(number_cell(Some(value), &mut omissions), text);
        }
        assert_eq!(number_cell(None, &mut omissions), "");
        assert_eq!(omissions.values, 2);
        assert_eq!(Omissions::default().describe(), None);
        assert_eq!(csv_field("a, \"b\"".to_string()), "\"a, \"\"b\"\"\"");
    }
}

//! A run for other programs: its metrics as a table or as `TensorBoard`'s events,
//! its weights as one file, all of it as a page to read.

mod contact_sheet;
mod report;
mod tensorboard;

pub use report::html;
pub use tensorboard::events;

use std::path::Path;

use candle_core::Device;

use super::RunDir;
use super::metrics_log::{Line, MetricRow, parse_line};
use crate::error::{Error, Result};
use crate::models::model_file;
use crate::number_format;
use crate::paths::make_folders;

/// The columns of [`csv()`]: errors are mean squared errors on a scale where
/// black to white is 1, the learning rate stands where it changed.
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
/// evaluation and event; steps that a resume or a rollback took back are left out.
/// A figure that is not finite is an empty cell.
///
/// # Errors
/// When the metrics cannot be read.
pub fn csv(run: &RunDir) -> Result<Exported<String>> {
    let mut text = COLUMNS.join(",") + "\n";
    let mut left_out = Omissions::default();
    let standing = read_surviving_lines(run)?;
    left_out.lines = standing.unreadable;
    for line in standing.lines {
        let row = match line {
            Line::Step { step, loss } => MetricRow {
                step,
                loss: Some(loss),
                ..MetricRow::default()
            },
            Line::Row(row) => *row,
        };
        let held_out = row.held_out.as_ref();
        let mut cell = |value: Option<f64>| left_out.cell(value);
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
        omissions: left_out,
    })
}

/// What was written for another program, and what was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported<T> {
    /// The file's content.
    pub content: T,
    /// What there was no place for in it.
    pub omissions: Omissions,
}

/// What an export leaves out of a run's metrics and pictures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Omissions {
    /// Lines that cannot be read.
    pub lines: u64,
    /// Figures that are not finite, or beyond what the format has.
    pub figures: u64,
    /// Rows of steps beyond what the format has, or out of their order.
    pub rows: u64,
    /// Pictures that cannot be read.
    pub pictures: u64,
}

impl Omissions {
    /// `3 lines that cannot be read, 1 figure that is not finite`; none where all
    /// was written.
    pub fn describe(&self) -> Option<String> {
        let counts = [
            (self.lines, "line(s) that cannot be read"),
            (self.figures, "figure(s) that are not finite or too large"),
            (self.rows, "row(s) of a step too large or out of order"),
            (self.pictures, "picture(s) that cannot be read"),
        ];
        let told: Vec<String> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", number_format::count(count)))
            .collect();
        (!told.is_empty()).then(|| told.join(", "))
    }

    /// A figure in as few digits as tell it; nothing for one that is not finite.
    fn cell(&mut self, value: Option<f64>) -> String {
        match value {
            None => String::new(),
            Some(value) if value.is_finite() => shortest(value),
            Some(_) => {
                self.figures += 1;
                String::new()
            }
        }
    }
}

/// `0.0913`, `1e308`: what reads back as the same number.
fn shortest(value: f64) -> String {
    if value == 0.0 || (1e-5..1e16).contains(&value.abs()) {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

/// The best checkpoint's model as a folder of `model.safetensors`, in half
/// precision, and `model.json`. Files that are there are not replaced.
///
/// # Errors
/// When nothing was saved yet, or one of the files is there already.
pub fn model(run: &RunDir, folder: &Path) -> Result<()> {
    let saved = model_file::load(&run.model_path()?, &Device::Cpu)?;
    make_folders(folder)?;
    for file in [model_file::WEIGHTS_FILE, model_file::METADATA_FILE] {
        let path = folder.join(file);
        if path.exists() {
            return Err(Error::invalid(
                path.display(),
                "is there already; name another folder",
            ));
        }
    }
    model_file::save_half_precision(folder, saved.model.as_ref(), &saved.metadata)
}

/// The model's weights in safetensors, as the best checkpoint has them, or the
/// latest where nothing was held out. Their names and shapes: docs/models.md.
///
/// # Errors
/// When there is no checkpoint yet, or it cannot be read.
pub fn safetensors(run: &RunDir) -> Result<Vec<u8>> {
    let file = run.model_path()?.join("model.safetensors");
    std::fs::read(&file).map_err(Error::io(&file, "read"))
}

/// The lines of a run's metrics that count.
#[derive(Default)]
struct SurvivingLines {
    lines: Vec<Line>,
    /// How many there are that cannot be read.
    unreadable: u64,
}

/// A run that has no metrics yet has no lines.
fn read_surviving_lines(run: &RunDir) -> Result<SurvivingLines> {
    let file = run.metrics_path();
    match std::fs::read(&file) {
        Ok(bytes) => Ok(parse_surviving_lines(&bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(SurvivingLines::default()),
        Err(error) => Err(Error::io(&file, "read")(error)),
    }
}

fn parse_surviving_lines(bytes: &[u8]) -> SurvivingLines {
    let mut standing = SurvivingLines::default();
    // The last has no newline: it is still being written.
    let whole = bytes.iter().rposition(|&byte| byte == b'\n').unwrap_or(0);
    for line in bytes[..whole].split(|&byte| byte == b'\n') {
        let Some(read) = parse_line(line) else {
            standing.unreadable += u64::from(!line.iter().all(u8::is_ascii_whitespace));
            continue;
        };
        if let Line::Row(row) = &read
            && let Some(back_to) = row.resumed_at
        {
            standing.lines.retain(|line| line.step() <= back_to);
        }
        standing.lines.push(read);
    }
    standing
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
        let mut left_out = Omissions::default();
        let told = [
            (0.0913, "0.0913"),
            (1e308, "1e308"),
            (-1e308, "-1e308"),
            (1e-320, "1e-320"),
            (0.0, "0"),
            (f64::INFINITY, ""),
            (f64::NAN, ""),
        ];
        for (value, text) in told {
            assert_eq!(left_out.cell(Some(value)), text);
        }
        assert_eq!((left_out.cell(None), left_out.figures), (String::new(), 2));
        assert_eq!(Omissions::default().describe(), None);
    }

    #[test]
    fn steps_that_were_taken_back_do_not_count() {
        let log = b"{\"step\":0,\"event\":\"started\",\"resumed_at\":0}\n\
            {\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":0.4}\n{\"step\":3,\"loss\":9}\n\
            {\"step\":3,\"event\":\"trouble\",\"detail\":\"a, \\\"b\\\"\"}\n\
            {\"step\":1,\"event\":\"rolled-back\",\"resumed_at\":1}\n\
            {\"step\":2,\"loss\":0.3}\n{\"step\":3,\"lo";
        let SurvivingLines {
            lines,
            unreadable: unread,
        } = parse_surviving_lines(log);
        assert_eq!(unread, 0);
        let steps: Vec<u64> = lines.iter().map(Line::step).collect();
        assert_eq!(steps, [0, 1, 1, 2]);
        assert_eq!(lines[3], Line::Step { step: 2, loss: 0.3 });
        assert_eq!(
            parse_surviving_lines(b"\n{}\n \nno\n{\"step\":-1}\nhalf").unreadable,
            2
        );
        assert_eq!(csv_field("a, \"b\"".to_string()), "\"a, \"\"b\"\"\"");
    }
}

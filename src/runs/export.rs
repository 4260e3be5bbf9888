//! A run for other programs: its metrics as a table or as TensorBoard's events,
//! its weights as one file, all of it as a page to read.

mod report;
mod strip;
mod tensorboard;

pub use report::html;
pub use tensorboard::events;

use std::path::Path;

use candle_core::Device;

use super::RunDir;
use super::metrics_log::{Line, MetricRow, parse};
use crate::error::{Error, Result};
use crate::models::saved;
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
///
/// # Errors
/// When the metrics cannot be read.
pub fn csv(run: &RunDir) -> Result<String> {
    let mut text = COLUMNS.join(",") + "\n";
    for line in standing(run)? {
        let row = match line {
            Line::Step { step, loss } => MetricRow {
                step,
                loss: Some(loss),
                ..MetricRow::default()
            },
            Line::Row(row) => *row,
        };
        let held_out = row.held_out.as_ref();
        let cells = [
            row.step.to_string(),
            cell(row.epoch),
            cell(row.loss),
            cell(held_out.map(|scores| scores.mse)),
            cell(held_out.map(|scores| scores.psnr_db)),
            cell(held_out.map(|scores| scores.ssim)),
            cell(row.lr),
            cell(row.images_per_s),
            quoted(row.event.unwrap_or_default()),
            quoted(row.detail.unwrap_or_default()),
            quoted(row.time.unwrap_or_default()),
        ];
        text += &cells.join(",");
        text.push('\n');
    }
    Ok(text)
}

/// The best checkpoint's model as a folder of `model.safetensors`, in half
/// precision, and `model.json`. Files that are there are not replaced.
///
/// # Errors
/// When nothing was saved yet, or one of the files is there already.
pub fn model(run: &RunDir, folder: &Path) -> Result<()> {
    let saved = saved::load(&run.model()?, &Device::Cpu)?;
    make_folders(folder)?;
    for file in [saved::WEIGHTS_FILE, saved::DESCRIPTION_FILE] {
        let path = folder.join(file);
        if path.exists() {
            return Err(Error::invalid(
                path.display(),
                "is there already; name another folder",
            ));
        }
    }
    saved::save_small(folder, saved.model.as_ref(), &saved.description)
}

/// The model's weights in safetensors, as the best checkpoint has them, or the
/// latest where nothing was held out. Their names and shapes: docs/models.md.
///
/// # Errors
/// When there is no checkpoint yet, or it cannot be read.
pub fn safetensors(run: &RunDir) -> Result<Vec<u8>> {
    let file = run.model()?.join("model.safetensors");
    std::fs::read(&file).map_err(Error::io(&file, "read"))
}

/// The lines of the run's metrics that count.
fn standing(run: &RunDir) -> Result<Vec<Line>> {
    let file = run.metrics_file();
    let bytes = std::fs::read(&file).map_err(Error::io(&file, "read"))?;
    Ok(standing_of(&bytes))
}

fn standing_of(bytes: &[u8]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for line in bytes.split(|&byte| byte == b'\n').filter_map(parse) {
        if let Line::Row(row) = &line
            && let Some(back_to) = row.resumed_at
        {
            let kept = lines.partition_point(|line| line.step() <= back_to);
            lines.truncate(kept);
        }
        lines.push(line);
    }
    lines
}

fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn quoted(text: String) -> String {
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
    fn steps_that_were_taken_back_do_not_count() {
        let log = b"{\"step\":0,\"event\":\"started\",\"resumed_at\":0}\n\
            {\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":0.4}\n{\"step\":3,\"loss\":9}\n\
            {\"step\":3,\"event\":\"trouble\",\"detail\":\"a, \\\"b\\\"\"}\n\
            {\"step\":1,\"event\":\"rolled-back\",\"resumed_at\":1}\n\
            {\"step\":2,\"loss\":0.3}\n{\"step\":3,\"lo";
        let lines = standing_of(log);
        let steps: Vec<u64> = lines.iter().map(Line::step).collect();
        assert_eq!(steps, [0, 1, 1, 2]);
        assert_eq!(lines[3], Line::Step { step: 2, loss: 0.3 });
        assert_eq!(quoted("a, \"b\"".to_string()), "\"a, \"\"b\"\"\"");
    }
}

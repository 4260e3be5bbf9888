//! `metrics.jsonl`: steps, evaluations and events, one JSON object per line. Each
//! line is appended with one write. Only complete lines count.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};

use serde::{Deserialize, Serialize};

use super::run_dir::RunDir;
use super::telemetry::GpuSample;
use super::timestamp::utc_now;
use crate::error::{Error, Result};
use crate::number_format::json_numbers;
use crate::paths::symlinks;
use crate::training::Scores;

/// One line of `metrics.jsonl`. A training step is `{"step":7,"loss":0.0123}`,
/// with `lr` when it changed and `images_per_s` about once a second. An
/// evaluation has `held_out`, and everything else has an `event`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MetricRow {
    /// Steps done.
    #[serde(deserialize_with = "json_numbers::count")]
    pub step: u64,
    /// Mean squared error of the step's pictures, black to white being 1. May
    /// be infinite or NaN in files of other programs.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "json_numbers::shortest",
        deserialize_with = "json_numbers::number_if_present"
    )]
    pub loss: Option<f64>,
    /// The learning rate, from this step on.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "json_numbers::number_if_present"
    )]
    pub lr: Option<f64>,
    /// Training pictures per second since the last row with this field.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "json_numbers::number_if_present"
    )]
    pub images_per_s: Option<f64>,
    /// The GPU at that moment, for a run on one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu: Option<GpuSample>,
    /// The epoch that ended with this step, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
    /// Held-out scores after this step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<Scores>,
    /// The event: `started`, `resumed`, `rolled-back`, `paused`,
    /// `continued`, `stopped`, `finished`, `failed`, `learning-rate`, `noise`,
    /// `trouble`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The event's value: the new learning rate, a description of the anomaly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The run continued from the checkpoint of this step: earlier rows of later
    /// steps do not count any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumed_at: Option<u64>,
    /// The time of an event, UTC; for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

impl MetricRow {
    /// A row for an event that happens now.
    pub(crate) fn event(step: u64, event: &str, detail: Option<String>) -> Self {
        Self {
            step,
            event: Some(event.to_string()),
            detail,
            time: Some(utc_now()),
            ..Self::default()
        }
    }
}

/// The file, open for appending.
#[derive(Debug)]
pub struct MetricsLog {
    file: File,
    path: std::path::PathBuf,
    length: u64,
    line: Vec<u8>,
}

impl MetricsLog {
    /// Opens the run's metrics. An incomplete last line of a killed worker is
    /// ended, so that the next row starts a new one.
    pub fn open(run: &RunDir) -> Result<Self> {
        let path = run.metrics_path();
        let mut options = OpenOptions::new();
        let mut file = symlinks::open_nofollow(options.create(true).append(true).read(true), &path)
            .map_err(Error::io(&path, "open"))?;
        let mut length = file
            .seek(SeekFrom::End(0))
            .map_err(Error::io(&path, "read"))?;
        if length > 0 {
            let mut last = [0];
            file.seek(SeekFrom::Start(length - 1))
                .and_then(|_| file.read_exact(&mut last))
                .map_err(Error::io(&path, "read"))?;
            if last != *b"\n" {
                file.write_all(b"\n")
                    .map_err(Error::io(&path, "append to"))?;
                length += 1;
            }
        }
        Ok(Self {
            file,
            path,
            length,
            line: Vec::with_capacity(256),
        })
    }

    /// Appends a row with one write. If the write fails, a part that was written
    /// is removed again.
    pub fn append(&mut self, row: &MetricRow) -> Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, row)
            .map_err(|error| Error::invalid("metrics row", error))?;
        self.line.push(b'\n');
        match self.file.write_all(&self.line) {
            Ok(()) => {
                self.length += self.line.len() as u64;
                Ok(())
            }
            Err(error) => {
                let _ = self.file.set_len(self.length);
                Err(Error::io(&self.path, "append to")(error))
            }
        }
    }

    /// Waits until all rows are on the disk. Called before each checkpoint.
    pub(crate) fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(Error::io(&self.path, "sync"))
    }
}

/// A parsed line. Plain steps, by far the most frequent, need no JSON parser.
#[derive(Debug, PartialEq)]
pub(crate) enum Line {
    /// `{"step":7,"loss":0.0123}` and nothing else.
    Step {
        /// Steps done.
        step: u64,
        /// Its loss.
        loss: f64,
    },
    /// Any other row.
    Row(Box<MetricRow>),
}

impl Line {
    /// Steps done.
    pub(crate) fn step(&self) -> u64 {
        match self {
            Self::Step { step, .. } => *step,
            Self::Row(row) => row.step,
        }
    }
}

/// Longer lines are ignored.
pub(crate) const MAX_LINE_BYTES: usize = 1 << 20;

/// Parses a line without its newline; `None` if it is incomplete, has a value of
/// a wrong type, or comes from a newer version.
pub(crate) fn parse_line(line: &[u8]) -> Option<Line> {
    if let Some((step, loss)) = parse_step(line) {
        return Some(Line::Step { step, loss });
    }
    // serde would also accept an array with the fields in order.
    let begin = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    if line.len() > MAX_LINE_BYTES || !begin.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    let row = json_numbers::from_json(line).ok()?;
    Some(Line::Row(Box::new(row)))
}

fn parse_step(line: &[u8]) -> Option<(u64, f64)> {
    let rest = line.strip_prefix(b"{\"step\":")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || digits > 18 {
        return None;
    }
    let step = rest[..digits]
        .iter()
        .fold(0, |value, byte| value * 10 + u64::from(byte - b'0'));
    let number = rest[digits..]
        .strip_prefix(b",\"loss\":")?
        .strip_suffix(b"}")?;
    let loss = std::str::from_utf8(number).ok()?.parse().ok()?;
    Some((step, loss))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_and_the_json_way_agree() {
        for (step, loss) in [(0, 0.5), (7, 1.25e-9), (123_456_789, 3.0), (1, 1e30)] {
            let row = MetricRow {
                step,
                loss: Some(loss),
                ..MetricRow::default()
            };
            let line = serde_json::to_vec(&row).unwrap();
            assert_eq!(parse_line(&line), Some(Line::Step { step, loss }));
            assert_eq!(serde_json::from_slice::<MetricRow>(&line).unwrap(), row);
        }
    }

    #[test]
    fn what_others_write_is_a_row_or_none_but_never_a_wrong_one() {
        let loss = |text: &str| match parse_line(text.as_bytes()) {
            Some(Line::Step { loss, .. }) => Some(loss),
            Some(Line::Row(row)) => row.loss,
            None => None,
        };
        assert_eq!(loss(r#"{"step":3,"loss":1e308}"#), Some(1e308));
        assert_eq!(loss(r#"{"step":3,"loss":1e999}"#), Some(f64::INFINITY));
        for text in [r#"{"step": 3, "loss": NaN}"#, r#"{"step":3,"loss":null}"#] {
            assert!(loss(text).unwrap().is_nan(), "{text}");
        }
        for text in [
            r#"{"step":-3,"loss":0.1}"#,
            r#"{"step":18446744073709551616,"loss":0.1}"#,
            r#"{"step":"3","loss":0.1}"#,
            r#"{"step":3,"loss":"low"}"#,
            r#"{"step":3,"epoch":4294967296,"loss":0.1}"#,
            "[]",
            "7",
            "",
        ] {
            assert_eq!(parse_line(text.as_bytes()), None, "{text}");
        }
        let long = format!(
            r#"{{"step":3,"loss":0.1,"detail":"{}"}}"#,
            "x".repeat(MAX_LINE_BYTES)
        );
        assert_eq!(parse_line(long.as_bytes()), None);
    }

    #[test]
    fn a_loss_of_single_precision_is_written_in_its_own_digits() {
        let row = MetricRow {
            step: 1,
            loss: Some(f64::from(0.0913f32)),
            ..MetricRow::default()
        };
        let line = serde_json::to_string(&row).unwrap();
        assert_eq!(line, r#"{"step":1,"loss":0.0913}"#);
    }

    #[test]
    fn every_cut_of_a_row_is_no_row() {
        let row = MetricRow {
            lr: Some(0.002),
            images_per_s: Some(812.5),
            loss: Some(0.25),
            step: 17,
            ..MetricRow::default()
        };
        let line = serde_json::to_vec(&row).unwrap();
        for end in 0..line.len() {
            assert_eq!(parse_line(&line[..end]), None, "{end}");
        }
        assert_eq!(parse_line(&line), Some(Line::Row(Box::new(row))));
        assert_eq!(
            parse_line(b"{\"step\":12,\"loss\":0.0{\"step\":12,\"loss\":0.04}"),
            None
        );
    }
}

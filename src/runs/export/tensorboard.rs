//! `TensorBoard`'s event files: records with a length, two checksums and a
//! protocol buffer, `tensorflow.Event`.

use super::contact_sheet;
use super::omissions::{Exported, Omissions};
use super::surviving_lines::SurvivingLines;
use crate::error::Result;
use crate::runs::metrics_log::{Line, MetricRow};
use crate::runs::preview;
use crate::runs::run_dir::RunDir;

/// `TensorBoard`'s steps are signed.
const MAX_STEP: u64 = i64::MAX as u64;

/// The run's metrics and the previews of its epochs as one event file.
/// Tags: `loss/training`, `loss/held_out` (mean squared errors, black to white
/// being 1), `psnr_db/held_out`, `ssim/held_out`, `learning_rate`,
/// `images_per_s`, `faces`. Left out are steps that were taken back, and what the
/// format cannot hold: its values have single precision, its steps are below
/// 2⁶³. Times between events are interpolated.
///
/// # Errors
/// When the run's files cannot be read.
pub fn events(run: &RunDir) -> Result<Exported<Vec<u8>>> {
    let SurvivingLines { lines, unreadable } = SurvivingLines::read(run)?;
    let mut omissions = Omissions {
        lines: unreadable,
        ..Omissions::default()
    };
    let times = StepTimes::new(&lines);
    let mut file = Vec::new();
    let first = EncodedEvent::new(times.at(0), 0).version("brain.Event:2");
    write_record(&mut file, &first.0);
    for line in &lines {
        let mut values = match line {
            Line::Step { loss, .. } => vec![("loss/training", *loss)],
            Line::Row(row) => scalars(row),
        };
        let count = values.len();
        values.retain(|(_, value)| (*value as f32).is_finite());
        omissions.values += (count - values.len()) as u64;
        if line.step() > MAX_STEP {
            omissions.rows += 1;
        } else if !values.is_empty() {
            let event = EncodedEvent::new(times.at(line.step()), line.step()).scalars(&values);
            write_record(&mut file, &event.0);
        }
    }
    for step in preview::archived_steps(run) {
        let Ok(preview) = preview::read_archived(run, step) else {
            omissions.pictures += 1;
            continue;
        };
        let (png, width, height) = contact_sheet::png(&preview)?;
        let event = EncodedEvent::new(times.at(step), step).image("faces", &png, width, height);
        write_record(&mut file, &event.0);
    }
    Ok(Exported {
        content: file,
        omissions,
    })
}

fn scalars(row: &MetricRow) -> Vec<(&'static str, f64)> {
    let held_out = row.held_out.as_ref();
    [
        ("loss/training", row.loss),
        ("loss/held_out", held_out.map(|scores| scores.mse)),
        ("psnr_db/held_out", held_out.map(|scores| scores.psnr_db)),
        ("ssim/held_out", held_out.map(|scores| scores.ssim)),
        ("learning_rate", row.lr),
        ("images_per_s", row.images_per_s),
    ]
    .into_iter()
    .filter_map(|(tag, value)| Some((tag, value?)))
    .collect()
}

/// The time of each step in seconds since 1970, from the events with a time.
struct StepTimes(Vec<(u64, f64)>);

impl StepTimes {
    fn new(lines: &[Line]) -> Self {
        let known = |line: &Line| match line {
            Line::Row(row) => {
                let time: jiff::Timestamp = row.time.as_ref()?.parse().ok()?;
                Some((row.step, time.as_second() as f64))
            }
            Line::Step { .. } => None,
        };
        let mut times: Vec<_> = lines.iter().filter_map(known).collect();
        times.sort_by_key(|(step, _)| *step);
        Self(times)
    }

    fn at(&self, step: u64) -> f64 {
        let after = self.0.partition_point(|(known, _)| *known <= step);
        let before = after.checked_sub(1).and_then(|before| self.0.get(before));
        match (before, self.0.get(after)) {
            (Some((from, began)), Some((to, ended))) => {
                let share = (step - from) as f64 / (to - from) as f64;
                began + share * (ended - began)
            }
            (Some((_, time)), None) | (None, Some((_, time))) => *time,
            (None, None) => 0.0,
        }
    }
}

/// A `tensorflow.Event`, encoded.
struct EncodedEvent(Vec<u8>);

impl EncodedEvent {
    fn new(time: f64, step: u64) -> Self {
        let mut bytes = Vec::new();
        write_key(&mut bytes, 1, WireType::Fixed64); // wall_time
        bytes.extend(time.to_le_bytes());
        write_key(&mut bytes, 2, WireType::Varint); // step
        write_varint(&mut bytes, step);
        Self(bytes)
    }

    fn version(mut self, version: &str) -> Self {
        write_field(&mut self.0, 3, version.as_bytes());
        self
    }

    fn scalars(mut self, values: &[(&str, f64)]) -> Self {
        let mut summary = Vec::new();
        for (tag, number) in values {
            let mut value = summary_value(tag);
            write_key(&mut value, 2, WireType::Fixed32); // simple_value
            value.extend((*number as f32).to_le_bytes());
            write_field(&mut summary, 1, &value);
        }
        write_field(&mut self.0, 5, &summary);
        self
    }

    fn image(mut self, tag: &str, png: &[u8], width: u32, height: u32) -> Self {
        let mut picture = Vec::new();
        // height, width, and a colour space of 3: RGB
        for (number, value) in [(1, height), (2, width), (3, 3)] {
            write_key(&mut picture, number, WireType::Varint);
            write_varint(&mut picture, value.into());
        }
        write_field(&mut picture, 4, png);
        let mut value = summary_value(tag);
        write_field(&mut value, 4, &picture);
        let mut summary = Vec::new();
        write_field(&mut summary, 1, &value);
        write_field(&mut self.0, 5, &summary);
        self
    }
}

/// How a protocol buffer encodes a field.
enum WireType {
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

fn write_key(out: &mut Vec<u8>, number: u64, wire: WireType) {
    write_varint(out, number << 3 | wire as u64);
}

fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn write_field(out: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    write_key(out, number, WireType::Bytes);
    write_varint(out, bytes.len() as u64);
    out.extend(bytes);
}

/// The start of a `Summary.Value`: its tag.
fn summary_value(tag: &str) -> Vec<u8> {
    let mut value = Vec::new();
    write_field(&mut value, 1, tag.as_bytes());
    value
}

fn write_record(file: &mut Vec<u8>, data: &[u8]) {
    let length = (data.len() as u64).to_le_bytes();
    file.extend(length);
    file.extend(masked_checksum(&length).to_le_bytes());
    file.extend(data);
    file.extend(masked_checksum(data).to_le_bytes());
}

/// TensorFlow's masking keeps a checksum of checksums from going wrong
/// (`masked_crc32c` in its `tsl/lib/hash/crc32c.h`).
fn masked_checksum(data: &[u8]) -> u32 {
    crc32c::crc32c(data)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_and_checksums_by_hand() {
        let mut bytes = Vec::new();
        write_varint(&mut bytes, 300);
        assert_eq!(bytes, [0xac, 0x02]);
        // crc32c("123456789") is the polynomial's check value.
        let masked = 0xe306_9283u32.rotate_right(15).wrapping_add(0xa282_ead8);
        assert_eq!(masked_checksum(b"123456789"), masked);
    }

    #[test]
    fn steps_between_events_get_times_between_theirs() {
        let times = StepTimes(vec![(0, 100.0), (10, 200.0)]);
        assert_eq!(
            [0, 5, 10, 99].map(|step| times.at(step)),
            [100.0, 150.0, 200.0, 200.0]
        );
        assert_eq!(StepTimes(Vec::new()).at(5), 0.0);
    }
}

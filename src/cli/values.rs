//! Parsers of option values, so that a value out of range is a usage error, before
//! any work.

use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::dataset::face_spec::SIZES;
use crate::device;
use crate::latent::MOST_AXES;

/// A whole number in a range.
fn integer_in<T: FromStr + PartialOrd + std::fmt::Display>(
    text: &str,
    range: RangeInclusive<T>,
) -> Result<T, String> {
    text.parse()
        .ok()
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            format!(
                "write a whole number from {} to {}",
                range.start(),
                range.end()
            )
        })
}

/// A number that `fits`, or advice on how to write one. NaN never fits.
fn number(text: &str, fits: impl Fn(f64) -> bool, advice: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|&number| fits(number))
        .ok_or_else(|| advice.to_string())
}

/// Latent dimensions: at most as many as the largest picture has values.
pub(super) fn code_size(text: &str) -> Result<u32, String> {
    integer_in(text, 1..=SIZES[SIZES.len() - 1].pow(2) * 3)
}

pub(super) fn epochs(text: &str) -> Result<u32, String> {
    integer_in(text, 1..=u32::MAX)
}

pub(super) fn batch_size(text: &str) -> Result<u32, String> {
    integer_in(text, 1..=65_536)
}

/// A seed that a run's file can hold: TOML's integers are signed.
pub(super) fn seed(text: &str) -> Result<u64, String> {
    integer_in(text, 0..=i64::MAX as u64)
}

/// Channels: a multiple of 8.
pub(super) fn width(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|width: &u32| width.is_multiple_of(8) && *width <= 1024)
        .ok_or_else(|| {
            "write a multiple of 8 up to 1024, or 0 for the network's default".to_string()
        })
}

pub(super) fn learning_rate(text: &str) -> Result<f64, String> {
    let fits = |rate: f64| rate > 0.0 && rate.is_finite();
    number(text, fits, "write a number above 0, such as 0.002")
}

pub(super) fn gradient_norm(text: &str) -> Result<f64, String> {
    let fits = |norm: f64| norm >= 0.0 && norm.is_finite();
    number(text, fits, "write a length above 0, or 0 for none")
}

pub(super) fn decay(text: &str) -> Result<f64, String> {
    let fits = |decay: f64| (0.0..1.0).contains(&decay);
    number(
        text,
        fits,
        "write a decay from 0 to below 1, such as 0.999; 0 is none",
    )
}

/// Seconds per measurement of `bench`.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    let fits = |seconds: f64| seconds > 0.0 && seconds <= 3600.0;
    number(text, fits, "write a number above 0, 3600 at most")
}

/// Seconds after the beginning of a recording.
pub(super) fn moment(text: &str) -> Result<f64, String> {
    number(text, |seconds| seconds >= 0.0, "write a number, 0 or above")
}

/// A path or name of a data set: anything but an empty text.
pub(super) fn data_set(text: &str) -> Result<String, String> {
    match text {
        "" => Err("write a path, the name of an imported data set, or sample".to_string()),
        named => Ok(named.to_string()),
    }
}

/// A mirror's address.
pub(super) fn url(text: &str) -> Result<String, String> {
    let host = ["http://", "https://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    match host {
        Some(host) if !host.is_empty() => Ok(text.to_string()),
        _ => Err("write an address such as https://example.org/lfw".to_string()),
    }
}

/// A name that a run can have.
pub(super) fn run_name(text: &str) -> Result<String, String> {
    crate::runs::check_name(text).map(|()| text.trim().to_string())
}

/// A device's name, checked and kept as written.
pub(super) fn device_name(text: &str) -> Result<String, String> {
    match device::parse(text) {
        Ok(_) => Ok(text.to_string()),
        Err(_) => Err(device::SYNTAX.to_string()),
    }
}

/// A share to hold out: from 0 to below 1.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let fits = |share: f64| (0.0..1.0).contains(&share);
    number(text, fits, "write a number from 0 to below 1, such as 0.1")
}

/// A picture size that the models support.
pub(super) fn picture_size(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|size| SIZES.contains(size))
        .ok_or_else(|| {
            let sizes: Vec<_> = SIZES.iter().map(u32::to_string).collect();
            format!("write one of {}", sizes.join(", "))
        })
}

/// A number of neighbours: at least one.
pub(super) fn neighbours(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|count| *count >= 1)
        .ok_or_else(|| "write a whole number from 1".to_string())
}

/// The number of pictures of a morph: both ends, and few enough for one PNG.
pub(super) fn frames(text: &str) -> Result<usize, String> {
    integer_in(text, 2..=100)
}

pub(super) fn sample_count(text: &str) -> Result<usize, String> {
    integer_in(text, 1..=256)
}

/// A principal axis, from 1.
pub(super) fn axis_number(text: &str) -> Result<usize, String> {
    integer_in(text, 1..=MOST_AXES)
}

/// Standard deviations to either side.
pub(super) fn reach_deviations(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|reach| (0.0..=6.0).contains(reach))
        .ok_or_else(|| "write a number from 0 to 6".to_string())
}

/// A number of draws: few enough for one row of pictures.
pub(super) fn draws(text: &str) -> Result<usize, String> {
    integer_in(text, 0..=64)
}

/// Passes from noise to a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passes {
    /// As many as the sampler takes by itself.
    Auto,
    /// About this many.
    Count(usize),
}

impl std::fmt::Display for Passes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Count(count) => count.fmt(f),
        }
    }
}

impl FromStr for Passes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        integer_in(text, 2..=1000)
            .map(Self::Count)
            .map_err(|_| "write auto, or a whole number from 2 to 1000".to_string())
    }
}

/// A number of pictures that can be judged.
pub(super) fn judged_count(text: &str) -> Result<usize, String> {
    integer_in(text, 16..=100_000)
}

pub(super) fn spread_factor(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|spread| (0.0..=3.0).contains(spread))
        .ok_or_else(|| "write a number from 0 to 3".to_string())
}

/// The size of a table of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TableSize {
    /// Codes, at least 100.
    pub rows: usize,
    /// Numbers in each, at least 1.
    pub dims: usize,
}

/// A size as `1000000x128`, of at most 2³² numbers.
pub(super) fn table_size(text: &str) -> Result<TableSize, String> {
    let parsed = text
        .split_once('x')
        .and_then(|(rows, dims)| Some((rows.parse().ok()?, dims.parse().ok()?)))
        .filter(|&(rows, dims): &(usize, usize)| {
            rows >= 100 && dims >= 1 && rows.checked_mul(dims).is_some_and(|all| all <= 1 << 32)
        });
    let (rows, dims) = parsed.ok_or(
        "write ROWSxDIMS, such as 1000000x128, with 100 rows or more and at most 2^32 numbers",
    )?;
    Ok(TableSize { rows, dims })
}

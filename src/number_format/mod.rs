//! Formats numbers for people in a limited width, and (in [`json_numbers`]) reads and writes numbers in
//! JSON that may be absent or not finite.

pub(crate) mod json_numbers;

/// The most cells an error takes, so that columns and axes keep their width.
pub(crate) const WIDTH: usize = 7;
/// Shown for an unknown number.
pub(crate) const UNKNOWN: &str = "–";
/// Shown for a number that is infinite or NaN.
pub(crate) const NOT_FINITE: &str = "not finite";

/// An error (a loss, a mean squared error) in at most [`WIDTH`] cells: `0.00461`, `12.3457`,
/// `9.12e-5`, `3.40e38`; or [`NOT_FINITE`].
pub(crate) fn error(value: f64) -> String {
    fit_width(value, 5, WIDTH)
}

/// Like [`error`], or [`UNKNOWN`].
pub(crate) fn error_or_unknown(value: Option<f64>) -> String {
    value.map_or_else(|| UNKNOWN.to_string(), error)
}

/// A signal-to-noise ratio: `27.31 dB`, or `∞ dB` for a perfect picture.
pub(crate) fn decibels(value: f64) -> String {
    if value == f64::INFINITY {
        return "∞ dB".to_string();
    }
    if value.is_finite() {
        format!("{} dB", fit_width(value, 2, WIDTH))
    } else {
        NOT_FINITE.to_string()
    }
}

/// A structural similarity: `0.6132`; [`UNKNOWN`] if it is not finite.
pub(crate) fn ssim(value: f64) -> String {
    if value.is_finite() {
        fit_width(value, 4, WIDTH)
    } else {
        UNKNOWN.to_string()
    }
}

/// A distance between codes: `1.93`, `2.4e20`.
pub fn distance(value: f32) -> String {
    fit_width(value.into(), 2, WIDTH)
}

/// A rate per second without decimals: `1,016`, `3.2e20`.
pub(crate) fn rate(value: f64) -> String {
    if value.is_finite() && (0.0..1e9).contains(&value) {
        count(value.round() as u64)
    } else {
        fit_width(value, 0, WIDTH)
    }
}

/// A count with thousands separators: `13,233`; `1.84e19` if it is huge.
pub(crate) fn count(number: u64) -> String {
    if number >= 1_000_000_000_000 {
        return fit_width(number as f64, 0, WIDTH);
    }
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in decimal units, with three digits at least where they are known: `812 bytes`,
/// `3.42 MB`, `105 MB`.
pub(crate) fn bytes(number: u64) -> String {
    let units = ["KB", "MB", "GB", "TB"];
    if number < 1_000 {
        return format!("{number} bytes");
    }
    let mut value = number as f64 / 1e3;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1e3;
        unit += 1;
    }
    let decimals = match value {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {}", units[unit])
}

/// The completed part of a whole: `62 %`, or `>100 %` if it is more than the whole. `None` if the
/// whole is 0.
pub(crate) fn percent(done: u64, whole: u64) -> Option<String> {
    match whole {
        0 => None,
        _ if done > whole => Some(">100 %".to_string()),
        _ => Some(format!("{} %", 100 * u128::from(done) / u128::from(whole))),
    }
}

/// A duration: `8 s`, `1m58s`, `2h03m`, `12d04h`. From 1,000 days on it is `>999 d`; negative ones
/// are [`UNKNOWN`].
pub(crate) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return UNKNOWN.to_string();
    }
    match seconds.ceil() as u64 {
        whole @ 0..60 => format!("{whole} s"),
        whole @ 60..3_600 => format!("{}m{:02}s", whole / 60, whole % 60),
        whole @ 3_600..360_000 => format!("{}h{:02}m", whole / 3_600, whole / 60 % 60),
        whole @ 360_000..86_400_000 => format!("{}d{:02}h", whole / 86_400, whole / 3_600 % 24),
        _ => ">999 d".to_string(),
    }
}

/// A number with up to `decimals` decimals in at most `width` cells (plus one for a minus sign).
/// Larger numbers get fewer decimals; very large and very small ones are written as `1.2e38`.
pub(crate) fn fit_width(value: f64, decimals: usize, width: usize) -> String {
    if !value.is_finite() {
        return NOT_FINITE.to_string();
    }
    // Avoid a minus sign before zeros.
    let value = if value == 0.0 { 0.0 } else { value };
    let width = width + usize::from(value < 0.0);
    let least = 10f64.powi(1 - i32::try_from(decimals).unwrap_or(i32::MAX));
    let vanishes = decimals > 2 && value != 0.0 && value.abs() < least;
    if !vanishes && value.abs() < 1e15 {
        for decimals in (0..=decimals).rev() {
            let text = format!("{value:.decimals$}");
            if text.len() <= width {
                return text;
            }
        }
    }
    let text = |digits: usize| format!("{value:.digits$e}");
    let fits = (0..=2).rev().map(text).find(|text| text.len() <= width);
    fits.unwrap_or_else(|| text(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits() {
        for (number, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.00 KB"),
            (999_999, "1.00 MB"),
            (3_424_000, "3.42 MB"),
            (108_761_145, "109 MB"),
            (4_915_200_000, "4.92 GB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(bytes(number), text);
        }
    }

    #[test]
    fn an_error_of_any_size_takes_seven_cells_at_most() {
        let told = [
            (0.0, "0.00000"),
            (-0.0, "0.00000"),
            (0.004_61, "0.00461"),
            (0.131, "0.13100"),
            (12.345_67, "12.3457"),
            (99_999.99, "100000"),
            (1_234_567.0, "1234567"),
            (12_345_678.0, "1.23e7"),
            (9.1234e-5, "9.12e-5"),
            (3.4e38, "3.40e38"),
            (1e308, "1.0e308"),
            (1e-320, "1e-320"),
            (-1e308, "-1.0e308"),
            (f64::INFINITY, "not finite"),
            (f64::NAN, "not finite"),
        ];
        for (value, text) in told {
            assert_eq!(error(value), text, "{value:e}");
        }
        for exponent in -323..=308 {
            for digits in ["1", "2.718281828", "9.99999999"] {
                let value: f64 = format!("{digits}e{exponent}").parse().unwrap_or(1.0);
                for value in [value, -value]
                    .into_iter()
                    .filter(|value| value.is_finite())
                {
                    let text = error(value);
                    let most = WIDTH + usize::from(value < 0.0);
                    assert!(text.len() <= most, "{value:e}: {text}");
                }
            }
        }
    }

    #[test]
    fn ratios_shares_and_rates_have_their_words() {
        assert_eq!(decibels(23.364), "23.36 dB");
        assert_eq!(decibels(f64::INFINITY), "∞ dB");
        assert_eq!(decibels(f64::NEG_INFINITY), "not finite");
        assert_eq!(decibels(f64::NAN), "not finite");
        assert_eq!(decibels(1e300), "1.0e300 dB");
        assert_eq!(ssim(0.613_24), "0.6132");
        assert_eq!(ssim(f64::NAN), "–");
        assert_eq!(rate(1016.4), "1,016");
        assert_eq!(rate(1e300), "1.0e300");
        assert_eq!(rate(-3.0), "-3");
        assert_eq!(count(13_233), "13,233");
        assert_eq!(count(u64::MAX), "1.84e19");
        assert_eq!(percent(1, 3).as_deref(), Some("33 %"));
        assert_eq!(percent(u64::MAX, u64::MAX).as_deref(), Some("100 %"));
        assert_eq!(percent(u64::MAX, 1).as_deref(), Some(">100 %"));
        assert_eq!(percent(7, 0), None);
    }

    #[test]
    fn a_time_never_runs_over() {
        let told = [
            (7.2, "8 s"),
            (118.0, "1m58s"),
            (7_380.0, "2h03m"),
            (360_001.0, "4d04h"),
            (1e300, ">999 d"),
            (f64::INFINITY, "–"),
            (f64::NAN, "–"),
            (-1.0, "–"),
        ];
        for (seconds, text) in told {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
    }
}

//! Settings of the screen: graphics protocol, colours, the size of a character.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The graphics protocol for pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Graphics {
    /// The best that the terminal reports.
    #[default]
    Auto,
    /// kitty's graphics protocol, with Unicode placeholders.
    Kitty,
    /// DEC sixel.
    Sixel,
    /// iTerm2's inline images.
    Iterm2,
    /// Two pixels per character; works everywhere.
    Halfblocks,
    /// Four pixels in two colours per character; almost every font has them.
    Quadrants,
    /// Six pixels in two colours per character (Unicode 13).
    Sextants,
    /// Eight pixels in two colours per character (Unicode 16).
    Octants,
    /// No pictures.
    Off,
}

impl FromStr for Graphics {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        <Self as clap::ValueEnum>::from_str(text, false).map_err(|_| {
            "write auto, kitty, sixel, iterm2, halfblocks, quadrants, sextants, octants or off"
                .to_string()
        })
    }
}

/// The number of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Colors {
    /// As many as the environment announces or the terminal reports.
    #[default]
    Auto,
    /// 24-bit.
    #[value(alias = "24bit")]
    Truecolor,
    /// xterm's palette of 256.
    #[value(name = "256")]
    Ansi256,
    /// The terminal's own 16.
    #[value(name = "16")]
    Ansi16,
    /// No colours: bold, underlined and reversed text; half-block pictures in shades.
    None,
}

impl FromStr for Colors {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        <Self as clap::ValueEnum>::from_str(text, false)
            .map_err(|_| "write auto, truecolor, 256, 16 or none".to_string())
    }
}

/// How the screen tells that a run has ended or goes wrong, besides the mark on Train's title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Notify {
    /// The bell, and a desktop notification where the terminal is known to show them.
    #[default]
    On,
    /// The bell alone.
    Bell,
    /// Nothing.
    Off,
}

impl FromStr for Notify {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        <Self as clap::ValueEnum>::from_str(text, false)
            .map_err(|_| "write on, bell or off".to_string())
    }
}

/// Whether the screen uses the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Mouse {
    /// Clicks, the wheel and sliding do something; Shift and drag selects text.
    #[default]
    On,
    /// The mouse is the terminal's.
    Off,
}

impl FromStr for Mouse {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        <Self as clap::ValueEnum>::from_str(text, false).map_err(|_| "write on or off".to_string())
    }
}

/// `8x16` as the (width, height) of one character in pixels, each 2 to 200.
///
/// # Errors
/// Advice on how to write it.
pub(crate) fn parse_cell_size(text: &str) -> Result<(u16, u16), String> {
    let parse = |part: &str| part.parse().ok().filter(|side| (2..=200).contains(side));
    text.split_once('x')
        .and_then(|(width, height)| Some((parse(width)?, parse(height)?)))
        .ok_or_else(|| "write WIDTHxHEIGHT in pixels, such as 8x16".to_string())
}

/// `50k` as bytes per second: at least 1k, with `k` for thousands and `M` for millions.
///
/// # Errors
/// Advice on how to write it.
pub(crate) fn parse_line_limit(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1000),
        Some(b'M') => (&text[..text.len() - 1], 1_000_000),
        _ => (text, 1),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(unit))
        .filter(|bytes| *bytes >= MIN_LINE_LIMIT)
        .ok_or_else(|| "write bytes a second, at least 1k, such as 50k or 2M".to_string())
}

/// On a slower line the screen would be of no use.
const MIN_LINE_LIMIT: u64 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_the_line_is_bytes_a_second() {
        assert_eq!(parse_line_limit("50k"), Ok(50_000));
        assert_eq!(parse_line_limit("2M"), Ok(2_000_000));
        assert_eq!(parse_line_limit("1000"), Ok(1_000));
        for wrong in [
            "",
            "k",
            "0",
            "999",
            "-5k",
            "5 k",
            "99999999999999999999M",
            "é",
        ] {
            assert!(parse_line_limit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn cell_sizes_are_read() {
        assert_eq!(parse_cell_size("9x18").unwrap(), (9, 18));
        for wrong in ["9", "x", "0x10", "9x18x2", "-1x5", "500x20"] {
            assert!(parse_cell_size(wrong).is_err(), "{wrong}");
        }
    }
}

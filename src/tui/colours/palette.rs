//! xterm's palette of 256 colours, and the nearest of them to any colour.

use ratatui::style::Color;

/// The sixteen colours as xterm shows them. Users choose others, so that nothing may
/// depend on their shades.
pub(crate) const ANSI16: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// The levels of a channel in the colour cube.
const CUBE_LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The weights of differences in red, green and blue, about as the eye sees them.
pub(crate) const CHANNEL_WEIGHTS: [i32; 3] = [3, 6, 2];

fn distance(a: [u8; 3], b: [u8; 3]) -> i32 {
    (0..3)
        .map(|i| CHANNEL_WEIGHTS[i] * (i32::from(a[i]) - i32::from(b[i])).pow(2))
        .sum()
}

/// The nearest of xterm's 240 fixed colours, and its value. The first sixteen are left
/// out: how they look is unknown.
pub(crate) fn nearest_ansi256(colour: [u8; 3]) -> (Color, [u8; 3]) {
    // Squared distances add up over channels, so the nearest of the cube is the
    // nearest of each channel.
    let step = colour.map(|value| {
        let at = (0..6).min_by_key(|i| (i32::from(CUBE_LEVELS[*i]) - i32::from(value)).abs());
        at.unwrap_or(0)
    });
    let of_cube = step.map(|i| CUBE_LEVELS[i]);
    let [r, g, b] = step.map(|i| i as u8);
    let mean = (0..3)
        .map(|i| CHANNEL_WEIGHTS[i] * i32::from(colour[i]))
        .sum::<i32>()
        / CHANNEL_WEIGHTS.iter().sum::<i32>();
    // 24 greys: 8, 18, … 238.
    let grey = ((mean - 3) / 10).clamp(0, 23) as u8;
    let of_greys = [8 + 10 * grey; 3];
    if distance(colour, of_greys) < distance(colour, of_cube) {
        (Color::Indexed(232 + grey), of_greys)
    } else {
        (Color::Indexed(16 + 36 * r + 6 * g + b), of_cube)
    }
}

/// The nearest of the sixteen colours, and its value in xterm.
pub(crate) fn nearest_ansi16(colour: [u8; 3]) -> (Color, [u8; 3]) {
    ANSI16
        .into_iter()
        .min_by_key(|(_, known)| distance(colour, *known))
        .unwrap_or(ANSI16[0])
}

/// The nearest of the sixteen colours to one of xterm's palette.
pub(crate) fn indexed_to_ansi16(index: u8) -> Color {
    match index {
        0..16 => ANSI16[usize::from(index)].0,
        16..232 => {
            let index = usize::from(index) - 16;
            nearest_ansi16([index / 36, index / 6 % 6, index % 6].map(|i| CUBE_LEVELS[i])).0
        }
        232.. => nearest_ansi16([8 + 10 * (index - 232); 3]).0,
    }
}

/// Hues for series of a chart, as dark shades and as light ones.
pub(crate) const ANSI16_HUES: [[Color; 6]; 2] = [
    [
        Color::Red,
        Color::Green,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Yellow,
    ],
    [
        Color::LightYellow,
        Color::LightCyan,
        Color::LightGreen,
        Color::LightMagenta,
        Color::LightBlue,
        Color::LightRed,
    ],
];

/// The one of the sixteen colours with the hue of a text's colour, in a shade for the
/// same background; `None` for greys. The nearest one may be hard to read: dark yellow
/// and cyan on white, dark blue on black.
pub(crate) fn ansi16_by_hue([r, g, b]: [u8; 3]) -> Option<Color> {
    let [most, least] = [r.max(g).max(b), r.min(g).min(b)];
    if most - least < 40 {
        return None;
    }
    let chroma = f32::from(most - least);
    let [r, g, b] = [r, g, b].map(f32::from);
    let most = f32::from(most);
    // In sixths of a turn: red 0, yellow 1, green 2, …
    let hue = if most == r {
        ((g - b) / chroma).rem_euclid(6.0)
    } else if most == g {
        (b - r) / chroma + 2.0
    } else {
        (r - g) / chroma + 4.0
    };
    // Colours for a dark background are lighter than this, others darker.
    let is_light = 0.299 * r + 0.587 * g + 0.114 * b > 104.0;
    Some(match (is_light, hue) {
        (true, 0.5..1.25) => Color::LightYellow,
        (true, 1.25..2.75) => Color::LightGreen,
        (true, 2.75..3.6) => Color::LightCyan,
        (true, 3.6..4.5) => Color::LightBlue,
        (true, 4.5..5.75) => Color::LightMagenta,
        (true, _) => Color::LightRed,
        (false, 0.66..1.25) => Color::Magenta,
        (false, 1.25..2.75) => Color::Green,
        (false, 2.75..4.5) => Color::Blue,
        (false, 4.5..5.75) => Color::Magenta,
        (false, _) => Color::Red,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(colour: [u8; 3]) -> u8 {
        match nearest_ansi256(colour) {
            (Color::Indexed(index), _) => index,
            (other, _) => panic!("{other:?} has no number"),
        }
    }

    /// Every colour of the palette by its definition.
    fn palette() -> Vec<(u8, [u8; 3])> {
        (16..=255u8)
            .map(|index| {
                let colour = if index >= 232 {
                    [8 + 10 * (index - 232); 3]
                } else {
                    let i = usize::from(index) - 16;
                    [
                        CUBE_LEVELS[i / 36],
                        CUBE_LEVELS[i / 6 % 6],
                        CUBE_LEVELS[i % 6],
                    ]
                };
                (index, colour)
            })
            .collect()
    }

    #[test]
    fn known_colours_have_their_known_numbers() {
        for (colour, expected) in [
            ([0, 0, 0], 16),
            ([255, 255, 255], 231),
            ([255, 0, 0], 196),
            ([0, 255, 0], 46),
            ([0, 0, 255], 21),
            ([95, 135, 175], 67),
            ([128, 128, 128], 244),
            ([238, 238, 238], 255),
            ([8, 8, 8], 232),
            ([3, 3, 3], 16),
            ([200, 100, 50], 167),
        ] {
            assert_eq!(index(colour), expected, "{colour:?}");
        }
        for (number, colour) in palette() {
            assert_eq!(nearest_ansi256(colour).1, colour, "{number}");
        }
    }

    #[test]
    fn none_is_nearer_than_the_nearest() {
        let palette = palette();
        for r in (0..=255u8).step_by(15) {
            for g in (0..=255u8).step_by(15) {
                for b in (0..=255u8).step_by(15) {
                    let colour = [r, g, b];
                    let least = palette.iter().map(|(_, known)| distance(colour, *known));
                    assert_eq!(
                        distance(colour, nearest_ansi256(colour).1),
                        least.min().unwrap(),
                        "{colour:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_sixteen_are_themselves() {
        for (name, colour) in ANSI16 {
            assert_eq!(nearest_ansi16(colour).0, name);
        }
        assert_eq!(nearest_ansi16([20, 22, 28]).0, Color::Black);
        assert_eq!(nearest_ansi16([250, 250, 245]).0, Color::White);
        assert_eq!(indexed_to_ansi16(12), Color::LightBlue);
        assert_eq!(indexed_to_ansi16(196), Color::LightRed);
        assert_eq!(indexed_to_ansi16(232), Color::Black);
    }

    #[test]
    fn names_keep_the_meaning_of_a_texts_colour() {
        for (colour, name) in [
            ([0xe8, 0xa3, 0x4c], Some(Color::LightYellow)),
            ([0x7f, 0xbf, 0x7f], Some(Color::LightGreen)),
            ([0xe0, 0x70, 0x70], Some(Color::LightRed)),
            ([0x6f, 0xb1, 0xe0], Some(Color::LightCyan)),
            ([0x9a, 0xa0, 0xe8], Some(Color::LightBlue)),
            ([0xd9, 0x8c, 0xc3], Some(Color::LightMagenta)),
            ([0xa4, 0x50, 0x0a], Some(Color::Red)),
            ([0x2a, 0x7a, 0x3a], Some(Color::Green)),
            ([0x1f, 0x6a, 0xa5], Some(Color::Blue)),
            ([0x8a, 0x91, 0x9c], None),
            ([0x6b, 0x6f, 0x76], None),
            ([0, 0, 0], None),
        ] {
            assert_eq!(ansi16_by_hue(colour), name, "{colour:?}");
        }
    }
}

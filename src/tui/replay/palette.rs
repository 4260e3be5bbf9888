//! The colours of a painted terminal: its own, and the sixteen that themes name. xterm's
//! are glaring; these are as today's terminals have them.

use ratatui::style::Color;

use crate::tui::colours::ANSI16;

/// The colours of a terminal.
#[derive(Debug)]
pub(super) struct Palette {
    pub(super) background: [u8; 3],
    text: [u8; 3],
    named: [[u8; 3]; 16],
}

static DARK: Palette = Palette {
    background: [16, 18, 22],
    text: [214, 218, 224],
    named: [
        [36, 40, 47],
        [224, 108, 117],
        [152, 195, 121],
        [219, 180, 104],
        [97, 165, 239],
        [198, 120, 221],
        [86, 182, 194],
        [200, 204, 212],
        [118, 124, 136],
        [240, 130, 138],
        [176, 214, 140],
        [242, 206, 110],
        [130, 190, 250],
        [218, 150, 240],
        [120, 208, 220],
        [245, 247, 250],
    ],
};

static LIGHT: Palette = Palette {
    background: [252, 252, 250],
    text: [36, 40, 46],
    named: [
        [36, 40, 47],
        [190, 40, 50],
        [46, 125, 50],
        [150, 105, 0],
        [30, 90, 180],
        [140, 50, 160],
        [0, 120, 135],
        [200, 204, 210],
        [105, 110, 120],
        [210, 50, 60],
        [56, 142, 60],
        [176, 120, 0],
        [40, 110, 210],
        [160, 70, 190],
        [0, 140, 158],
        [255, 255, 255],
    ],
};

/// The levels of a channel in the colour cube of 256 colours.
const CUBE_LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Palette {
    /// That of a dark or a light terminal.
    pub(super) fn of(is_light: bool) -> &'static Self {
        if is_light { &LIGHT } else { &DARK }
    }

    /// The colour of text.
    pub(super) fn text(&self, colour: Color) -> [u8; 3] {
        self.rgb(colour).unwrap_or(self.text)
    }

    /// The colour behind it.
    pub(super) fn behind(&self, colour: Color) -> [u8; 3] {
        self.rgb(colour).unwrap_or(self.background)
    }

    /// `None` for the terminal's own.
    fn rgb(&self, colour: Color) -> Option<[u8; 3]> {
        match colour {
            Color::Reset => None,
            Color::Rgb(r, g, b) => Some([r, g, b]),
            Color::Indexed(index @ 0..16) => Some(self.named[usize::from(index)]),
            Color::Indexed(index @ 232..) => Some([8 + 10 * (index - 232); 3]),
            Color::Indexed(index) => {
                let index = usize::from(index - 16);
                Some([index / 36, index / 6 % 6, index % 6].map(|level| CUBE_LEVELS[level]))
            }
            named => {
                let place = ANSI16.iter().position(|(known, _)| *known == named);
                place.map(|place| self.named[place])
            }
        }
    }
}

//! Which graphics protocol the terminal understands and how large its cells are.

use ratatui_image::picker::ProtocolType;

use super::mosaic::Mosaic;
use super::protocols::{ProtocolChoice, best_protocol};
use super::terminals::finest_mosaic;
use crate::cli::Graphics as Choice;
use crate::tui::colours::Depth;
use crate::tui::input::answers::Answers;
use crate::tui::input::cell_size::cell_in_window;
use crate::tui::input::queries::Queries;

/// The size of a cell where it is unknown: a usual font's is twice as high as wide.
const DEFAULT_CELL_SIZE: (u16, u16) = (10, 20);

/// How pictures are drawn on this terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// `None` draws no pictures; half blocks stand for any mosaic.
    pub(crate) protocol: Option<ProtocolType>,
    /// What pictures are drawn with where no protocol sends them.
    pub(crate) mosaic: Mosaic,
    /// Pixels of one character cell: width, height.
    pub(crate) cell_size: (u16, u16),
    /// Whether sequences must be passed through tmux.
    pub(crate) tmux: bool,
    /// Whether the terminal takes pictures of kitty's protocol as PNG files.
    pub(crate) kitty_png: bool,
    /// Whether the terminal's background is light; `None` if unknown.
    pub(crate) light_background: Option<bool>,
    /// How many colours text has.
    pub depth: Depth,
}

impl Capabilities {
    /// Half blocks, which need no answers of the terminal: for tests, and for terminals
    /// that do not answer.
    pub fn halfblocks() -> Self {
        Self {
            protocol: Some(ProtocolType::Halfblocks),
            mosaic: Mosaic::Halves,
            cell_size: DEFAULT_CELL_SIZE,
            tmux: false,
            kitty_png: true,
            light_background: None,
            depth: Depth::Truecolor,
        }
    }

    /// Decides by what the terminal has answered so far. To be called again when it has
    /// answered more. `cell` is the user's setting of a cell's pixels.
    pub(crate) fn detect(
        choice: Choice,
        cell: Option<(u16, u16)>,
        depth: Depth,
        talk: &Queries,
    ) -> Self {
        let answers = &talk.answers;
        let tmux = talk.in_tmux();
        let known = known_cell(cell, answers);
        let protocol = match choice {
            Choice::Auto => Some(Self::choose(cell, talk).protocol),
            Choice::Kitty => Some(ProtocolType::Kitty),
            Choice::Sixel => Some(ProtocolType::Sixel),
            Choice::Iterm2 => Some(ProtocolType::Iterm2),
            Choice::Halfblocks | Choice::Quadrants | Choice::Sextants | Choice::Octants => {
                Some(ProtocolType::Halfblocks)
            }
            Choice::Off => None,
        };
        let mosaic = match choice {
            Choice::Halfblocks => Mosaic::Halves,
            Choice::Quadrants => Mosaic::Quadrants,
            Choice::Sextants => Mosaic::Sextants,
            Choice::Octants => Mosaic::Octants,
            _ => finest_mosaic(talk),
        };
        Self {
            protocol,
            mosaic,
            cell_size: known.unwrap_or(DEFAULT_CELL_SIZE),
            tmux,
            kitty_png: answers.kitty_png != Some(false),
            light_background: answers.light_background(),
            depth,
        }
    }

    /// The best protocol by the answers so far, and why.
    pub(crate) fn choose(cell: Option<(u16, u16)>, talk: &Queries) -> ProtocolChoice {
        best_protocol(talk, known_cell(cell, &talk.answers).is_some())
    }

    /// Whether pictures have the terminal's own pixels, not characters.
    pub(crate) fn shows_pixels(&self) -> bool {
        !matches!(self.protocol, None | Some(ProtocolType::Halfblocks))
    }

    /// Whether the terminal repeats a placeholder of kitty's protocol by REP: kitty and
    /// ghostty do (without its diacritics), and tmux is not known to.
    pub(crate) fn repeats_placeholders(&self) -> bool {
        self.protocol == Some(ProtocolType::Kitty) && !self.tmux
    }

    /// The name of the protocol or the mosaic: `sixel`, `half blocks`.
    pub(crate) fn protocol_name(&self) -> &'static str {
        match self.protocol {
            None => "no pictures",
            Some(ProtocolType::Halfblocks) => self.mosaic.name(),
            Some(ProtocolType::Sixel) => "sixel",
            Some(ProtocolType::Kitty) => "kitty",
            Some(ProtocolType::Iterm2) => "iTerm2",
        }
    }
}

/// Pixels of a cell by the best source there is: the setting, the terminal's answer, the
/// window's size as it answered, as the system has it, iTerm2's own points.
fn known_cell(cell: Option<(u16, u16)>, answers: &Answers) -> Option<(u16, u16)> {
    cell.or(answers.cell)
        .or(answers.window)
        .or_else(window_cell_size)
        .or(answers.iterm2_cell)
}

/// Pixels of a cell by the window's size, if the system knows that.
pub fn window_cell_size() -> Option<(u16, u16)> {
    let size = crossterm::terminal::window_size().ok()?;
    cell_in_window((size.width, size.height), (size.columns, size.rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_about_a_cell_outranks_one_about_the_window() {
        let mut answers = Answers {
            iterm2_cell: Some((7, 14)),
            ..Answers::default()
        };
        answers.window = Some((10, 21));
        assert_eq!(known_cell(None, &answers), Some((10, 21)));
        answers.cell = Some((10, 20));
        assert_eq!(known_cell(None, &answers), Some((10, 20)));
        assert_eq!(known_cell(Some((9, 18)), &answers), Some((9, 18)));
    }
}

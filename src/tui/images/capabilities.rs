//! Which graphics protocol the terminal understands and how large its cells are.

use ratatui_image::picker::ProtocolType;

use super::mosaic::Mosaic;
use super::terminals::finest_mosaic;
use crate::cli::Graphics as Choice;
use crate::tui::colours::Depth;
use crate::tui::input::answers::Answers;
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
    /// Whether the terminal supports compressed kitty pictures.
    pub(crate) kitty_compression: bool,
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
            kitty_compression: false,
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
        let known = cell
            .or(answers.cell)
            .or_else(window_cell_size)
            .or(answers.window)
            .or(answers.iterm2_cell);
        let protocol = match choice {
            Choice::Auto => Some(best_protocol(answers, tmux, known.is_some())),
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
            kitty_compression: answers.kitty_compression == Some(true),
            light_background: answers.light_background(),
            depth,
        }
    }

    /// Whether pictures have the terminal's own pixels, not characters.
    pub(crate) fn shows_pixels(&self) -> bool {
        !matches!(self.protocol, None | Some(ProtocolType::Halfblocks))
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

/// The best protocol by the terminal's own answers. The environment (`TERM_PROGRAM`
/// and the like) does not count: it is inherited by terminals that are started from
/// others, and through SSH and tmux.
fn best_protocol(answers: &Answers, tmux: bool, cell_is_known: bool) -> ProtocolType {
    let kitty = answers.kitty == Some(true);
    if tmux {
        // Through tmux, sixels appear in the wrong pane after a split and are lost after
        // a window switch; kitty's placeholders are text to tmux.
        return if kitty {
            ProtocolType::Kitty
        } else {
            ProtocolType::Halfblocks
        };
    }
    // They answer the query for kitty's graphics, but do not support its placeholders;
    // and Konsole misplaces sixels.
    let names = ["iTerm2", "WezTerm", "Konsole"];
    if names.iter().any(|name| answers.name_starts_with(name)) {
        return ProtocolType::Iterm2;
    }
    // Before 0.28, kitty shows boxes for placeholders.
    let old = answers.name_starts_with("kitty") && answers.version().is_some_and(|of| of < (0, 28));
    if kitty && !old {
        return ProtocolType::Kitty;
    }
    // How many cells a sixel covers depends on a cell's pixels, which must be known.
    // kitty scales to cells itself.
    if answers.has_sixel() && cell_is_known {
        return ProtocolType::Sixel;
    }
    match answers.iterm2_cell {
        Some(_) => ProtocolType::Iterm2,
        None => ProtocolType::Halfblocks,
    }
}

/// Pixels of a cell by the window's size, if the system knows that.
pub fn window_cell_size() -> Option<(u16, u16)> {
    let size = crossterm::terminal::window_size().ok()?;
    let cell = (
        size.width.checked_div(size.columns)?,
        size.height.checked_div(size.rows)?,
    );
    (cell.0 >= 2 && cell.1 >= 2).then_some(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Answers {
        Answers {
            name: Some(name.to_string()),
            kitty: Some(true),
            attributes: Some(vec![62, 4]),
            ..Answers::default()
        }
    }

    #[test]
    fn the_best_of_what_was_answered() {
        for (answers, protocol) in [
            (Answers::default(), ProtocolType::Halfblocks),
            (named("kitty(0.35.2)"), ProtocolType::Kitty),
            (named("kitty(0.26.5)"), ProtocolType::Sixel),
            (named("ghostty 1.1.0"), ProtocolType::Kitty),
            (named("WezTerm 20240203"), ProtocolType::Iterm2),
            (named("Konsole 23.08.1"), ProtocolType::Iterm2),
        ] {
            assert_eq!(
                best_protocol(&answers, false, true),
                protocol,
                "{answers:?}"
            );
        }
    }

    #[test]
    fn without_a_cells_pixels_kitty_stays_and_sixel_does_not() {
        assert_eq!(
            best_protocol(&named("ghostty"), false, false),
            ProtocolType::Kitty
        );
        let sixel = Answers {
            attributes: Some(vec![62, 4, 22]),
            ..Answers::default()
        };
        assert_eq!(best_protocol(&sixel, false, true), ProtocolType::Sixel);
        assert_eq!(
            best_protocol(&sixel, false, false),
            ProtocolType::Halfblocks
        );
    }

    #[test]
    fn in_tmux_only_what_is_text_to_it() {
        let mut answers = named("tmux 3.4");
        assert_eq!(best_protocol(&answers, true, true), ProtocolType::Kitty);
        answers.kitty = None;
        assert_eq!(
            best_protocol(&answers, true, true),
            ProtocolType::Halfblocks
        );
    }
}

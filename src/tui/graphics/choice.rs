//! Which graphics protocol the terminal understands and how large its cells are.

use std::str::FromStr;
use std::time::Duration;

use ratatui_image::picker::cap_parser::QueryStdioOptions;
use ratatui_image::picker::{Capability, Picker, ProtocolType};

use crate::error::{Error, Result};

/// `--graphics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// Ask the terminal.
    #[default]
    Auto,
    /// This one, whatever the terminal says.
    Use(ProtocolType),
    /// No pictures.
    Off,
}

impl FromStr for Choice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(match text {
            "auto" => Self::Auto,
            "kitty" => Self::Use(ProtocolType::Kitty),
            "sixel" => Self::Use(ProtocolType::Sixel),
            "iterm2" => Self::Use(ProtocolType::Iterm2),
            "halfblocks" => Self::Use(ProtocolType::Halfblocks),
            "off" => Self::Off,
            _ => {
                return Err(Error::invalid(
                    format!("graphics {text:?}"),
                    "write auto, kitty, sixel, iterm2, halfblocks or off",
                ));
            }
        })
    }
}

/// `--cell-size WxH`: the pixels of one character, each from 2 to 200.
///
/// # Errors
/// When it is written otherwise.
pub fn parse_cell_size(text: &str) -> Result<(u16, u16)> {
    text.split_once('x')
        .and_then(|(w, h)| Some((w.trim().parse().ok()?, h.trim().parse().ok()?)))
        .filter(|(w, h)| (2..=200).contains(w) && (2..=200).contains(h))
        .ok_or_else(|| {
            Error::invalid(
                format!("cell size {text:?}"),
                "write the pixels of one character as WIDTHxHEIGHT, such as 10x20",
            )
        })
}

/// How pictures are drawn on this terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graphics {
    /// `None` draws no pictures.
    pub protocol: Option<ProtocolType>,
    /// Pixels of one character cell: width, height.
    pub cell: (u16, u16),
    /// Whether sequences must be passed through tmux.
    pub tmux: bool,
    /// Whether the terminal takes compressed kitty pictures.
    pub kitty_compression: bool,
    /// Whether the terminal's background is light; `None` when it did not say.
    pub light_background: Option<bool>,
}

impl Graphics {
    /// Half blocks without asking anybody: for tests, and terminals that
    /// cannot be asked. The usual font's cell is twice as high as wide.
    pub fn halfblocks() -> Self {
        Self {
            protocol: Some(ProtocolType::Halfblocks),
            cell: (10, 20),
            tmux: false,
            kitty_compression: false,
            light_background: None,
        }
    }

    /// Decides. Asks the terminal unless there is nothing left to ask; it must
    /// be in raw mode already, and nobody may be reading events from it.
    pub fn detect(choice: Choice, cell: Option<(u16, u16)>) -> Self {
        let needs_no_answer = matches!(
            choice,
            Choice::Off | Choice::Use(ProtocolType::Halfblocks)
        );
        let mut graphics = if needs_no_answer {
            let mut graphics = Self::halfblocks();
            if let Some(cell) = window_cell_size() {
                graphics.cell = cell;
            }
            graphics
        } else {
            Self::ask(choice)
        };
        match choice {
            Choice::Auto => {}
            Choice::Use(protocol) => graphics.protocol = Some(protocol),
            Choice::Off => graphics.protocol = None,
        }
        if let Some(cell) = cell {
            graphics.cell = cell;
        }
        graphics
    }

    fn ask(choice: Choice) -> Self {
        let options = QueryStdioOptions {
            // A terminal that answers does so within a round trip; mute ones
            // should not keep anybody waiting.
            timeout: Duration::from_millis(1000),
            terminal_background_color_osc: true,
            kitty_compression: true,
            ..QueryStdioOptions::default()
        };
        let Ok(picker) = Picker::from_query_stdio_with_options(options) else {
            return Self::halfblocks();
        };
        let mut protocol = picker.protocol_type();
        // Through tmux a sixel is painted into the wrong pane after a split and
        // lost after a window switch; kitty's placeholders are text to tmux.
        if choice == Choice::Auto && picker.tmux_detected() && protocol != ProtocolType::Kitty {
            protocol = ProtocolType::Halfblocks;
        }
        let capabilities = picker.capabilities();
        let font = picker.font_size();
        Self {
            protocol: Some(protocol),
            cell: (font.width.max(2), font.height.max(2)),
            tmux: picker.tmux_detected(),
            kitty_compression: capabilities.contains(&Capability::KittyCompression),
            light_background: capabilities.iter().find_map(|capability| match capability {
                Capability::Background(r, g, b) => {
                    // Rec. 601 luma, of 255.
                    let luma = 0.299 * f32::from(*r) + 0.587 * f32::from(*g) + 0.114 * f32::from(*b);
                    Some(luma > 127.5)
                }
                _ => None,
            }),
        }
    }

    /// What the protocol is called: `sixel`, `half blocks`.
    pub fn name(&self) -> &'static str {
        match self.protocol {
            None => "no pictures",
            Some(ProtocolType::Halfblocks) => "half blocks",
            Some(ProtocolType::Sixel) => "sixel",
            Some(ProtocolType::Kitty) => "kitty",
            Some(ProtocolType::Iterm2) => "iTerm2",
        }
    }
}

/// Pixels of a cell from the window's size, where the system knows it.
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

    #[test]
    fn choices_and_cell_sizes_parse() {
        assert_eq!("auto".parse::<Choice>().unwrap(), Choice::Auto);
        assert_eq!(
            "sixel".parse::<Choice>().unwrap(),
            Choice::Use(ProtocolType::Sixel)
        );
        assert!("ascii".parse::<Choice>().unwrap_err().to_string().contains("halfblocks"));
        assert_eq!(parse_cell_size("9x18").unwrap(), (9, 18));
        for wrong in ["9", "x", "0x10", "9x18x2", "-1x5", "500x20"] {
            assert!(parse_cell_size(wrong).is_err(), "{wrong}");
        }
    }
}

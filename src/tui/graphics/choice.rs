//! Which graphics protocol the terminal understands and how large its cells are.

use std::time::Duration;

use ratatui_image::picker::cap_parser::QueryStdioOptions;
use ratatui_image::picker::{Capability, Picker, ProtocolType};

use crate::cli::Graphics as Choice;
use crate::tui::colours::Depth;

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
    /// How many colours text has.
    pub depth: Depth,
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
            depth: Depth::Truecolor,
        }
    }

    /// Decides. Asks the terminal unless there is nothing left to ask; it must
    /// be in raw mode already, and nobody may be reading events from it.
    pub fn detect(choice: Choice, cell: Option<(u16, u16)>) -> Self {
        let needs_no_answer = matches!(choice, Choice::Off | Choice::Halfblocks);
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
            Choice::Kitty => graphics.protocol = Some(ProtocolType::Kitty),
            Choice::Sixel => graphics.protocol = Some(ProtocolType::Sixel),
            Choice::Iterm2 => graphics.protocol = Some(ProtocolType::Iterm2),
            Choice::Halfblocks => graphics.protocol = Some(ProtocolType::Halfblocks),
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
                    let luma =
                        0.299 * f32::from(*r) + 0.587 * f32::from(*g) + 0.114 * f32::from(*b);
                    Some(luma > 127.5)
                }
                _ => None,
            }),
            ..Self::halfblocks()
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

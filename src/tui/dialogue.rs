//! The screen's side of the conversation with its terminal: reads and asks, and
//! says what pictures and colours follow from the answers.

use std::path::Path;
use std::time::Instant;

use super::colours::Colours;
use super::graphics::Graphics;
use super::input::Input;
use super::input::answers::Answer;
use super::input::conversation::{Conversation, Surroundings};
use super::input::tty::{Read, Tty, say};
use super::theme::Theme;
use crate::cli::{Graphics as Choice, ScreenArgs};
use crate::error::Result;

/// Reads, asks, and knows what the user wants whatever is answered.
pub(super) struct Dialogue {
    tty: Tty,
    talk: Conversation,
    choice: Choice,
    cell: Option<(u16, u16)>,
    /// Before the terminal says more.
    colours: Colours,
    /// The user chose the light theme, which says what the terminal may not.
    says_light: bool,
    dark: Theme,
    /// On a light background; `None` when the theme does not depend on it.
    light: Option<Theme>,
}

impl Dialogue {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// When the theme is wrong.
    pub fn new(args: &ScreenArgs, themes: &Path) -> Result<Self> {
        let (dark, light) = match args.theme.as_deref() {
            None | Some("auto") => (
                Theme::named("dark", themes)?,
                Some(Theme::named("light", themes)?),
            ),
            Some(name) => (Theme::named(name, themes)?, None),
        };
        Ok(Self {
            tty: Tty::default(),
            talk: Conversation::new(Surroundings::look()),
            choice: args.graphics.unwrap_or_default(),
            cell: args.cell_size,
            colours: Colours::detect(args.colors.unwrap_or_default()),
            says_light: args.theme.as_deref() == Some("light"),
            dark,
            light,
        })
    }

    /// Reads a little of what has arrived.
    pub fn read(&mut self) -> Read {
        self.tty.read(&self.talk)
    }

    /// When [`Dialogue::give_up`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        self.tty.deadline()
    }

    /// What an unfinished sequence was after all.
    pub fn give_up(&mut self) -> Vec<Input> {
        self.tty.give_up(&self.talk)
    }

    /// Asks the terminal everything, unless that was done this very moment.
    pub fn ask(&mut self) {
        let now = Instant::now();
        if !self.talk.was_just_asked(now) {
            say(&self.talk.ask(now));
        }
    }

    /// Asks it everything again, unless its answers are on their way, or it has
    /// never said anything.
    pub fn ask_again(&mut self) {
        if self.talk.is_complete() {
            self.ask();
        }
    }

    /// Asks for a cell's pixels after a resize, if it told them before: the
    /// font may have changed.
    pub fn ask_cell(&mut self) {
        if let Some(question) = self.talk.ask_cell(Instant::now()) {
            say(&question);
        }
    }

    /// Asks once more what tmux may have dropped.
    pub fn repeat(&mut self) {
        if let Some(question) = self.talk.repeat(Instant::now()) {
            say(&question);
        }
    }

    /// The terminal's columns and rows.
    pub fn resized(&mut self, size: (u16, u16)) {
        self.talk.characters = size;
    }

    /// Takes an answer; whether it is news.
    pub fn hear(&mut self, answer: &Answer) -> bool {
        let (news, question) = self.talk.hear(answer, Instant::now());
        if let Some(question) = question {
            say(&question);
        }
        news
    }

    /// Whether all that was asked has been answered, as far as it will be.
    pub fn is_complete(&self) -> bool {
        self.talk.is_complete()
    }

    /// How pictures are drawn, as far as is known.
    pub fn graphics(&self) -> Graphics {
        let depth = self.talk.colours(&self.colours).depth;
        let mut graphics = Graphics::choose(self.choice, self.cell, depth, &self.talk);
        if self.says_light {
            graphics.light_background.get_or_insert(true);
        }
        graphics
    }

    /// The colours, as far as is known.
    pub fn theme(&self) -> Theme {
        let is_light = self.talk.answers.light_background() == Some(true);
        let light = self.light.as_ref().filter(|_| is_light);
        let depth = self.talk.colours(&self.colours).depth;
        light.unwrap_or(&self.dark).at(depth)
    }

    /// Why the pictures that the user asks for will not be seen.
    pub fn trouble(&self) -> Option<String> {
        let by_user = matches!(self.choice, Choice::Kitty | Choice::Sixel | Choice::Iterm2);
        let held_back = self.talk.in_tmux() && !self.talk.surroundings.passthrough;
        (by_user && held_back).then(|| {
            "tmux does not let pictures through; `tmux set -p allow-passthrough on` allows it \
             for this pane"
                .to_string()
        })
    }

    /// Reads the answers that are still to come before somebody else gets them.
    pub fn farewell(&mut self) {
        let latest = self.talk.farewell(Instant::now());
        self.tty.listen(&mut self.talk, |talk| {
            talk.farewell(Instant::now()).min(latest)
        });
    }
}

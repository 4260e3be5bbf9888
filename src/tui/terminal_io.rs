//! Input from the terminal and queries to it, and what follows from its answers for
//! pictures and colours.

use std::path::Path;
use std::time::Instant;

use super::colours::ColourSupport;
use super::images::Capabilities;
use super::input::TerminalEvent;
use super::input::answers::Answer;
use super::input::environment::{TerminalEnv, terminal_around_tmux};
use super::input::queries::Queries;
use super::input::tty::{Read, TtyReader, write_to_terminal};
use super::line::Line;
use super::notification::Notification;
use super::theme::Theme;
use crate::cli::{Graphics as Choice, ScreenArgs};
use crate::config::Notify;
use crate::error::Result;

/// Reads and queries the terminal. Settings of the user outweigh its answers.
pub(super) struct TerminalIo {
    tty: TtyReader,
    queries: Queries,
    /// What the way to the terminal takes.
    line: Line,
    choice: Choice,
    notify: Notify,
    /// Notifications so far.
    notified: u32,
    cell: Option<(u16, u16)>,
    /// As announced by the environment; the terminal may answer that it has more.
    colours: ColourSupport,
    /// The user chose the light theme: the background is light, even if the terminal
    /// does not say so.
    theme_is_light: bool,
    dark: Theme,
    /// For a light background; `None` when the theme does not depend on it.
    light: Option<Theme>,
}

impl TerminalIo {
    /// Before any query.
    ///
    /// # Errors
    /// When the theme does not exist or has mistakes.
    pub(crate) fn new(args: &ScreenArgs, themes: &Path) -> Result<Self> {
        let (dark, light) = match args.theme.as_deref() {
            None | Some("auto") => (
                Theme::load("dark", themes)?,
                Some(Theme::load("light", themes)?),
            ),
            Some(name) => (Theme::load(name, themes)?, None),
        };
        Ok(Self {
            tty: TtyReader::default(),
            queries: Queries::new(TerminalEnv::detect()),
            line: Line::new(args.line_limit, Instant::now()),
            choice: args.graphics.unwrap_or_default(),
            notify: args.notify.unwrap_or_default(),
            notified: 0,
            cell: args.cell_size,
            colours: ColourSupport::detect(args.colors.unwrap_or_default()),
            theme_is_light: args.theme.as_deref() == Some("light"),
            dark,
            light,
        })
    }

    /// Reads a part of what has arrived.
    pub(crate) fn read(&mut self) -> Read {
        self.tty.read(&self.queries)
    }

    /// When [`TerminalIo::expire`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.tty.deadline()
    }

    /// The meaning of an unfinished sequence that is not continued.
    pub(crate) fn expire(&mut self) -> Vec<TerminalEvent> {
        self.tty.expire(&self.queries)
    }

    /// Sends all queries, unless that was done a moment ago.
    pub(crate) fn query(&mut self) {
        let now = Instant::now();
        if !self.queries.was_just_asked(now) {
            if self.queries.in_tmux() {
                self.queries.around_tmux = terminal_around_tmux();
            }
            write_to_terminal(&self.queries.query_all(now));
        }
    }

    /// Sends all queries: it may be another terminal now.
    pub(crate) fn query_new_terminal(&mut self) {
        self.queries.forget_pending();
        self.line.forget_marks();
        self.query();
    }

    /// The way to the terminal.
    pub(crate) fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    /// A frame was written, which began at `begun` and made it `total` bytes since the start. Asks
    /// when it has arrived, which pictures may be waiting for.
    pub(crate) fn on_frame_written(&mut self, total: u64, begun: Instant, pictures_wait: bool) {
        let now = Instant::now();
        self.line.on_written(total, begun);
        if self.line.needs_mark(pictures_wait)
            && let Some(mark) = self.queries.mark_frame(now)
        {
            write_to_terminal(mark);
            self.line.on_mark_sent(begun);
        }
    }

    /// Rings the bell and asks for a desktop notification, as far as the user wants that and the
    /// terminal is known to show it. Frames are written whole, so that it falls between two.
    pub(crate) fn notify(&mut self, notification: &Notification) {
        self.notified = self.notified.wrapping_add(1);
        write_to_terminal(&notification.sequence(self.notify, &self.queries, self.notified));
    }

    /// Sends all queries again, unless answers are on their way, or the terminal has
    /// never answered.
    pub(crate) fn query_again(&mut self) {
        if self.queries.is_complete() {
            self.query();
        }
    }

    /// Queries the size of a cell after a resize, if the terminal has answered that
    /// before: the font may have changed.
    pub(crate) fn query_cell_size(&mut self) {
        if let Some(question) = self.queries.query_cell_size(Instant::now()) {
            write_to_terminal(&question);
        }
    }

    /// Repeats a query that tmux may have dropped.
    pub(crate) fn repeat_dropped_query(&mut self) {
        if let Some(question) = self.queries.repeat_dropped_query(Instant::now()) {
            write_to_terminal(&question);
        }
    }

    /// Gives up what was answered by a terminal that is not there any more; `true` if that is
    /// news.
    pub(crate) fn forget_former_terminal(&mut self) -> bool {
        self.queries.forget_terminal_around_tmux(Instant::now())
    }

    /// When a frame repeats a query or gives it up.
    pub(crate) fn passed_on_deadline(&self) -> Option<Instant> {
        self.queries.passed_on_deadline()
    }

    /// Sets the terminal's columns and rows.
    pub(crate) fn set_size(&mut self, size: (u16, u16)) {
        self.queries.size = size;
    }

    /// Handles an answer; `true` if it says something new.
    pub(crate) fn on_answer(&mut self, answer: &Answer) -> bool {
        let now = Instant::now();
        if *answer == Answer::End && self.queries.expects_frame() {
            self.line.on_answer(now);
        }
        let (news, question) = self.queries.on_answer(answer, now);
        if let Some(trip) = self.queries.round_trip() {
            self.line.on_round_trip(trip);
        }
        if let Some(question) = question {
            write_to_terminal(&question);
        }
        news
    }

    /// Whether all queries have been answered, as far as they will be.
    pub(crate) fn is_complete(&self) -> bool {
        self.queries.is_complete()
    }

    /// How pictures are drawn, as far as is known now.
    pub(crate) fn capabilities(&self) -> Capabilities {
        let depth = self.queries.colours(&self.colours).depth;
        let mut graphics = Capabilities::detect(self.choice, self.cell, depth, &self.queries);
        if self.theme_is_light {
            graphics.light_background.get_or_insert(true);
        }
        graphics
    }

    /// The theme, as far as is known now.
    pub(crate) fn theme(&self) -> Theme {
        let is_light = self.queries.answers.light_background() == Some(true);
        let light = self.light.as_ref().filter(|_| is_light);
        let depth = self.queries.colours(&self.colours).depth;
        light.unwrap_or(&self.dark).for_depth(depth)
    }

    /// Why the image protocol that the user chose will show no pictures.
    pub(crate) fn warning(&self) -> Option<String> {
        let by_user = matches!(self.choice, Choice::Kitty | Choice::Sixel | Choice::Iterm2);
        let held_back = self.queries.in_tmux() && !self.queries.env.passthrough;
        (by_user && held_back).then(|| {
            "tmux does not pass pictures on; `tmux set -p allow-passthrough on` allows it for \
             this pane"
                .to_string()
        })
    }

    /// Reads the answers that are still to come, before the shell gets them.
    pub(crate) fn drain_answers(&mut self) {
        let latest = self.queries.drain_deadline(Instant::now());
        self.tty.drain(&mut self.queries, |talk| {
            talk.drain_deadline(Instant::now()).min(latest)
        });
    }
}

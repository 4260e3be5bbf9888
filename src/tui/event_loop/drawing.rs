//! When frames are drawn, and how much of pictures each may send.

use std::ops::ControlFlow::{self, Continue};
use std::time::{Duration, Instant};

use super::{EventLoop, PICTURES_DELAY};
use crate::tui::images::{Budget, Detail};
use crate::tui::pointer::Zones;
use crate::tui::recording::{TerminalFacts, is_recording, record_facts, take_problem};
use crate::tui::screen;
use crate::tui::terminal::FrameEscapes;

/// How often the footer's figures of the line are drawn.
const LINE_READING_DELAY: Duration = Duration::from_secs(1);

/// When pictures are drawn that no answer of the terminal says the time for.
const UNMEASURED_DELAY: Duration = Duration::from_millis(100);

impl EventLoop {
    /// Draws at the latest after `delay`.
    pub(super) fn schedule_draw(&mut self, delay: Duration) {
        let at = (Instant::now() + delay).max(self.earliest_draw);
        self.draw_at = Some(self.draw_at.map_or(at, |due| due.min(at)));
    }

    /// Draws a frame: pictures within what the line takes.
    pub(super) fn draw(&mut self) -> ControlFlow<()> {
        self.draw_at = None;
        self.terminal_io.repeat_dropped_query();
        if self.terminal_io.forget_former_terminal() {
            self.apply_capabilities();
            self.draw_at = None;
        }
        if let Some(due) = self.terminal_io.passed_on_deadline() {
            self.schedule_draw(due.saturating_duration_since(Instant::now()));
        }
        let capabilities = &self.app.context.capabilities;
        let depth = capabilities.depth;
        self.terminal
            .set_repeats_placeholders(capabilities.repeats_placeholders());
        self.record_facts();
        let (line, now) = (self.terminal_io.line(), Instant::now());
        let budget = Budget {
            bytes: line.picture_budget(now),
            is_idle: line.is_idle(now),
        };
        self.images.set_budget(budget);
        self.images
            .set_detail(line.picture_bytes().map_or(Detail::FULL, Detail::within));
        if self.app.context.shows_line {
            self.app.context.line = line.reading(now);
            self.schedule_draw(LINE_READING_DELAY);
        }
        let (app, images) = (&self.app, &mut self.images);
        let mut zones = Zones::default();
        let drawn = self.terminal.draw(|frame, is_cleared| {
            if is_cleared {
                images.on_screen_cleared();
            }
            zones = screen::render(frame, app, images);
            depth.convert(frame.buffer_mut());
            FrameEscapes {
                before: images.take_escapes(),
                on_exit: images.exit_escapes(),
            }
        });
        self.app.set_zones(zones);
        self.app.context.pictures_are_ready = self.images.is_complete();
        let pictures_wait = self.images.has_withheld();
        self.terminal_io
            .on_frame_written(self.terminal.written(), now, pictures_wait);
        if pictures_wait {
            self.schedule_withheld();
        }
        match drawn {
            Ok(()) => Continue(()),
            Err(_) => self.exit_with_signal(libc::SIGHUP),
        }
    }

    /// Tells a recording what this frame's drawing must know, and the user why it ends.
    fn record_facts(&mut self) {
        if !is_recording() {
            return;
        }
        let capabilities = &self.app.context.capabilities;
        record_facts(TerminalFacts {
            cell_size: capabilities.cell_size,
            is_light: capabilities.light_background == Some(true),
        });
        if let Some(problem) = take_problem() {
            self.app.show_error(problem);
        }
    }

    /// Draws the pictures that were withheld once the line takes them.
    fn schedule_withheld(&mut self) {
        let (line, now) = (self.terminal_io.line(), Instant::now());
        // Without a rate an answer says when, or its absence.
        let at = line.room_at(now).or(line.deadline());
        let delay = at.map_or(UNMEASURED_DELAY, |at| at.saturating_duration_since(now));
        self.schedule_draw(delay.max(PICTURES_DELAY));
    }
}

//! Queries to the terminal, and which of them it has not answered yet.
//!
//! All queries are sent at once, with an end mark that every terminal answers
//! (CSI 5 n). Terminals answer in order: when its answer is here, all others are. The
//! screen does not wait for it, though: answers count whenever they come.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::cell_size::cell_in_window;
use crate::tui::colours::ColourSupport;
use crate::tui::input::answers::{Answer, Answers, KITTY_QUERY_IDS};
use crate::tui::input::environment::TerminalEnv;

/// A terminal that has not answered for this long is taken not to answer at all.
const SILENT_AFTER: Duration = Duration::from_millis(2500);

/// The longest wait for answers at the end.
const MAX_DRAIN_TIME: Duration = Duration::from_secs(3);

/// tmux drops what it should pass on while it draws a new screen.
const REPEAT_AFTER: Duration = Duration::from_millis(100);

/// How long answers may come that the end mark does not cover.
const LATE_ANSWER_WINDOW: Duration = Duration::from_secs(10);

/// A sextant and an octant at the beginning of a line, the cursor's place after each, and
/// the line erased again.
const WIDTH_QUERY: &str = "\r\u{1fb00}\x1b[6n\u{1cd00}\x1b[6n\r\x1b[K";

/// The end mark: a query for the terminal's status.
const END_MARK: &str = "\x1b[5n";

/// Why an end mark was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EndMark {
    /// To know when queries have been answered.
    Queries,
    /// To know when a frame has arrived.
    Frame,
}

/// Queries and their answers.
#[derive(Debug)]
pub(crate) struct Queries {
    /// Everything answered so far.
    pub answers: Answers,
    /// What the environment says.
    pub env: TerminalEnv,
    /// The terminal's columns and rows, to get a cell's pixels from the window's.
    pub size: (u16, u16),
    /// The terminal around tmux, by [`terminal_around_tmux`].
    pub around_tmux: Option<String>,
    /// Answers to come about the widths of characters.
    pending_columns: u32,
    first_sent_at: Option<Instant>,
    sent_at: Option<Instant>,
    /// End marks that have not been answered, oldest first.
    pending: VecDeque<EndMark>,
    /// When the latest one was sent.
    marked_at: Option<Instant>,
    /// From a query to the first answer, or to the latest end mark.
    round_trip: Option<Duration>,
    /// Kitty's graphics were queried through tmux. The end mark, which tmux answers
    /// itself, does not cover that answer.
    kitty_asked_through_tmux: bool,
    /// That query was sent a second time.
    kitty_repeated: bool,
    /// Kitty's graphics were queried without tmux in between.
    kitty_asked_directly: bool,
    /// The answers since all queries were sent last.
    latest_answers: Answers,
    /// The font may have changed since the query that is under way.
    cell_is_stale: bool,
}

impl Queries {
    /// Before any query.
    pub(crate) fn new(surroundings: TerminalEnv) -> Self {
        Self {
            answers: Answers::default(),
            env: surroundings,
            size: (0, 0),
            around_tmux: None,
            pending_columns: 0,
            first_sent_at: None,
            sent_at: None,
            pending: VecDeque::new(),
            marked_at: None,
            round_trip: None,
            kitty_asked_through_tmux: false,
            kitty_repeated: false,
            kitty_asked_directly: false,
            latest_answers: Answers::default(),
            cell_is_stale: false,
        }
    }

    /// Whether the program runs inside tmux: by its answer, else by the environment.
    pub(crate) fn in_tmux(&self) -> bool {
        match self.answers.name {
            Some(_) => self.answers.name_starts_with("tmux"),
            None => self.env.tmux,
        }
    }

    /// All queries, to be written to the terminal now.
    pub(crate) fn query_all(&mut self, now: Instant) -> String {
        let mut questions = String::new();
        (
            self.kitty_asked_through_tmux,
            self.kitty_repeated,
            self.kitty_asked_directly,
        ) = (false, false, false);
        self.latest_answers = Answers::default();
        if !self.env.console {
            // The line is empty only before the first frame.
            if self.first_sent_at.is_none() {
                questions.push_str(WIDTH_QUERY);
                self.pending_columns = 2;
            }
            // Background, iTerm2's cell, the cell, the window, the name, the kind.
            questions.push_str("\x1b]11;?\x07\x1b]1337;ReportCellSize\x07");
            questions.push_str("\x1b[16t\x1b[14t\x1b[>q\x1b[>c");
            if !self.env.apple {
                // Terminfo's RGB and Tc, their names in hexadecimal.
                questions.push_str("\x1bP+q524742\x1b\\\x1bP+q5463\x1b\\");
            }
            // tmux and GNU screen would take it for a title.
            if !self.in_tmux() && !self.env.multiplexer {
                self.kitty_asked_directly = true;
                questions.push_str(&kitty_query());
            }
        }
        questions.push_str("\x1b[c");
        self.finish(questions, now)
    }

    /// The query for the size of a cell alone, in case the font has changed. While answers
    /// are to come it waits for the last of them.
    pub(crate) fn query_cell_size(&mut self, now: Instant) -> Option<String> {
        let told = self.answers.cell.or(self.answers.window);
        self.cell_is_stale = self.is_asking();
        if told.is_none() || self.cell_is_stale {
            return None;
        }
        Some(self.finish("\x1b[16t\x1b[14t".to_string(), now))
    }

    fn finish(&mut self, mut questions: String, now: Instant) -> String {
        questions.push_str(END_MARK);
        self.pending.push_back(EndMark::Queries);
        self.marked_at = Some(now);
        self.sent_at = Some(now);
        self.first_sent_at.get_or_insert(now);
        questions
    }

    /// The end mark of a frame, to be written after it. It is sent only to a terminal that has
    /// answered before.
    pub(crate) fn mark_frame(&mut self, now: Instant) -> Option<&'static str> {
        self.round_trip?;
        self.pending.push_back(EndMark::Frame);
        self.marked_at = Some(now);
        Some(END_MARK)
    }

    /// Whether the next end mark's answer says that a frame has arrived.
    pub(crate) fn expects_frame(&self) -> bool {
        self.pending.front() == Some(&EndMark::Frame)
    }

    /// Answers to earlier marks may have gone to another program.
    pub(crate) fn forget_pending(&mut self) {
        self.pending.clear();
    }

    /// Whether queries have not been answered yet.
    fn is_asking(&self) -> bool {
        self.pending.contains(&EndMark::Queries)
    }

    fn kitty_query_through_tmux(&mut self) -> String {
        self.kitty_asked_through_tmux = true;
        format!(
            "\x1bPtmux;{}\x1b\\",
            kitty_query().replace('\x1b', "\x1b\x1b")
        )
    }

    /// Handles an answer. Gives whether it says something new, and the next query.
    pub(crate) fn on_answer(&mut self, answer: &Answer, now: Instant) -> (bool, Option<String>) {
        let since = self
            .sent_at
            .map(|asked| now.saturating_duration_since(asked));
        match answer {
            Answer::Unsolicited => return (false, None),
            Answer::Column(_) if self.pending_columns == 0 => return (false, None),
            Answer::Column(_) => self.pending_columns -= 1,
            Answer::End => match self.pending.pop_front() {
                Some(EndMark::Queries) => self.round_trip = since,
                Some(EndMark::Frame) => return (false, None),
                None => {}
            },
            _ => self.round_trip = self.round_trip.or(since),
        }
        self.latest_answers.record(answer);
        let mut news = match *answer {
            Answer::Window(width, height) => {
                let cell = cell_in_window((width, height), self.size).unwrap_or_default();
                self.answers.record(&Answer::Window(cell.0, cell.1))
            }
            _ => self.answers.record(answer),
        };
        let question = match answer {
            Answer::Name(_) => self.kitty_query_if_due(now),
            Answer::End => {
                // tmux would have answered with its name: `TMUX` was inherited.
                let nameless = self.answers.name.is_none() && self.round_trip.is_some();
                if nameless && !self.env.tmux_term {
                    self.env.tmux = false;
                }
                news |= self.forget_former_terminal();
                let cell = self.cell_is_stale && !self.is_asking();
                self.kitty_query_if_due(now)
                    .or_else(|| cell.then(|| self.query_cell_size(now))?)
            }
            _ => None,
        };
        (news, question)
    }

    /// Once everything is answered, drops earlier answers that were not repeated: they
    /// were those of another terminal in front of the same program.
    fn forget_former_terminal(&mut self) -> bool {
        if self.is_asking() || !self.kitty_asked_directly {
            return false;
        }
        let before = self.answers.clone();
        self.answers.kitty = self.latest_answers.kitty;
        self.answers.kitty_png = self.latest_answers.kitty_png;
        self.answers.iterm2_cell = self.latest_answers.iterm2_cell;
        self.answers.direct_colour = self.latest_answers.direct_colour;
        self.answers.name.clone_from(&self.latest_answers.name);
        self.answers.secondary = self.latest_answers.secondary;
        self.answers != before
    }

    /// The query for kitty's graphics, once it is known whether the program runs inside
    /// tmux, whatever the environment says. It is not sent at once, because tmux drops
    /// what it should pass on while it draws a new screen.
    fn kitty_query_if_due(&mut self, now: Instant) -> Option<String> {
        if !self.in_tmux() {
            let known = self.answers.name.is_some() || !self.env.multiplexer;
            let late = known && !self.kitty_asked_directly && !self.env.console;
            return late.then(|| {
                self.kitty_asked_directly = true;
                self.finish(kitty_query(), now)
            });
        }
        // What a tmux at the other end of an SSH connection passes on is unknown.
        let allowed = self.env.passthrough || !self.env.tmux;
        (allowed && !self.kitty_asked_through_tmux).then(|| self.kitty_query_through_tmux())
    }

    /// When a query that was passed on through tmux, and is not answered yet, is repeated or
    /// given up.
    pub(crate) fn passed_on_deadline(&self) -> Option<Instant> {
        let is_open = self.kitty_asked_through_tmux && self.latest_answers.kitty.is_none();
        let wait = match self.kitty_repeated {
            false => REPEAT_AFTER,
            // Without an earlier answer there is nothing to give up.
            true if self.answers.kitty.is_some() => SILENT_AFTER,
            true => return None,
        };
        self.sent_at.filter(|_| is_open).map(|asked| asked + wait)
    }

    /// The query that tmux may have dropped, once more.
    pub(crate) fn repeat_dropped_query(&mut self, now: Instant) -> Option<String> {
        let is_due = self.passed_on_deadline().is_some_and(|due| due <= now);
        (is_due && !self.kitty_repeated).then(|| {
            self.kitty_repeated = true;
            self.kitty_query_through_tmux()
        })
    }

    /// Gives up a repeated query through tmux: the answer of before was that of a terminal that
    /// tmux is not shown in any more. Gives whether that is news.
    pub(crate) fn forget_terminal_around_tmux(&mut self, now: Instant) -> bool {
        let is_due = self.passed_on_deadline().is_some_and(|due| due <= now);
        let is_news = is_due && self.kitty_repeated;
        if is_news {
            self.answers.kitty = None;
            self.answers.kitty_png = None;
        }
        is_news
    }

    /// How many colours there are, by the environment and the answers.
    pub(crate) fn colours(&self, announced: &ColourSupport) -> ColourSupport {
        match self.answers.direct_colour {
            Some(true) => announced.clone().confirmed_by_terminal(),
            _ => announced.clone(),
        }
    }

    /// Whether all queries have been answered, as far as they will be.
    pub(crate) fn is_complete(&self) -> bool {
        self.sent_at.is_some() && !self.is_asking()
    }

    /// Whether queries were sent so recently that the answers cannot be here yet.
    pub(crate) fn was_just_asked(&self, now: Instant) -> bool {
        let since = self.sent_at.map(|at| now.saturating_duration_since(at));
        self.is_asking() && since.is_some_and(|since| since < Duration::from_millis(100))
    }

    /// Whether an answer may still come.
    pub(crate) fn expects_answers(&self, now: Instant) -> bool {
        let Some(asked) = self.sent_at else {
            return false;
        };
        let recent = now.saturating_duration_since(asked) < LATE_ANSWER_WINDOW;
        let straggles = self.answers.background.is_none()
            || self.kitty_asked_through_tmux && self.answers.kitty.is_none();
        let is_marked = !self.pending.is_empty();
        is_marked && (recent || self.round_trip.is_some()) || recent && straggles
    }

    /// How long the terminal took to answer; `None` when it has not.
    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// Until when to read late answers at the end, so that they do not appear on the
    /// shell's line; `None` when none will come. The wait depends on how long the
    /// terminal took before; one that has not answered for a while is not waited for.
    pub(crate) fn drain_deadline(&self, now: Instant) -> Option<Instant> {
        let (first, asked) = (self.first_sent_at?, self.sent_at?);
        let due = if !self.pending.is_empty() {
            match self.round_trip {
                Some(trip) => {
                    self.marked_at.unwrap_or(asked) + trip * 2 + Duration::from_millis(250)
                }
                None => first + SILENT_AFTER,
            }
        } else if self.kitty_asked_through_tmux && self.answers.kitty.is_none() {
            asked + Duration::from_millis(500)
        } else {
            return None;
        };
        (due > now).then(|| due.min(now + MAX_DRAIN_TIME))
    }
}

/// A PNG file of one black pixel, in base64.
const ONE_PIXEL_PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNgYGAAAAAEAAHI6uv5AAAAAElFTkSuQmCC";

/// The query for kitty's graphics, as pixels and as a PNG file, with one pixel each.
fn kitty_query() -> String {
    let [pixels, png] = KITTY_QUERY_IDS;
    format!(
        "\x1b_Gi={pixels},s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\
         \x1b_Gi={png},a=q,t=d,f=100;{ONE_PIXEL_PNG}\x1b\\"
    )
}

#[cfg(test)]
mod tests;

//! Reads the terminal's bytes, but none after the key that quits: those are for the
//! shell.

use std::io::{Write, stdin};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::TerminalEvent;
use super::queries::Queries;
use super::timed_parser::TimedParser;
use crate::tui::recording::record_input;
use crate::tui::terminal_out::TerminalOut;

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Read {
    /// Events, in order; there may be more.
    Events(Vec<TerminalEvent>),
    /// Nothing has arrived.
    Nothing,
    /// The terminal is closed.
    Closed,
}

/// The reader of standard input.
#[derive(Debug, Default)]
pub(crate) struct TtyReader {
    parser: TimedParser,
}

impl TtyReader {
    /// Reads a part of what has arrived, without waiting: one byte, or a piece of a
    /// paste.
    pub(crate) fn read(&mut self, talk: &Queries) -> Read {
        if !wait_readable(Some(Duration::ZERO)) {
            return Read::Nothing;
        }
        let now = Instant::now();
        let waiting = rustix::io::ioctl_fionread(stdin()).unwrap_or(1);
        self.parser.on_bytes_available(waiting, now);
        self.parser.set_expecting(talk.expects_answers(now));
        let mut buffer = [0; 4096];
        let most = if self.parser.is_pasting() {
            buffer.len()
        } else {
            1
        };
        let count = match rustix::io::read(stdin(), &mut buffer[..most]) {
            Ok(0) => return Read::Closed,
            Ok(count) => count,
            Err(rustix::io::Errno::INTR) => return Read::Events(Vec::new()),
            Err(rustix::io::Errno::AGAIN) => return Read::Nothing,
            Err(_) => return Read::Closed,
        };
        record_input(&buffer[..count]);
        let mut sequences = Vec::new();
        for byte in &buffer[..count] {
            self.parser.feed(*byte, now, &mut sequences);
        }
        Read::Events(
            sequences
                .into_iter()
                .flat_map(TerminalEvent::from_sequence)
                .collect(),
        )
    }

    /// When [`TtyReader::expire`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.parser.deadline()
    }

    /// The meaning of an unfinished sequence that was not continued in time. All bytes
    /// that have arrived must have been read before.
    pub(crate) fn expire(&mut self, talk: &Queries) -> Vec<TerminalEvent> {
        let now = Instant::now();
        self.parser.set_expecting(talk.expects_answers(now));
        let mut sequences = Vec::new();
        self.parser.expire(now, &mut sequences);
        sequences
            .into_iter()
            .flat_map(TerminalEvent::from_sequence)
            .collect()
    }

    /// Reads answers until the time that `due` gives, or until it gives none. Keys that
    /// come in between are dropped; Ctrl-C ends the wait.
    pub(crate) fn drain(&mut self, talk: &mut Queries, due: impl Fn(&Queries) -> Option<Instant>) {
        let interrupt = TerminalEvent::Key(super::keys::control(3));
        while let Some(left) = due(talk)
            .map(|due| due.saturating_duration_since(Instant::now()))
            .filter(|left| !left.is_zero())
        {
            let until_given_up = self
                .deadline()
                .map(|at| at.saturating_duration_since(Instant::now()));
            wait_readable(Some(until_given_up.map_or(left, |until| until.min(left))));
            let inputs = match self.read(talk) {
                Read::Events(inputs) => inputs,
                Read::Nothing => self.expire(talk),
                Read::Closed => return,
            };
            for input in inputs {
                match input {
                    TerminalEvent::Answer(answer) => {
                        if let (_, Some(question)) = talk.on_answer(&answer, Instant::now()) {
                            write_to_terminal(&question);
                        }
                    }
                    input if input == interrupt => return,
                    _ => {}
                }
            }
        }
    }
}

/// Writes to the terminal. Failures are ignored: a closed terminal is noticed when
/// it is read.
pub(crate) fn write_to_terminal(text: &str) {
    let mut out = TerminalOut::new();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Waits until something has arrived or the terminal is closed, for at most
/// `timeout`. Gives whether there is something to read.
fn wait_readable(timeout: Option<Duration>) -> bool {
    let stdin = stdin();
    let mut watched = [PollFd::new(&stdin, PollFlags::IN)];
    let timeout = timeout.and_then(|time| Timespec::try_from(time).ok());
    match poll(&mut watched, timeout.as_ref()) {
        Ok(count) => count > 0,
        Err(_) => false,
    }
}

/// A thread that reports when something has arrived. It reads nothing, and reports
/// once each time it is armed.
#[derive(Debug)]
pub(crate) struct ReadinessThread {
    look: Sender<()>,
}

impl ReadinessThread {
    /// Starts the thread. It ends with the process, because nothing can wake it while
    /// it waits for the terminal.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(crate) fn start() -> std::io::Result<(Self, UnboundedReceiver<()>)> {
        let (look, looks) = channel();
        let (tell, arrived) = unbounded_channel();
        std::thread::Builder::new()
            .name("terminal".into())
            .spawn(move || {
                while looks.recv().is_ok() {
                    // An interrupted wait counts as one that is over.
                    wait_readable(None);
                    if tell.send(()).is_err() {
                        return;
                    }
                }
            })?;
        Ok((Self { look }, arrived))
    }

    /// Makes the thread report once when something has arrived.
    pub(crate) fn arm(&self) {
        // The thread ends only with its receiver.
        let _ = self.look.send(());
    }
}

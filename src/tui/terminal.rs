//! The terminal: taken over at the start, given back as it was in every way
//! out, also when the program panics.

use std::io::{BufWriter, IsTerminal, Stdout, Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, DisableFocusChange};
use crossterm::event::{EnableBracketedPaste, EnableFocusChange};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use crate::error::{Error, Result};

/// Whether the terminal is ours now: giving it back twice must do nothing the
/// second time, and a panicking thread must know.
static TAKEN: AtomicBool = AtomicBool::new(false);

type Backend = CrosstermBackend<BufWriter<Stdout>>;

/// The terminal while the program has it; dropping it gives it back.
pub struct Screen {
    terminal: Terminal<Backend>,
}

impl Screen {
    /// Takes the terminal over: raw mode, alternate screen, focus reports. From
    /// here on a panic of the calling thread gives it back before it speaks.
    ///
    /// # Errors
    /// When standard input or output is not a terminal, or refuses.
    pub fn take() -> Result<Self> {
        if !std::io::stdin().is_terminal() || !stdout().is_terminal() {
            return Err(Error::invalid(
                "standard input or output",
                "is not a terminal, and the screen needs one; `lfw-tui --help` lists the \
                 commands that do not",
            ));
        }
        give_back_on_panic();
        enter().map_err(refused)?;
        let writer = BufWriter::with_capacity(1 << 16, stdout());
        let terminal = Terminal::new(CrosstermBackend::new(writer)).map_err(refused)?;
        Ok(Self { terminal })
    }

    /// Draws one frame, shown at once and whole where the terminal can do so,
    /// after sending `before`, raw sequences that must come first.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(
        &mut self,
        before: &str,
        render: impl FnOnce(&mut ratatui::Frame),
    ) -> std::io::Result<()> {
        let writer = self.terminal.backend_mut();
        queue!(writer, BeginSynchronizedUpdate)?;
        writer.write_all(before.as_bytes())?;
        self.terminal.draw(render)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Forgets what is on the screen, so that the next frame draws everything.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn forget(&mut self) -> std::io::Result<()> {
        // Not `clear`, which waits for the terminal to tell where its cursor is.
        let size = self.terminal.size()?;
        self.terminal.resize(size.into())
    }

    /// Gives the terminal back, stops the process as Ctrl-Z does elsewhere, and
    /// takes the terminal again when the process is continued.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn suspend(&mut self) -> std::io::Result<()> {
        leave();
        // The whole foreground group, so that a parent such as `cargo run` stops
        // with us. SIGTSTP and not SIGSTOP: the system ignores it where there is
        // no shell that could continue us.
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        self.resume()
    }

    /// Takes the terminal again after the process was stopped, whatever modes
    /// it was left in.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn resume(&mut self) -> std::io::Result<()> {
        leave();
        enter()?;
        self.forget()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

fn refused(source: std::io::Error) -> Error {
    Error::io("terminal", "set up")(source)
}

fn enter() -> std::io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(
        stdout(),
        EnterAlternateScreen,
        Hide,
        EnableFocusChange,
        EnableBracketedPaste
    )
}

/// Undoes [`enter`]; failures are of no use to anybody when the terminal is gone.
fn leave() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(
            stdout(),
            EndSynchronizedUpdate,
            DisableBracketedPaste,
            DisableFocusChange,
            LeaveAlternateScreen,
            Show
        );
        let _ = disable_raw_mode();
    }
}

/// A panic on the screen's own thread ends the program: give the terminal back,
/// then report as usual. One on a worker's thread must not print over the screen.
fn give_back_on_panic() {
    let screen_thread = std::thread::current().id();
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == screen_thread {
            leave();
        }
        if !TAKEN.load(Ordering::SeqCst) {
            report(info);
        }
    }));
}

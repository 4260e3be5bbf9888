//! The terminal: taken over at the start, given back as it was in every way
//! out, also when the program panics.

use std::io::{BufWriter, IsTerminal, Stdout, Write, stdout};
use std::mem::ManuallyDrop;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, DisableFocusChange};
use crossterm::event::{EnableBracketedPaste, EnableFocusChange};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::Terminal;

use super::colours::TerminalBackend;
use crate::error::{Error, Result};
use crate::logging;

/// Whether the terminal is ours now: giving it back twice must do nothing the
/// second time, and a panicking thread must know.
static OWNED: AtomicBool = AtomicBool::new(false);

/// What the terminal must be told before it is given back, in any way out: to
/// free the pictures that it keeps.
static EXIT_ESCAPES: Mutex<String> = Mutex::new(String::new());

type Backend = TerminalBackend<BufWriter<Stdout>>;

/// The terminal while the program has it; dropping it gives it back.
pub struct TerminalGuard {
    // Never dropped: it would show the cursor, which `leave` does, and print
    // that it could not when the terminal is gone, to a standard error that is
    // gone with it: a panic.
    terminal: ManuallyDrop<Terminal<Backend>>,
    /// Whether something else may have drawn on it.
    needs_clear: bool,
}

/// What goes to the terminal along with a frame.
pub struct FrameEscapes {
    /// Raw sequences before the frame's text.
    pub before: String,
    /// What to write when the terminal is given back from now on.
    pub on_exit: String,
}

impl TerminalGuard {
    /// Takes the terminal over: raw mode, alternate screen, focus reports. From
    /// here on a panic of the calling thread gives it back before it speaks.
    ///
    /// # Errors
    /// When standard input or output is not a terminal, or refuses.
    pub fn acquire() -> Result<Self> {
        if !std::io::stdin().is_terminal() || !stdout().is_terminal() {
            return Err(Error::invalid(
                "standard input or output",
                "is not a terminal, and the screen needs one; `lfw-tui --help` lists the \
                 commands that do not",
            ));
        }
        restore_on_panic();
        enter().map_err(setup_error)?;
        let writer = BufWriter::with_capacity(1 << 16, stdout());
        let terminal = Terminal::new(TerminalBackend::new(writer)).map_err(setup_error)?;
        Ok(Self {
            terminal: ManuallyDrop::new(terminal),
            needs_clear: false,
        })
    }

    /// Draws one frame, shown at once and whole where the terminal can do so.
    /// `render` is told whether the screen was cleared before, and answers with
    /// what must be written besides.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(
        &mut self,
        render: impl FnOnce(&mut ratatui::Frame, bool) -> FrameEscapes,
    ) -> std::io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        // Clearing is done here and not left to `Terminal::draw`, because the
        // pictures must know of it, and not by `Terminal::clear`, which waits
        // for the terminal to tell where its cursor is.
        let size = self.terminal.size()?;
        let is_cleared =
            self.needs_clear || self.terminal.current_buffer_mut().area.as_size() != size;
        if is_cleared {
            self.terminal.resize(size.into())?;
            self.needs_clear = false;
        }
        let sequences = render(&mut self.terminal.get_frame(), is_cleared);
        if let Ok(mut farewell) = EXIT_ESCAPES.lock() {
            *farewell = sequences.on_exit;
        }
        let writer = self.terminal.backend_mut();
        writer.write_all(sequences.before.as_bytes())?;
        self.terminal.apply_buffer()?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Forgets what is on the screen, so that the next frame clears it and
    /// draws everything.
    pub fn invalidate(&mut self) {
        self.needs_clear = true;
    }

    /// Gives the terminal back, stops the process as Ctrl-Z does elsewhere, and
    /// takes the terminal again when the process is continued. `listen` as in
    /// [`TerminalGuard::release`].
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn suspend(&mut self, listen: impl FnOnce()) -> std::io::Result<()> {
        leave_with(listen);
        // The whole foreground group, so that a parent such as `cargo run` stops
        // with us. SIGTSTP and not SIGSTOP: the system ignores it where there is
        // no shell that could continue us.
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        self.resume()
    }

    /// Gives the terminal back. `listen` is called when the screen is the
    /// shell's again, but what comes in is not: the last chance to read answers.
    pub fn release(&mut self, listen: impl FnOnce()) {
        leave_with(listen);
    }

    /// Takes the terminal again after the process was stopped, whatever modes
    /// it was left in.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn resume(&mut self) -> std::io::Result<()> {
        leave();
        enter()?;
        self.invalidate();
        Ok(())
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        leave();
    }
}

fn setup_error(source: std::io::Error) -> Error {
    Error::io("terminal", "set up")(source)
}

fn enter() -> std::io::Result<()> {
    OWNED.store(true, Ordering::SeqCst);
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
    leave_with(|| {});
}

fn leave_with(listen: impl FnOnce()) {
    if OWNED.swap(false, Ordering::SeqCst) {
        // Not waited for: the thread that panics may hold it.
        let farewell = EXIT_ESCAPES
            .try_lock()
            .map(|mut text| std::mem::take(&mut *text));
        let _ = execute!(
            stdout(),
            EndSynchronizedUpdate,
            // In the screen that they were shown on.
            Print(farewell.unwrap_or_default()),
            DisableBracketedPaste,
            DisableFocusChange,
            LeaveAlternateScreen,
            Show
        );
        listen();
        let _ = disable_raw_mode();
    }
}

/// A panic on the screen's own thread ends the program: give the terminal back,
/// then report as usual. One on a worker's thread must not print over the screen.
fn restore_on_panic() {
    let screen_thread = std::thread::current().id();
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == screen_thread {
            leave();
        }
        if OWNED.load(Ordering::SeqCst) {
            // The screen stays whole; the log has the panic.
            logging::log_panic(info);
        } else {
            report(info);
        }
    }));
}

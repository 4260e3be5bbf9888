//! The terminal: taken over at the start and restored in every way out, even when
//! the program panics.

use std::cell::Cell;
use std::io::{BufWriter, IsTerminal, Write, stdout};
use std::mem::ManuallyDrop;
use std::rc::Rc;
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

use super::colours::{PlainCells, TerminalBackend};
use super::input::tty::write_to_terminal;
use super::terminal_out::TerminalOut;
use crate::error::{Error, Result};
use crate::logging;

/// Whether the terminal is taken over. Releasing it a second time must do nothing,
/// and a panicking thread must know.
static OWNED: AtomicBool = AtomicBool::new(false);

/// Whether the terminal reports the mouse while it is taken over.
static REPORTS_MOUSE: AtomicBool = AtomicBool::new(false);

/// Presses, releases, the wheel, and motion with a button held (1002), as numbers (1006).
const MOUSE_ON: &str = "\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l";

/// Escape sequences to write before the terminal is released, in any way out: they
/// delete the pictures that it stores.
static EXIT_ESCAPES: Mutex<String> = Mutex::new(String::new());

type Backend = TerminalBackend<BufWriter<CountedStdout>>;

/// Standard output, counting what is written.
struct CountedStdout {
    stdout: TerminalOut,
    written: Rc<Cell<u64>>,
}

impl Write for CountedStdout {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.stdout.write(bytes)?;
        self.written.set(self.written.get() + written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.stdout.flush()
    }
}

/// The terminal while the program has it. Dropping this releases the terminal.
pub(crate) struct TerminalGuard {
    // Never dropped: that would show the cursor, which `leave` does. If the terminal
    // is gone, it would report the failure on a standard error that is gone too, and
    // panic.
    terminal: ManuallyDrop<Terminal<Backend>>,
    /// Whether the next frame clears the screen: something else may have drawn on it.
    needs_clear: bool,
    /// Bytes of all frames so far.
    written: Rc<Cell<u64>>,
}

/// Escape sequences of a frame.
pub(crate) struct FrameEscapes {
    /// To be written before the frame's text.
    pub before: String,
    /// To be written when the terminal is released, from now on.
    pub on_exit: String,
}

/// Columns and rows of the terminal.
///
/// # Errors
/// When standard input or output is not a terminal, or has no size.
pub(crate) fn terminal_size() -> Result<(u16, u16)> {
    check_is_terminal()?;
    crossterm::terminal::size().map_err(Error::io("terminal", "measure"))
}

fn check_is_terminal() -> Result<()> {
    if std::io::stdin().is_terminal() && stdout().is_terminal() {
        return Ok(());
    }
    Err(Error::invalid(
        "standard input or output",
        "is not a terminal, and the screen needs one; `lfw-tui --help` lists the commands that \
         do not",
    ))
}

impl TerminalGuard {
    /// Takes over the terminal: raw mode, alternate screen, focus reports. From now
    /// on, a panic of the calling thread releases the terminal before its message.
    ///
    /// # Errors
    /// When standard input or output is not a terminal, or refuses.
    pub(crate) fn acquire(reports_mouse: bool) -> Result<Self> {
        REPORTS_MOUSE.store(reports_mouse, Ordering::SeqCst);
        check_is_terminal()?;
        restore_on_panic();
        enter().map_err(setup_error)?;
        let written = Rc::new(Cell::new(0));
        let counted = CountedStdout {
            stdout: TerminalOut::new(),
            written: written.clone(),
        };
        let writer = BufWriter::with_capacity(1 << 16, counted);
        let terminal = Terminal::new(TerminalBackend::new(writer)).map_err(setup_error)?;
        Ok(Self {
            terminal: ManuallyDrop::new(terminal),
            needs_clear: false,
            written,
        })
    }

    /// Draws one frame, which appears as a whole if the terminal supports that.
    /// `render` gets whether the screen was cleared, and gives the escape sequences of
    /// the frame.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(crate) fn draw(
        &mut self,
        render: impl FnOnce(&mut ratatui::Frame, bool) -> FrameEscapes,
    ) -> std::io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        // Not left to `Terminal::draw`, because the pictures must know of it, and not
        // done by `Terminal::clear`, which waits for the cursor position report.
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
        let frame = PlainCells::new(self.terminal.current_buffer_mut());
        let writer = self.terminal.backend_mut();
        writer.announce_frame(frame);
        writer.write_all(sequences.before.as_bytes())?;
        self.terminal.apply_buffer()?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Sets whether placeholders of kitty's protocol are repeated by a sequence.
    pub(crate) fn set_repeats_placeholders(&mut self, repeats: bool) {
        self.terminal
            .backend_mut()
            .set_repeats_placeholders(repeats);
    }

    /// Bytes of all frames so far.
    pub(crate) fn written(&self) -> u64 {
        self.written.get()
    }

    /// Makes the next frame clear the screen and draw everything.
    pub(crate) fn invalidate(&mut self) {
        self.needs_clear = true;
    }

    /// Releases the terminal, stops the process as Ctrl-Z does elsewhere, and takes
    /// over the terminal again when the process is continued. `listen` is as in
    /// [`TerminalGuard::release`].
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(crate) fn suspend(&mut self, listen: impl FnOnce()) -> std::io::Result<()> {
        leave_with(listen);
        // The whole foreground group, so that a parent such as `cargo run` stops too.
        // SIGTSTP and not SIGSTOP: the system ignores it where no shell could continue
        // the process.
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        self.resume()
    }

    /// Releases the terminal. `listen` is called when the shell has the screen again
    /// but not yet the input: the last chance to read the terminal's answers.
    #[expect(clippy::unused_self, reason = "only the guard's holder may release")]
    pub(crate) fn release(&mut self, listen: impl FnOnce()) {
        leave_with(listen);
    }

    /// Takes over the terminal again after the process was stopped, whatever mode the
    /// terminal is in.
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
    let mouse = if REPORTS_MOUSE.load(Ordering::SeqCst) {
        MOUSE_ON
    } else {
        ""
    };
    execute!(
        TerminalOut::new(),
        EnterAlternateScreen,
        Hide,
        EnableFocusChange,
        EnableBracketedPaste,
        Print(mouse)
    )
}

/// Lets the terminal report the mouse, or not.
pub(crate) fn report_mouse(on: bool) {
    REPORTS_MOUSE.store(on, Ordering::SeqCst);
    write_to_terminal(if on { MOUSE_ON } else { MOUSE_OFF });
}

/// Undoes [`enter`]. Failures are ignored: the terminal is gone then.
fn leave() {
    leave_with(|| {});
}

fn leave_with(listen: impl FnOnce()) {
    if OWNED.swap(false, Ordering::SeqCst) {
        // Not waited for: the panicking thread may hold the lock.
        let farewell = EXIT_ESCAPES
            .try_lock()
            .map(|mut text| std::mem::take(&mut *text));
        let _ = execute!(
            TerminalOut::new(),
            EndSynchronizedUpdate,
            // On the screen that the pictures are on.
            Print(farewell.unwrap_or_default()),
            Print(MOUSE_OFF),
            DisableBracketedPaste,
            DisableFocusChange,
            LeaveAlternateScreen,
            Show
        );
        listen();
        let _ = disable_raw_mode();
    }
}

/// A panic of the screen's thread ends the program: the terminal is released, then
/// the panic is reported as usual. One of a worker thread must not print over the
/// screen.
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

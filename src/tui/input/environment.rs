//! What the environment and tmux say about the terminal.

/// What the environment says about the terminal. It decides which queries are sent;
/// the answers decide everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TerminalEnv {
    /// The program seems to run inside tmux.
    pub tmux: bool,
    /// `TERM` has a name that tmux sets.
    pub tmux_term: bool,
    /// tmux passes escape sequences on to the terminal.
    pub passthrough: bool,
    /// GNU screen, or tmux at the other end of an SSH connection.
    pub multiplexer: bool,
    /// The Linux console prints strings that it does not know.
    pub console: bool,
    /// Apple's Terminal prints device control strings.
    pub apple: bool,
}

impl TerminalEnv {
    /// Reads the environment, and tmux's setting.
    pub(crate) fn detect() -> Self {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let (term, program) = (variable("TERM"), variable("TERM_PROGRAM"));
        let tmux = !variable("TMUX").is_empty() || term.starts_with("tmux") || program == "tmux";
        Self {
            tmux,
            tmux_term: term.starts_with("tmux") || term.starts_with("screen"),
            passthrough: tmux && allows_passthrough(),
            multiplexer: term.starts_with("screen") || !variable("STY").is_empty(),
            console: term == "linux" || term == "dumb",
            apple: program == "Apple_Terminal",
        }
    }
}

/// tmux's option `allow-passthrough`. Before 3.3 there was no such option and tmux
/// passed everything on. The option of a tmux at the other end of an SSH connection
/// cannot be read; it is taken to be on.
fn allows_passthrough() -> bool {
    let said = std::process::Command::new("tmux")
        .args(["show-options", "-Apqv", "allow-passthrough"])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .output();
    match said {
        Ok(output) if output.status.success() => output.stdout.trim_ascii() != b"off",
        _ => true,
    }
}

/// The name and version of the terminal that tmux is shown in, as that has answered tmux;
/// `None` if it has not, or tmux is too old (before 3.2) or at the other end of an SSH
/// connection.
pub(crate) fn terminal_around_tmux() -> Option<String> {
    let said = std::process::Command::new("tmux")
        .args(["display-message", "-p", "#{client_termtype}"])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .output()
        .ok()
        .filter(|said| said.status.success())?;
    let name = String::from_utf8_lossy(&said.stdout);
    let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
    (!name.is_empty()).then_some(name)
}

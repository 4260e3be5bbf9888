//! The terminal and what stands between it and us.

use ratatui_image::picker::ProtocolType;

use super::findings::Findings;
use crate::config::{Config, Graphics};
use crate::tui::colours::{ColourSupport, Depth, Reason};
use crate::tui::probe;

/// The least size that every tab fits.
const MIN_SIZE: (u16, u16) = (80, 24);

/// Looks at the environment and asks the terminal when there is one.
pub fn check(config: &Config) -> Findings {
    let mut findings = Findings::new("terminal");
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let tmux = variable("TMUX").is_some();
    match variable("TERM").as_deref() {
        None => findings.warn(
            "TERM",
            "not set",
            "the screen needs a terminal; commands with --json do not",
        ),
        Some("dumb") => findings.fail("TERM", "dumb", "run it in a real terminal for the screen"),
        Some(term) => findings.ok("TERM", term),
    }
    let announced = ColourSupport::detect(config.colors);
    match probe::query(config.graphics, config.cell_size, &announced) {
        None => {
            findings.warn(
                "size",
                "no terminal on standard input and output",
                "run doctor in the terminal that the screen will be in",
            );
            check_colours(&mut findings, &announced);
        }
        Some(terminal) => {
            check_terminal(&mut findings, &terminal, config, tmux);
            check_colours(&mut findings, &terminal.colours);
        }
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(variable);
    let folded = locale.as_deref().unwrap_or("C").to_ascii_lowercase();
    if folded.contains("utf-8") || folded.contains("utf8") {
        findings.ok("locale", locale.unwrap_or_default());
    } else {
        findings.warn(
            "locale",
            format!("{} is not UTF-8", locale.as_deref().unwrap_or("C")),
            "export LANG=C.UTF-8, else lines and marks may show as question marks",
        );
    }
    if !tmux && variable("STY").is_some() {
        findings.warn(
            "screen",
            "inside GNU screen, which shows no pictures but half blocks",
            "use tmux for kitty pictures; training needs neither, it outlives the terminal",
        );
    }
    if variable("SSH_CONNECTION").is_some() || variable("SSH_TTY").is_some() {
        findings.ok(
            "ssh",
            "over SSH; --graphics halfblocks is the lightest on a slow line",
        );
    }
    findings
}

/// How many colours are written, and why not more.
fn check_colours(findings: &mut Findings, colours: &ColourSupport) {
    let found = format!("{}, {}", colours.depth.name(), colours.reason);
    let advice = match (&colours.reason, colours.depth) {
        (Reason::Setting, _) | (_, Depth::Truecolor) => return findings.ok("colours", found),
        (Reason::NoColor, _) => {
            "unset it to get them back, or say --colors; pictures by half blocks are shades until then"
        }
        (Reason::GnuScreen, _) => {
            "GNU screen 4 shows wrong colours for 24-bit ones; from 5 on with `truecolor on`, say \
             --colors truecolor"
        }
        (Reason::Nameless, _) => "set TERM to the terminal's name, or say --colors",
        _ => {
            "if the terminal has 24-bit colour, export COLORTERM=truecolor (over SSH: SendEnv \
             COLORTERM), or say --colors truecolor"
        }
    };
    findings.warn("colours", found, advice);
}

fn check_terminal(
    findings: &mut Findings,
    terminal: &probe::TerminalInfo,
    config: &Config,
    tmux: bool,
) {
    let (columns, rows) = terminal.size;
    let size = format!("{columns}×{rows} characters");
    if columns < MIN_SIZE.0 || rows < MIN_SIZE.1 {
        let least = format!("make it at least {}×{}", MIN_SIZE.0, MIN_SIZE.1);
        findings.warn("size", size, least);
    } else {
        findings.ok("size", size);
    }
    check_answers(findings, terminal);
    if tmux {
        if terminal.passthrough {
            findings.ok(
                "tmux",
                "inside, allow-passthrough is on; pictures as kitty placeholders or half blocks",
            );
        } else {
            findings.warn(
                "tmux",
                "inside, allow-passthrough is off: pictures as half blocks, and what the \
             terminal behind tmux can do is not asked",
                "for kitty's pictures put `set -g allow-passthrough on` into ~/.tmux.conf",
            );
        }
    }
    let graphics = &terminal.graphics;
    let name = match config.graphics {
        Graphics::Auto => format!("{}, by the terminal's answer", graphics.protocol_name()),
        _ => format!("{}, by the settings", graphics.protocol_name()),
    };
    match graphics.protocol {
        Some(ProtocolType::Halfblocks) if config.graphics == Graphics::Auto => findings.warn(
            "graphics",
            name,
            if tmux {
                "for sharper pictures use a terminal with kitty's protocol and \
                 `set -g allow-passthrough on` in ~/.tmux.conf"
            } else {
                "for sharper pictures use a terminal with kitty's protocol or sixel (kitty, \
                 ghostty, WezTerm, foot, mlterm, xterm -ti vt340), or say --graphics if yours has one"
            },
        ),
        _ => findings.ok("graphics", name),
    }
    let (width, height) = graphics.cell_size;
    let told = terminal.answers.cell.or(terminal.answers.window);
    match config.cell_size.or(terminal.cell).or(told) {
        None => findings.warn(
            "cell",
            format!("neither the system nor the terminal tells a character's pixels; taken as {width}×{height}"),
            "if pictures look stretched, say --cell-size WIDTHxHEIGHT",
        ),
        _ => findings.ok("cell", format!("{width}×{height} pixels a character")),
    }
}

/// What the terminal answered, in its own right: the environment may be
/// somebody else's.
fn check_answers(findings: &mut Findings, terminal: &probe::TerminalInfo) {
    let Some(took) = terminal.round_trip else {
        return findings.warn(
            "answers",
            "none: the terminal said nothing about itself within 2.5 s",
            "pictures are half blocks unless --graphics says otherwise, on a dark background \
             unless --theme does",
        );
    };
    let answers = &terminal.answers;
    let mut words = Vec::new();
    words.extend(answers.name.clone());
    words.push(match answers.kitty {
        Some(true) => "kitty graphics".to_string(),
        Some(false) => "no kitty graphics (it refused)".to_string(),
        None => "no kitty graphics".to_string(),
    });
    words.push(
        if answers.has_sixel() {
            "sixel"
        } else {
            "no sixel"
        }
        .to_string(),
    );
    if answers.iterm2_cell.is_some() {
        words.push("iTerm2's sequences".to_string());
    }
    if let Some((width, height)) = answers.cell.or(answers.window) {
        words.push(format!("a cell of {width}×{height} pixels"));
    }
    if let Some([r, g, b]) = answers.background {
        let shade = match answers.light_background() {
            Some(true) => "light",
            _ => "dark",
        };
        words.push(format!("a {shade} background, #{r:02x}{g:02x}{b:02x}"));
    }
    match answers.direct_colour {
        Some(true) => words.push("24-bit colours".to_string()),
        Some(false) => words.push("no word of 24-bit colours".to_string()),
        None => {}
    }
    findings.ok(
        "answers",
        format!("{}; after {} ms", words.join(", "), took.as_millis()),
    );
}

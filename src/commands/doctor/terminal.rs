//! The terminal and what stands between it and us.

use ratatui_image::picker::ProtocolType;

use super::Findings;
use crate::config::{Config, Graphics};
use crate::tui::colours::{Colours, Depth, Reason};
use crate::tui::probe;

/// The least size that every tab fits.
const LEAST: (u16, u16) = (80, 24);

/// Looks at the environment and asks the terminal when there is one.
pub fn look(config: &Config) -> Findings {
    let mut findings = Findings::about("terminal");
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
    match probe::ask(config.graphics, config.cell_size) {
        None => findings.warn(
            "size",
            "no terminal on standard input and output",
            "run doctor in the terminal that the screen will be in",
        ),
        Some(terminal) => answers(&mut findings, &terminal, config, tmux),
    }
    colours(&mut findings, config);
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
    if tmux {
        findings.ok(
            "tmux",
            "inside; pictures as kitty placeholders or half blocks",
        );
    } else if variable("STY").is_some() {
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
fn colours(findings: &mut Findings, config: &Config) {
    let colours = Colours::detect(config.colors);
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

fn answers(findings: &mut Findings, terminal: &probe::Terminal, config: &Config, tmux: bool) {
    let (columns, rows) = terminal.size;
    let size = format!("{columns}×{rows} characters");
    if columns < LEAST.0 || rows < LEAST.1 {
        let least = format!("make it at least {}×{}", LEAST.0, LEAST.1);
        findings.warn("size", size, least);
    } else {
        findings.ok("size", size);
    }
    let graphics = &terminal.graphics;
    let name = match config.graphics {
        Graphics::Auto => format!("{}, by the terminal's answer", graphics.name()),
        _ => format!("{}, by the settings", graphics.name()),
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
    let (width, height) = graphics.cell;
    match (config.cell_size, terminal.cell) {
        (None, None) => findings.warn(
            "cell",
            format!("the system does not know a character's pixels; taken as {width}×{height}"),
            "if pictures look stretched, say --cell-size WIDTHxHEIGHT",
        ),
        _ => findings.ok("cell", format!("{width}×{height} pixels a character")),
    }
}

//! Checks the terminal, and what is between it and the program.

use super::findings::Findings;
use crate::config::{Config, Graphics};
use crate::tui::colours::{ColourSupport, Depth, Reason};
use crate::tui::images::Mosaic;
use crate::tui::probe;

/// The smallest size that fits every tab, in columns and rows.
const MIN_SIZE: (u16, u16) = (80, 24);

/// Checks the environment, and queries the terminal if there is one.
pub(crate) fn check(config: &Config) -> Findings {
    let mut findings = Findings::new("terminal");
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let tmux = variable("TMUX").is_some();
    match variable("TERM").as_deref() {
        None => findings.warn(
            "TERM",
            "not set",
            "the screen needs a terminal; the commands do not",
        ),
        Some("dumb") => findings.fail(
            "TERM",
            "dumb",
            "run lfw-tui in a real terminal to use the screen",
        ),
        Some(term) => findings.ok("TERM", term),
    }
    let announced = ColourSupport::detect(config.colors);
    match probe::query(config.graphics, config.cell_size, &announced) {
        None => {
            findings.warn(
                "size",
                "no terminal on standard input and output",
                "run doctor in the terminal in which you use the screen",
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
            "export LANG=C.UTF-8, or lines and marks may show as question marks",
        );
    }
    if !tmux && variable("STY").is_some() {
        findings.warn(
            "screen",
            "inside GNU screen, which shows pictures as mosaics of characters only",
            "use tmux for kitty pictures; training needs neither, runs survive the terminal",
        );
    }
    if variable("SSH_CONNECTION").is_some() || variable("SSH_TTY").is_some() {
        findings.ok(
            "ssh",
            "over SSH; mosaics of characters (--graphics sextants) need least bandwidth",
        );
    }
    findings
}

/// How many colours are used, and why not more.
fn check_colours(findings: &mut Findings, colours: &ColourSupport) {
    let found = format!("{}, {}", colours.depth.name(), colours.reason);
    let advice = match (&colours.reason, colours.depth) {
        (Reason::Setting, _) | (_, Depth::Truecolor) => return findings.ok("colours", found),
        (Reason::NoColor, _) => {
            "unset it, or use --colors; until then pictures of characters are shades of grey"
        }
        (Reason::GnuScreen, _) => {
            "GNU screen 4 shows 24-bit colours wrongly; with version 5 and `truecolor on`, use \
             --colors truecolor"
        }
        (Reason::Nameless, _) => "set TERM to the terminal's name, or use --colors",
        _ => {
            "if the terminal has 24-bit colours, export COLORTERM=truecolor (over SSH: SendEnv \
             COLORTERM), or use --colors truecolor"
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
    findings.ok("asked", terminal.asked.join(", "));
    check_answers(findings, terminal);
    if tmux {
        if terminal.passthrough {
            findings.ok(
                "tmux",
                "inside tmux, allow-passthrough is on: pictures as kitty placeholders or mosaics",
            );
        } else {
            findings.warn(
                "tmux",
                "inside tmux, allow-passthrough is off: pictures as mosaics, and the \
                 terminal behind tmux is not queried",
                "for kitty's pictures put `set -g allow-passthrough on` into ~/.tmux.conf",
            );
        }
    }
    let graphics = &terminal.graphics;
    let name = match config.graphics {
        Graphics::Auto => format!("{}: {}", graphics.protocol_name(), terminal.choice.reason),
        _ => format!("{}, from the settings", graphics.protocol_name()),
    };
    match (config.graphics, terminal.choice.advice) {
        (Graphics::Auto, Some(advice)) => {
            let more = if graphics.mosaic < Mosaic::Octants && widths_are_right(terminal) {
                "; if your font has sextants or octants, --graphics sextants or octants shows more"
            } else {
                ""
            };
            findings.warn("graphics", name, format!("{advice}{more}"));
        }
        _ => findings.ok("graphics", name),
    }
    let (width, height) = graphics.cell_size;
    let reported = terminal.answers.cell.or(terminal.answers.window);
    match config.cell_size.or(terminal.cell).or(reported) {
        None => findings.warn(
            "cell",
            format!("neither the system nor the terminal reports the size of a character; assuming {width}×{height} pixels"),
            "if pictures look stretched, use --cell-size WIDTHxHEIGHT",
        ),
        _ => findings.ok("cell", format!("{width}×{height} pixels per character")),
    }
}

/// Whether the terminal takes sextants and octants for one column wide, or does not say.
fn widths_are_right(terminal: &probe::TerminalInfo) -> bool {
    let widths = terminal.answers.widths;
    widths
        .iter()
        .all(|width| width.is_none_or(|columns| columns == 1))
}

/// What the terminal itself answered; the environment may be that of another one.
fn check_answers(findings: &mut Findings, terminal: &probe::TerminalInfo) {
    let Some(took) = terminal.round_trip else {
        return findings.warn(
            "answers",
            "none: the terminal did not answer within 2.5 s",
            "pictures are quadrants unless you use --graphics, on a dark background unless \
             you use --theme",
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
    if let Some(around) = &terminal.around_tmux {
        words.push(format!("shown in {around}"));
    }
    if answers.name.is_none()
        && let Some([kind, version, last]) = answers.secondary
    {
        words.push(format!("attributes {kind};{version};{last}"));
    }
    for (width, name) in answers.widths.into_iter().zip(["a sextant", "an octant"]) {
        if let Some(columns) = width.filter(|columns| *columns != 1) {
            words.push(format!("{name} in {columns} columns"));
        }
    }
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
        Some(false) => words.push("24-bit colours not reported".to_string()),
        None => {}
    }
    findings.ok(
        "answers",
        format!("{}; after {} ms", words.join(", "), took.as_millis()),
    );
}

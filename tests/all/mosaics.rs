//! Pictures drawn with characters: which ones, by the terminal's answers and the settings.

use super::session::{Session, Terminal};
use super::tui::stage::folder;

const NAME: &str = "\x1b[>q";
const KIND: &str = "\x1b[>c";

/// Waits until pictures are drawn in a shape: `halves`, `quadrants`, `sextants`, `octants`.
fn expect(arguments: &[&str], terminal: Terminal, expected: &str) {
    let data = folder().display().to_string();
    let mut session = Session::with(&[&["--data", &data], arguments].concat(), terminal);
    session.wait_for("rebuilt by PCA");
    session.wait_until(expected, |session| shape(&session.text()) == expected);
    session.press("q");
    assert_eq!(session.ended(), 0);
}

fn shape(text: &str) -> &'static str {
    let has = |symbols: &dyn Fn(char) -> bool| text.chars().any(symbols);
    if has(&|symbol| ('\u{1cd00}'..='\u{1cde5}').contains(&symbol)) {
        "octants"
    } else if has(&|symbol| ('\u{1fb00}'..='\u{1fb3b}').contains(&symbol)) {
        "sextants"
    } else if has(&|symbol| ('▖'..='▟').contains(&symbol)) {
        "quadrants"
    } else if has(&|symbol| symbol == '▀') {
        "halves"
    } else {
        "nothing"
    }
}

#[test]
fn the_terminals_name_its_attributes_and_its_cursor_decide() {
    let sextant = "\u{1fb00}\x1b[6n";
    let octant = "\u{1cd00}\x1b[6n";
    for (answers, expected) in [
        (vec![], "quadrants"),
        (vec![(NAME, "\x1bP>|XTerm(390)\x1b\\")], "quadrants"),
        (vec![(NAME, "\x1bP>|foot(1.20.2)\x1b\\")], "octants"),
        (vec![(NAME, "\x1bP>|contour 0.5.1\x1b\\")], "sextants"),
        (vec![(KIND, "\x1b[>61;7802;1c")], "octants"),
        (vec![(KIND, "\x1b[>0;1402;1c")], "sextants"),
        // Two columns wide, both.
        (
            vec![
                (NAME, "\x1bP>|foot(1.20.2)\x1b\\"),
                (sextant, "\x1b[1;3R"),
                (octant, "\x1b[1;5R"),
            ],
            "quadrants",
        ),
        (
            vec![
                (NAME, "\x1bP>|foot(1.20.2)\x1b\\"),
                (sextant, "\x1b[1;2R"),
                (octant, "\x1b[1;3R"),
            ],
            "octants",
        ),
    ] {
        expect(&[], Terminal::answering(&answers), expected);
    }
}

#[test]
fn a_setting_decides_over_the_terminal() {
    for (choice, expected) in [
        ("halfblocks", "halves"),
        ("quadrants", "quadrants"),
        ("sextants", "sextants"),
        ("octants", "octants"),
    ] {
        let terminal = Terminal::answering(&[(NAME, "\x1bP>|foot(1.20.2)\x1b\\")]);
        expect(&["--graphics", choice], terminal, expected);
        let mut terminal = Terminal::plain();
        terminal.environment = vec![("LFW_TUI_GRAPHICS", Some(choice))];
        expect(&[], terminal, expected);
    }
}

#[test]
fn in_256_colours_the_shape_is_the_same() {
    let arguments = ["--graphics", "sextants", "--colors", "256"];
    expect(&arguments, Terminal::plain(), "sextants");
}

//! What is told through the terminal: its bell, and a desktop notification in the words of
//! those terminals that are known to show one. Others might print what they do not know.

use super::input::known_terminals::{Version, find_terminal};
use super::input::queries::Queries;
use super::text;
use crate::config::Notify;
use crate::display::escaped;

/// Something to tell somebody who looks elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// A few words.
    pub title: String,
    /// The rest, in one line; may be empty.
    pub body: String,
}

/// The most columns of a title and of a body: more is cut by the desktop, or fills it.
const MAX_COLUMNS: [usize; 2] = [80, 200];

/// How a terminal is asked for a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// iTerm2's, with one text.
    Osc9,
    /// rxvt-unicode's, with a title and a body.
    Osc777,
    /// kitty's, with a title and a body in pieces.
    Osc99,
}

/// The beginning of a terminal's name as it answers it (XTVERSION), and what it takes since
/// which version. docs/guide.md says where that is known from.
const KNOWN: [(&str, (Version, Form)); 6] = [
    ("kitty", ((0, 20), Form::Osc99)),
    ("iTerm2", ((3, 0), Form::Osc9)),
    ("foot", ((1, 8), Form::Osc777)),
    ("ghostty", ((1, 0), Form::Osc777)),
    ("WezTerm", ((20_210_814, 0), Form::Osc777)),
    ("contour", ((0, 3), Form::Osc777)),
];

impl Notification {
    /// What is written to the terminal. `number` tells one notification from the next.
    pub(super) fn sequence(&self, notify: Notify, talk: &Queries, number: u32) -> String {
        if notify == Notify::Off {
            return String::new();
        }
        let form = (notify == Notify::On).then(|| form(talk)).flatten();
        let shown = form.map_or(String::new(), |form| self.in_form(form, number));
        if shown.is_empty() || !talk.in_tmux() {
            return shown + BELL;
        }
        let passed_on = shown.replace('\x1b', "\x1b\x1b");
        format!("\x1bPtmux;{passed_on}\x1b\\{BELL}")
    }

    fn in_form(&self, form: Form, number: u32) -> String {
        let [title, body] = [&self.title, &self.body];
        let [title, body] = [(title, MAX_COLUMNS[0]), (body, MAX_COLUMNS[1])]
            .map(|(text, columns)| text::truncate(&escaped(text), columns));
        match form {
            Form::Osc9 if body.is_empty() => format!("\x1b]9;{title}\x1b\\"),
            Form::Osc9 => format!("\x1b]9;{title}: {body}\x1b\\"),
            // The first semicolon ends the title.
            Form::Osc777 => {
                let title = title.replace(';', ",");
                format!("\x1b]777;notify;{title};{body}\x1b\\")
            }
            Form::Osc99 => format!(
                "\x1b]99;i=lfw-tui-{number}:d=0;{title}\x1b\\\
                 \x1b]99;i=lfw-tui-{number}:d=1:p=body;{body}\x1b\\"
            ),
        }
    }
}

const BELL: &str = "\x07";

/// The form that the terminal takes, by its answer. Inside tmux the terminal around it counts,
/// if tmux passes sequences on.
fn form(talk: &Queries) -> Option<Form> {
    let name = if talk.in_tmux() {
        talk.around_tmux
            .as_deref()
            .filter(|_| talk.env.passthrough)?
    } else {
        talk.answers.name.as_deref()?
    };
    let ((since, form), version) = find_terminal(&KNOWN, name)?;
    version
        .is_some_and(|version| version >= *since)
        .then_some(*form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::input::environment::TerminalEnv;

    fn talk(name: Option<&str>) -> Queries {
        let mut talk = Queries::new(TerminalEnv::default());
        talk.answers.name = name.map(str::to_string);
        talk
    }

    fn written(name: Option<&str>, notify: Notify) -> String {
        let notification = Notification {
            title: "face; 32 finished".to_string(),
            body: "held-out 0.004; 24 dB".to_string(),
        };
        notification.sequence(notify, &talk(name), 7)
    }

    #[test]
    fn each_terminal_is_asked_in_its_own_words_and_others_only_ring() {
        let of_99 = "\x1b]99;i=lfw-tui-7:d=0;face; 32 finished\x1b\\\
                     \x1b]99;i=lfw-tui-7:d=1:p=body;held-out 0.004; 24 dB\x1b\\\x07";
        let of_777 = "\x1b]777;notify;face, 32 finished;held-out 0.004; 24 dB\x1b\\\x07";
        let of_9 = "\x1b]9;face; 32 finished: held-out 0.004; 24 dB\x1b\\\x07";
        for (name, expected) in [
            (Some("kitty(0.42.1)"), of_99),
            (Some("iTerm2 3.5.0"), of_9),
            (Some("foot(1.13.1)"), of_777),
            (Some("ghostty 1.2.0-main+abc"), of_777),
            (Some("WezTerm 20240203-110809-5046fc22"), of_777),
            (Some("contour 0.4.3"), of_777),
            (Some("kitty"), "\x07"),
            (Some("foot(1.5.0)"), "\x07"),
            (Some("XTerm(390)"), "\x07"),
            (Some("VTE(7802)"), "\x07"),
            (Some("Konsole 24.12.0"), "\x07"),
            (Some("xterm.js(6.1.0)"), "\x07"),
            (Some("é"), "\x07"),
            (None, "\x07"),
        ] {
            assert_eq!(written(name, Notify::On), expected, "{name:?}");
            assert_eq!(written(name, Notify::Bell), "\x07");
            assert_eq!(written(name, Notify::Off), "");
        }
    }

    #[test]
    fn tmux_passes_it_on_only_where_that_is_allowed_and_the_terminal_known() {
        let notification = Notification {
            title: "a".to_string(),
            body: String::new(),
        };
        let mut talk = talk(Some("tmux 3.4"));
        let write = |talk: &Queries| notification.sequence(Notify::On, talk, 1);
        assert_eq!(write(&talk), "\x07");
        talk.env.passthrough = true;
        assert_eq!(write(&talk), "\x07");
        talk.around_tmux = Some("iTerm2 3.5.0".to_string());
        assert_eq!(write(&talk), "\x1bPtmux;\x1b\x1b]9;a\x1b\x1b\\\x1b\\\x07");
        talk.env.passthrough = false;
        assert_eq!(write(&talk), "\x07");
    }

    #[test]
    fn no_text_ends_a_sequence_or_begins_another() {
        let notification = Notification {
            title: "a\x1b\\\x07\u{9c}\n".repeat(40),
            body: "\u{202e}\x1b]0;b".to_string(),
        };
        for name in ["kitty(0.42.1)", "iTerm2 3.5.0", "foot(1.13.1)"] {
            let all = notification.sequence(Notify::On, &talk(Some(name)), 1);
            let pieces = all.matches("\x1b]").count();
            assert_eq!(all.matches("\x1b\\").count(), pieces, "{all:?}");
            assert_eq!(all.matches('\x1b').count(), 2 * pieces, "{all:?}");
            assert_eq!(all.matches('\x07').count(), 1);
            assert!(!all.contains(['\u{9c}', '\n', '\u{202e}']), "{all:?}");
            assert!(all.len() < 900, "{}", all.len());
        }
    }
}

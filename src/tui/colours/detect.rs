//! How many colours the terminal shows: by the user's setting, else by the terminal's
//! answer, else by the environment.

use std::fmt;

use termini::{NumberCapability, TermInfo};

use super::depth::Depth;
use crate::config::Colors;

/// How many colours, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColourSupport {
    /// How many.
    pub depth: Depth,
    /// How that is known.
    pub reason: Reason,
}

/// How the number of colours is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// By the flag, the environment or the settings file.
    Setting,
    /// `NO_COLOR`.
    NoColor,
    /// By this value of `COLORTERM`.
    Announced(String),
    /// By the terminal's answer to a query for terminfo's RGB or Tc.
    Answered,
    /// By the entry of this name in the terminfo database.
    Terminfo(String),
    /// By this name of a terminal that the database does not have.
    Name(String),
    /// `TERM` is not set.
    Nameless,
    /// Inside GNU screen, which shows other colours for 24-bit ones.
    GnuScreen,
    /// Inside tmux, which shows what its own terminal can.
    Tmux,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Setting => f.write_str("by the settings"),
            Self::NoColor => f.write_str("by NO_COLOR"),
            Self::Announced(value) => write!(f, "by COLORTERM={value}"),
            Self::Answered => f.write_str("by the terminal's answer"),
            Self::Terminfo(term) => write!(f, "by terminfo's {term}"),
            Self::Name(term) => write!(f, "by the name {term}, which terminfo does not have"),
            Self::Nameless => f.write_str("because TERM is not set"),
            Self::GnuScreen => f.write_str("inside GNU screen"),
            Self::Tmux => f.write_str("inside tmux"),
        }
    }
}

/// The colours of a terminfo entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TerminfoEntry {
    /// How many; `None` if the entry does not say.
    colours: Option<i32>,
    /// Whether 24-bit colours can be written directly (`RGB`, `Tc`, `setrgbf`).
    direct: bool,
}

impl TerminfoEntry {
    /// The entry of a terminal's name, in the database that ncurses uses.
    pub(crate) fn look_up(term: &str) -> Option<Self> {
        // The name becomes a file name there.
        if term.contains('/') {
            return None;
        }
        let entry = TermInfo::from_name(term).ok()?;
        let has = |name| entry.extended_cap(name).is_some();
        Some(Self {
            colours: entry.number_cap(NumberCapability::MaxColors),
            direct: has("RGB") || has("Tc") || has("setrgbf"),
        })
    }

    fn depth(self) -> Depth {
        match self.colours {
            _ if self.direct => Depth::Truecolor,
            Some(0x100_0000..) => Depth::Truecolor,
            Some(256..) => Depth::Ansi256,
            // Terminals with 88 colours have another palette.
            Some(8..) => Depth::Ansi16,
            _ => Depth::None,
        }
    }
}

impl ColourSupport {
    /// Decides by the setting and the environment.
    pub(crate) fn detect(setting: Colors) -> Self {
        Self::decide(
            setting,
            |name| std::env::var(name).ok(),
            TerminfoEntry::look_up,
        )
    }

    fn decide(
        setting: Colors,
        variable: impl Fn(&str) -> Option<String>,
        entry: impl Fn(&str) -> Option<TerminfoEntry>,
    ) -> Self {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let is = |depth, reason| Self { depth, reason };
        match setting {
            Colors::Auto => {}
            Colors::Truecolor => return is(Depth::Truecolor, Reason::Setting),
            Colors::Ansi256 => return is(Depth::Ansi256, Reason::Setting),
            Colors::Ansi16 => return is(Depth::Ansi16, Reason::Setting),
            Colors::None => return is(Depth::None, Reason::Setting),
        }
        if variable("NO_COLOR").is_some() {
            return is(Depth::None, Reason::NoColor);
        }
        let term = variable("TERM");
        let by_term = match &term {
            None => is(Depth::None, Reason::Nameless),
            Some(term) => match entry(term) {
                Some(entry) => is(entry.depth(), Reason::Terminfo(term.clone())),
                None => is(depth_by_name(term), Reason::Name(term.clone())),
            },
        };
        // COLORTERM is inherited from the terminal in which these were started,
        // which may know more than they do.
        let is_dumb = term.as_deref() == Some("dumb");
        if is_dumb {
            return by_term;
        }
        let tmux = variable("TMUX").is_some();
        let named = |name: &str| term.as_deref().is_some_and(|term| term.starts_with(name));
        if variable("STY").is_some() && !(tmux && named("tmux")) {
            return is(by_term.depth.min(Depth::Ansi256), Reason::GnuScreen);
        }
        match variable("COLORTERM") {
            Some(value) if ["truecolor", "24bit"].contains(&&*value.to_ascii_lowercase()) => {
                is(Depth::Truecolor, Reason::Announced(value))
            }
            _ if tmux && by_term.depth < Depth::Ansi256 => is(Depth::Ansi256, Reason::Tmux),
            _ => by_term,
        }
    }

    /// After the terminal has answered that it has 24-bit colour: this outweighs the
    /// environment, but not the user's setting.
    pub(crate) fn confirmed_by_terminal(self) -> Self {
        match self.reason {
            Reason::Setting | Reason::NoColor => self,
            _ if self.depth == Depth::Truecolor => self,
            _ => Self {
                depth: Depth::Truecolor,
                reason: Reason::Answered,
            },
        }
    }
}

/// The colours of a terminal that the database does not have.
fn depth_by_name(term: &str) -> Depth {
    // xterm-256color, xterm-kitty, screen.xterm-256color, foot-extra.
    let has = |part: &str| term.contains(part);
    let begins = |part: &str| term.starts_with(part);
    if term.ends_with("-direct") || has("truecolor") || has("24bit") {
        Depth::Truecolor
    } else if term.ends_with("-mono") || term.ends_with("-m") {
        Depth::None
    } else if has("256")
        || [
            "alacritty",
            "contour",
            "foot",
            "ghostty",
            "iterm",
            "kitty",
            "rio",
            "wezterm",
        ]
        .into_iter()
        .any(has)
    {
        Depth::Ansi256
    } else if has("color")
        || [
            "xterm",
            "screen",
            "tmux",
            "rxvt",
            "linux",
            "konsole",
            "gnome",
            "vte",
            "putty",
            "st",
            "ansi",
            "cygwin",
            "mintty",
            "Eterm",
            "eterm",
            "aterm",
            "mlterm",
            "mrxvt",
            "nsterm",
            "terminator",
            "termite",
            "hurd",
            "teken",
            "cons25",
            "wsvt25",
            "pcansi",
        ]
        .into_iter()
        .any(begins)
    {
        Depth::Ansi16
    } else {
        Depth::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decides with these variables and a database of a few entries.
    fn with(variables: &[(&str, &str)]) -> ColourSupport {
        set(Colors::Auto, variables)
    }

    fn set(setting: Colors, variables: &[(&str, &str)]) -> ColourSupport {
        let find = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.to_string())
        };
        let entry = |colours, direct| Some(TerminfoEntry { colours, direct });
        ColourSupport::decide(setting, find, |term| match term {
            "xterm" | "screen" | "tmux" | "linux" => entry(Some(8), false),
            "xterm-256color" | "screen-256color" | "screen.xterm-256color" | "tmux-256color" => {
                entry(Some(256), false)
            }
            "rxvt-88color" => entry(Some(88), false),
            "xterm-direct" => entry(Some(0x100_0000), false),
            "iterm2" => entry(Some(256), true),
            "vt100" | "vt220" | "dumb" => entry(None, false),
            _ => None,
        })
    }

    #[test]
    fn what_is_announced_counts() {
        for (term, depth) in [
            ("xterm-256color", Depth::Ansi256),
            ("screen", Depth::Ansi16),
            ("xterm", Depth::Ansi16),
            ("linux", Depth::Ansi16),
            ("rxvt-88color", Depth::Ansi16),
            ("vt100", Depth::None),
            ("dumb", Depth::None),
            ("xterm-direct", Depth::Truecolor),
            ("iterm2", Depth::Truecolor),
            // Not in the database.
            ("xterm-kitty", Depth::Ansi256),
            ("xterm-ghostty", Depth::Ansi256),
            ("konsole", Depth::Ansi16),
            ("foot-direct", Depth::Truecolor),
            ("vt52", Depth::None),
            ("xterm-mono", Depth::None),
        ] {
            let colours = with(&[("TERM", term)]);
            assert_eq!(colours.depth, depth, "{term}");
            assert!(colours.reason.to_string().contains(term), "{term}");
        }
        assert_eq!(with(&[]).depth, Depth::None);
        for value in ["truecolor", "24bit", "TrueColor"] {
            let colours = with(&[("TERM", "xterm"), ("COLORTERM", value)]);
            assert_eq!(colours.depth, Depth::Truecolor, "{value}");
            assert_eq!(colours.reason, Reason::Announced(value.to_string()));
        }
        for value in ["", "1", "yes", "rxvt"] {
            let colours = with(&[("TERM", "xterm-256color"), ("COLORTERM", value)]);
            assert_eq!(colours.depth, Depth::Ansi256, "{value:?}");
        }
    }

    #[test]
    fn what_the_user_says_counts_most() {
        let everything = [
            ("NO_COLOR", "1"),
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
        ];
        assert_eq!(with(&everything).depth, Depth::None);
        assert_eq!(with(&everything).reason, Reason::NoColor);
        for (setting, depth) in [
            (Colors::Truecolor, Depth::Truecolor),
            (Colors::Ansi256, Depth::Ansi256),
            (Colors::Ansi16, Depth::Ansi16),
            (Colors::None, Depth::None),
        ] {
            let colours = set(setting, &everything);
            assert_eq!((colours.depth, colours.reason), (depth, Reason::Setting));
        }
        // Empty is not set.
        let unset = [("NO_COLOR", ""), ("TERM", "xterm-256color")];
        assert_eq!(with(&unset).depth, Depth::Ansi256);
    }

    #[test]
    fn gnu_screen_never_gets_24_bits_by_inheritance() {
        let inherited = [("COLORTERM", "truecolor"), ("STY", "12.pts-0.host")];
        for (term, depth) in [
            ("screen", Depth::Ansi16),
            ("screen.xterm-256color", Depth::Ansi256),
            ("xterm-direct", Depth::Ansi256),
        ] {
            let variables = [&inherited[..], &[("TERM", term)]].concat();
            let colours = with(&variables);
            assert_eq!((colours.depth, colours.reason), (depth, Reason::GnuScreen));
        }
        // tmux inside screen, and screen inside tmux.
        let both = [&inherited[..], &[("TMUX", "/tmp/tmux-0/default,1,0")]].concat();
        let inner = |term| with(&[&both[..], &[("TERM", term)]].concat()).depth;
        assert_eq!(inner("tmux-256color"), Depth::Truecolor);
        assert_eq!(inner("screen"), Depth::Ansi16);
    }

    #[test]
    fn tmux_has_256_whatever_its_name_and_more_when_announced() {
        let tmux = ("TMUX", "/tmp/tmux-0/default,1,0");
        for term in ["screen", "tmux", "tmux-256color"] {
            assert_eq!(with(&[tmux, ("TERM", term)]).depth, Depth::Ansi256);
            let announced = [tmux, ("TERM", term), ("COLORTERM", "truecolor")];
            assert_eq!(with(&announced).depth, Depth::Truecolor);
        }
    }

    #[test]
    fn a_dumb_terminal_inherits_nothing() {
        let colours = with(&[("TERM", "dumb"), ("COLORTERM", "truecolor")]);
        assert_eq!(colours.depth, Depth::None);
    }

    #[test]
    fn an_answer_outweighs_the_environment_and_not_the_user() {
        let answered = with(&[("TERM", "xterm-256color")]).confirmed_by_terminal();
        assert_eq!(answered.depth, Depth::Truecolor);
        assert_eq!(answered.reason, Reason::Answered);
        let no_color = with(&[("TERM", "xterm"), ("NO_COLOR", "1")]).confirmed_by_terminal();
        assert_eq!(no_color.depth, Depth::None);
        let setting = set(Colors::Ansi16, &[("TERM", "xterm")]).confirmed_by_terminal();
        assert_eq!(setting.depth, Depth::Ansi16);
        let announced = with(&[("TERM", "xterm"), ("COLORTERM", "24bit")]);
        assert_eq!(announced.clone().confirmed_by_terminal(), announced);
    }

    /// The real database, where this machine has one.
    #[test]
    fn terminfos_entries_are_read() {
        assert_eq!(TerminfoEntry::look_up("../x/xterm"), None);
        assert_eq!(TerminfoEntry::look_up(""), None);
        if let Some(entry) = TerminfoEntry::look_up("xterm-256color") {
            assert_eq!(entry.depth(), Depth::Ansi256);
        }
        if let Some(entry) = TerminfoEntry::look_up("vt100") {
            assert_eq!(entry.depth(), Depth::None);
        }
        if let Some(entry) = TerminfoEntry::look_up("linux") {
            assert_eq!(entry.depth(), Depth::Ansi16);
        }
    }
}

//! Which terminals draw which mosaics.

use super::mosaic::Mosaic;
use crate::tui::input::known_terminals::{Version, find_terminal};
use crate::tui::input::queries::Queries;

/// Terminals that draw sextants and octants themselves, whatever the font has: the
/// beginning of their name as they answer it (XTVERSION), and since which version. The
/// table in docs/guide.md says where that is known from.
const KNOWN: [(&str, (Version, Option<Version>)); 7] = [
    ("kitty", ((0, 20), Some((0, 40)))),
    ("ghostty", ((1, 0), Some((1, 2)))),
    ("foot", ((1, 8), Some((1, 20)))),
    ("VTE", ((6400, 0), Some((7800, 0)))),
    ("WezTerm", ((20_210_814, 0), None)),
    ("xterm.js", ((6, 1), None)),
    ("contour", ((0, 3), None)),
];

/// The finest mosaic that the terminal is known to draw, by its answers; quadrants if it
/// is not known, because almost every font has them. Inside tmux the terminal around it
/// counts. One that takes a character for anything but one column wide does not get it.
pub(super) fn finest_mosaic(talk: &Queries) -> Mosaic {
    let answers = &talk.answers;
    let known = if talk.in_tmux() {
        talk.around_tmux
            .as_deref()
            .map_or(Mosaic::Quadrants, by_name)
    } else if let Some(name) = &answers.name {
        by_name(name)
    } else {
        answers.secondary.map_or(Mosaic::Quadrants, by_attributes)
    };
    let narrow = |width: Option<u16>| width.is_none_or(|columns| columns == 1);
    let [sextant, octant] = answers.widths.map(narrow);
    match known {
        Mosaic::Octants if octant => Mosaic::Octants,
        Mosaic::Octants | Mosaic::Sextants if sextant => Mosaic::Sextants,
        _ => Mosaic::Quadrants,
    }
}

fn by_name(name: &str) -> Mosaic {
    let Some(((sextants, octants), version)) = find_terminal(&KNOWN, name) else {
        return Mosaic::Quadrants;
    };
    let draws = |since: Version| version.is_some_and(|version| version >= since);
    match octants {
        Some(since) if draws(*since) => Mosaic::Octants,
        _ if draws(*sextants) => Mosaic::Sextants,
        _ => Mosaic::Quadrants,
    }
}

/// Terminals that do not answer with their name.
fn by_attributes([kind, version, last]: [u32; 3]) -> Mosaic {
    match (kind, version, last) {
        // VTE (GNOME Terminal, xfce4-terminal, Tilix): 0.78.2 is 7802.
        (61 | 65, 7800.., 1) => Mosaic::Octants,
        (61 | 65, 6400.., 1) => Mosaic::Sextants,
        // Alacritty: 0.14.2 is 1402.
        (0, 1400.., 1) => Mosaic::Sextants,
        _ => Mosaic::Quadrants,
    }
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

    #[test]
    fn a_name_and_a_version_decide() {
        for (name, finest) in [
            ("kitty(0.26.5)", Mosaic::Sextants),
            ("kitty(0.42.1)", Mosaic::Octants),
            ("ghostty 1.1.3", Mosaic::Sextants),
            ("ghostty 1.2.0-main+abc", Mosaic::Octants),
            ("foot(1.13.1)", Mosaic::Sextants),
            ("foot(1.20.2)", Mosaic::Octants),
            ("WezTerm 20240203-110809-5046fc22", Mosaic::Sextants),
            ("VTE(7802)", Mosaic::Octants),
            ("xterm.js(6.1.0-beta.102)", Mosaic::Sextants),
            ("xterm.js(5.6.0)", Mosaic::Quadrants),
            ("XTerm(390)", Mosaic::Quadrants),
            ("Konsole 24.12.0", Mosaic::Quadrants),
            ("mlterm(3.9.3)", Mosaic::Quadrants),
            ("kitty", Mosaic::Quadrants),
            ("", Mosaic::Quadrants),
        ] {
            assert_eq!(finest_mosaic(&talk(Some(name))), finest, "{name}");
        }
    }

    #[test]
    fn without_a_name_the_attributes_decide() {
        for (secondary, finest) in [
            ([65, 7802, 1], Mosaic::Octants),
            ([61, 8203, 1], Mosaic::Octants),
            ([65, 7006, 1], Mosaic::Sextants),
            ([0, 1402, 1], Mosaic::Sextants),
            ([0, 1301, 1], Mosaic::Quadrants),
            ([0, 10, 1], Mosaic::Quadrants),
            ([41, 380, 0], Mosaic::Quadrants),
        ] {
            let mut talk = talk(None);
            talk.answers.secondary = Some(secondary);
            assert_eq!(finest_mosaic(&talk), finest, "{secondary:?}");
        }
    }

    #[test]
    fn in_tmux_the_terminal_around_it_decides() {
        let mut talk = talk(Some("tmux 3.4"));
        assert_eq!(finest_mosaic(&talk), Mosaic::Quadrants);
        talk.around_tmux = Some("foot(1.21.0)".to_string());
        assert_eq!(finest_mosaic(&talk), Mosaic::Octants);
        talk.answers.widths = [Some(1), Some(2)];
        assert_eq!(finest_mosaic(&talk), Mosaic::Sextants);
        talk.answers.widths = [Some(2), Some(2)];
        assert_eq!(finest_mosaic(&talk), Mosaic::Quadrants);
    }
}

//! Which terminals show pictures by which protocol.

use ratatui_image::picker::ProtocolType;

use crate::tui::input::queries::Queries;

/// A choice, and what to say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProtocolChoice {
    /// Half blocks stand for any mosaic.
    pub protocol: ProtocolType,
    /// Why it was chosen.
    pub reason: &'static str,
    /// What would have to change for sharper pictures.
    pub advice: Option<&'static str>,
}

impl ProtocolChoice {
    fn of(protocol: ProtocolType, reason: &'static str) -> Self {
        Self {
            protocol,
            reason,
            advice: None,
        }
    }

    fn mosaic(reason: &'static str, advice: &'static str) -> Self {
        Self {
            protocol: ProtocolType::Halfblocks,
            reason,
            advice: Some(advice),
        }
    }
}

/// The best protocol by the terminal's own answers. The environment (`TERM_PROGRAM`
/// and the like) does not count: it is inherited by terminals that are started from
/// others, and through SSH and tmux.
pub(crate) fn best_protocol(talk: &Queries, cell_is_known: bool) -> ProtocolChoice {
    use ProtocolType::{Iterm2, Kitty, Sixel};
    let answers = &talk.answers;
    let kitty = answers.kitty == Some(true);
    if talk.in_tmux() {
        return in_tmux(talk, kitty);
    }
    let name = answers.name.as_deref();
    let is_named = |known: &str| name.is_some_and(|name| starts_with(name, known));
    // Konsole misplaces sixels, and JPEG is much smaller in all of these.
    if ["iTerm2", "WezTerm", "Konsole"].into_iter().any(is_named) {
        return ProtocolChoice::of(Iterm2, "by its name it shows iTerm2's pictures best");
    }
    if is_named("xterm.js") {
        // It lists sixel where the setting for pictures is on.
        return if answers.has_sixel() {
            ProtocolChoice::of(Iterm2, "by its name it shows iTerm2's pictures best")
        } else {
            ProtocolChoice::mosaic(
                "its setting for pictures is off",
                "in VS Code switch on terminal.integrated.enableImages for sharper pictures",
            )
        };
    }
    if kitty && draws_placeholders(name) {
        return ProtocolChoice::of(Kitty, "it answers to kitty's protocol");
    }
    // How many cells a sixel covers depends on a cell's pixels, which must be known.
    // kitty scales to cells itself.
    if answers.has_sixel() && cell_is_known {
        return ProtocolChoice::of(Sixel, "it lists sixel among its attributes");
    }
    if answers.iterm2_cell.is_some() {
        return ProtocolChoice::of(Iterm2, "it answers to iTerm2's sequences");
    }
    if answers.has_sixel() {
        return ProtocolChoice::mosaic(
            "it lists sixel, but does not say how large a character is",
            "for sharper pictures use --cell-size WIDTHxHEIGHT, in pixels",
        );
    }
    if kitty && is_named("kitty") {
        return ProtocolChoice::mosaic(
            "this kitty does not draw placeholders",
            "for sharper pictures use kitty 0.28 or later",
        );
    }
    if kitty {
        return ProtocolChoice::mosaic(
            "it answers to kitty's protocol, but is not known to draw its placeholders",
            "if it does draw them, use --graphics kitty",
        );
    }
    if is_named("XTerm") {
        return ProtocolChoice::mosaic(
            "it has no protocol for pictures",
            "for sharper pictures start it as xterm -ti vt340",
        );
    }
    ProtocolChoice::mosaic(
        "it has no protocol for pictures",
        "for sharper pictures use a terminal with kitty's protocol or sixel (kitty, ghostty, \
         WezTerm, foot, mlterm, xterm -ti vt340), or use --graphics if yours has one",
    )
}

/// Through tmux, sixels appear in the wrong pane after a split and are lost after a window
/// switch; kitty's placeholders are text to tmux.
fn in_tmux(talk: &Queries, kitty: bool) -> ProtocolChoice {
    if kitty && draws_placeholders(talk.around_tmux.as_deref()) {
        return ProtocolChoice::of(
            ProtocolType::Kitty,
            "kitty's protocol, through tmux; its placeholders are text to tmux",
        );
    }
    if kitty {
        return ProtocolChoice::mosaic(
            "the terminal around tmux does not draw kitty's placeholders",
            "for sharper pictures show tmux in kitty or ghostty",
        );
    }
    ProtocolChoice::mosaic(
        "nothing answers to kitty's protocol through tmux",
        "for sharper pictures use a terminal with kitty's protocol and \
         `set -g allow-passthrough on` in ~/.tmux.conf",
    )
}

/// Whether a terminal that answers the query for kitty's graphics draws placeholders too.
/// Many do not, and show boxes or put the picture at the cursor: `iTerm2`, `WezTerm`,
/// Konsole, Warp, xterm.js (VS Code), Zellij 0.45, kitty before 0.28. One that does not tell its name
/// is believed.
fn draws_placeholders(name: Option<&str>) -> bool {
    let Some(name) = name else {
        return true;
    };
    if starts_with(name, "kitty") {
        return version(name).is_none_or(|version| version >= (0, 28));
    }
    starts_with(name, "ghostty")
}

fn starts_with(name: &str, known: &str) -> bool {
    name.get(..known.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(known))
}

/// The version in a name: `(0, 27)` of `kitty(0.27.1)`.
fn version(name: &str) -> Option<(u32, u32)> {
    let mut numbers = name
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| digits.parse().unwrap_or(0));
    Some((numbers.next()?, numbers.next().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::input::answers::Answers;
    use crate::tui::input::environment::TerminalEnv;

    fn after(answers: Answers) -> Queries {
        let mut talk = Queries::new(TerminalEnv::default());
        talk.answers = answers;
        talk
    }

    /// A terminal that answers the query for kitty's graphics, and lists attributes.
    fn named(name: &str, attributes: &[u16]) -> Queries {
        after(Answers {
            name: Some(name.to_string()),
            kitty: Some(true),
            attributes: Some(attributes.to_vec()),
            ..Answers::default()
        })
    }

    #[test]
    fn each_terminal_gets_what_it_shows_right() {
        use ProtocolType::{Halfblocks, Iterm2, Kitty, Sixel};
        for (name, attributes, protocol) in [
            ("kitty(0.35.2)", &[62][..], Kitty),
            ("kitty(0.26.5)", &[62], Halfblocks),
            ("ghostty 1.1.0", &[62, 22], Kitty),
            (
                "WezTerm 20240203-110809-5046fc22",
                &[65, 4, 6, 18, 22],
                Iterm2,
            ),
            ("Konsole 23.08.1", &[62, 1, 4], Iterm2),
            ("iTerm2 3.5.0", &[64, 1, 2, 4, 6], Iterm2),
            // VS Code, with its setting for pictures on and off.
            ("xterm.js(6.1.0)", &[62, 4, 9, 22], Iterm2),
            ("xterm.js(6.1.0)", &[62, 22], Halfblocks),
            ("Zellij(4501)", &[62, 4], Sixel),
            ("Warp(v0.2026.03)", &[62], Halfblocks),
            ("Rio 0.2.30", &[62, 4, 22], Sixel),
        ] {
            let choice = best_protocol(&named(name, attributes), true);
            assert_eq!(choice.protocol, protocol, "{name}");
            assert_eq!(choice.advice.is_some(), protocol == Halfblocks, "{name}");
        }
        // Without kitty's protocol: xterm -ti vt340, foot, mlterm, contour.
        for (name, attributes) in [
            ("XTerm(390)", &[63, 1, 2, 4, 6, 9, 15, 22][..]),
            ("foot(1.21.0)", &[62, 4, 22, 29]),
            ("mlterm(3.9.4)", &[63, 1, 2, 3, 4, 7, 29]),
        ] {
            let mut talk = named(name, attributes);
            talk.answers.kitty = None;
            assert_eq!(best_protocol(&talk, true).protocol, Sixel, "{name}");
        }
    }

    #[test]
    fn without_a_name_the_other_answers_decide() {
        let silent = after(Answers::default());
        assert_eq!(
            best_protocol(&silent, false).protocol,
            ProtocolType::Halfblocks
        );
        let kitty = after(Answers {
            kitty: Some(true),
            ..Answers::default()
        });
        assert_eq!(best_protocol(&kitty, false).protocol, ProtocolType::Kitty);
        // Windows Terminal since 1.22.
        let windows = after(Answers {
            attributes: Some(vec![61, 4, 6, 7, 14, 21, 22, 23, 24, 28, 32, 42]),
            ..Answers::default()
        });
        assert_eq!(best_protocol(&windows, true).protocol, ProtocolType::Sixel);
        assert_eq!(
            best_protocol(&windows, false).protocol,
            ProtocolType::Halfblocks
        );
        let mintty = after(Answers {
            iterm2_cell: Some((8, 16)),
            ..Answers::default()
        });
        assert_eq!(best_protocol(&mintty, true).protocol, ProtocolType::Iterm2);
    }

    #[test]
    fn in_tmux_only_what_is_text_to_it_and_shown_around_it() {
        let mut talk = named("tmux 3.4", &[1, 2, 4]);
        assert_eq!(best_protocol(&talk, true).protocol, ProtocolType::Kitty);
        for (around, protocol) in [
            ("kitty(0.40.0)", ProtocolType::Kitty),
            ("ghostty 1.2.0", ProtocolType::Kitty),
            ("WezTerm 20240203", ProtocolType::Halfblocks),
            ("XTerm(390)", ProtocolType::Halfblocks),
        ] {
            talk.around_tmux = Some(around.to_string());
            assert_eq!(best_protocol(&talk, true).protocol, protocol, "{around}");
        }
        talk.around_tmux = None;
        talk.answers.kitty = None;
        assert_eq!(
            best_protocol(&talk, true).protocol,
            ProtocolType::Halfblocks
        );
    }
}

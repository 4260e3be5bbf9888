//! Colours, by what they mean. A theme is a TOML file of colour names or
//! `#rrggbb`; three are built in, and users may add their own.

use std::path::Path;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use super::colours::{Depth, MEANT, named, of_index};
use crate::error::{Error, Result};

/// The built-in themes: name and file.
pub const BUILT_IN: [(&str, &str); 3] = [
    ("dark", include_str!("../../config/themes/dark.toml")),
    ("light", include_str!("../../config/themes/light.toml")),
    (
        "colour-blind",
        include_str!("../../config/themes/colour-blind.toml"),
    ),
];

/// What every kind of text and mark looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Ordinary text.
    pub text: Style,
    /// Labels, units, everything that steps back.
    pub quiet: Style,
    /// The one accent: what is chosen, where the focus is.
    pub accent: Style,
    /// Headings and the numbers that matter.
    pub strong: Style,
    /// The chosen row or picture while its list has the focus.
    pub selected: Style,
    /// The chosen row while the focus is elsewhere.
    pub unfocused: Style,
    /// Good news: finished, same person.
    pub good: Style,
    /// What needs attention.
    pub warning: Style,
    /// What failed.
    pub bad: Style,
    /// In place of a picture that is not ready.
    pub placeholder: Style,
    /// Lines of a chart, told apart also by their marks.
    pub series: [Style; 6],
}

/// A theme as its file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Palette {
    text: String,
    quiet: String,
    accent: String,
    selection: String,
    good: String,
    warning: String,
    bad: String,
    placeholder: String,
    series: [String; 6],
}

impl Theme {
    /// The theme of that name: a file `NAME.toml` in the user's `folder`, else
    /// a built-in one.
    ///
    /// # Errors
    /// When there is none of that name, or its file has a mistake.
    pub fn named(name: &str, folder: &Path) -> Result<Self> {
        let own = folder.join(format!("{name}.toml"));
        if own.is_file() {
            let text = std::fs::read_to_string(&own).map_err(Error::io(&own, "read"))?;
            return Self::parse(&own.display().to_string(), &text);
        }
        match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Self::parse(name, text),
            None => Err(Error::not_found(
                format!("theme {name:?}"),
                format!(
                    "there are {}, and your own as NAME.toml in {}",
                    BUILT_IN.map(|(known, _)| known).join(", "),
                    folder.display()
                ),
            )),
        }
    }

    /// Reads a theme; `what` names it in errors.
    ///
    /// # Errors
    /// On a missing or unknown field, or a colour that is none.
    pub fn parse(what: &str, text: &str) -> Result<Self> {
        let palette: Palette = toml::from_str(text)
            .map_err(|error| Error::invalid(format!("theme {what}"), error.message()))?;
        let colour = |name: &str| -> Result<Color> {
            name.parse().map_err(|_| {
                Error::invalid(
                    format!("theme {what}"),
                    format!("{name:?} is no colour; write a name or #rrggbb"),
                )
            })
        };
        let fg = |name: &str| colour(name).map(|colour| Style::new().fg(colour));
        let mut series = [Style::new(); 6];
        for (style, name) in series.iter_mut().zip(&palette.series) {
            *style = fg(name)?;
        }
        Ok(Self {
            text: fg(&palette.text)?,
            quiet: fg(&palette.quiet)?,
            accent: fg(&palette.accent)?,
            strong: fg(&palette.text)?.add_modifier(Modifier::BOLD),
            selected: fg(&palette.accent)?
                .bg(colour(&palette.selection)?)
                .add_modifier(Modifier::BOLD),
            unfocused: fg(&palette.text)?.bg(colour(&palette.selection)?),
            good: fg(&palette.good)?,
            warning: fg(&palette.warning)?,
            bad: fg(&palette.bad)?,
            placeholder: fg(&palette.quiet)?.bg(colour(&palette.placeholder)?),
            series,
        })
    }

    /// The theme for a terminal of so many colours.
    pub fn at(&self, depth: Depth) -> Self {
        match depth {
            // What is nearest is near enough, and found when a frame is drawn.
            Depth::Truecolor | Depth::Ansi256 => self.clone(),
            Depth::Ansi16 => self.sixteen(),
            Depth::None => Self::colourless(),
        }
    }

    /// In the terminal's own sixteen colours, whose shades are the user's: by
    /// name where the theme has one, else by hue. Backgrounds are left to the
    /// terminal, so that text on them can be read whatever they are.
    fn sixteen(&self) -> Self {
        let text = |style: Style| match style.fg.map(in_sixteen) {
            Some(Some(colour)) => style.fg(colour),
            _ => Style { fg: None, ..style },
        };
        let plain = |style: Style| Style {
            bg: None,
            ..text(style)
        };
        let quiet = match text(self.quiet) {
            grey @ Style { fg: None, .. } => grey.add_modifier(Modifier::DIM),
            coloured => coloured,
        };
        let mut series = self.series.map(text);
        for i in 0..series.len() {
            let taken = |colour: &Color| series[..i].iter().any(|s| s.fg == Some(*colour));
            if series[i].fg.is_some_and(|colour| !taken(&colour)) {
                continue;
            }
            // Two of about one hue: the second gets one that none has by itself.
            let shade = usize::from(self.series[i].fg.is_none_or(is_light));
            let free = MEANT[shade].into_iter().find(|colour| {
                !taken(colour)
                    && !self.series[i..]
                        .iter()
                        .any(|s| text(*s).fg == Some(*colour))
            });
            let free = free.or_else(|| MEANT[shade].into_iter().find(|colour| !taken(colour)));
            series[i].fg = free.or(series[i].fg);
        }
        Self {
            text: text(self.text),
            quiet,
            accent: text(self.accent),
            strong: text(self.strong),
            selected: plain(self.selected).add_modifier(Modifier::REVERSED),
            unfocused: plain(self.unfocused).add_modifier(Modifier::UNDERLINED),
            good: text(self.good),
            warning: text(self.warning),
            bad: text(self.bad),
            placeholder: quiet,
            series,
        }
    }

    /// For `NO_COLOR`: bold, dim and reversed text in the terminal's own colours.
    pub fn colourless() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let reversed = plain.add_modifier(Modifier::REVERSED);
        Self {
            text: plain,
            quiet: plain.add_modifier(Modifier::DIM),
            accent: bold,
            strong: bold,
            selected: reversed,
            unfocused: plain.add_modifier(Modifier::UNDERLINED),
            good: plain,
            warning: bold,
            bad: bold,
            placeholder: plain.add_modifier(Modifier::DIM),
            series: [plain; 6],
        }
    }
}

/// One of the sixteen for a text's colour; `None` is the terminal's own.
fn in_sixteen(colour: Color) -> Option<Color> {
    match colour {
        Color::Reset => None,
        Color::Rgb(r, g, b) => named([r, g, b]),
        Color::Indexed(index) => Some(of_index(index)),
        by_name => Some(by_name),
    }
}

/// Whether a colour is one for dark backgrounds.
fn is_light(colour: Color) -> bool {
    match in_sixteen(colour) {
        Some(colour) => !MEANT[0].contains(&colour),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_sixteen_colours_everything_is_told_apart_and_can_be_read() {
        for (name, file) in BUILT_IN {
            let theme = Theme::parse(name, file).unwrap().at(Depth::Ansi16);
            assert_eq!(theme.text.fg, None, "{name}");
            assert!(theme.quiet.add_modifier.contains(Modifier::DIM), "{name}");
            assert_ne!(theme.accent.fg, None, "{name}");
            assert_ne!(theme.good.fg, theme.bad.fg, "{name}");
            assert_ne!(theme.warning.fg, theme.bad.fg, "{name}");
            let selected = theme.selected.add_modifier;
            assert!(selected.contains(Modifier::REVERSED), "{name}");
            let styles = [
                theme.text,
                theme.quiet,
                theme.accent,
                theme.strong,
                theme.selected,
                theme.unfocused,
                theme.good,
                theme.warning,
                theme.bad,
                theme.placeholder,
            ];
            for style in styles.iter().chain(&theme.series) {
                // The background is the terminal's, and no shade of text is
                // near it: no dark one on dark, no yellow or cyan on light.
                assert_eq!(style.bg, None, "{name}");
                let shade = usize::from(name != "light");
                assert!(
                    style.fg.is_none_or(|fg| MEANT[shade].contains(&fg)),
                    "{name} {style:?}"
                );
            }
            for (i, style) in theme.series.iter().enumerate() {
                assert_ne!(style.fg, None, "{name}");
                assert!(
                    !theme.series[..i].contains(style),
                    "{name} repeats {style:?}"
                );
            }
        }
    }

    #[test]
    fn colours_by_name_are_kept_in_sixteen() {
        let own = BUILT_IN[0]
            .1
            .replace("accent = ", "accent = \"cyan\" # ")
            .replace("good = ", "good = \"12\" # ");
        let theme = Theme::parse("own", &own).unwrap().at(Depth::Ansi16);
        assert_eq!(theme.accent.fg, Some(Color::Cyan));
        assert_eq!(theme.selected.fg, Some(Color::Cyan));
        assert_eq!(theme.good.fg, Some(Color::LightBlue));
    }

    #[test]
    fn built_in_themes_parse_and_their_meanings_differ() {
        for (name, text) in BUILT_IN {
            let theme = Theme::parse(name, text).unwrap();
            let fg = |style: Style| style.fg.unwrap();
            assert_ne!(fg(theme.text), fg(theme.quiet), "{name}");
            assert_ne!(fg(theme.accent), fg(theme.text), "{name}");
            assert_ne!(fg(theme.good), fg(theme.bad), "{name}");
            for (i, style) in theme.series.iter().enumerate() {
                assert!(
                    !theme.series[..i].contains(style),
                    "{name} repeats a series"
                );
            }
        }
    }

    #[test]
    fn mistakes_are_named() {
        let broken = BUILT_IN[0].1.replace("accent", "acent");
        let error = Theme::parse("mine", &broken).unwrap_err().to_string();
        assert!(error.contains("mine") && error.contains("acent"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let error = Theme::named("neon", folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("neon") && error.contains("dark, light"),
            "{error}"
        );
    }

    #[test]
    fn a_users_file_wins() {
        let folder = tempfile::tempdir().unwrap();
        let own = BUILT_IN[0]
            .1
            .replace("accent = ", "accent = \"magenta\" # ");
        std::fs::write(folder.path().join("dark.toml"), own).unwrap();
        let theme = Theme::named("dark", folder.path()).unwrap();
        assert_eq!(theme.accent.fg, Some(Color::Magenta));
    }

    #[test]
    fn without_colour_no_style_names_one() {
        let theme = Theme::colourless();
        for style in [
            theme.text,
            theme.quiet,
            theme.selected,
            theme.bad,
            theme.series[0],
        ] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }
}

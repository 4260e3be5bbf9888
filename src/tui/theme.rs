//! Colours by their meaning. A theme is a TOML file of colour names or `#rrggbb`; three
//! are built in, and users can add their own.

use std::path::Path;

use ratatui::style::{Color, Modifier, Style};

use super::colours::{ANSI16_HUES, Depth, ansi16_by_hue, indexed_to_ansi16};
use crate::config::spanned_toml::{self, Position, Problems, Value, closest_name};
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

/// The style of each kind of text and mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Ordinary text.
    pub(crate) text: Style,
    /// Labels, units, and everything of less importance.
    pub(crate) quiet: Style,
    /// The accent: what is selected, where the focus is.
    pub(crate) accent: Style,
    /// Headings and the numbers that matter.
    pub(crate) strong: Style,
    /// The selected row or picture while its list has the focus.
    pub(crate) selected: Style,
    /// The selected row while the focus is elsewhere.
    pub(crate) unfocused: Style,
    /// Good news: finished, same person.
    pub(crate) good: Style,
    /// What needs attention.
    pub(crate) warning: Style,
    /// What failed.
    pub(crate) bad: Style,
    /// The placeholder of a picture that is not ready.
    pub(crate) placeholder: Style,
    /// Series of a chart.
    pub(crate) series: [Style; 6],
}

/// The names of a theme's single colours.
const COLOURS: [&str; 8] = [
    "text",
    "quiet",
    "accent",
    "selection",
    "good",
    "warning",
    "bad",
    "placeholder",
];

/// The name of its list of colours for series.
const SERIES: &str = "series";

/// The colours of a theme's file: one for each of [`COLOURS`], and those of the series.
#[derive(Debug, Default)]
struct Palette {
    colours: [Option<Color>; COLOURS.len()],
    series: Option<[Color; 6]>,
}

impl Palette {
    /// Reads a file. Everything wrong with it is added to `mistakes`.
    fn read(file: &str, bytes: &[u8], mistakes: &mut Problems) -> Self {
        let mut palette = Self::default();
        let entries = spanned_toml::read(file, bytes, mistakes);
        for entry in &entries {
            let name = entry.name.as_str();
            if let Some(at) = COLOURS.iter().position(|known| *known == name) {
                match parse_colour(&entry.value) {
                    Ok(colour) => palette.colours[at] = Some(colour),
                    Err(problem) => {
                        mistakes.add_at(file, entry.value_position, format!("{name}: {problem}"));
                    }
                }
            } else if name == SERIES {
                palette.read_series(file, entry.value_position, &entry.value, mistakes);
            } else {
                let known = COLOURS.into_iter().chain([SERIES]);
                let problem = match closest_name(name, known.clone()) {
                    Some(near) => format!("no such colour in a theme; did you mean {near}?"),
                    None => format!(
                        "no such colour in a theme; there are {}",
                        known.collect::<Vec<_>>().join(", ")
                    ),
                };
                mistakes.add_at(file, entry.position, format!("{name}: {problem}"));
            }
        }
        let is_there = |name: &str| entries.iter().any(|entry| entry.name == name);
        for name in COLOURS.into_iter().chain([SERIES]) {
            if !is_there(name) {
                mistakes.add(
                    file,
                    format!("{name} is missing; a theme names every colour"),
                );
            }
        }
        palette
    }

    fn read_series(&mut self, file: &str, place: Position, value: &Value, mistakes: &mut Problems) {
        let Value::List(list) = value else {
            let problem = format!("must be a list of 6 colours, and is {}", value.kind());
            return mistakes.add_at(file, place, format!("{SERIES}: {problem}"));
        };
        let mut series = Vec::new();
        for (place, value) in list {
            match parse_colour(value) {
                Ok(colour) => series.push(colour),
                Err(problem) => mistakes.add_at(file, *place, format!("{SERIES}: {problem}")),
            }
        }
        if list.len() != 6 {
            let problem = format!("has {} colours and needs 6", list.len());
            mistakes.add_at(file, place, format!("{SERIES}: {problem}"));
        }
        self.series = series.try_into().ok();
    }
}

/// The names of colours, to suggest for a misspelt one.
const COLOUR_NAMES: [&str; 17] = [
    "reset",
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "gray",
    "darkgray",
    "lightred",
    "lightgreen",
    "lightyellow",
    "lightblue",
    "lightmagenta",
    "lightcyan",
    "white",
];

fn parse_colour(value: &Value) -> Result<Color, String> {
    let Value::Text(name) = value else {
        let kind = value.kind();
        return Err(format!(
            "must be a colour in quotes, such as \"#e8a34c\" or \"blue\", and is {kind}"
        ));
    };
    name.parse().map_err(|_| {
        let near = closest_name(name, COLOUR_NAMES)
            .map_or(String::new(), |near| format!("; did you mean {near}?"));
        format!("{name:?} is no colour; write a name or #rrggbb{near}")
    })
}

impl Theme {
    /// The theme of that name: `NAME.toml` in the user's `folder`, else a built-in one.
    ///
    /// # Errors
    /// When there is none of that name, or its file has a mistake.
    pub(crate) fn load(name: &str, folder: &Path) -> Result<Self> {
        let own = folder.join(format!("{name}.toml"));
        // A name must not lead out of the folder.
        if !name.contains('/') && own.exists() {
            let bytes = std::fs::read(&own).map_err(Error::io(&own, "read the theme"))?;
            return Self::read(&own.display().to_string(), &bytes);
        }
        if let Some((_, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
            return Self::parse(name, text);
        }
        let mut known: Vec<String> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let file = entry.file_name().into_string().ok()?;
                Some(file.strip_suffix(".toml")?.to_string())
            })
            .collect();
        known.sort();
        let known = || {
            let built_in = BUILT_IN.iter().map(|(known, _)| *known);
            built_in.chain(known.iter().map(String::as_str))
        };
        let near = closest_name(name, known())
            .map_or(String::new(), |near| format!("did you mean {near}? "));
        Err(Error::not_found(
            format!("theme {name:?}"),
            format!(
                "{near}there are {}, and your own as NAME.toml in {}",
                known().collect::<Vec<_>>().join(", "),
                folder.display()
            ),
        ))
    }

    /// Reads a theme; `what` names it in errors.
    ///
    /// # Errors
    /// When fields are missing or unknown, or colours are invalid: all of these, by line
    /// and column.
    pub fn parse(what: &str, text: &str) -> Result<Self> {
        Self::read(&format!("theme {what}"), text.as_bytes())
    }

    fn read(file: &str, bytes: &[u8]) -> Result<Self> {
        let mut mistakes = Problems::default();
        let Palette { colours, series } = Palette::read(file, bytes, &mut mistakes);
        mistakes.into_result()?;
        // Without mistakes, no colour is missing.
        let [
            text,
            quiet,
            accent,
            selection,
            good,
            warning,
            bad,
            placeholder,
        ] = colours.map(Option::unwrap_or_default);
        let fg = |colour: Color| Style::new().fg(colour);
        Ok(Self {
            text: fg(text),
            quiet: fg(quiet),
            accent: fg(accent),
            strong: fg(text).add_modifier(Modifier::BOLD),
            selected: fg(accent).bg(selection).add_modifier(Modifier::BOLD),
            unfocused: fg(text).bg(selection),
            good: fg(good),
            warning: fg(warning),
            bad: fg(bad),
            placeholder: fg(quiet).bg(placeholder),
            series: series.unwrap_or_default().map(fg),
        })
    }

    /// The theme for a terminal with that many colours.
    pub fn for_depth(&self, depth: Depth) -> Self {
        match depth {
            // The nearest colours are close enough, and are found when a frame is drawn.
            Depth::Truecolor | Depth::Ansi256 => self.clone(),
            Depth::Ansi16 => self.to_ansi16(),
            Depth::None => Self::colourless(),
        }
    }

    /// In the terminal's sixteen colours, whose shades the user chooses: by name where
    /// the theme has one, else by hue. Backgrounds are left to the terminal, so that
    /// text is readable on any.
    fn to_ansi16(&self) -> Self {
        let text = |style: Style| match style.fg.map(style_colour_in_ansi16) {
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
            // The second of two similar hues gets one that no other series has.
            let shade = usize::from(self.series[i].fg.is_none_or(is_light));
            let free = ANSI16_HUES[shade].into_iter().find(|colour| {
                !taken(colour)
                    && !self.series[i..]
                        .iter()
                        .any(|s| text(*s).fg == Some(*colour))
            });
            let free =
                free.or_else(|| ANSI16_HUES[shade].into_iter().find(|colour| !taken(colour)));
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
    pub(crate) fn colourless() -> Self {
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
fn style_colour_in_ansi16(colour: Color) -> Option<Color> {
    match colour {
        Color::Reset => None,
        Color::Rgb(r, g, b) => ansi16_by_hue([r, g, b]),
        Color::Indexed(index) => Some(indexed_to_ansi16(index)),
        by_name => Some(by_name),
    }
}

/// Whether a colour is one for dark backgrounds.
fn is_light(colour: Color) -> bool {
    match style_colour_in_ansi16(colour) {
        Some(colour) => !ANSI16_HUES[0].contains(&colour),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_sixteen_colours_everything_is_told_apart_and_can_be_read() {
        for (name, file) in BUILT_IN {
            let theme = Theme::parse(name, file).unwrap().for_depth(Depth::Ansi16);
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
                    style.fg.is_none_or(|fg| ANSI16_HUES[shade].contains(&fg)),
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
        let theme = Theme::parse("own", &own).unwrap().for_depth(Depth::Ansi16);
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
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), 2, "{error}");
        assert!(
            lines[0].starts_with("theme mine:4:1: acent: ") && lines[0].contains("accent?"),
            "{error}"
        );
        assert!(lines[1].contains("accent is missing"), "{error}");
        let broken = BUILT_IN[0]
            .1
            .replace("text = \"reset\"", "text = 3")
            .replace("\"#6fb1e0\"", "\"bleu\"");
        let error = Theme::parse("mine", &broken).unwrap_err().to_string();
        assert!(
            error.starts_with("theme mine:2:8: text: must be a colour"),
            "{error}"
        );
        assert!(
            error.contains("\ntheme mine:10:22: series: \"bleu\" is no colour"),
            "{error}"
        );
        let folder = tempfile::tempdir().unwrap();
        let error = Theme::load("neon", folder.path()).unwrap_err().to_string();
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
        let theme = Theme::load("dark", folder.path()).unwrap();
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

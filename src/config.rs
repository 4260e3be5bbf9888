//! Settings: defaults, overridden by the config file, that by the environment,
//! and that by flags. Every source goes through one parser, so a value means
//! the same and is refused in the same words wherever it was written.

use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::device;
use crate::error::{Error, Result};
use crate::paths::Paths;

/// What stands before a setting's name in capitals to make its environment variable.
const VARIABLE_PREFIX: &str = "LFW_TUI_";

/// The settings' names, as in the file.
const NAMES: [&str; 7] = [
    "data",
    "device",
    "threads",
    "graphics",
    "cell-size",
    "colors",
    "theme",
];

/// More threads than any machine that this was tried on; catches slips.
const MOST_THREADS: usize = 1024;

/// The settings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// A path, the name of an imported data set, or `sample`; `None` is the one used last.
    pub data: Option<String>,
    /// `auto`, `cpu`, `cuda` or `cuda:N`.
    pub device: String,
    /// Threads for computing; `None` is one per core.
    pub threads: Option<usize>,
    /// How pictures are drawn.
    pub graphics: Graphics,
    /// Pixels of one character, width and height; `None` asks the terminal.
    pub cell_size: Option<(u16, u16)>,
    /// How many colours are written.
    pub colors: Colors,
    /// `auto`, a built-in theme's name, or that of a file in the user's themes.
    pub theme: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: None,
            device: "auto".into(),
            threads: None,
            graphics: Graphics::Auto,
            cell_size: None,
            colors: Colors::Auto,
            theme: "auto".into(),
        }
    }
}

/// How pictures reach the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Graphics {
    /// The best that the terminal answers to.
    #[default]
    Auto,
    /// kitty's protocol, with unicode placeholders.
    Kitty,
    /// DEC sixel.
    Sixel,
    /// iTerm2's inline pictures.
    Iterm2,
    /// Two pixels a character: works everywhere.
    Halfblocks,
    /// No pictures.
    Off,
}

impl FromStr for Graphics {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        <Self as clap::ValueEnum>::from_str(text, false)
            .map_err(|_| "write auto, kitty, sixel, iterm2, halfblocks or off".to_string())
    }
}

/// How many colours are written to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Colors {
    /// As many as the terminal announces or answers.
    #[default]
    Auto,
    /// 24-bit.
    #[value(alias = "24bit")]
    Truecolor,
    /// xterm's palette.
    #[value(name = "256")]
    Ansi256,
    /// The terminal's own sixteen.
    #[value(name = "16")]
    Ansi16,
    /// Bold, underlined and reversed text; half-block pictures in shades.
    None,
}

impl FromStr for Colors {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        <Self as clap::ValueEnum>::from_str(text, false)
            .map_err(|_| "write auto, truecolor, 256, 16 or none".to_string())
    }
}

impl Config {
    /// Defaults, then the config file when there is one, then the environment.
    ///
    /// # Errors
    /// When the file cannot be read, or a value in it or in the environment is
    /// not usable; the message names the file and key, or the variable.
    pub fn load(paths: &Paths) -> Result<Self> {
        let mut config = Self::default();
        config.add_file(&paths.config_file())?;
        config.add_environment(|variable| std::env::var(variable).ok())?;
        Ok(config)
    }

    fn add_file(&mut self, file: &Path) -> Result<()> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Error::io(file, "read the settings")(error)),
        };
        self.add_toml(&file.display().to_string(), &text)
    }

    fn add_toml(&mut self, file: &str, text: &str) -> Result<()> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error
                .span()
                .map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            Error::invalid(format!("{file}:{line}"), error.message())
        })?;
        for (name, value) in table {
            let origin = format!("{file}: {name}");
            let value = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                _ => return Err(Error::invalid(origin, "must be a text or a whole number")),
            };
            self.set(&name, &value, &origin)?;
        }
        Ok(())
    }

    fn add_environment(&mut self, variable: impl Fn(&str) -> Option<String>) -> Result<()> {
        for name in NAMES {
            let key = format!(
                "{VARIABLE_PREFIX}{}",
                name.replace('-', "_").to_ascii_uppercase()
            );
            // Empty is unset, as shells' users expect.
            if let Some(value) = variable(&key).filter(|value| !value.is_empty()) {
                self.set(name, &value, &key)?;
            }
        }
        Ok(())
    }

    /// Sets one by name; `origin` says in errors where the value stood.
    fn set(&mut self, name: &str, value: &str, origin: &str) -> Result<()> {
        let wrong = |advice: &str| Error::invalid(origin, format!("{value:?}: {advice}"));
        match name {
            "data" => self.data = (!["last", ""].contains(&value)).then(|| value.to_string()),
            "device" => {
                device::parse(value).map_err(|_| wrong(device::ADVICE))?;
                self.device = value.to_string();
            }
            "threads" => {
                let threads: usize = value
                    .parse()
                    .ok()
                    .filter(|threads| *threads <= MOST_THREADS)
                    .ok_or_else(|| wrong("write a number of threads, 0 for one per core"))?;
                self.threads = (threads > 0).then_some(threads);
            }
            "graphics" => self.graphics = value.parse().map_err(|advice: String| wrong(&advice))?,
            "cell-size" if value == "auto" => self.cell_size = None,
            "cell-size" => {
                self.cell_size =
                    Some(parse_cell_size(value).map_err(|advice: String| wrong(&advice))?);
            }
            "colors" => self.colors = value.parse().map_err(|advice: String| wrong(&advice))?,
            "theme" => self.theme = value.to_string(),
            unknown => {
                let advice = match nearest_name(unknown) {
                    Some(name) => format!("no such setting; did you mean {name}?"),
                    None => format!("no such setting; there are {}", NAMES.join(", ")),
                };
                return Err(Error::invalid(origin, advice));
            }
        }
        Ok(())
    }
}

/// The setting that a misspelt name most likely means.
fn nearest_name(unknown: &str) -> Option<&'static str> {
    NAMES
        .into_iter()
        .map(|name| (strsim::jaro_winkler(name, unknown), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// `8x16` as the (width, height) of one character in pixels, each 2 to 200.
///
/// # Errors
/// How to write it.
pub fn parse_cell_size(text: &str) -> Result<(u16, u16), String> {
    let parse = |part: &str| part.parse().ok().filter(|side| (2..=200).contains(side));
    text.split_once('x')
        .and_then(|(width, height)| Some((parse(width)?, parse(height)?)))
        .ok_or_else(|| "write WIDTHxHEIGHT in pixels, such as 8x16".to_string())
}

/// Reads a number of threads, 1 to 1024.
///
/// # Errors
/// How to write it.
pub fn parse_threads(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|threads| (1..=MOST_THREADS).contains(threads))
        .ok_or_else(|| format!("write a whole number from 1 to {MOST_THREADS}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_file(text: &str) -> Result<Config> {
        let mut config = Config::default();
        config.add_toml("lfw-tui.toml", text)?;
        Ok(config)
    }

    /// The documented file is the defaults, and names every setting.
    #[test]
    fn the_shipped_file_says_what_the_defaults_are() {
        let text = include_str!("../config/lfw-tui.toml");
        assert_eq!(of_file(text).unwrap(), Config::default());
        let table: toml::Table = text.parse().unwrap();
        let mut written: Vec<_> = table.keys().map(String::as_str).collect();
        written.sort_unstable();
        let mut names = NAMES;
        names.sort_unstable();
        assert_eq!(written, names);
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let mut config = of_file("device = \"cpu\"\nthreads = 3\ndata = \"lfw.tgz\"").unwrap();
        config
            .add_environment(|name| match name {
                "LFW_TUI_THREADS" => Some("5".into()),
                "LFW_TUI_CELL_SIZE" => Some("9x18".into()),
                "LFW_TUI_DEVICE" => Some(String::new()),
                _ => None,
            })
            .unwrap();
        assert_eq!(config.threads, Some(5));
        assert_eq!(config.cell_size, Some((9, 18)));
        assert_eq!(config.device, "cpu");
        assert_eq!(config.data.as_deref(), Some("lfw.tgz"));
    }

    #[test]
    fn mistakes_name_the_file_and_the_key_and_say_what_to_write() {
        for (text, parts) in [
            ("devise = \"cpu\"", ["devise", "did you mean device?"]),
            ("colour = \"red\"", ["colour", "there are data, device"]),
            ("device = \"gpu\"", ["device", "write auto, cpu"]),
            ("threads = -1", ["threads", "number of threads"]),
            ("threads = 1.5", ["threads", "whole number"]),
            ("graphics = \"ascii\"", ["graphics", "halfblocks"]),
            ("cell-size = \"8\"", ["cell-size", "such as 8x16"]),
            ("theme = [1]", ["theme", "must be a text"]),
            ("theme = \"dark\"\nthreads = = 2", [":2", "lfw-tui.toml"]),
        ] {
            let message = of_file(text).unwrap_err().to_string();
            assert!(message.starts_with("lfw-tui.toml"), "{message}");
            assert!(!message.contains('\n'), "{message}");
            for part in parts {
                assert!(message.contains(part), "{message} lacks {part}");
            }
        }
        let mut config = Config::default();
        let message = config
            .add_environment(|name| (name == "LFW_TUI_THREADS").then(|| "many".into()))
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with("LFW_TUI_THREADS: \"many\""),
            "{message}"
        );
    }

    #[test]
    fn a_missing_file_is_no_mistake_and_an_unreadable_one_is() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let mut config = Config::default();
        config.add_file(&paths.config_file()).unwrap();
        assert_eq!(config, Config::default());
        std::fs::create_dir_all(paths.config_file()).unwrap();
        let message = config
            .add_file(&paths.config_file())
            .unwrap_err()
            .to_string();
        assert!(message.contains("lfw-tui.toml"), "{message}");
    }

    #[test]
    fn cell_sizes_are_read() {
        assert_eq!(parse_cell_size("9x18").unwrap(), (9, 18));
        for wrong in ["9", "x", "0x10", "9x18x2", "-1x5", "500x20"] {
            assert!(parse_cell_size(wrong).is_err(), "{wrong}");
        }
    }
}

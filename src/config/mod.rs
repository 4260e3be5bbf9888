//! Settings: defaults, overridden by the config file, then by the environment, then
//! by flags. All sources share one parser, so that a value means the same and gives
//! the same error wherever it is written.

mod display;
mod keys;
mod names;
pub(crate) mod spanned_toml;

use std::ffi::OsString;
use std::path::Path;

use crate::device;
use crate::error::{Error, Result};
use crate::paths::{Paths, Sharing};
pub(crate) use display::{Colors, Graphics, Mouse, Notify, parse_cell_size, parse_line_limit};
pub use keys::{KeySetting, KeySettings};
pub(crate) use names::{ON_END_VARIABLES, unknown_env_variables};
use names::{SETTING_NAMES, env_variable, unknown_section, unknown_setting};
pub(crate) use spanned_toml::closest_name;
use spanned_toml::{Entry, Problems, Value};

/// A limit against typing errors, above any machine that this was tried on.
const MAX_THREADS: usize = 1024;

/// The settings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// A path, the name of an imported data set, or `sample`; `None` is the one used last.
    pub data: Option<String>,
    /// `auto`, `cpu`, `cuda` or `cuda:N`.
    pub device: String,
    /// Number of threads; `None` is one per core.
    pub threads: Option<usize>,
    /// The graphics protocol for pictures.
    pub graphics: Graphics,
    /// Width and height of a character in pixels; `None` queries the terminal.
    pub cell_size: Option<(u16, u16)>,
    /// The most bytes per second to send to the terminal; `None` for as many as it takes.
    pub line_limit: Option<u64>,
    /// The number of colours.
    pub colors: Colors,
    /// `auto`, a built-in theme, or a file in the user's folder of themes.
    pub theme: String,
    /// Whether the screen uses the mouse.
    pub mouse: Mouse,
    /// How the screen tells that a run has ended.
    pub notify: Notify,
    /// A command of the user's that a worker runs when its run has ended.
    pub on_end: Option<String>,
    /// Who else can read or write the files that the program creates.
    pub shared: Sharing,
    /// What keys are to mean.
    pub keys: KeySettings,
    /// The connection string of the `PostgreSQL` store of codes; it may hold a password.
    pub pg: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: None,
            device: "auto".into(),
            threads: None,
            graphics: Graphics::Auto,
            cell_size: None,
            line_limit: None,
            colors: Colors::Auto,
            theme: "auto".into(),
            mouse: Mouse::On,
            notify: Notify::On,
            on_end: None,
            shared: Sharing::Private,
            keys: KeySettings::default(),
            pg: None,
        }
    }
}

impl Config {
    /// Defaults, overridden by the config file if there is one, then the environment.
    ///
    /// # Errors
    /// When the file cannot be read, or values in it or in the environment are
    /// invalid; the message names each, by line and column or by variable.
    pub(crate) fn load(paths: &Paths) -> Result<Self> {
        let mut config = Self::default();
        let mut mistakes = Problems::default();
        config.add_file(&paths.config_file(), &mut mistakes)?;
        config.add_environment(|variable| std::env::var_os(variable), &mut mistakes);
        mistakes.into_result()?;
        Ok(config)
    }

    fn add_file(&mut self, file: &Path, mistakes: &mut Problems) -> Result<()> {
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Error::io(file, "read the settings")(error)),
        };
        self.add_toml(&file.display().to_string(), &bytes, mistakes);
        Ok(())
    }

    fn add_toml(&mut self, file: &str, bytes: &[u8], mistakes: &mut Problems) {
        for entry in spanned_toml::read(file, bytes, mistakes) {
            let name = &entry.name;
            if let ("keys", Value::Section(inside)) = (name.as_str(), &entry.value) {
                self.keys.add(file, inside);
                // What is wrong with keys does not keep the screen from starting. Sections end
                // the file's settings.
                self.keys
                    .mistakes
                    .extend(mistakes.take_from(entry.position));
                continue;
            }
            if let Err(problem) = self.add_entry(&entry) {
                // The position is that of a wrong value, or of a wrong name or section.
                let is_value = SETTING_NAMES.contains(&name.as_str())
                    && !matches!(entry.value, Value::Section(_));
                let place = if is_value {
                    entry.value_position
                } else {
                    entry.position
                };
                mistakes.add_at(file, place, format!("{name}: {problem}"));
            }
        }
    }

    fn add_entry(&mut self, entry: &Entry) -> Result<(), String> {
        let name = entry.name.as_str();
        if !SETTING_NAMES.contains(&name) {
            return Err(match &entry.value {
                Value::Section(names) => unknown_section(name, names),
                _ => unknown_setting(name),
            });
        }
        match &entry.value {
            Value::Text(text) => self.set(name, text),
            Value::Integer(number) if name == "threads" => self.set(name, number),
            other => {
                let wanted = match name {
                    "threads" => "must be a whole number, such as 4; 0 is one per core",
                    _ => "must be a string in quotes",
                };
                Err(format!("{wanted}, not {}", other.kind()))
            }
        }
    }

    fn add_environment(
        &mut self,
        variable: impl Fn(&str) -> Option<OsString>,
        mistakes: &mut Problems,
    ) {
        for name in SETTING_NAMES {
            let key = env_variable(name);
            // An empty variable counts as unset, as is usual.
            let Some(value) = variable(&key).filter(|value| !value.is_empty()) else {
                continue;
            };
            let set = match value.to_str() {
                Some(value) => self.set(name, value),
                None => Err("is not UTF-8".to_string()),
            };
            if let Err(problem) = set {
                mistakes.add(key, problem);
            }
        }
    }

    /// Sets a setting by name.
    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let wrong = |advice: &str| format!("{value:?}: {advice}");
        match name {
            "data" => self.data = (!["last", ""].contains(&value)).then(|| value.to_string()),
            "device" => {
                device::parse(value).map_err(|_| wrong(device::SYNTAX))?;
                self.device = value.to_string();
            }
            "threads" => {
                let threads: usize = value
                    .parse()
                    .ok()
                    .filter(|threads| *threads <= MAX_THREADS)
                    .ok_or_else(|| wrong("write a number of threads, 0 for one per core"))?;
                self.threads = (threads > 0).then_some(threads);
            }
            "graphics" => self.graphics = value.parse().map_err(|advice: String| wrong(&advice))?,
            "cell-size" if value == "auto" => self.cell_size = None,
            "cell-size" => {
                self.cell_size =
                    Some(parse_cell_size(value).map_err(|advice: String| wrong(&advice))?);
            }
            "line-limit" if value == "none" => self.line_limit = None,
            "line-limit" => {
                self.line_limit =
                    Some(parse_line_limit(value).map_err(|advice: String| wrong(&advice))?);
            }
            "colors" => self.colors = value.parse().map_err(|advice: String| wrong(&advice))?,
            "theme" => self.theme = value.to_string(),
            "mouse" => self.mouse = value.parse().map_err(|advice: String| wrong(&advice))?,
            "notify" => self.notify = value.parse().map_err(|advice: String| wrong(&advice))?,
            "on-end" => {
                let command = value.trim();
                self.on_end = (!command.is_empty()).then(|| command.to_string());
            }
            "pg" => self.pg = (!value.is_empty()).then(|| value.to_string()),
            "shared" => self.shared = value.parse().map_err(|advice: String| wrong(&advice))?,
            other => return Err(unknown_setting(other)),
        }
        Ok(())
    }
}

/// Parses a number of threads, 1 to 1024.
///
/// # Errors
/// Advice on how to write it.
pub(crate) fn parse_threads(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|threads| (1..=MAX_THREADS).contains(threads))
        .ok_or_else(|| format!("write a whole number from 1 to {MAX_THREADS}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_file(text: &str) -> Result<Config> {
        let mut config = Config::default();
        let mut mistakes = Problems::default();
        config.add_toml("lfw-tui.toml", text.as_bytes(), &mut mistakes);
        mistakes.into_result()?;
        Ok(config)
    }

    /// The documented file is the defaults, and names every setting.
    #[test]
    fn the_shipped_file_says_what_the_defaults_are() {
        let text = include_str!("../../config/lfw-tui.toml");
        assert_eq!(of_file(text).unwrap(), Config::default());
        let table: toml::Table = text.parse().unwrap();
        let mut written: Vec<_> = table.keys().map(String::as_str).collect();
        written.sort_unstable();
        let mut names = [&SETTING_NAMES[..], &["keys"]].concat();
        names.sort_unstable();
        assert_eq!(written, names);
    }

    #[test]
    fn mistaken_keys_are_told_and_the_rest_counts() {
        let text = "threads = 2\n[keys]\n\"x\" = \"quit\"\n\"y\" = 3\n\"z\" = [\"a\", \"b\"]\n\"x\" = \"help\"\n";
        let config = of_file(text).unwrap();
        assert_eq!(config.threads, Some(2));
        let KeySettings { settings, mistakes } = config.keys;
        assert_eq!(settings.len(), 2, "{settings:?}");
        assert_eq!(settings[0].place, "lfw-tui.toml:3:1");
        assert_eq!(settings[1].actions, ["a", "b"]);
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
        assert!(mistakes[0].starts_with("lfw-tui.toml:4:1: keys, \"y\": must be"));
        assert!(mistakes[1].starts_with("lfw-tui.toml:6:"), "{mistakes:?}");
        // Before it, a mistake is one of the settings.
        assert!(of_file("threads = x\n[keys]\n").is_err());
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let mut config = of_file("device = \"cpu\"\nthreads = 3\ndata = \"lfw.tgz\"").unwrap();
        let mut mistakes = Problems::default();
        let variable = |name: &str| match name {
            "LFW_TUI_THREADS" => Some("5".into()),
            "LFW_TUI_CELL_SIZE" => Some("9x18".into()),
            "LFW_TUI_SHARED" => Some("group".into()),
            "LFW_TUI_DEVICE" => Some(OsString::new()),
            _ => None,
        };
        config.add_environment(variable, &mut mistakes);
        mistakes.into_result().unwrap();
        assert_eq!(config.shared, Sharing::Group);
        assert_eq!(config.threads, Some(5));
        assert_eq!(config.cell_size, Some((9, 18)));
        assert_eq!(config.device, "cpu");
        assert_eq!(config.data.as_deref(), Some("lfw.tgz"));
    }

    #[test]
    fn mistakes_name_the_file_and_the_key_and_say_what_to_write() {
        for (text, parts) in [
            ("devise = \"cpu\"", ["devise", "did you mean device?"]),
            ("colour = \"red\"", ["colour", "did you mean colors?"]),
            ("notify = \"loud\"", ["notify", "write on, bell or off"]),
            ("zoom = 2", ["zoom", "the settings are data, device"]),
            ("device = \"gpu\"", ["device", "write auto, cpu"]),
            ("threads = -1", ["threads", "number of threads"]),
            ("threads = 1.5", ["threads", "whole number"]),
            ("graphics = \"ascii\"", ["graphics", "halfblocks"]),
            ("cell-size = \"8\"", ["cell-size", "such as 8x16"]),
            ("theme = [1]", [":1:9: theme", "must be a string"]),
            ("theme = \"dark\"\nthreads = = 2", [":2:", "lfw-tui.toml"]),
            (
                "\n  device = 5",
                [":2:12: device", "in quotes, not a whole number"],
            ),
            ("theme = true", [":1:9: theme", "not true or false"]),
            ("threads = 2.5", [":1:11: threads", "with a decimal point"]),
            ("shared = \"all\"", ["shared", "group-read"]),
            ("\n[device]\nname = 1", [":2:2: device", "not a section"]),
            ("[theem]\nname = 1", [":1:2: theem", "theme = "]),
            ("[lfw]\ntheme = \"dark\"", [":1:2: lfw", "remove [lfw]"]),
        ] {
            let message = of_file(text).unwrap_err().to_string();
            assert!(message.starts_with("lfw-tui.toml"), "{message}");
            assert!(!message.contains('\n'), "{message}");
            for part in parts {
                assert!(message.contains(part), "{message} lacks {part}");
            }
        }
        let mut config = Config::default();
        let mut mistakes = Problems::default();
        config.add_toml("f", b"devise = 1\n\ntheme = 2\nthreads = []", &mut mistakes);
        let variable = |name: &str| (name == "LFW_TUI_THREADS").then(|| "many".into());
        config.add_environment(variable, &mut mistakes);
        let message = mistakes.into_result().unwrap_err().to_string();
        let starts: Vec<&str> = message
            .lines()
            .map(|line| line.split(' ').next().unwrap_or_default())
            .collect();
        assert_eq!(
            starts,
            ["f:1:1:", "f:3:9:", "f:4:11:", "LFW_TUI_THREADS:"],
            "{message}"
        );
    }

    #[test]
    fn a_missing_file_is_no_mistake_and_an_unreadable_one_is() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let mut config = Config::default();
        let mut mistakes = Problems::default();
        config
            .add_file(&paths.config_file(), &mut mistakes)
            .unwrap();
        assert_eq!(config, Config::default());
        std::fs::create_dir_all(paths.config_file()).unwrap();
        let message = config
            .add_file(&paths.config_file(), &mut mistakes)
            .unwrap_err()
            .to_string();
        assert!(message.contains("lfw-tui.toml"), "{message}");
    }
}

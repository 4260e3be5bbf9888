//! The names of the settings and of their environment variables.

use super::spanned_toml::{Entry, closest_name};
use crate::logging;
use crate::paths::HOME_VARIABLE;

/// A setting's environment variable is this and its name in capitals.
const ENV_PREFIX: &str = "LFW_TUI_";

/// The settings' names, as in the file.
pub(super) const SETTING_NAMES: [&str; 13] = [
    "data",
    "device",
    "threads",
    "graphics",
    "cell-size",
    "line-limit",
    "colors",
    "theme",
    "mouse",
    "notify",
    "on-end",
    "shared",
    "pg",
];

/// Variables with the prefix that are not settings.
const OTHER_ENV_VARIABLES: [&str; 3] = [
    HOME_VARIABLE,
    logging::LEVEL_VARIABLE,
    "LFW_TUI_CUDA_GRAPHS",
];

/// What the command `on-end` is told of its run: see docs/guide.md.
pub(crate) const ON_END_VARIABLES: [&str; 13] = [
    "LFW_TUI_RUN",
    "LFW_TUI_NAME",
    "LFW_TUI_PATH",
    "LFW_TUI_STATE",
    "LFW_TUI_ERROR",
    "LFW_TUI_STEP",
    "LFW_TUI_STEPS",
    "LFW_TUI_EPOCH",
    "LFW_TUI_EPOCHS",
    "LFW_TUI_SECONDS",
    "LFW_TUI_LOSS",
    "LFW_TUI_HELD_OUT",
    "LFW_TUI_PSNR",
];

/// Environment variables with the prefix that are not settings, each with advice.
pub(crate) fn unknown_env_variables() -> Vec<(String, String)> {
    let known: Vec<String> = SETTING_NAMES
        .iter()
        .map(|name| env_variable(name))
        .collect();
    let mut found: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with(ENV_PREFIX))
        .filter(|name| !known.contains(name) && !OTHER_ENV_VARIABLES.contains(&name.as_str()))
        .filter(|name| !ON_END_VARIABLES.contains(&name.as_str()))
        .map(|name| {
            let setting = name[ENV_PREFIX.len()..].to_string();
            let advice = match closest_name(&setting, SETTING_NAMES) {
                Some(near) => format!("did you mean {}?", env_variable(near)),
                None => format!("the settings are {}", known.join(", ")),
            };
            (name, advice)
        })
        .collect();
    found.sort();
    found
}

/// The environment variable of a setting.
pub(super) fn env_variable(name: &str) -> String {
    format!(
        "{ENV_PREFIX}{}",
        name.replace('-', "_").to_ascii_uppercase()
    )
}

pub(super) fn unknown_setting(name: &str) -> String {
    match closest_name(name, SETTING_NAMES) {
        Some(near) => format!("no such setting; did you mean {near}?"),
        None => format!(
            "no such setting; the settings are {}",
            SETTING_NAMES.join(", ")
        ),
    }
}

pub(super) fn unknown_section(name: &str, inside: &[Entry]) -> String {
    if inside
        .iter()
        .any(|inside| SETTING_NAMES.contains(&inside.name.as_str()))
    {
        return format!("settings are not in a section; remove [{name}]");
    }
    let near = closest_name(name, SETTING_NAMES).map_or(String::new(), |near| {
        format!("; the setting {near} is written {near} = \"…\"")
    });
    format!("the only section is [keys]{near}")
}

//! Checks settings, data sets, runs, and the folders that hold them.

use std::path::{Path, PathBuf};

use super::findings::Findings;
use crate::config::Config;
use crate::dataset::{self, DatasetSummary};
use crate::logging;
use crate::paths::{HOME_VARIABLE, Paths};
use crate::runs;
use crate::tui::all_keymaps::change_keys;
use crate::tui::theme::Theme;

/// With less free space, in GB, downloads and long runs are at risk: LFW's archive,
/// its pictures and a tensor of them take about 0.6.
const LOW_SPACE_GB: f64 = 1.0;

/// The name of the check of the settings' folder.
const SETTINGS_FOLDER: &str = "settings";

/// Checks the settings.
pub(crate) fn settings(paths: &Paths) -> (Config, Findings) {
    let mut findings = Findings::new("settings");
    let file = paths.config_file();
    let (config, problem) = load_or_default(paths);
    match problem {
        Some(problem) => findings.fail(
            "settings",
            problem,
            "correct it; until then every command but doctor refuses to start",
        ),
        None if file.exists() => findings.ok("settings", file.display()),
        None => findings.ok("settings", format!("defaults (no {})", file.display())),
    }
    if let Some(home) = std::env::var_os(HOME_VARIABLE).filter(|home| !home.is_empty()) {
        findings.ok(
            "home",
            format!("{HOME_VARIABLE}={}", home.to_string_lossy()),
        );
    }
    for mistake in change_keys(&config.keys).1 {
        let advice = "correct it; `lfw-tui keys` lists the actions";
        findings.warn("keys", mistake, advice);
    }
    for (variable, advice) in crate::config::unknown_env_variables() {
        findings.warn("variable", format!("{variable} is not a setting"), advice);
    }
    match logging::level_from_environment() {
        Ok(level) => findings.ok("log", format!("{} ({level})", paths.log_file().display())),
        Err(error) => findings.fail(
            "log",
            error,
            "correct it; until then every command but doctor refuses to start",
        ),
    }
    let themes = paths.config_dir().join("themes");
    // The terminal decides which of the two it will be.
    let wanted = match config.theme.as_str() {
        "auto" => vec!["dark", "light"],
        name => vec![name],
    };
    for name in wanted {
        if let Err(error) = Theme::load(name, &themes) {
            findings.fail(
                "theme",
                error,
                "correct it; until then the screen does not open",
            );
        }
    }
    (config, findings)
}

/// Checks data sets and runs.
pub(crate) fn data(paths: &Paths) -> Findings {
    let mut findings = Findings::new("data");
    let get_lfw =
        "`lfw-tui fetch` downloads LFW, `lfw-tui import PATH` imports an archive or a folder";
    match dataset::list(paths) {
        Ok(sets) => {
            for set in sets.iter().filter(|set| !set.is_sample) {
                let DatasetSummary {
                    title,
                    id,
                    pictures,
                    people,
                    ..
                } = set;
                findings.ok(
                    "faces",
                    format!("{title}: {pictures} pictures of {people} people ({id})"),
                );
            }
            if sets.iter().all(|set| set.is_sample) {
                findings.warn(
                    "faces",
                    "none imported; the built-in sample is used",
                    get_lfw,
                );
            }
        }
        Err(error) => findings.fail("faces", error, "make the folder readable"),
    }
    match runs::list(paths) {
        Ok(runs) if runs.is_empty() => {
            findings.ok("runs", "none yet; `lfw-tui train --preset face` trains one");
        }
        Ok(runs) => findings.ok("runs", format!("{}", runs.len())),
        Err(error) => findings.fail("runs", error, "make the folder readable"),
    }
    findings
}

/// Checks where files are kept, whether the folders are writable, and free space.
pub(crate) fn folders(paths: &Paths) -> Findings {
    let mut findings = Findings::new("folders");
    let parent = |path: PathBuf| path.parent().map_or(path.clone(), Path::to_path_buf);
    for (name, folder) in [
        (SETTINGS_FOLDER, paths.config_dir().to_path_buf()),
        ("data", parent(paths.datasets())),
        ("cache", parent(paths.face_tensors())),
        ("state", parent(paths.last_dataset_file())),
    ] {
        check_folder(&mut findings, name, &folder);
    }
    findings
}

fn check_folder(findings: &mut Findings, name: &'static str, folder: &Path) {
    let shown = folder.display();
    let Some(existing) = folder.ancestors().find(|folder| folder.exists()) else {
        return findings.fail(name, format!("{shown}: does not exist"), set_home_advice());
    };
    if !existing.is_dir() {
        let found = format!("{} is not a folder", existing.display());
        return findings.fail(name, found, set_home_advice());
    }
    // Creates an unnamed file, since permissions alone do not show that a file system
    // is read-only. Settings are only read.
    if name != SETTINGS_FOLDER
        && let Err(error) = tempfile::tempfile_in(existing)
    {
        let found = format!("{} is not writable ({error})", existing.display());
        return findings.fail(name, found, set_home_advice());
    }
    match rustix::fs::statvfs(existing) {
        Ok(disk) => {
            let free = disk.f_bavail as f64 * disk.f_frsize as f64 / 1e9;
            let found = format!("{shown}  ({free:.1} GB free)");
            if free < LOW_SPACE_GB {
                findings.warn(name, found, format!("low on space; {}", set_home_advice()));
            } else {
                findings.ok(name, found);
            }
        }
        Err(_) => findings.ok(name, shown),
    }
}

fn set_home_advice() -> String {
    format!("set {HOME_VARIABLE} to a folder that you can write to, with free space")
}

/// The settings in force, or the defaults and what is wrong.
fn load_or_default(paths: &Paths) -> (Config, Option<String>) {
    match Config::load(paths) {
        Ok(config) => (config, None),
        Err(error) => (Config::default(), Some(error.to_string())),
    }
}

//! Settings, data sets, runs, and the folders they lie in.

use std::path::{Path, PathBuf};

use super::{Findings, or_default};
use crate::config::Config;
use crate::dataset::{self, Summary};
use crate::paths::{HOME_VARIABLE, Paths};
use crate::runs;
use crate::tui::theme::Theme;

/// Below this many GB free, downloads and long runs are at risk: the archive,
/// its pictures and a tensor of them take about 0.6.
const LITTLE_SPACE: f64 = 1.0;

/// What the folder of settings is called here.
const SETTINGS: &str = "settings";

/// The settings and what is wrong with them.
pub fn settings(paths: &Paths) -> (Config, Findings) {
    let mut findings = Findings::about("settings");
    let file = paths.config_file();
    let (config, problem) = or_default(Config::load(paths));
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
    for (variable, advice) in crate::config::unknown_variables() {
        findings.warn("variable", format!("{variable} is no setting"), advice);
    }
    let themes = paths.config_dir().join("themes");
    // Which of the two it will be, only the terminal knows.
    let wanted = match config.theme.as_str() {
        "auto" => vec!["dark", "light"],
        name => vec![name],
    };
    for name in wanted {
        if let Err(error) = Theme::named(name, &themes) {
            findings.fail(
                "theme",
                error,
                "correct it; the screen does not open before",
            );
        }
    }
    (config, findings)
}

/// Data sets and runs.
pub fn data(paths: &Paths) -> Findings {
    let mut findings = Findings::about("data");
    let get_lfw = "`lfw-tui fetch` downloads LFW, `lfw-tui import PATH` takes an archive or folder";
    match dataset::registered(paths) {
        Ok(sets) => {
            for set in sets.iter().filter(|set| !set.is_sample) {
                let Summary {
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
                    "none imported; the built-in sample serves",
                    get_lfw,
                );
            }
        }
        Err(error) => findings.fail("faces", error, "make the folder readable"),
    }
    match runs::list(paths) {
        Ok(runs) if runs.is_empty() => {
            findings.ok("runs", "none yet; `lfw-tui train --preset face` makes one");
        }
        Ok(runs) => findings.ok("runs", format!("{}", runs.len())),
        Err(error) => findings.fail("runs", error, "make the folder readable"),
    }
    findings
}

/// Where things lie, whether they can be written, and the space there.
pub fn folders(paths: &Paths) -> Findings {
    let mut findings = Findings::about("folders");
    let parent = |path: PathBuf| path.parent().map_or(path.clone(), Path::to_path_buf);
    for (name, folder) in [
        (SETTINGS, paths.config_dir().to_path_buf()),
        ("data", parent(paths.datasets())),
        ("cache", parent(paths.face_tensors())),
        ("state", parent(paths.last_dataset_file())),
    ] {
        look_at(&mut findings, name, &folder);
    }
    findings
}

fn look_at(findings: &mut Findings, name: &'static str, folder: &Path) {
    let shown = folder.display();
    let Some(existing) = folder.ancestors().find(|folder| folder.exists()) else {
        return findings.fail(name, format!("{shown}: nothing there"), set_home());
    };
    if !existing.is_dir() {
        let found = format!("{} is not a folder", existing.display());
        return findings.fail(name, found, set_home());
    }
    // A file without a name: rights alone say too much on file systems that take
    // none. Settings are only read.
    if name != SETTINGS
        && let Err(error) = tempfile::tempfile_in(existing)
    {
        let found = format!("{} cannot be written ({error})", existing.display());
        return findings.fail(name, found, set_home());
    }
    match rustix::fs::statvfs(existing) {
        Ok(disk) => {
            let free = disk.f_bavail as f64 * disk.f_frsize as f64 / 1e9;
            let found = format!("{shown}  ({free:.1} GB free)");
            if free < LITTLE_SPACE {
                findings.warn(name, found, format!("little space; {}", set_home()));
            } else {
                findings.ok(name, found);
            }
        }
        Err(_) => findings.ok(name, shown),
    }
}

fn set_home() -> String {
    format!("set {HOME_VARIABLE} to a folder of yours with space")
}

//! Who may look at the program's files: told, never changed.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::findings::Findings;
use crate::paths::{Paths, Sharing, symlinks};

/// Levels of folders that are looked at: `data`, `data/runs`, `data/runs/RUN`,
/// and what lies in that.
const MAX_DEPTH: usize = 4;

/// Files and folders beyond this are not looked at.
const MAX_FILES: usize = 20_000;

/// Looks at each of the program's folders that is there.
pub fn check(paths: &Paths, sharing: Sharing) -> Findings {
    let mut findings = Findings::new("access");
    let names = ["settings", "data", "cache", "state"];
    for (name, root) in names.into_iter().zip(paths.roots()) {
        if let Err(error) = symlinks::reject_untrusted_links(root) {
            findings.fail(name, error, "no command but doctor goes on");
            continue;
        }
        if root.is_dir() {
            check_folder(&mut findings, name, root, sharing);
        }
    }
    findings
}

fn check_folder(findings: &mut Findings, name: &'static str, root: &Path, sharing: Sharing) {
    let me = rustix::process::geteuid().as_raw();
    let owner = root.metadata().map_or(me, |data| data.uid());
    if owner != me && owner != 0 && sharing == Sharing::Private {
        findings.warn(
            name,
            format!(
                "{} belongs to user {owner}, who can change what is in it",
                root.display()
            ),
            "make a folder of your own and set LFW_TUI_HOME to it",
        );
    }
    let mut open: Vec<(PathBuf, u32)> = Vec::new();
    let mut seen = 0;
    find_too_open(root, sharing, MAX_DEPTH, &mut seen, &mut open);
    let Some((first, mode)) = open.first() else {
        let whom = match sharing {
            Sharing::Private => "yours alone",
            Sharing::GroupRead => "yours, and your group's to read",
            Sharing::Group => "yours and your group's",
        };
        return findings.ok(name, format!("{} is {whom}", root.display()));
    };
    let whose = match sharing {
        Sharing::Private => "others",
        _ => "more than your group",
    };
    let beside = match open.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more below {}", root.display()),
    };
    let (take, share) = match sharing {
        Sharing::Private => (
            "go-rwx",
            "; to share runs with a group see docs/long-runs.md",
        ),
        Sharing::GroupRead => ("g-w,o-rwx", ""),
        Sharing::Group => ("o-rwx", ""),
    };
    findings.warn(
        name,
        format!(
            "{} is open to {whose} (mode {:o}){beside}",
            first.display(),
            mode & 0o777
        ),
        format!("chmod -R {take} {}{share}", shell_quoted(root)),
    );
}

/// Everything below that gives more than it should, the uppermost first. Links
/// have no rights of their own and are not followed.
fn find_too_open(
    path: &Path,
    sharing: Sharing,
    levels: usize,
    seen: &mut usize,
    open: &mut Vec<(PathBuf, u32)>,
) {
    // The folder itself may be reached by a link of the user's own.
    let data = match levels {
        MAX_DEPTH => path.metadata(),
        _ => path.symlink_metadata(),
    };
    let Ok(data) = data else { return };
    *seen += 1;
    if data.is_symlink() || *seen > MAX_FILES {
        return;
    }
    let mode = data.permissions().mode();
    if sharing.excess_bits(mode) != 0 {
        open.push((path.to_path_buf(), mode));
    }
    if data.is_dir() && levels > 0 {
        let mut below: Vec<PathBuf> = std::fs::read_dir(path)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        below.sort();
        for one in below {
            find_too_open(&one, sharing, levels - 1, seen, open);
        }
    }
}

/// A path as a shell takes it.
fn shell_quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    if text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

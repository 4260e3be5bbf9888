//! Checks who can read and write the program's files; changes nothing.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::findings::Findings;
use crate::paths::{Paths, Sharing, symlinks};

/// Depth of the search: `data`, `data/runs`, `data/runs/RUN`, and its contents.
const MAX_DEPTH: usize = 4;

/// Number of files and folders that are checked at most.
const MAX_FILES: usize = 20_000;

/// Checks each of the program's folders that exists.
pub(crate) fn check(paths: &Paths, sharing: Sharing) -> Findings {
    let mut findings = Findings::new("access");
    let names = ["settings", "data", "cache", "state"];
    for (name, root) in names.into_iter().zip(paths.roots()) {
        if let Err(error) = symlinks::reject_untrusted_links(root) {
            findings.fail(
                name,
                error,
                "correct it; until then every command but doctor refuses to start",
            );
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
            "create a folder that you own and set LFW_TUI_HOME to it",
        );
    }
    let mut open: Vec<(PathBuf, u32)> = Vec::new();
    let mut seen = 0;
    find_too_open(root, sharing, MAX_DEPTH, &mut seen, &mut open);
    let Some((first, mode)) = open.first() else {
        let whom = match sharing {
            Sharing::Private => "private to you",
            Sharing::GroupRead => "yours, and readable by your group",
            Sharing::Group => "shared by you and your group",
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

/// Collects files and folders with more permissions than they should have, parents
/// first. Symbolic links have no permissions and are not followed.
fn find_too_open(
    path: &Path,
    sharing: Sharing,
    levels: usize,
    seen: &mut usize,
    open: &mut Vec<(PathBuf, u32)>,
) {
    // The top folder may be a symbolic link that the user made.
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

/// A path quoted for a shell.
fn shell_quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    if text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

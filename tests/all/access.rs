//! Permissions of the program's files: its own are private or shared with a group according to the
//! settings, files saved elsewhere follow the umask, and another user's links are not followed.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lfw_tui::paths::Paths;

use crate::cli::program;
use crate::tiny;

/// Saves a picture to a folder of the user's choice.
const MORPH: [&str; 6] = [
    "morph",
    "pca-4",
    "Some_Body_0001",
    "Some_Body_0002",
    "-o",
    "out.png",
];

/// A home, pictures beside it, and the umask that the program is started with.
struct Place {
    folder: tempfile::TempDir,
    umask: &'static str,
}

impl Place {
    fn new(umask: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        tiny::pictures(&folder.path().join("pictures"));
        Self { folder, umask }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let own = program(&self.home(), arguments);
        let mut command = Command::new("sh");
        command
            .args(["-c", "umask \"$0\" && exec \"$@\"", self.umask])
            .arg(own.get_program())
            .args(own.get_args())
            .env("LFW_TUI_HOME", self.home())
            .current_dir(self.folder.path());
        command
    }

    fn run(&self, arguments: &[&str], shared: &str) -> Output {
        let output = self
            .command(arguments)
            .env("LFW_TUI_SHARED", shared)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output
    }

    /// Imports, trains and exports, so that every kind of file is made.
    fn fill(&self, shared: &str) {
        self.run(&["import", "pictures"], shared);
        let train = "train --preset linear --code-size 4 --epochs 1 --batch-size 16 \
                     --held-out 0.2 --name one --device cpu --data pictures --detach";
        self.run(&train.split_whitespace().collect::<Vec<_>>(), shared);
        let paths = Paths::below(self.home());
        let begun = std::time::Instant::now();
        while lfw_tui::runs::find(&paths, "one")
            .and_then(|run| lfw_tui::runs::RunSummary::read(&run))
            .map_or(true, |run| run.state != lfw_tui::runs::RunState::Finished)
        {
            assert!(begun.elapsed().as_secs() < 60, "the run does not end");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        self.run(&["eval", "pca-4"], shared);
    }
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o777
}

/// Every path in a folder, and the folder itself.
fn below(path: &Path) -> Vec<PathBuf> {
    let mut found = vec![path.to_path_buf()];
    let mut at = 0;
    while at < found.len() {
        if found[at].is_dir() {
            let entries = std::fs::read_dir(&found[at]).unwrap();
            found.extend(entries.map(|entry| entry.unwrap().path()));
        }
        at += 1;
    }
    found
}

fn check_modes(home: &Path, folders: u32, files: u32) {
    let all = below(home);
    assert!(all.len() > 100, "{all:?}");
    for path in all {
        let wanted = if path.is_dir() { folders } else { files };
        let is = mode(&path);
        assert_eq!(is, wanted, "{}: {is:o}, not {wanted:o}", path.display());
    }
}

#[test]
fn own_files_are_private_and_files_saved_elsewhere_follow_the_umask() {
    let place = Place::new("022");
    place.fill("private");
    check_modes(&place.home(), 0o700, 0o600);
    place.run(&MORPH, "");
    let export = "runs export one --csv one.csv --model models/one --tensorboard logs";
    place.run(&export.split_whitespace().collect::<Vec<_>>(), "");
    let outside = place.folder.path();
    for file in ["out.png", "one.csv", "models/one/model.safetensors"] {
        assert_eq!(mode(&outside.join(file)), 0o644, "{file}");
    }
    for folder in ["models", "models/one", "logs"] {
        assert_eq!(mode(&outside.join(folder)), 0o755, "{folder}");
    }
    // Saved in the program's own folders: the same mode as everything there.
    let inside = place.home().join("data/mine.csv");
    let inside_text = inside.display().to_string();
    place.run(&["runs", "export", "one", "--csv", &inside_text], "");
    assert_eq!(mode(&inside), 0o600);
}

#[test]
fn a_stricter_umask_applies_outside() {
    let place = Place::new("077");
    place.run(&["import", "pictures"], "");
    place.run(&MORPH, "");
    assert_eq!(mode(&place.folder.path().join("out.png")), 0o600);
}

#[test]
fn a_group_can_watch_or_control_runs_if_the_settings_allow_it() {
    for (shared, folders, files) in [("group-read", 0o750, 0o640), ("group", 0o770, 0o660)] {
        let place = Place::new("022");
        place.fill(shared);
        check_modes(&place.home(), folders, files);
    }
}

/// In a setgid folder, everything gets the folder's group.
#[test]
fn the_group_of_a_folder_is_passed_on() {
    let place = Place::new("022");
    std::fs::create_dir(place.home()).unwrap();
    if !rustix::process::geteuid().is_root() {
        return println!("skipped: only root gives a folder any group");
    }
    std::os::unix::fs::chown(place.home(), None, Some(4242)).unwrap();
    std::fs::set_permissions(place.home(), std::fs::Permissions::from_mode(0o2770)).unwrap();
    place.fill("group");
    for path in below(&place.home()) {
        let data = path.symlink_metadata().unwrap();
        assert_eq!(data.gid(), 4242, "{}", path.display());
        if data.is_dir() {
            let mode = data.permissions().mode() & 0o7777;
            assert_eq!(mode, 0o2770, "{}: {mode:o}", path.display());
        }
    }
}

#[test]
fn existing_modes_are_kept_and_doctor_reports_them() {
    let place = Place::new("022");
    place.run(&["import", "pictures"], "");
    let data = place.home().join("data");
    let last = place.home().join("state/last-dataset");
    for (path, mode) in [(&data, 0o755), (&last, 0o644)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    std::fs::write(&last, "").unwrap();
    place.run(&["import", "pictures"], "");
    assert!(!std::fs::read(&last).unwrap().is_empty());
    assert_eq!((mode(&data), mode(&last)), (0o755, 0o644));
    let output = place.command(&["doctor"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let told = format!("{} is open to others (mode 755)", data.display());
    assert!(text.contains(&told), "{text}");
    let advice = format!("chmod -R go-rwx {}", data.display());
    assert!(text.contains(&advice), "{text}");
    assert!(
        text.contains("last-dataset is open to others (mode 644)"),
        "{text}"
    );
    assert_eq!(mode(&data), 0o755, "doctor changes nothing");
}

#[test]
fn ones_own_links_are_followed_and_others_are_not() {
    let place = Place::new("022");
    let elsewhere = place.folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let open = place.folder.path().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o1777)).unwrap();
    symlink(&elsewhere, open.join("home")).unwrap();
    let command = |home: &Path| program(home, &["runs"]).output().unwrap();
    // One's own data folder in another place.
    std::fs::create_dir(place.home()).unwrap();
    symlink(&elsewhere, place.home().join("data")).unwrap();
    place.run(&["import", "pictures"], "");
    assert!(elsewhere.join("datasets").is_dir());
    assert!(command(&open.join("home")).status.success());
    if !rustix::process::geteuid().is_root() {
        return println!("skipped: only root can make a link another user's");
    }
    std::os::unix::fs::lchown(open.join("home"), Some(65534), None).unwrap();
    let output = command(&open.join("home"));
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("open/home: is a link of user 65534"),
        "{message}"
    );
}

#[test]
fn a_link_in_place_of_a_program_file_is_not_followed() {
    let place = Place::new("022");
    let victim = place.folder.path().join("victim");
    std::fs::write(&victim, "kept\n").unwrap();
    std::fs::create_dir_all(place.home().join("data/datasets")).unwrap();
    symlink(&victim, place.home().join("data/datasets/.import.lock")).unwrap();
    let output = place.command(&["import", "pictures"]).output().unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains(".import.lock") && message.contains("is not followed"),
        "{message}"
    );
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "kept\n");
}

//! Permissions of the files the program creates. In its own folders they are private to the user
//! (0700 and 0600) or shared with a group; elsewhere they follow the umask, as with any program.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustix::fs::Mode;

use super::locations::Paths;
use crate::error::{Error, Result};

/// Who else can access the files in the program's own folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sharing {
    /// No one.
    #[default]
    Private,
    /// The folder's group can read, to watch runs.
    GroupRead,
    /// The folder's group can read and write, to control runs.
    Group,
}

impl std::str::FromStr for Sharing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "private" => Ok(Self::Private),
            "group-read" => Ok(Self::GroupRead),
            "group" => Ok(Self::Group),
            _ => Err("write private, group-read or group".to_string()),
        }
    }
}

impl Sharing {
    /// The mode of folders. Files have the same mode without the execute bits.
    fn folder_mode(self) -> u32 {
        match self {
            Self::Private => 0o700,
            Self::GroupRead => 0o750,
            Self::Group => 0o770,
        }
    }

    /// The bits of a mode that grant more than this.
    pub(crate) fn excess_bits(self, mode: u32) -> u32 {
        mode & 0o077 & !self.folder_mode()
    }
}

/// The process-wide policy.
struct Policy {
    sharing: Sharing,
    /// The umask that the program was started with.
    umask: u32,
    own: Vec<PathBuf>,
}

static POLICY: OnceLock<Policy> = OnceLock::new();

/// Sets the process's umask and the policy for all files created from now on. Call it once, before
/// creating files and starting threads.
pub(crate) fn init(paths: &Paths, sharing: Sharing) {
    let users = rustix::process::umask(Mode::from_raw_mode(0o077)).as_raw_mode();
    // Keep what the user's own umask withholds from the user, but let requested sharing override
    // what it withholds from the group.
    let kept = (!sharing.folder_mode() & 0o077) | (users & 0o700);
    rustix::process::umask(Mode::from_raw_mode(kept));
    let mut own: Vec<PathBuf> = paths.roots().map(Path::to_path_buf).to_vec();
    let real: Vec<PathBuf> = own
        .iter()
        .filter_map(|root| root.canonicalize().ok())
        .collect();
    own.extend(real);
    let access = Policy {
        sharing,
        umask: users,
        own,
    };
    let _ = POLICY.set(access);
}

/// The sharing in force.
fn sharing() -> Sharing {
    POLICY
        .get()
        .map_or(Sharing::Private, |access| access.sharing)
}

/// Whether a path is in one of the program's folders. Before the policy is set, every path counts
/// as one.
pub(super) fn is_program_path(path: &Path) -> bool {
    POLICY.get().is_none_or(|access| {
        std::path::absolute(path)
            .is_ok_and(|path| access.own.iter().any(|root| path.starts_with(root)))
    })
}

/// The mode of a new file at `path`.
pub(super) fn file_mode(path: &Path) -> u32 {
    match POLICY.get() {
        Some(access) if !is_program_path(path) => 0o666 & !access.umask,
        _ => sharing().folder_mode() & 0o666,
    }
}

fn new_folder_mode(path: &Path) -> u32 {
    match POLICY.get() {
        Some(access) if !is_program_path(path) => 0o777 & !access.umask,
        _ => sharing().folder_mode(),
    }
}

/// Creates a folder and its missing parents; existing folders are not changed.
///
/// # Errors
/// When a folder cannot be created.
pub(crate) fn make_folders(folder: &Path) -> Result<()> {
    let complain = |error| Error::io(folder, "create the folder")(error);
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    for &one in missing.iter().rev() {
        match std::fs::create_dir(one) {
            // Parents are created for the program too, so they get the same mode.
            Ok(()) => set_mode(one, new_folder_mode(folder)).map_err(complain)?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && one.is_dir() => {}
            Err(error) => return Err(complain(error)),
        }
    }
    if folder.is_dir() || folder.as_os_str().is_empty() {
        return Ok(());
    }
    Err(complain(std::io::ErrorKind::NotADirectory.into()))
}

/// Sets the mode of a newly created folder. Inherited bits, such as setgid, are kept.
pub(crate) fn set_new_folder_mode(folder: &Path) -> std::io::Result<()> {
    set_mode(folder, new_folder_mode(folder))
}

fn set_mode(folder: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let inherited = std::fs::metadata(folder)?.permissions().mode() & 0o7000;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(inherited | mode))
}

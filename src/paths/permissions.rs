//! Who may look at what the program makes: what it makes in its own folders is
//! its user's alone (0700 and 0600) or shared with a group, what a user has it
//! write elsewhere is as the umask says, as with any program.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustix::fs::Mode;

use super::Paths;
use crate::error::{Error, Result};

/// Who else may look at what the program makes in its own folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// Nobody.
    #[default]
    Private,
    /// The group of the folder may read: watch runs.
    GroupRead,
    /// The group of the folder may read and write: steer runs.
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
    /// The mode of folders; files have the same without the rights to enter.
    fn folder_mode(self) -> u32 {
        match self {
            Self::Private => 0o700,
            Self::GroupRead => 0o750,
            Self::Group => 0o770,
        }
    }

    /// The bits of a mode that give more than this.
    pub fn excess_bits(self, mode: u32) -> u32 {
        mode & 0o077 & !self.folder_mode()
    }
}

/// What holds for the whole process.
struct Policy {
    sharing: Sharing,
    /// The umask that the user started the program with.
    umask: u32,
    own: Vec<PathBuf>,
}

static POLICY: OnceLock<Policy> = OnceLock::new();

/// Makes the rule hold for everything that this process makes from now on, by
/// any code: to be called once, before anything is made and threads start.
pub fn init(paths: &Paths, sharing: Sharing) {
    let users = rustix::process::umask(Mode::from_raw_mode(0o077)).as_raw_mode();
    // What the user's own umask keeps from himself stays kept; what it keeps
    // from a group does not, when he asks for sharing with that.
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

/// Whether a path is in one of the program's folders; as long as nobody said
/// which those are, every path is.
pub(super) fn is_program_path(path: &Path) -> bool {
    POLICY.get().is_none_or(|access| {
        std::path::absolute(path)
            .is_ok_and(|path| access.own.iter().any(|root| path.starts_with(root)))
    })
}

/// The mode of a new file at a path.
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

/// Makes a folder and those above it that are missing; those that are there
/// stay as they are.
///
/// # Errors
/// Those of the file system.
pub fn make_folders(folder: &Path) -> Result<()> {
    let complain = |error| Error::io(folder, "create the folder")(error);
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    for &one in missing.iter().rev() {
        match std::fs::create_dir(one) {
            // Those above the program's own are made for it and go with it.
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

/// Gives a folder that was just made its mode. What it inherited, such as the
/// group of new files, stays.
pub(crate) fn set_new_folder_mode(folder: &Path) -> std::io::Result<()> {
    set_mode(folder, new_folder_mode(folder))
}

fn set_mode(folder: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let inherited = std::fs::metadata(folder)?.permissions().mode() & 0o7000;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(inherited | mode))
}

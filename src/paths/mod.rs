//! The program's files and folders: where they are, how they are written, and who can access them.

mod atomic_file;
mod locations;
pub(crate) mod permissions;
pub(crate) mod symlinks;
pub mod unfinished;
pub(crate) mod user_path;

pub(crate) use atomic_file::create_file_with;
pub use atomic_file::{
    create_file, make_folder_in_existing, replace_file, replace_file_in_existing_folder,
    replace_or_overwrite,
};
pub use locations::{HOME_VARIABLE, Paths};
pub(crate) use permissions::{Sharing, make_folders};

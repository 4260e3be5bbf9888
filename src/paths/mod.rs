//! The program's files and folders: where they are, how they are written, and who can access them.

mod atomic_file;
mod locations;
pub mod permissions;
pub mod symlinks;
pub mod unfinished;
pub mod user_path;

pub use atomic_file::{
    create_file, make_folder_in_existing, replace_file, replace_file_in_existing_folder,
    replace_or_overwrite,
};
pub use locations::{HOME_VARIABLE, Paths};
pub use permissions::{Sharing, make_folders};

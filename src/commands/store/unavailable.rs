//! What a build without the client says.

use crate::cli::{CodesArgs, SearchArgs};
use crate::commands::context::Context;
use crate::error::{Error, Result};

pub(crate) fn search(_: &Context, _: &SearchArgs) -> Result<()> {
    Err(unavailable("--index pgvector"))
}

pub(crate) fn upload(_: &Context, _: &CodesArgs, _: &str, _: &str) -> Result<()> {
    Err(unavailable("-o postgresql://"))
}

pub(crate) fn list(_: &Context, _: &CodesArgs) -> Result<()> {
    Err(unavailable("--list"))
}

pub(crate) fn remove(_: &Context, _: &CodesArgs, _: i32) -> Result<()> {
    Err(unavailable("--remove"))
}

fn unavailable(option: &str) -> Error {
    Error::Usage(format!(
        "{option}: this lfw-tui was built without its PostgreSQL client; build it with \
         `cargo build --release --features pgvector`"
    ))
}

//! Codes in a `PostgreSQL` database: uploading, searching, listing and removing them.

#[cfg(feature = "pgvector")]
mod server;
#[cfg(not(feature = "pgvector"))]
mod unavailable;

#[cfg(feature = "pgvector")]
pub(super) use server::{list, remove, search, upload};
#[cfg(not(feature = "pgvector"))]
pub(super) use unavailable::{list, remove, search, upload};

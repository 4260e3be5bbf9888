//! The store of codes, against a real `PostgreSQL` with pgvector, whose address is in
//! `LFW_TUI_TEST_PG`: `.ci/pgvector` starts one. A target of its own, since the feature pgvector
//! makes it another build of the crate.
//!
//! Each test has a schema of its own, so that they run side by side.

#[path = "../all/gallery.rs"]
mod gallery;

mod commands;
mod contract;
mod failures;
mod place;
mod uploads;

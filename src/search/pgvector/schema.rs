//! The tables, and the marks by which they are recognised.

use postgres::Transaction;
use postgres::error::SqlState;

use super::address::Address;
use super::failure;
use crate::error::{Error, Result};

/// The table of sets.
const SETS: &str = "lfw_tui_sets";
/// The table of codes.
const CODES: &str = "lfw_tui_codes";

/// The comment of both tables is this and [`FORMAT`]. A table without it is somebody else's.
const MARK: &str = "lfw-tui codes, format ";
/// The version of the tables' layout.
const FORMAT: u32 = 1;

/// The columns of both tables. No foreign key ties them together: it would be checked for every
/// code of an upload, and sets are added and removed in one transaction anyway.
const CREATE: &str = "
CREATE TABLE lfw_tui_sets (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    data_title text NOT NULL,
    data_fingerprint text NOT NULL,
    model_name text NOT NULL,
    model_fingerprint text NOT NULL,
    metric text NOT NULL,
    whitened boolean NOT NULL,
    width integer NOT NULL,
    pictures bigint NOT NULL,
    zero_codes bigint NOT NULL,
    indexed boolean NOT NULL,
    whitening bytea,
    made_by text NOT NULL DEFAULT current_user,
    made_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (data_fingerprint, model_fingerprint, metric, whitened)
);
CREATE TABLE lfw_tui_codes (
    set_id integer NOT NULL,
    ordinal integer NOT NULL,
    picture text NOT NULL,
    person text NOT NULL,
    code vector NOT NULL,
    PRIMARY KEY (set_id, ordinal)
);";

/// What there is of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// Neither table.
    Missing,
    /// Both, and they are ours.
    Ready,
}

/// Looks for the tables.
///
/// # Errors
/// When a table of that name is not ours, one is missing, or they are of a newer format.
pub(super) fn presence(transaction: &mut Transaction<'_>, address: &Address) -> Result<Presence> {
    let mut found = 0;
    for table in [SETS, CODES] {
        let comment = transaction
            .query_opt(
                "SELECT obj_description(oid, 'pg_class') FROM pg_class WHERE oid = to_regclass($1)",
                &[&table],
            )
            .map_err(|error| failure::explain(address, &error))?
            .map(|row| row.get::<_, Option<String>>(0).unwrap_or_default());
        let Some(comment) = comment else { continue };
        check_mark(address, table, &comment)?;
        found += 1;
    }
    match found {
        0 => Ok(Presence::Missing),
        2 => Ok(Presence::Ready),
        _ => Err(Error::invalid(
            address,
            format!(
                "has only one of the tables {SETS} and {CODES}; remove it, or use another database \
                 or schema"
            ),
        )),
    }
}

fn check_mark(address: &Address, table: &str, comment: &str) -> Result<()> {
    let format = comment
        .strip_prefix(MARK)
        .and_then(|rest| rest.parse::<u32>().ok());
    match format {
        Some(FORMAT) => Ok(()),
        Some(newer) => Err(Error::invalid(
            address,
            format!(
                "its codes are of format {newer}; this lfw-tui knows format {FORMAT}; update it"
            ),
        )),
        None => Err(Error::invalid(
            address,
            format!(
                "its table {table} is not lfw-tui's (it lacks the comment \"{MARK}{FORMAT}\"), and \
                 is left alone; use another database or schema"
            ),
        )),
    }
}

/// Creates the tables, and the extension where the database lacks it. Whoever calls holds the lock
/// of uploads, so that nobody else does the same.
///
/// # Errors
/// When the server has no such extension, or the user no right to create.
pub(super) fn create(transaction: &mut Transaction<'_>, address: &Address) -> Result<()> {
    create_extension(transaction, address)?;
    let marks = [SETS, CODES].map(|table| format!("COMMENT ON TABLE {table} IS '{MARK}{FORMAT}';"));
    transaction
        .batch_execute(&format!("{CREATE}\n{}", marks.concat()))
        .map_err(|error| failure::explain(address, &error))
}

fn create_extension(transaction: &mut Transaction<'_>, address: &Address) -> Result<()> {
    let installed = transaction
        .query_opt("SELECT 1 FROM pg_extension WHERE extname = 'vector'", &[])
        .map_err(|error| failure::explain(address, &error))?;
    if installed.is_some() {
        return Ok(());
    }
    transaction
        .batch_execute("CREATE EXTENSION vector")
        .map_err(|error| match error.code() {
            Some(&SqlState::FEATURE_NOT_SUPPORTED | &SqlState::UNDEFINED_FILE) => Error::invalid(
                address,
                "this server does not have the extension vector; install pgvector there \
                 (https://github.com/pgvector/pgvector)",
            ),
            Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Error::invalid(
                address,
                "this database lacks the extension vector, and the user may not create it; ask \
                 its owner for: CREATE EXTENSION vector",
            ),
            _ => failure::explain(address, &error),
        })
}

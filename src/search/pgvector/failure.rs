//! What the database refuses, in words.

use postgres::error::SqlState;

use super::variables::{PASSWORD_VARIABLE, ROOTS_VARIABLE};
use crate::error::Error;

/// The innermost cause's message, which has no more than the ones around it except for the reason.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// An error of the client or the server at an address, with what to do where we know it.
pub(super) fn explain(address: &impl ToString, error: &postgres::Error) -> Error {
    let Some(state) = error.code() else {
        return Error::invalid(address.to_string(), explain_connection(error));
    };
    let message = error.as_db_error().map_or("", |error| error.message());
    let advice = match *state {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => format!(
            "check the user and the password (in the connection string or {PASSWORD_VARIABLE})"
        ),
        SqlState::INVALID_CATALOG_NAME => "create it with createdb, or name another".to_string(),
        SqlState::INSUFFICIENT_PRIVILEGE => {
            "ask the owner of the database for this right (docs/guide.md has the GRANTs)"
                .to_string()
        }
        SqlState::UNDEFINED_OBJECT if message.contains("vector") => {
            "the extension vector is not in this database or not in its search_path".to_string()
        }
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            "this server only answers; upload to its primary".to_string()
        }
        SqlState::TOO_MANY_CONNECTIONS
        | SqlState::CANNOT_CONNECT_NOW
        | SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN => "nothing was changed; try again later".to_string(),
        SqlState::DISK_FULL => "the server's disk is full; nothing was changed".to_string(),
        SqlState::OUT_OF_MEMORY => "the server ran out of memory; nothing was changed".to_string(),
        _ => return Error::invalid(address.to_string(), message),
    };
    Error::invalid(address.to_string(), format!("{message}; {advice}"))
}

/// A failure that the server did not report itself.
fn explain_connection(error: &postgres::Error) -> String {
    let reason = innermost(error);
    let text = error.to_string();
    if error.is_closed() || text.contains("communicating") {
        return "the connection was lost; what was being stored is undone; try again".to_string();
    }
    if reason.contains("does not support TLS") {
        return format!("{reason}; leave sslmode=require out of the connection string");
    }
    if text.contains("TLS") || reason.contains("certificate") {
        return format!(
            "no encrypted connection: {reason}; name the server's certificate or authority in \
             {ROOTS_VARIABLE}, or add sslmode=disable to the connection string to go unencrypted"
        );
    }
    if reason.contains("password") {
        return format!(
            "{reason}; write it into the connection string or into {PASSWORD_VARIABLE}"
        );
    }
    format!("cannot connect: {reason}; check the address, and that the server runs")
}

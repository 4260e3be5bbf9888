//! Environment variables, named as libpq names them.

/// The password, if the connection string has none.
pub const PASSWORD_VARIABLE: &str = "PGPASSWORD";

/// A PEM file of certificates to trust.
pub(super) const ROOTS_VARIABLE: &str = "PGSSLROOTCERT";

//! When two names are the same.

/// A person's folder as files name it: underscores for blanks, none at the
/// ends. What attribute and protocol rows are joined on.
pub(crate) fn joined(name: &str) -> String {
    name.trim().replace(' ', "_")
}

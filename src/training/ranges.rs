//! Checks of fields against their ranges.

use crate::error::{Error, Result};

/// The error of the first check that failed. A check has an outcome, the name of its field and
/// the field's range.
pub(super) fn check_each(checks: &[(bool, &str, &str)]) -> Result<()> {
    match checks.iter().find(|(holds, ..)| !holds) {
        Some((_, field, range)) => Err(Error::invalid(field, range)),
        None => Ok(()),
    }
}

//! Codes as a table with one row for each picture.

use std::fmt::Write;
use std::path::Path;

use super::named_codes::{NamedCodes, report};
use super::names;
use crate::error::{Error, Result};
use crate::paths::create_file_with;
use crate::progress::Watch;

/// Writes a line of column names (`picture`, `person`, `code_1` …) and a line for each picture,
/// with tabs between cells.
pub(super) fn write(path: &Path, named: &NamedCodes<'_>, watch: Watch) -> Result<()> {
    let codes = named.codes;
    create_file_with(path, |file| {
        let mut line = names::HEADER.to_string();
        for column in 1..=codes.width {
            let _ = write!(line, "\tcode_{column}");
        }
        for (row, code) in codes.iter().enumerate() {
            report(watch, path, row, codes.rows)?;
            let _ = write!(line, "\n{}\t", names::row(named.dataset, row));
            push_numbers(&mut line, code);
            file.write_all(line.as_bytes())
                .map_err(Error::io(path, "write"))?;
            line.clear();
        }
        file.write_all(b"\n").map_err(Error::io(path, "write"))
    })
}

/// Numbers with tabs between them, each in the fewest digits that read back as the same `float32`.
pub(super) fn push_numbers(line: &mut String, code: &[f32]) {
    for (at, value) in code.iter().enumerate() {
        if at > 0 {
            line.push('\t');
        }
        // `Debug` writes very large and very small numbers with an exponent.
        let _ = write!(line, "{value:?}");
    }
}

//! `NumPy`'s array format, version 1.0: a magic number, a header that is a Python dictionary, and
//! the values.
//!
//! Source: `numpy.lib.format`, <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use std::path::{Path, PathBuf};

use super::named_codes::{NamedCodes, report};
use super::names;
use crate::error::{Error, Result};
use crate::paths::{create_file, create_file_with};
use crate::progress::Watch;

/// The header, with its magic number and length, ends at a multiple of this.
const ALIGNMENT: usize = 64;

/// `codes.names.tsv` for `codes.npy`.
pub(super) fn names_path(path: &Path) -> PathBuf {
    path.with_extension("names.tsv")
}

/// Writes the names' table, and the codes as an array `[rows, width]` of `float32`.
pub(super) fn write(path: &Path, codes: &NamedCodes<'_>, watch: Watch) -> Result<()> {
    let names_path = names_path(path);
    create_file(&names_path, names::table(codes.dataset).as_bytes())?;
    let written = write_array(path, codes, watch);
    if written.is_err() {
        // The table was made a moment ago, and describes nothing now.
        let _ = std::fs::remove_file(&names_path);
    }
    written
}

fn write_array(path: &Path, named: &NamedCodes<'_>, watch: Watch) -> Result<()> {
    let codes = named.codes;
    create_file_with(path, |file| {
        file.write_all(&header(codes.rows, codes.width))
            .map_err(Error::io(path, "write"))?;
        for (row, code) in codes.iter().enumerate() {
            report(watch, path, row, codes.rows)?;
            let bytes: Vec<u8> = code.iter().flat_map(|value| value.to_le_bytes()).collect();
            file.write_all(&bytes).map_err(Error::io(path, "write"))?;
        }
        Ok(())
    })
}

/// Everything before the values.
fn header(rows: usize, width: usize) -> Vec<u8> {
    let mut dictionary =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {width}), }}");
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    // Two bytes of length, and a line break at the end.
    let length = header.len() + 2 + dictionary.len() + 1;
    let blanks = length.next_multiple_of(ALIGNMENT) - length;
    dictionary += &" ".repeat(blanks);
    dictionary.push('\n');
    header.extend((dictionary.len() as u16).to_le_bytes());
    header.extend(dictionary.as_bytes());
    header
}

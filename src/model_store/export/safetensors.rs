//! Codes as safetensors.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};

use super::named_codes::NamedCodes;
use super::names;
use crate::error::{Error, Result};
use crate::paths::create_file;

/// Writes `codes` `[rows, width]` as F32, `person` `[rows]` as I32 (a number for each person,
/// from 0 in the order of names) and `names` `[bytes]` as U8: the table of names in UTF-8. Names
/// are a tensor since the size of a header is limited. The notes become the file's metadata.
pub(super) fn write(path: &Path, named: &NamedCodes<'_>) -> Result<()> {
    let codes = named.codes;
    let values: Vec<u8> = codes
        .values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let people: Vec<u8> = named
        .dataset
        .pictures
        .iter()
        .flat_map(|picture| (picture.person as i32).to_le_bytes())
        .collect();
    let names = names::table(named.dataset);
    let view = |dtype, shape, bytes| {
        TensorView::new(dtype, shape, bytes).map_err(|error| Error::invalid(path.display(), error))
    };
    let tensors = vec![
        (
            "codes",
            view(Dtype::F32, vec![codes.rows, codes.width], &values)?,
        ),
        (
            "names",
            view(Dtype::U8, vec![names.len()], names.as_bytes())?,
        ),
        ("person", view(Dtype::I32, vec![codes.rows], &people)?),
    ];
    let notes: HashMap<String, String> = named
        .notes
        .iter()
        .map(|(name, text)| ((*name).to_string(), text.clone()))
        .collect();
    let bytes = safetensors::serialize(tensors, Some(notes))
        .map_err(|error| Error::invalid(path.display(), error))?;
    create_file(path, &bytes)
}

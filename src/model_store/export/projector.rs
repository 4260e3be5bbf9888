//! A folder that `TensorBoard`'s embedding projector opens: vectors, names, thumbnails, and the
//! configuration that ties them together.
//!
//! Source: `tensorboard/plugins/projector/projector_config.proto`.

use std::path::Path;

use super::named_codes::{NamedCodes, report};
use super::{names, sprite, table};
use crate::error::{Error, Result};
use crate::imaging::encode_png;
use crate::paths::unfinished::UnfinishedFolder;
use crate::paths::{create_file, create_file_with};
use crate::progress::Watch;

const VECTORS_FILE: &str = "vectors.tsv";
const NAMES_FILE: &str = "metadata.tsv";
const SPRITE_FILE: &str = "sprite.png";
const CONFIG_FILE: &str = "projector_config.pbtxt";

/// Writes the folder aside and renames it. An empty folder of that name is replaced.
pub(super) fn write(folder: &Path, named: &NamedCodes<'_>, watch: Watch) -> Result<()> {
    let parent = folder.parent().unwrap_or(Path::new("/"));
    let unfinished =
        UnfinishedFolder::new_in(parent).map_err(Error::io(folder, "create a folder beside"))?;
    let file = |name: &str| unfinished.path().join(name);
    write_vectors(&file(VECTORS_FILE), named, watch)?;
    create_file(&file(NAMES_FILE), names::table(named.dataset).as_bytes())?;
    let sprite = sprite::draw(named.faces, |row| {
        report(watch, Path::new(SPRITE_FILE), row, named.codes.rows)
    })?;
    create_file(&file(SPRITE_FILE), &encode_png(&sprite.image)?)?;
    create_file(&file(CONFIG_FILE), config(sprite.side).as_bytes())?;
    std::fs::rename(unfinished.path(), folder).map_err(Error::io(folder, "create the folder"))?;
    unfinished.keep();
    Ok(())
}

/// One line for each picture, without a header, as the projector reads it.
fn write_vectors(path: &Path, named: &NamedCodes<'_>, watch: Watch) -> Result<()> {
    create_file_with(path, |file| {
        let mut line = String::new();
        for (row, code) in named.codes.iter().enumerate() {
            report(watch, path, row, named.codes.rows)?;
            line.clear();
            table::push_numbers(&mut line, code);
            line.push('\n');
            file.write_all(line.as_bytes())
                .map_err(Error::io(path, "write"))?;
        }
        Ok(())
    })
}

/// The projector's configuration, a protocol buffer in text format. Paths are relative to it.
fn config(side: u32) -> String {
    format!(
        "embeddings {{\n  tensor_name: \"codes\"\n  tensor_path: \"{VECTORS_FILE}\"\n  \
         metadata_path: \"{NAMES_FILE}\"\n  sprite {{\n    image_path: \"{SPRITE_FILE}\"\n    \
         single_image_dim: {side}\n    single_image_dim: {side}\n  }}\n}}\n"
    )
}

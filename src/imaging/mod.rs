//! Pictures made from a network's values: single faces, differences, sheets of several faces, PNG
//! files. Nothing here reads a file or a model.

mod convert;
mod gif;
mod png;
mod sheet;
mod text_in_files;

pub(crate) use convert::{
    difference_image, image_from_bytes, shrink, to_bytes, to_image, to_values,
};
pub(crate) use gif::encode_gif;
pub(crate) use png::encode_png;
pub(crate) use sheet::{contact_sheet, face_grid, row_or_sheet, side_by_side};
pub(crate) use text_in_files::{gif_with_text, png_with_text, text_of};

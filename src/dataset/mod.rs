//! Face pictures: where they come from (fetch, import, the drawn sample), what is known about them
//! (people, attributes, protocol files), and how networks get them (crop, resize, cached tensors,
//! splits, noise).

mod annotations;
mod archive_names;
mod attributes;
mod catalog;
mod crop;
pub(crate) mod face_crop;
pub(crate) mod face_spec;
pub mod faces;
pub mod fetch;
mod files;
pub(crate) mod hash;
pub mod import;
mod index;
mod index_folder;
mod jpeg;
mod lookup;
pub(crate) mod noise;
pub(crate) mod normalize;
mod numbering;
pub(crate) mod pairs;
pub mod picture_file;
pub(crate) mod protocol;
mod provenance;
mod registry;
mod removal;
mod resolve;
mod row_usage;
pub mod sample;
pub mod split;
mod tensor_file;
mod text_form;

pub use catalog::{Dataset, OfficialPart, Person, Picture};
pub use crop::Crop;
pub use face_crop::{FaceBox, FaceCrop};
pub use face_spec::{FaceSpec, Preprocess};
pub use faces::Faces;
pub(crate) use files::PICTURES_FOLDER;
pub use import::{Imported, Skipped};
pub use index::DatasetSummary;
pub use noise::Noise;
#[cfg(test)]
pub(crate) use registry::lock_imports;
pub use registry::{SAMPLE_NAME, list, open, set_last_used, set_last_used_or_warn};
pub(crate) use removal::{bytes_on_disk, find_exactly, remove, sources};
pub(crate) use resolve::last_used;
pub use resolve::resolve;
pub use split::Split;

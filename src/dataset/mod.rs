//! Face pictures: where they come from (fetch, import, the drawn sample), what is known about them
//! (people, attributes, protocol files), and how networks get them (crop, resize, cached tensors,
//! splits, noise).

mod annotations;
mod archive;
mod archive_names;
mod attributes;
mod catalog;
mod crop;
mod crop_choice;
pub mod download;
pub mod face_spec;
pub mod faces;
pub mod fetch;
mod files;
pub(crate) mod hash;
mod ignored_files;
pub mod import;
mod index;
mod index_folder;
mod jpeg;
mod lookup;
pub mod noise;
pub(crate) mod normalize;
mod numbering;
mod person_folders;
pub mod picture_file;
mod pipeline;
mod placement;
pub mod protocol;
mod protocol_files;
mod provenance;
pub mod published;
mod registry;
mod resolve;
mod row_usage;
pub mod sample;
pub mod split;
mod tensor_file;
mod tight_crop;

pub use catalog::{Dataset, OfficialPart, Person, Picture};
pub use crop::Crop;
pub use face_spec::{FaceSpec, Preprocess};
pub use faces::Faces;
pub use import::{Imported, Skipped};
pub use index::DatasetSummary;
pub use noise::Noise;
pub use registry::{SAMPLE_NAME, list, open, set_last_used, set_last_used_or_warn};
pub use resolve::resolve;
pub use split::Split;

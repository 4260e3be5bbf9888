//! Face pictures: where they come from (fetch, import, the drawn sample), what
//! is known about them (people, attributes, protocol files) and what networks
//! see of them (cropped, resized, cached tensors; splits; noise).

mod annotations;
mod attributes;
mod catalog;
mod crop;
mod crop_choice;
pub mod download;
pub mod faces;
pub mod fetch;
pub mod import;
mod index;
mod jpeg;
mod layout;
mod lookup;
pub(crate) mod names;
pub mod noise;
mod numbering;
mod people;
mod picture;
mod pipeline;
mod placing;
pub mod protocol;
mod protocol_files;
pub mod published;
mod registry;
pub mod sample;
mod source;
mod sources;
pub mod split;
mod tally;
mod tensor_file;
mod tightness;

pub use catalog::{Dataset, OfficialPart, Person, Picture};
pub use crop::Crop;
pub use faces::{FaceSpec, Faces, Preprocess};
pub use import::{Imported, Skipped};
pub use index::Summary;
pub use noise::Noise;
pub use registry::{SAMPLE, open, registered, remember, remember_or_tell, resolve};
pub use split::Split;

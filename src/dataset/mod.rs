//! Face pictures: where they come from (fetch, import, the drawn sample), what
//! is known about them (people, attributes, protocol files) and what networks
//! see of them (cropped, resized, cached tensors; splits; noise).

mod catalog;
pub mod faces;
pub mod noise;
pub mod sample;
pub mod split;

pub use catalog::{Dataset, Person, Picture};
pub use faces::{FaceSpec, Faces, Preprocess};
pub use noise::Noise;
pub use split::Split;

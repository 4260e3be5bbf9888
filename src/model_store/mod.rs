//! One way from what the user named to a loaded model, its codes and its answers.
//!
//! - [`ModelSource`] is a model that was found but not loaded, from a name on the
//!   command line or a [`ModelRef`] of the screen.
//! - [`LoadedModel`] is that model, loaded or fitted, with where it comes from.
//! - [`EncodedFaces`] are a data set's faces in its codes, ready to be searched.
//! - `denoise`, `generate`, `search` and `verify` compute what the screen shows and what the
//!   commands print, so that both give the same figures.
//!
//! Nothing is cached in memory here; the engine has a cache, and the commands need
//! none.

mod code_files;
pub(crate) mod codes;
pub(crate) mod compare;
pub(crate) mod data;
pub(crate) mod denoise;
pub(crate) mod draws;
pub(crate) mod export;
pub(crate) mod filter;
pub(crate) mod fingerprint;
mod fitted;
pub(crate) mod from_noise;
pub(crate) mod generate;
mod heading;
pub(crate) mod judge;
mod list;
mod loaded;
mod model_ref;
pub(crate) mod origin;
pub(crate) mod pictures;
pub(crate) mod query;
pub(crate) mod recipe;
pub(crate) mod search;
pub(crate) mod sharp;
mod source;
#[cfg(feature = "pgvector")]
pub(crate) mod stored;
pub(crate) mod verify;
pub(crate) mod way;

pub use codes::EncodedFaces;
pub use filter::Filter;
pub use heading::Heading;
pub use list::ModelInfo;
pub use list::list_models;
pub(crate) use loaded::LoadedModel;
pub use model_ref::ModelRef;
pub use pictures::PictureRef;
pub use query::{Direction, Query, Term};
pub(crate) use source::ModelSource;

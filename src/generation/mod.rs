//! Faces from a blind denoiser: it is a model of what faces look like, so that following its
//! corrections from noise draws from that prior (Kadkhodaie and Simoncelli 2021).
//!
//! - [`Sampling`] is a number of draws that are made together, pass by pass.
//! - [`constraint`] says what of a picture is known: any linear measurement.
//! - [`GaussianPosterior`] is the best linear estimate under such a measurement, where draws
//!   start.
//! - `quality` judges made faces beside real ones: how good they are, and whether they are new.

mod answer;
pub mod constraint;
mod draw;
mod posterior;
pub(crate) mod quality;
mod sampler;
mod settings;

pub(crate) use answer::mean_picture;
pub use answer::{best_answer, draw_posterior, one_answer};
pub use draw::{Start, unsaturate};
pub use posterior::GaussianPosterior;
pub use sampler::Sampling;
pub use settings::{Method, SamplerSettings};

//! The networks: one file each, behind the trait [`Autoencoder`], with their weights on disk.

mod autoencoder;
mod build;
mod built_in;
pub mod bundled;
pub(crate) mod conv;
mod covariance;
mod dct;
pub(crate) mod denoiser;
pub(crate) mod descriptor;
pub(crate) mod face;
pub(crate) mod fitted_cache;
mod layer;
pub(crate) mod linear;
pub mod model_file;
mod parameters;
pub(crate) mod pca;
pub mod pca_cache;
mod pca_layer;
mod residual;
mod spec;
pub(crate) mod wiener;

pub use autoencoder::Autoencoder;
pub(crate) use build::fit_closed_form;
pub use build::{build, build_with_pca_init, with_parameters};
pub use built_in::{BuiltIn, is_reserved, parse_built_in};
pub use conv::ConvAutoencoder;
pub use covariance::FaceCovariance;
pub use denoiser::Denoiser;
pub use face::FaceAutoencoder;
pub use linear::LinearAutoencoder;
pub use parameters::Parameters;
pub use pca::Pca;
pub(crate) use spec::DESCRIPTOR_SIZE;
pub use spec::{ModelKind, ModelSpec};
pub use wiener::WienerFilter;

//! The engine's requests and responses.
//!
//! Every request has a [`RequestId`], and every response carries the id of the
//! request that it answers. A request may be followed by any number of
//! [`ResponseBody::Progress`]. [`Request::Denoise`], [`Request::Reconstruct`] and
//! [`Request::Search`] may be answered in part first, and again under the same id when
//! more is loaded; [`Request::FromNoise`] and [`Request::Draw`] are as faces rise, and generated faces
//! as they become sharp. The others are answered once. A newer request of the same kind replaces one that is
//! not done (see [`Request::replaces_same_kind`]): the replaced one gets
//! [`ResponseBody::Superseded`]. Pictures in responses are ready to show.

mod from_noise;
mod origin;
mod request;
mod response;
mod search;

pub use from_noise::{FacesFromNoise, NoiseParams};
pub use origin::{PictureOrigin, Resemblance};
pub use request::DenoiseParams;
pub use request::DrawParams;
pub use request::Request;
pub use request::RequestId;
pub use request::RequestKind;
pub use response::Comparison;
pub use response::Denoised;
pub use response::DrawResults;
pub use response::Drawn;
pub use response::Generated;
pub use response::GeneratedFace;
pub use response::NoiseSweep;
pub use response::OpenedDataset;
pub use response::Rebuilt;
pub use response::Reconstruction;
pub use response::Response;
pub use response::ResponseBody;
pub use response::SeenFaces;
pub use response::Sharpness;
pub use response::VerificationReport;
pub use search::Approximate;
pub use search::Histogram;
pub use search::SearchParams;
pub use search::SearchResults;
pub use search::SearchRow;

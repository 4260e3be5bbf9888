//! The engine's requests and responses.
//!
//! Every request has a [`RequestId`], and every response carries the id of the
//! request that it answers. A request may be followed by any number of
//! [`ResponseBody::Progress`]. [`Request::Denoise`] and [`Request::Reconstruct`] may be
//! answered in part first, and again under the same id when more is loaded; the
//! others are answered once. A newer request of the same kind replaces one that is
//! not done (see [`Request::replaces_same_kind`]): the replaced one gets
//! [`ResponseBody::Superseded`]. Pictures in responses are ready to show.

mod request;
mod response;

pub use request::{DenoiseParams, Request, RequestId, RequestKind, SearchParams};
pub use response::{
    Comparison, Denoised, Generated, GeneratedFace, Histogram, NoiseSweep, OpenedDataset,
    Reconstruction, Response, ResponseBody, SearchResults,
};

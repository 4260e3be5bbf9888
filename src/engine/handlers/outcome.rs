//! What handling a request comes to.

use crate::engine::cache::{Resource, Unavailable};
use crate::engine::protocol::ResponseBody;

/// The answer to a request, as far as it can be given now.
pub enum Outcome {
    /// The whole answer.
    Complete(ResponseBody),
    /// The first part; handle the request again when the resource is loaded.
    Partial(ResponseBody, Resource),
    /// A part; handle the request again at once, unless a newer one has come.
    Continued(ResponseBody),
}

/// An answer, or why there is none yet.
pub(super) type HandlerResult = Result<Outcome, Unavailable>;

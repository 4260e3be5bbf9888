//! What handling a request comes to.

use crate::engine::cache::{Resource, Unavailable};
use crate::engine::protocol::{Request, ResponseBody};

/// The answer to a request, as far as it can be given now.
pub enum Outcome {
    /// The whole answer.
    Complete(ResponseBody),
    /// The first part; handle the request again when the resource is loaded.
    Partial(ResponseBody, Resource),
    /// A part; handle the request again at once, unless a newer one has come.
    Continued(ResponseBody),
}

impl Outcome {
    /// Notes in the answer which request it is to.
    pub(super) fn answering(mut self, request: &Request) -> Self {
        let (Self::Complete(body) | Self::Partial(body, _) | Self::Continued(body)) = &mut self;
        body.note_request(request);
        self
    }
}

/// An answer, or why there is none yet.
pub(super) type HandlerResult = Result<Outcome, Unavailable>;

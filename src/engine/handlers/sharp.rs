//! Generated faces that a denoiser finishes.

use super::outcome::Outcome;
use crate::engine::cache::{DatasetCache, Unavailable};
use crate::engine::sharp_work::SharpWork;

/// Makes one pass, and puts the work back into `all` while there is more to do.
pub(super) fn go_on(
    cache: &DatasetCache,
    mut work: SharpWork,
    all: &mut Vec<SharpWork>,
) -> Outcome {
    let denoiser = match cache.model(&work.denoiser) {
        Ok(denoiser) => denoiser,
        Err(Unavailable::Pending(resource)) => {
            let faces = work.faces();
            all.push(work);
            return Outcome::Partial(faces, resource);
        }
        Err(Unavailable::Failed(problem)) => return Outcome::Complete(work.failed(problem)),
    };
    match work.step(&denoiser) {
        Err(error) => Outcome::Complete(work.failed(error.to_string())),
        Ok(_) if work.is_done() => Outcome::Complete(work.faces()),
        Ok(has_finished) => {
            let body = if has_finished {
                work.faces()
            } else {
                work.progress()
            };
            all.push(work);
            Outcome::Continued(body)
        }
    }
}

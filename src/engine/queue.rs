//! Requests that wait, newest of a kind first to count.

use std::mem::{Discriminant, discriminant};

use crate::engine::{Request, RequestId};

/// A request and its ticket.
#[derive(Debug)]
pub(super) struct PendingRequest {
    pub id: RequestId,
    pub request: Request,
}

/// Waiting requests in the order of asking.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Vec<PendingRequest>,
}

impl Queue {
    /// Adds a request. When only the latest of its kind counts, those of its
    /// kind that wait here are taken out and returned.
    pub fn push(&mut self, ticket: RequestId, request: Request) -> Vec<RequestId> {
        let replaced = if request.replaces_same_kind() {
            self.take_same_kind(discriminant(&request))
        } else {
            Vec::new()
        };
        self.waiting.push(PendingRequest {
            id: ticket,
            request,
        });
        replaced
    }

    /// Takes out all of one kind.
    pub fn take_same_kind(&mut self, kind: Discriminant<Request>) -> Vec<RequestId> {
        let mut taken = Vec::new();
        self.waiting.retain(|asked| {
            let keep = discriminant(&asked.request) != kind;
            if !keep {
                taken.push(asked.id);
            }
            keep
        });
        taken
    }

    /// Takes out one request; whether it was here.
    pub fn remove(&mut self, ticket: RequestId) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|asked| asked.id != ticket);
        self.waiting.len() < before
    }

    /// The oldest.
    pub fn pop(&mut self) -> Option<PendingRequest> {
        (!self.waiting.is_empty()).then(|| self.waiting.remove(0))
    }

    /// All, oldest first.
    pub fn drain(&mut self) -> Vec<PendingRequest> {
        std::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denoise(seed: u64) -> Request {
        Request::Denoise {
            models: Vec::new(),
            source: crate::engine::PictureRef::Index(0),
            noise: crate::dataset::Noise::Gaussian(0.1),
            noise_seed: seed,
            classical: false,
        }
    }

    #[test]
    fn the_latest_of_a_kind_wins_and_others_keep_their_order() {
        let mut queue = Queue::default();
        let save = |name: &str| Request::Save {
            pictures: Vec::new(),
            name: name.to_string(),
        };
        assert!(queue.push(RequestId(1), denoise(1)).is_empty());
        assert!(queue.push(RequestId(2), save("a")).is_empty());
        assert!(queue.push(RequestId(3), Request::ListModels).is_empty());
        assert!(queue.push(RequestId(4), save("b")).is_empty());
        assert_eq!(queue.push(RequestId(5), denoise(2)), [RequestId(1)]);
        assert_eq!(queue.push(RequestId(6), denoise(3)), [RequestId(5)]);
        assert!(queue.remove(RequestId(3)));
        assert!(!queue.remove(RequestId(3)));
        let left: Vec<u64> = std::iter::from_fn(|| queue.pop())
            .map(|asked| asked.id.0)
            .collect();
        assert_eq!(left, [2, 4, 6]);
    }
}

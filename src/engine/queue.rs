//! Requests that wait; of most kinds only the newest counts.

use std::mem::{Discriminant, discriminant};

use super::protocol::{Request, RequestId};

/// A request and its id.
#[derive(Debug)]
pub(super) struct PendingRequest {
    pub id: RequestId,
    pub request: Request,
}

/// Waiting requests, oldest first.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Vec<PendingRequest>,
}

impl Queue {
    /// Adds a request and returns the ids of those that it replaces.
    pub(crate) fn push(&mut self, id: RequestId, request: Request) -> Vec<RequestId> {
        let replaced = if request.replaces_same_kind() {
            self.take_same_kind(discriminant(&request))
        } else {
            Vec::new()
        };
        self.waiting.push(PendingRequest { id, request });
        replaced
    }

    /// Takes out all requests of one kind.
    fn take_same_kind(&mut self, kind: Discriminant<Request>) -> Vec<RequestId> {
        let mut taken = Vec::new();
        self.waiting.retain(|pending| {
            let keep = discriminant(&pending.request) != kind;
            if !keep {
                taken.push(pending.id);
            }
            keep
        });
        taken
    }

    /// Takes out one request; whether it was waiting.
    pub fn remove(&mut self, id: RequestId) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|pending| pending.id != id);
        self.waiting.len() < before
    }

    /// Takes out the oldest request.
    pub(crate) fn pop(&mut self) -> Option<PendingRequest> {
        (!self.waiting.is_empty()).then(|| self.waiting.remove(0))
    }

    /// Takes out all requests, oldest first.
    pub(crate) fn drain(&mut self) -> Vec<PendingRequest> {
        std::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denoise(seed: u64) -> Request {
        Request::Denoise {
            params: crate::engine::protocol::DenoiseParams {
                models: Vec::new(),
                source: crate::model_store::PictureRef::Index(0),
                noise_seed: seed,
                classical: false,
            },
            damage: crate::generation::constraint::Damage::Grey,
        }
    }

    #[test]
    fn the_latest_of_a_kind_wins_and_others_keep_their_order() {
        let mut queue = Queue::default();
        let save = |name: &str| Request::Save {
            pictures: Vec::new(),
            made_by: None,
            columns: None,
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

//! The requests that the screen has sent to the engine.

use std::collections::BTreeMap;

use super::tab_id::TabId;
use crate::engine::{Request, RequestId, RequestKind};

/// The latest request of a kind.
#[derive(Debug)]
struct InFlight {
    id: RequestId,
    request: Request,
    /// The tab that wants the response; `None` for what all tabs share.
    tab: Option<TabId>,
    is_pending: bool,
    has_failed: bool,
}

/// The latest request of each kind. Only responses to these count: a newer
/// request of the same kind replaces an older one.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    last_id: u64,
    latest: BTreeMap<RequestKind, InFlight>,
}

impl Requests {
    /// Records a request and gives it an id, unless it equals the latest one of
    /// its kind.
    pub(crate) fn start(&mut self, tab: Option<TabId>, request: &Request) -> Option<RequestId> {
        let kind = RequestKind::from(request);
        if self
            .latest
            .get(&kind)
            .is_some_and(|one| one.request == *request)
        {
            return None;
        }
        self.last_id += 1;
        let id = RequestId(self.last_id);
        let in_flight = InFlight {
            id,
            request: request.clone(),
            tab,
            is_pending: true,
            has_failed: false,
        };
        self.latest.insert(kind, in_flight);
        Some(id)
    }

    /// Forgets the latest request of a kind, so that an equal one is sent again.
    pub(crate) fn invalidate(&mut self, kind: RequestKind) {
        self.latest.remove(&kind);
    }

    /// Forgets the latest request of a kind; its id if it still waits for a response.
    pub(crate) fn cancel(&mut self, kind: RequestKind) -> Option<RequestId> {
        let one = self.latest.remove(&kind)?;
        one.is_pending.then_some(one.id)
    }

    /// Forgets all requests but those of one kind.
    pub(crate) fn keep_only(&mut self, kind: RequestKind) {
        self.latest.retain(|other, _| *other == kind);
    }

    /// Forgets the requests that failed, so that they are sent again.
    pub(crate) fn retry_failed(&mut self) {
        self.latest.retain(|_, one| !one.has_failed);
    }

    /// Whether the latest request of a kind waits for its response.
    pub(crate) fn is_pending(&self, kind: RequestKind) -> bool {
        self.latest.get(&kind).is_some_and(|one| one.is_pending)
    }

    /// Whether any request waits for its response.
    pub(crate) fn has_pending(&self) -> bool {
        self.latest.values().any(|one| one.is_pending)
    }

    /// The requests of a tab that wait for their responses.
    pub(crate) fn pending_of(&self, tab: TabId) -> Vec<RequestId> {
        let theirs = |one: &&InFlight| one.is_pending && one.tab == Some(tab);
        let pending = self.latest.values().filter(theirs);
        pending.map(|one| one.id).collect()
    }

    /// The kind of a request and the tab that sent it; `None` when a newer one
    /// has replaced it.
    pub fn find(&self, id: RequestId) -> Option<(RequestKind, Option<TabId>)> {
        let (kind, one) = self.latest.iter().find(|(_, one)| one.id == id)?;
        Some((*kind, one.tab))
    }

    /// Records a response: whether more follow, and whether the request failed.
    pub(crate) fn on_response(&mut self, kind: RequestKind, more_follow: bool, has_failed: bool) {
        if let Some(one) = self.latest.get_mut(&kind) {
            one.is_pending = more_follow;
            one.has_failed = has_failed;
        }
    }
}

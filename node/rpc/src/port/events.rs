//! Pages of events.

use argosy_primitives::{Address, EventCursor, Height};
use argosy_rpc_api::{EventsPage, RpcError};

/// Events.
pub trait EventsPort {
    /// A page of events, at most `query.limit`; the work for one page is bounded by the node.
    fn events(&self, query: EventsQuery) -> Result<EventsPage, RpcError>;
}

/// Which events are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventsQuery {
    /// Those of one contract.
    pub contract: Option<Address>,
    /// Those whose topics match by position; `None` matches any topic.
    pub topics: Vec<Option<[u8; 32]>>,
    /// Those behind this one.
    pub after: Option<EventCursor>,
    /// Those at this height or above.
    pub from: Option<Height>,
    /// Those at this height or below.
    pub to: Option<Height>,
    /// How many at most.
    pub limit: u32,
}

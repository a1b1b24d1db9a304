//! Events.

use super::spec::{MethodSpec, methods};

/// The methods of this group.
pub(super) const METHODS: &[MethodSpec] = methods! {
    "events_query" (; filter, after, fromHeight, toHeight, limit) Public weight 20: "Events in order, from a cursor or height on.";
    "events_subscribe" (; filter, after, fromHeight) Public weight 20: "Events as they come, behind a cursor or height; else behind the newest block. WebSocket only.";
    "events_unsubscribe" (subscription;) Public weight 1: "Ends a subscription.";
};

#[cfg(any(feature = "client", feature = "server"))]
pub(super) mod traits {
    use argosy_primitives::EventCursor;
    use jsonrpsee::proc_macros::rpc;

    #[cfg(feature = "server")] // A client's trait has the transport's errors instead.
    use crate::RpcError;
    use crate::{Decimal, EventFilter, EventsPage, Height, Text};

    /// About events.
    #[cfg_attr(
        all(feature = "client", feature = "server"),
        rpc(client, server, namespace = "events")
    )]
    #[cfg_attr(
        all(feature = "client", not(feature = "server")),
        rpc(client, namespace = "events")
    )]
    #[cfg_attr(
        all(feature = "server", not(feature = "client")),
        rpc(server, namespace = "events")
    )]
    pub trait EventsApi {
        /// Events in order, from a cursor or height on.
        #[method(name = "query")]
        async fn events(
            &self,
            filter: Option<EventFilter>,
            after: Option<Text<EventCursor>>,
            #[argument(rename = "fromHeight")] from_height: Option<Height>,
            #[argument(rename = "toHeight")] to_height: Option<Height>,
            limit: Option<u32>,
        ) -> Result<EventsPage, RpcError>;

        /// Events as they come. Answers with the number of the subscription; notices are called
        /// `events_subscription`, and are each an [`EventsNotice`](crate::EventsNotice).
        #[method(name = "subscribe", with_extensions)]
        async fn subscribe_events(
            &self,
            filter: Option<EventFilter>,
            after: Option<Text<EventCursor>>,
            #[argument(rename = "fromHeight")] from_height: Option<Height>,
        ) -> Result<Decimal<u64>, RpcError>;

        /// Ends a subscription; whether there was one.
        #[method(name = "unsubscribe", with_extensions)]
        async fn unsubscribe_events(&self, subscription: Decimal<u64>) -> Result<bool, RpcError>;
    }
}

//! The RPC server: JSON-RPC 2.0 over HTTP and WebSocket on one port.
//!
//! Start reading at [`RpcServer`], then [`Node`], the port through which it asks the node.
//! Always holds: everything a client can send or make the server keep is bounded by [`RpcConfig`];
//! a call never blocks a thread of the runtime; a client that goes away takes nothing down.
//! Not here: what the methods look like (`argosy-rpc-api`) and what a node is (its caller's).

mod accept; // connections
mod answer; // errors as clients see them
mod api; // the methods, by group
mod config; // every limit, with its default
mod failure; // from a failed execution to an error
mod follow; // subscriptions
mod frames; // what leaves a WebSocket
mod gate; // who may talk to us: Host, Origin
mod guard; // what a call may cost: parameters, shares, places
mod message; // a WebSocket's message and its answer
mod metrics; // what is counted
mod port; // what the server needs from a node, by group
mod proxies; // whose word counts on who a client is
mod rate; // shares per address
mod request; // what a request is called
mod rest; // what is asked by a plain GET
mod room; // how many messages of a WebSocket wait for answers
mod seats; // sockets: their number, who is cut for another one
mod secure; // what may stand between a socket and HTTP
mod served; // the call that is served here and now
mod server; // start, stop
mod session; // a WebSocket at work
mod socket; // a socket's patience, and its end
mod trace; // who follows a call
mod websocket; // how a WebSocket begins
mod workers; // blocking work on its own threads

pub use config::{ConfigError, Offer, RateConfig, RpcConfig};
pub use failure::{Cause, Failure, RefusedModule};
pub use metrics::Metrics;
pub use port::{
    AccountPort, ChainPort, ContractPort, DebugPort, DevEdit, DevPort, DevTime, DumpedState,
    Edited, EventsPort, EventsQuery, FollowPort, Found, Included, Node, Outcome, PageRequest,
    QueryCall, Settled, Simulated, StateDiff, StatePort, StateRange, StoragePage, SystemPort,
    TxPort,
};
pub use secure::{Line, Secure};
pub use served::ServedCall;
pub use server::{Extras, RpcServer, Shares, StartError, Stopped};
pub use trace::{BegunCall, Trace, Traces};

//! The server over real sockets, before a node that only pretends.

#![allow(clippy::unwrap_used)]

mod burden; // what subscriptions cost
#[path = "../../../rpc-api/tests/it/checker.rs"]
mod checker; // values against schemas
mod classes; // which methods a server offers
mod fake; // the node that only pretends
mod flood; // who sends without a pause, and takes nothing
mod follow; // subscriptions: nothing lost, nothing twice
mod fuzz; // random requests from the document
mod gate; // Host, Origin, CORS, paths
mod hostile; // bad JSON, oversize, floods, panics
mod methods; // every method, by name and by position
mod metrics; // what is counted
mod net; // plain HTTP and JSON for tests
mod openrpc; // what the document says is what the server does
mod proxies; // who a client is behind one
mod raw; // WebSockets by their bytes, for tests
mod requests; // what requests are called
mod rest; // plain GETs: events as a stream, codes, health
mod sockets; // half-sent requests, idle sockets
mod stop; // start and stop
mod traces; // what is heard of calls that are followed
mod transactions; // submit, wait, simulate
mod websocket; // the same over one socket

//! The real binary on a real disk and real sockets: its life, its ports, its refusals, its crashes.

#![allow(clippy::unwrap_used)] // a test may panic

mod admin; // the port of whoever runs the node
mod agreement; // validators as processes
mod bad_input; // what it refuses, and how
mod byzantine; // hostile peers of validators
#[path = "../../../traces/tests/it/collector.rs"]
mod collector; // an HTTP server that takes traces
mod configuration; // one vocabulary
mod crash; // killed at every step of a commit
mod damage; // files that are not what was written
mod doctor; // doctor, support-bundle
mod fork; // a development chain over that of validators
mod genesis; // chain specs written and refused
mod image; // in a container engine
mod keys; // of validators and nodes
mod kills; // killed at random instants under load
mod life; // start, stop, restart, replay
mod maintenance; // looked at, checked, copied
mod monitoring; // alerts and dashboards over a network
mod network; // networks of validators
mod ops; // health, metrics, logs
mod panic; // the node's own bugs
mod prometheus; // the server that watches one
mod reload; // settings that a running node takes anew
mod remote_signer; // a validator's signer in another process
mod snapshots; // made, handed on, begun with
mod statuses; // what becomes of transactions, here and elsewhere
mod storm; // clients that do their worst
mod testnet; // a network for one machine
mod tiers; // what runs contracts does not show
mod traces; // calls that are followed into their block
mod twins; // one key and two nodes, logs that were lost
mod verify; // blocks executed again
mod world; // daemons, clients, transactions

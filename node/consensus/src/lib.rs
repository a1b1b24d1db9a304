//! Starts the consensus engine and answers what it asks. Start reading at [`start`].
//!
//! ```text
//!            engine (Malachite): votes, rounds, time-outs, its log, its network
//!               │ asks, one thing at a time                ▲ answers
//!               ▼                                          │
//!            agent: heights, parts of blocks, catching up ─┘
//!               │ asks                                    signer: every signature
//!               ▼
//!            application: builds, executes, keeps, commits (the node)
//! ```
//!
//! Always: a proposal is on disk before the engine hears that it is valid; every answer is given, or
//! withheld on purpose where the comment says so; what peers send has a limit before it is held.
//! Kept small: the engine's generics are compiled into this crate, which takes minutes.
//! Not here: what makes a block valid (`replica`), the engine's types (`bft`), keys (`signer`).

mod agent; // the loop that answers the engine
mod application; // what the engine's questions become
mod clock; // this clock and those of others
mod codec; // bytes of its messages
mod config; // its settings, every default set
mod ear; // what comes in by the links
mod engine; // starting and stopping it
mod gate; // what of peers' frames goes on to the engine
mod log; // its log, from outside
mod metrics; // counters
mod network; // the engine's network, over our links
mod parts; // a block on its way out
mod peers; // what is known of peers
mod sign; // signatures by the signer

pub use argosy_links::{PeerStanding, SentAway, Standing};

pub use application::{Application, Decided, Gone, Height, Kept, Proposal, Upcoming, Verdict, Way};
pub use codec::{BftCodec, CodecError};
pub use config::ConsensusConfig;
pub use ear::Ear;
pub use engine::{Consensus, ConsensusEnd, Identity, StartError, start};
pub use gate::Gate;
pub use log::log_height;
pub use metrics::Metrics;

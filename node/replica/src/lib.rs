//! Chain, mempool and agreement as one deterministic machine. Start reading at [`Replica::step`].
//!
//! A closed [`Event`] goes in, [`Action`]s come out; time enters in events. The same machine runs
//! in the dev chain, in the daemon and in the simulator.
//!
//! Always: nothing here reads a clock or a socket; an admitted transaction is reported again by
//! exactly one of [`Action::Committed`] and [`Action::Dropped`].
//! Not here: threads and channels (the binaries), validator agreement (`bft`).

mod agreed; // blocks that validators agree on
mod dev; // what only development chains do
mod event; // what goes in and comes out
mod replica; // the machine
mod solo; // when a lone proposer makes blocks

pub use agreed::{Invalid, Origin, Proposed};
pub use dev::Mark;
pub use event::{Action, Event, Refusal, ReplicaFault};
pub use replica::{Config, Replica};
pub use solo::{BlockMode, BlockModeError};

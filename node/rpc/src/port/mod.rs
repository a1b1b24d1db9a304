//! The port: what the server needs from a node. The daemon and the dev chain adapt theirs to it.
//!
//! Values come in the protocol's words where there are such words; what is only put together for
//! an answer comes as that answer, made by the constructors of `argosy-rpc-api`.

mod account;
mod chain;
mod contract;
mod debug;
mod dev;
mod events;
mod follow;
mod state;
mod system;
mod tx;

use argosy_rpc_api::At;

pub use account::AccountPort;
pub use chain::ChainPort;
pub use contract::{ContractPort, Outcome, PageRequest, QueryCall, StoragePage};
pub use debug::DebugPort;
pub use dev::{DevEdit, DevPort, DevTime, DumpedState, Edited};
pub use events::{EventsPort, EventsQuery};
pub use follow::FollowPort;
pub use state::{StateDiff, StatePort, StateRange};
pub use system::SystemPort;
pub use tx::{Included, Settled, Simulated, TxPort};

/// A node as its RPC server sees it: a port per group of methods. Whatever has all of them is one.
///
/// Methods that are not `async` may read from disk and compute: the server calls them on threads of
/// their own, except for those of [`SystemPort`] and [`FollowPort`] that answer at once. A block that does
/// not exist is [`RpcError::NotFound`], one that is no longer kept [`RpcError::Pruned`].
///
/// [`RpcError::NotFound`]: argosy_rpc_api::RpcError::NotFound
/// [`RpcError::Pruned`]: argosy_rpc_api::RpcError::Pruned
pub trait Node:
    SystemPort
    + ChainPort
    + AccountPort
    + TxPort
    + ContractPort
    + StatePort
    + EventsPort
    + FollowPort
    + DebugPort
    + DevPort
    + Send
    + Sync
    + 'static
{
}

impl<T> Node for T where
    T: SystemPort
        + ChainPort
        + AccountPort
        + TxPort
        + ContractPort
        + StatePort
        + EventsPort
        + FollowPort
        + DebugPort
        + DevPort
        + Send
        + Sync
        + 'static
{
}

/// A value and the block it was read at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// The block.
    pub at: At,
    /// What was read.
    pub value: T,
}

//! What whoever runs a node may do with it. These methods are on a port of their own and in none of the
//! tables of the others: no server for clients ever has them.
//!
//! Not here: keys. Those of validators are the chain's, and the name of a node in its network lasts as
//! long as its process. Nor traits; a client needs a token more than types.

use super::spec::{MethodSpec, methods};

/// The methods of the operator's own port.
pub const ADMIN_METHODS: &[MethodSpec] = methods! {
    "admin_peers" (;) Operator weight 1: "Other nodes that are connected, how they are judged, and who was sent away, with the reason.";
    "admin_addPeer" (network, address;) Operator weight 1: "Until SIGHUP or the end the node stays connected with this one, too.";
    "admin_removePeer" (network, address;) Operator weight 1: "Until SIGHUP or the end the node does not call this one any more; a connection that there is stays.";
    "admin_setLogFilter" (filter;) Operator weight 1: "From the next line on the log has what this filter lets through, until SIGHUP or the end.";
    "admin_createSnapshot" (;) Operator weight 50: "Begins a snapshot of the head, in the folder of snapshots.";
    "admin_prepareShutdown" (; cancel) Operator weight 50: "Takes no more transactions, proposes no more blocks, is not ready any more, and writes to disk what is in memory.";
};

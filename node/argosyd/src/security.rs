//! The security log: events that say who did what to keys, signatures and doors, in a file that only
//! grows, each line with the hash of the one before.
//!
//! ```text
//! {"prev":"0x…","seq":7,"timeMs":…,"code":"p2p.peer_banned","fields":{…}}
//! ```
//!
//! `prev` is the BLAKE3 hash of the whole line before, without its end. Who changes, takes out or puts in a
//! line breaks the chain behind it. Who may write the file may write all of it anew: the node says the last
//! hash in its log at each start (`node.security_log`), which is to be kept elsewhere.
//!
//! Always: events are those of [`CODES`], wherever in the node they are logged, and whatever `log.filter`
//! lets through; of one code so many lines in a minute, then their count; files have a size, and there are
//! so many of them. Nothing reads it back but `argosyd security-log`, and no result depends on it.

mod chain; // lines and their hashes
mod layer; // from events to lines

pub(crate) use chain::{SecurityLog, check};
pub(crate) use layer::{SecurityLayer, keep_at};

/// What is kept. Each has its row in docs/operations/events.md.
pub(crate) const CODES: &[&str] = &[
    "admin.called",
    "admin.listening",
    "admin.refused",
    "admin.token_made",
    "consensus.evidence_found",
    "consensus.holds_still",
    "consensus.log_unreadable",
    "consensus.old_log_removed",
    "consensus.records_compared",
    "consensus.signing_begins",
    "consensus.sits_out",
    "consensus.twin_wait_ended",
    "gossip.configured_peer_dropped",
    "gossip.peer_banned",
    "node.configured",
    "node.failed",
    "node.key_made",
    "node.key_unlocked",
    "node.quarantine_read",
    "node.reload_refused",
    "node.reloaded",
    "node.serving",
    "node.starting",
    "node.stopped",
    "p2p.configured_peer_dropped",
    "p2p.peer_banned",
    "p2p.peer_unsupported",
    "signer.connection",
    "signer.log_unsynced",
    "signer.message_unsigned",
    "signer.record_made",
    "signer.record_torn",
    "signer.records_differ",
    "signer.vote_unsigned",
    "vm.code_refused",
    "vm.tiers_differ",
];

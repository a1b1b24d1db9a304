//! Keys of the block columns: the one place that knows where a block's parts lie.
//!
//! ```text
//! Meta      "genesis" -> genesis hash      "schema" -> u32      "head" -> height
//!           "retention" -> what is kept (absent: every block)
//!           "first" -> height of the oldest block that ever was here (absent: 0)
//! Headers   0 ‖ height                     -> Header
//!           1 ‖ block hash                 -> height
//! Blocks    height                         -> Body
//! Receipts  height ‖ index ‖ 0             -> Receipt
//!           height ‖ index ‖ 1             -> trace (local, not consensus)
//! TxIndex   transaction id                 -> height ‖ index
//! Events    contract ‖ height ‖ tx ‖ event -> (empty)
//! Undo      height                         -> undo record
//! Certs     height                         -> certificate of that block (so far of a restored head only)
//! Hist      see `history`
//! ```
//!
//! Heights and indexes are big-endian, so that a range walks blocks in order.
//! Not here: the state and trie columns (`state`).

use argosy_primitives::{Address, BlockHash, EventCursor, Height};

pub(crate) const META_GENESIS: &[u8] = b"genesis";
pub(crate) const META_SCHEMA: &[u8] = b"schema";
pub(crate) const META_HEAD: &[u8] = b"head";
pub(crate) const META_RETENTION: &[u8] = b"retention";
pub(crate) const META_FIRST: &[u8] = b"first";

/// Version of this layout; a directory with another one is refused.
pub(crate) const SCHEMA_VERSION: u32 = 1;

const BY_HEIGHT: u8 = 0;
const BY_HASH: u8 = 1;
const RECEIPT: u8 = 0;
const TRACE: u8 = 1;

pub(crate) fn header(height: Height) -> Vec<u8> {
    join(&[&[BY_HEIGHT], &height.to_be_bytes()])
}

pub(crate) fn block_hash(hash: &BlockHash) -> Vec<u8> {
    join(&[&[BY_HASH], hash.as_bytes()])
}

pub(crate) fn height(height: Height) -> Vec<u8> {
    height.to_be_bytes().to_vec()
}

pub(crate) fn receipt(height: Height, index: u32) -> Vec<u8> {
    join(&[&height.to_be_bytes(), &index.to_be_bytes(), &[RECEIPT]])
}

pub(crate) fn trace(height: Height, index: u32) -> Vec<u8> {
    join(&[&height.to_be_bytes(), &index.to_be_bytes(), &[TRACE]])
}

/// Height and index of a receipt key; `None` for a trace's.
pub(crate) fn parse_receipt(key: &[u8]) -> Option<(Height, u32)> {
    let (height, rest) = key.split_first_chunk::<8>()?;
    let (index, rest) = rest.split_first_chunk::<4>()?;
    (rest == [RECEIPT]).then(|| (u64::from_be_bytes(*height), u32::from_be_bytes(*index)))
}

pub(crate) fn event(contract: &Address, cursor: EventCursor) -> Vec<u8> {
    let (tx, event) = (cursor.tx.to_be_bytes(), cursor.event.to_be_bytes());
    join(&[
        contract.as_bytes(),
        &cursor.height.to_be_bytes(),
        &tx,
        &event,
    ])
}

/// The cursor in an event key.
pub(crate) fn parse_event(key: &[u8]) -> Option<EventCursor> {
    let (_, rest) = key.split_first_chunk::<32>()?;
    let (height, rest) = rest.split_first_chunk::<8>()?;
    let (tx, rest) = rest.split_first_chunk::<4>()?;
    let event: &[u8; 4] = rest.try_into().ok()?;
    Some(EventCursor {
        height: u64::from_be_bytes(*height),
        tx: u32::from_be_bytes(*tx),
        event: u32::from_be_bytes(*event),
    })
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

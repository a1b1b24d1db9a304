//! Keys of the block columns: the one place that knows where a block's parts lie.
//!
//! ```text
//! Meta      "genesis" -> genesis hash      "schema" -> u32      "head" -> height
//!           "retention" -> what is kept (absent: every block)
//!           "first" -> height of the oldest block that ever was here (absent: 0)
//!           "index" -> height from which on transactions are found by account (absent: they are not)
//! Headers   0 ‖ height                     -> Header
//!           1 ‖ block hash                 -> height
//! Blocks    height                         -> Body
//! Receipts  height ‖ index ‖ 0             -> Receipt
//!           height ‖ index ‖ 1             -> trace (local, not consensus)
//! TxIndex   transaction id                 -> height ‖ index
//! Events    contract ‖ height ‖ tx ‖ event -> (empty)
//! Undo      height                         -> undo record
//! Certs     height                         -> the head's certificate (earlier ones: in the next body)
//! Undecided 0 ‖ height ‖ block hash        -> Block
//!           1 ‖ height ‖ round ‖ hash      -> who proposed it in that round, and its valid round
//! Index     0 ‖ account ‖ height ‖ index   -> transaction id (empty: what the chain did by itself)
//!           1 ‖ created at ‖ contract      -> (empty)
//! Hist      see `history`
//! ```
//!
//! Heights and indexes are big-endian, so that a range walks blocks in order.
//! Not here: the state and trie columns (`state`).

use argosy_kv::KeyRange;
use argosy_primitives::{Address, BlockHash, EventCursor, Height, Round};

pub(crate) const META_GENESIS: &[u8] = b"genesis";
pub(crate) const META_SCHEMA: &[u8] = b"schema";
pub(crate) const META_HEAD: &[u8] = b"head";
pub(crate) const META_RETENTION: &[u8] = b"retention";
pub(crate) const META_FIRST: &[u8] = b"first";
pub(crate) const META_INDEX: &[u8] = b"index";

/// Version of this layout; a directory with another one is refused. 2: the state has a supply.
pub(crate) const SCHEMA_VERSION: u32 = 2;

const BY_HEIGHT: u8 = 0;
const BY_HASH: u8 = 1;
const UNDECIDED_BLOCK: u8 = 0;
const UNDECIDED_MARK: u8 = 1;
const RECEIPT: u8 = 0;
const TRACE: u8 = 1;
const BY_ACCOUNT: u8 = 0;
const BY_CREATION: u8 = 1;

pub(crate) fn header(height: Height) -> Vec<u8> {
    join(&[&[BY_HEIGHT], &height.to_be_bytes()])
}

pub(crate) fn block_hash(hash: &BlockHash) -> Vec<u8> {
    join(&[&[BY_HASH], hash.as_bytes()])
}

pub(crate) fn height(height: Height) -> Vec<u8> {
    height.to_be_bytes().to_vec()
}

/// A block that was proposed.
pub(crate) fn undecided(height: Height, hash: &BlockHash) -> Vec<u8> {
    join(&[&[UNDECIDED_BLOCK], &height.to_be_bytes(), hash.as_bytes()])
}

/// That it was proposed in a round.
pub(crate) fn undecided_mark(height: Height, round: Round, hash: &BlockHash) -> Vec<u8> {
    let (height, round) = (height.to_be_bytes(), round.to_be_bytes());
    join(&[&[UNDECIDED_MARK], &height, &round, hash.as_bytes()])
}

/// What the marks of one height begin with.
pub(crate) fn undecided_marks(height: Height) -> Vec<u8> {
    join(&[&[UNDECIDED_MARK], &height.to_be_bytes()])
}

/// Round and block of a mark.
pub(crate) fn parse_undecided_mark(key: &[u8]) -> Option<(Round, BlockHash)> {
    let (_, rest) = key.split_first_chunk::<9>()?;
    let (round, hash) = rest.split_first_chunk::<4>()?;
    let hash: &[u8; 32] = hash.try_into().ok()?;
    Some((u32::from_be_bytes(*round), BlockHash::from_bytes(*hash)))
}

/// Everything that was proposed up to `height`.
pub(crate) fn undecided_until(height: Height) -> [KeyRange; 2] {
    [UNDECIDED_BLOCK, UNDECIDED_MARK].map(|kind| {
        let end = match height.checked_add(1) {
            Some(next) => join(&[&[kind], &next.to_be_bytes()]),
            None => vec![kind + 1],
        };
        KeyRange::half_open(vec![kind], end)
    })
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

/// That an account has to do with a transaction.
pub(crate) fn account(address: &Address, height: Height, index: u32) -> Vec<u8> {
    join(&[
        &[BY_ACCOUNT],
        address.as_bytes(),
        &height.to_be_bytes(),
        &index.to_be_bytes(),
    ])
}

/// Height and index in such a key.
pub(crate) fn parse_account(key: &[u8]) -> Option<(Height, u32)> {
    let (_, rest) = key.split_first_chunk::<33>()?;
    let (height, rest) = rest.split_first_chunk::<8>()?;
    let index: &[u8; 4] = rest.try_into().ok()?;
    Some((u64::from_be_bytes(*height), u32::from_be_bytes(*index)))
}

/// That a contract was created.
pub(crate) fn contract(created_at: Height, contract: &Address) -> Vec<u8> {
    join(&[
        &[BY_CREATION],
        &created_at.to_be_bytes(),
        contract.as_bytes(),
    ])
}

/// Every contract that was created up to `height`.
pub(crate) fn contracts_until(height: Height) -> KeyRange {
    let end = height.saturating_add(1).to_be_bytes();
    KeyRange::half_open(vec![BY_CREATION], join(&[&[BY_CREATION], &end]))
}

/// Height and address in such a key.
pub(crate) fn parse_contract(key: &[u8]) -> Option<(Height, Address)> {
    let (_, rest) = key.split_first_chunk::<1>()?;
    let (height, rest) = rest.split_first_chunk::<8>()?;
    let address: &[u8; 32] = rest.try_into().ok()?;
    Some((u64::from_be_bytes(*height), Address::from_bytes(*address)))
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

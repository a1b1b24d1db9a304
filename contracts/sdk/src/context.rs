//! Who calls, what was sent along, when.
//!
//! Not here: acting on it (`call`), remembering it (`storage`).

use argosy_primitives::{Address, Balance, Gas, GenesisHash, Height, TimestampMs};

use crate::host;

/// Who called: an account, or the contract that made this call.
pub fn caller() -> Address {
    host::caller()
}

/// This contract.
pub fn self_address() -> Address {
    host::self_address()
}

/// Who signed the transaction. Use [`caller`] to decide who may do what: a contract that its user
/// was lured into calling acts under the same signer.
pub fn signer() -> Address {
    host::signer()
}

/// The chain, by its genesis hash.
pub fn chain() -> GenesisHash {
    GenesisHash::from_bytes(host::chain())
}

/// What the caller sent along. Already part of [`balance`].
pub fn funds() -> Balance {
    host::funds()
}

/// What this contract owns.
pub fn balance() -> Balance {
    host::balance(&host::self_address())
}

/// What any address owns.
pub fn balance_of(address: &Address) -> Balance {
    host::balance(address)
}

/// Height of the block.
pub fn block_height() -> Height {
    host::block_height()
}

/// Time of the block in milliseconds. The proposer of the block has some freedom in choosing it.
pub fn block_time() -> TimestampMs {
    host::block_time()
}

/// Gas that is left for this frame.
pub fn gas_left() -> Gas {
    host::gas_left()
}

/// A line for the log of whichever node runs this. No effect on any result.
pub fn log(text: &str) {
    host::log(text);
}

//! What clients were told, and what a node says now: the same, or a finding.
//!
//! Always: a fact, once noted, never changes; what contradicts it is a finding.

use std::collections::BTreeMap;
use std::fmt;

use argosy_primitives::{BlockHash, Height, ReceiptsRoot, StateRoot, TxId};
use argosy_rpc_api::{HeaderAnswer, ReceiptAnswer};

/// A promise that the node did not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which promise.
    pub rule: &'static str,
    /// What was found.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

impl std::error::Error for Finding {}

/// A block as it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeenBlock {
    pub(crate) hash: BlockHash,
    pub(crate) state_root: StateRoot,
    pub(crate) receipts_root: ReceiptsRoot,
}

impl From<&HeaderAnswer> for SeenBlock {
    fn from(answer: &HeaderAnswer) -> SeenBlock {
        SeenBlock {
            hash: answer.at.hash.0,
            state_root: answer.header.state_root.0,
            receipts_root: answer.header.receipts_root.0,
        }
    }
}

/// Everything that clients were told.
#[derive(Debug, Default)]
pub(crate) struct Book {
    blocks: BTreeMap<Height, SeenBlock>,
    receipts: BTreeMap<TxId, ReceiptAnswer>,
}

/// A block that somebody saw stays as it is.
const BLOCK_LOST: &str = "a block that was seen is there, and the same";
/// A transaction that somebody was told of stays where it is, with the same receipt.
const RECEIPT_LOST: &str = "an included transaction is there, and did the same";

impl Book {
    /// Notes a block, or finds that another one was seen at its height.
    pub(crate) fn block(&mut self, height: Height, block: SeenBlock) -> Result<(), Finding> {
        match self.blocks.insert(height, block) {
            Some(before) if before != block => Err(Finding {
                rule: BLOCK_LOST,
                what: format!("height {height} was {before:?}, and is {block:?}"),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// Notes a receipt, or finds that another one was told.
    pub(crate) fn receipt(&mut self, answer: ReceiptAnswer) -> Result<(), Finding> {
        let id = answer.tx_id.0;
        match self.receipts.insert(id, answer.clone()) {
            Some(before) if before != answer => Err(Finding {
                rule: RECEIPT_LOST,
                what: format!("{id} was {before:?}, and is {answer:?}"),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// The head that a node shows must not be below what was seen.
    pub(crate) fn head(&self, height: Height) -> Result<(), Finding> {
        match self.blocks.last_key_value() {
            Some((seen, _)) if *seen > height => Err(Finding {
                rule: BLOCK_LOST,
                what: format!("height {seen} was seen, and the head is {height}"),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// The highest block that was seen.
    pub(crate) fn highest(&self) -> Height {
        self.blocks
            .last_key_value()
            .map_or(0, |(height, _)| *height)
    }

    /// A block that was asked for and is not there.
    pub(crate) fn no_block(height: Height) -> Finding {
        Finding {
            rule: BLOCK_LOST,
            what: format!("there is no block {height}"),
        }
    }

    /// A receipt that was asked for and is not there.
    pub(crate) fn no_receipt(id: TxId) -> Finding {
        Finding {
            rule: RECEIPT_LOST,
            what: format!("{id} is in no block"),
        }
    }

    /// Heights of the blocks that were seen.
    pub(crate) fn heights(&self) -> Vec<Height> {
        self.blocks.keys().copied().collect()
    }

    /// Transactions that clients were told of, in the order of their blocks.
    pub(crate) fn included(&self) -> Vec<TxId> {
        let mut all: Vec<_> = self.receipts.values().collect();
        all.sort_by_key(|it| (it.at.height.0, it.index));
        all.into_iter().map(|it| it.tx_id.0).collect()
    }

    /// Where clients were told a transaction is.
    pub(crate) fn place(&self, id: &TxId) -> Option<(Height, u32)> {
        self.receipts.get(id).map(|it| (it.at.height.0, it.index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(number: u8) -> SeenBlock {
        SeenBlock {
            hash: BlockHash::from_bytes([number; 32]),
            state_root: StateRoot::from_bytes([1; 32]),
            receipts_root: ReceiptsRoot::from_bytes([1; 32]),
        }
    }

    #[test]
    fn the_same_block_may_be_seen_again_and_no_other() {
        let mut book = Book::default();
        book.block(3, seen(1)).unwrap();
        book.block(3, seen(1)).unwrap();
        let finding = book.block(3, seen(2)).unwrap_err();
        assert_eq!(finding.rule, BLOCK_LOST);
        let other_root = SeenBlock {
            state_root: StateRoot::from_bytes([9; 32]),
            ..seen(1)
        };
        let mut book = Book::default();
        book.block(3, seen(1)).unwrap();
        assert!(book.block(3, other_root).is_err());
    }

    #[test]
    fn a_head_below_what_was_seen_is_a_finding() {
        let mut book = Book::default();
        book.block(3, seen(1)).unwrap();
        assert!(book.head(3).is_ok() && book.head(4).is_ok());
        assert!(book.head(2).unwrap_err().what.contains("height 3 was seen"));
    }
}

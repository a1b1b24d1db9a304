//! Reads at one head: blocks, receipts, accounts, contracts, proofs.
//!
//! A [`ChainView`] is a snapshot: what it answers never changes, whatever is committed later.
//! Not here: writing (`commit`), running code (`simulate`), and earlier heads (`past`).

use std::ops::Bound;
use std::sync::Arc;

use argosy_executor::Engine;
use argosy_executor::{AccountFacts, BlockFacts, Inadmissible, Trace, admit, next_base_price};
use argosy_kv::{Bytes, Column, Direction, KeyRange, View};
use argosy_primitives::{
    Address, Balance, Block, BlockHash, Body, CodeHash, GenesisHash, Header, Height, Limits,
    Receipt, TxId, VerifiedTransaction, decode_untrusted,
};
use argosy_proof::StateKey;
use argosy_spec::ChainSpec;
use argosy_state::{Account, CodeRecord, ContractRecord, State};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::error::ChainError;
use crate::keys;
use crate::past::PastViews;
use crate::retention::{Kept, Retention};

/// The last committed block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its header.
    pub header: Header,
    /// The header's hash.
    pub hash: BlockHash,
}

/// Where a transaction was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The block's height.
    pub height: Height,
    /// The transaction's index in the block.
    pub index: u32,
}

/// Which block a reader means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// The block at a height.
    Height(Height),
    /// The block with a hash.
    Hash(BlockHash),
    /// The head. Finality is instant, so it is also the last final block.
    Latest,
    /// The genesis block.
    Earliest,
}

/// What is kept in state: the key under its address, with the address, and the value.
pub type StateEntry = (Vec<u8>, Bytes);

/// The chain as it was at one head. Cheap to clone and to keep for the length of a request.
#[derive(Clone)]
pub struct ChainView {
    pub(crate) view: Arc<dyn View>,
    pub(crate) spec: Arc<ChainSpec>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) genesis: GenesisHash,
    pub(crate) head: Arc<Head>,
    pub(crate) past: Arc<PastViews>,
    pub(crate) kept: Arc<Kept>,
    /// The oldest block that ever was in this store; there is no header before it.
    pub(crate) first: Height,
    /// From which height on transactions are found by account; none: they are not.
    pub(crate) indexed_from: Option<Height>,
    /// The oldest height with proofs, where this one has none.
    pub(crate) unproven: Option<Height>,
}

impl ChainView {
    /// The head of this snapshot.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The chain's identity.
    pub fn genesis_hash(&self) -> GenesisHash {
        self.genesis
    }

    /// The chain's rules.
    pub fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    /// The height that a selector means; `None`: there is no such block, or none that this store
    /// knows by that hash.
    pub fn resolve(&self, selector: Selector) -> Result<Option<Height>, ChainError> {
        let found = match selector {
            Selector::Latest => Some(self.head.header.height),
            Selector::Earliest => Some(0),
            Selector::Height(height) => Some(height),
            Selector::Hash(hash) => self.decode(Column::Headers, &keys::block_hash(&hash))?,
        };
        Ok(found.filter(|it| *it <= self.head.header.height))
    }

    /// The header at `height`; [`ChainError::Pruned`]: the store came from a snapshot of later
    /// blocks.
    pub fn header(&self, height: Height) -> Result<Option<Header>, ChainError> {
        if height < self.first {
            let oldest_height = self.first;
            return Err(ChainError::Pruned { oldest_height });
        }
        self.decode(Column::Headers, &keys::header(height))
    }

    /// The oldest height whose header is here: 0, or the first block of the snapshot that the store
    /// came from.
    pub fn oldest_header(&self) -> Height {
        self.first
    }

    /// Whether it goes on from a block of another chain, whose state lies beneath.
    pub fn is_fork(&self) -> bool {
        self.view.beneath().is_some()
    }

    /// Whether there is a trie, so that what is read can be proven.
    pub fn is_proven(&self) -> bool {
        self.unproven.is_none()
    }

    /// The oldest block that is kept with body, receipts and events.
    pub fn oldest_block(&self) -> Height {
        self.kept.floor
    }

    /// The whole block at `height`; [`ChainError::Pruned`]: it is no longer kept.
    pub fn block(&self, height: Height) -> Result<Option<Block>, ChainError> {
        self.kept.check(height)?;
        let Some(header) = self.header(height)? else {
            return Ok(None);
        };
        let body: Option<Body> = self.decode(Column::Blocks, &keys::height(height))?;
        let body =
            body.ok_or_else(|| ChainError::damaged(format!("block {height} has no body")))?;
        Ok(Some(Block { header, body }))
    }

    /// Where a transaction was executed; `None`: it was not, or so long ago that nothing of it is
    /// kept.
    pub fn locate(&self, id: &TxId) -> Result<Option<Location>, ChainError> {
        let found: Option<(Height, u32)> = self.decode(Column::TxIndex, id.as_bytes())?;
        Ok(found.map(|(height, index)| Location { height, index }))
    }

    /// The receipt at a place; the one after the last transaction's is the block's own.
    /// [`ChainError::Pruned`]: it is no longer kept.
    pub fn receipt(&self, at: Location) -> Result<Option<Receipt>, ChainError> {
        self.kept.check(at.height)?;
        self.decode(Column::Receipts, &keys::receipt(at.height, at.index))
    }

    /// Every receipt of a block, in order.
    pub fn receipts(&self, height: Height) -> Result<Vec<Receipt>, ChainError> {
        let mut receipts = Vec::new();
        while let Some(receipt) = self.receipt(Location {
            height,
            index: index_of(receipts.len())?,
        })? {
            receipts.push(receipt);
        }
        Ok(receipts)
    }

    /// What this node noted of a failed transaction: frames, texts. Local, never proven.
    pub fn trace(&self, at: Location) -> Result<Option<Trace>, ChainError> {
        self.kept.check(at.height)?;
        let key = keys::trace(at.height, at.index);
        let Some(bytes) = self.view.get(Column::Receipts, &key)? else {
            return Ok(None);
        };
        let trace = Trace::from_stored(&bytes);
        trace
            .map(Some)
            .map_err(|error| ChainError::damaged(format!("trace 0x{}: {error}", hex(&key))))
    }

    /// The account at the head.
    pub fn account(&self, address: &Address) -> Result<Option<Account>, ChainError> {
        Ok(self.state().account(address)?)
    }

    /// All that there is of the chain's token at the head, in balances and deposits.
    pub fn supply(&self) -> Result<Balance, ChainError> {
        Ok(self.state().supply()?)
    }

    /// The contract's record at the head.
    pub fn contract(&self, address: &Address) -> Result<Option<ContractRecord>, ChainError> {
        Ok(self.state().contract(address)?)
    }

    /// What a contract keeps under a key at the head.
    pub fn storage(&self, contract: &Address, key: &[u8]) -> Result<Option<Bytes>, ChainError> {
        Ok(self.state().storage_get(contract, key)?)
    }

    /// The bytes of any value in state at the head.
    pub fn state_value(
        &self,
        address: &Address,
        key: StateKey<'_>,
    ) -> Result<Option<Bytes>, ChainError> {
        Ok(self.view.get(Column::State, &key.under(address))?)
    }

    /// What is kept under an address at the head, in the order of the keys, from behind `after` on: as
    /// many as `entries_max`, and no more once they have `bytes_max`. Whether there are more.
    pub fn state_entries(
        &self,
        address: &Address,
        after: Option<StateKey<'_>>,
        (entries_max, bytes_max): (usize, usize),
    ) -> Result<(Vec<StateEntry>, bool), ChainError> {
        let mut range = KeyRange::prefix(address.as_bytes());
        if let Some(after) = after {
            range.start = Bound::Excluded(after.under(address));
        }
        let (mut entries, mut bytes) = (Vec::new(), 0_usize);
        for entry in self.view.range(Column::State, range, Direction::Ascending) {
            if entries.len() >= entries_max || bytes >= bytes_max {
                return Ok((entries, true));
            }
            let (key, value) = entry?;
            bytes = bytes.saturating_add(key.len()).saturating_add(value.len());
            entries.push((key, value));
        }
        Ok((entries, false))
    }

    /// What is kept of the past.
    pub fn retention(&self) -> Retention {
        self.kept.retention
    }

    /// A code's record at the head.
    pub fn code(&self, hash: &CodeHash) -> Result<Option<CodeRecord>, ChainError> {
        Ok(self.state().code(hash)?)
    }

    /// The uploaded bytes of a code.
    pub fn code_bytes(&self, hash: &CodeHash) -> Result<Option<Bytes>, ChainError> {
        Ok(self.state().code_original(hash)?)
    }

    /// Price per gas that the block after the head burns.
    pub fn next_base_price(&self) -> u64 {
        let (head, spec) = (&self.head.header, &self.spec);
        // The first block takes the price of genesis.
        if head.height == 0 {
            return head.base_price;
        }
        next_base_price(
            head.base_price,
            head.gas_used,
            spec.limits.block_gas_max,
            &spec.fees,
        )
    }

    /// Whether a transaction could be in the block after the head, on its own.
    pub fn check(&self, tx: &VerifiedTransaction) -> Result<Result<(), Inadmissible>, ChainError> {
        let account = self.account(&tx.sender())?.unwrap_or_default();
        let facts = AccountFacts {
            nonce: account.nonce,
            balance: account.balance,
        };
        let block = BlockFacts {
            chain: self.genesis,
            version: self.spec.protocol.genesis_version,
            height: self.head.header.height.saturating_add(1),
            base_price: self.next_base_price(),
        };
        Ok(admit(
            tx.transaction(),
            tx.size_bytes(),
            &facts,
            &block,
            &self.spec,
        )
        .map(|_| ()))
    }

    /// State at the head, to read or to run on; nothing written to it is kept.
    pub(crate) fn state(&self) -> State {
        State::new(Arc::clone(&self.view))
    }

    pub(crate) fn decode<T: Record>(
        &self,
        column: Column,
        key: &[u8],
    ) -> Result<Option<T>, ChainError> {
        read(self.view.as_ref(), column, key)
    }
}

/// A record of the block columns.
pub(crate) trait Record: Decode + DecodeWithMemTracking + Encode {}

impl<T: Decode + DecodeWithMemTracking + Encode> Record for T {}

/// Reads one record of ours; what does not decode is damage, since only we wrote it.
pub(crate) fn read<T: Record>(
    view: &dyn View,
    column: Column,
    key: &[u8],
) -> Result<Option<T>, ChainError> {
    let bytes = view.get(column, key)?;
    bytes.map(|bytes| decode(column, key, &bytes)).transpose()
}

/// As [`read`], for what was read already.
pub(crate) fn decode<T: Record>(column: Column, key: &[u8], bytes: &[u8]) -> Result<T, ChainError> {
    decode_untrusted(bytes, Limits::for_size(bytes.len())).map_err(|error| {
        ChainError::damaged(format!(
            "{} record 0x{}: {error}",
            column.as_str(),
            hex(key)
        ))
    })
}

pub(crate) fn index_of(position: usize) -> Result<u32, ChainError> {
    u32::try_from(position)
        .map_err(|_| ChainError::damaged("a block with more than 2^32 transactions"))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Which transactions an account has to do with, and which contracts there are.
//!
//! An account has to do with a transaction that it signed; whose actions name it; which moved funds to or
//! from it, created, upgraded or handed over it, or a contract that it made; or in which it, a contract,
//! announced something. That is told by transaction and receipt alone, so that what was written can be
//! found again when it is to go.
//!
//! ```text
//! off ──► on: contracts from the state, transactions from the next block on
//! on  ──► off: the record goes, then all entries
//! ```
//!
//! Always: entries are in the batch of their block, and those of accounts go with their block; contracts
//! stay. None is in a root, and no other node has to agree. Nothing is there where nobody asked for it.
//! Not here: keys (`keys`), and deleting with blocks (`prune`).

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use argosy_executor::SystemEvent;
use argosy_kv::{Batch, Bytes, Column, Direction, Durability, KeyRange, Store};
use argosy_primitives::{Action, Address, Height, Receipt, Transaction, TxId, VerifiedTransaction};
use argosy_proof::StateKey;
use argosy_state::{ContractRecord, StateDelta};
use parity_scale_codec::Encode;

use crate::error::ChainError;
use crate::keys;
use crate::prune::KEYS_MIN;
use crate::view::{ChainView, Location, index_of, read};

/// Accounts that are noted of one transaction: far fewer than a block deletes at least, so that each goes
/// as a whole.
pub(crate) const ACCOUNTS_MAX: usize = 256;
// With its place, its trace, its receipt, and the mark of those that are left out.
const _: () = assert!(ACCOUNTS_MAX + 4 <= KEYS_MIN);
/// Nobody's address: a transaction that has to do with more accounts is noted of it, too.
const LEFT_OUT: Address = Address::from_bytes(*b"argosy:accounts-are-left-out\0\0\0\0");
/// Keys of one batch, where a whole store is gone through.
const BATCH_KEYS: usize = 10_000;

/// A transaction that an account has to do with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountEntry {
    /// Where it was executed.
    pub at: Location,
    /// Which; `None` for what the chain itself did at the end of a block.
    pub transaction: Option<TxId>,
}

/// A page of what an account has to do with, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPage {
    /// In falling order.
    pub entries: Vec<AccountEntry>,
    /// Whether there are older ones.
    pub more: bool,
    /// What is older than this height is not in the index.
    pub from: Height,
    /// Where this page looked there are transactions that have to do with more accounts than are noted of one:
    /// this account may be among those that were left out.
    pub truncated: bool,
}

/// A page of contracts, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractPage {
    /// Their addresses and records.
    pub contracts: Vec<(Address, ContractRecord)>,
    /// Whether there are later ones.
    pub more: bool,
}

impl ChainView {
    /// From which height on transactions are found by account; `None`: this store keeps no index.
    pub fn indexed_from(&self) -> Option<Height> {
        let from = self.indexed_from?;
        Some(from.max(self.oldest_block()))
    }

    /// At most `limit` transactions that an account has to do with, the newest first, those before `before`
    /// if it is given. `None`: this store keeps no index.
    pub fn account_history(
        &self,
        address: &Address,
        before: Option<Location>,
        limit: usize,
    ) -> Result<Option<AccountPage>, ChainError> {
        let Some(from) = self.indexed_from() else {
            return Ok(None);
        };
        let key = |at: Location| keys::account(address, at.height, at.index);
        let end = self.head.header.height.saturating_add(1);
        let end = Location {
            height: end,
            index: 0,
        };
        let end = before.map_or(end, |it| it.min(end));
        let range = KeyRange::half_open(keys::account(address, from, 0), key(end));
        let mut page = AccountPage {
            entries: Vec::new(),
            more: false,
            from,
            truncated: false,
        };
        for entry in self.view.range(Column::Index, range, Direction::Descending) {
            let (key, id) = entry?;
            if page.entries.len() >= limit {
                page.more = true;
                break;
            }
            page.entries.push(account_entry(&key, &id)?);
        }
        let first = match page.entries.last() {
            Some(last) if page.more => last.at,
            Some(_) | None => Location {
                height: from,
                index: 0,
            },
        };
        page.truncated = self.leaves_out(first, end)?;
        Ok(Some(page))
    }

    /// Whether accounts were left out of a transaction from `first` on, before `end`.
    fn leaves_out(&self, first: Location, end: Location) -> Result<bool, ChainError> {
        let key = |at: Location| keys::account(&LEFT_OUT, at.height, at.index);
        let range = KeyRange::half_open(key(first), key(end));
        let mut marks = self.view.range(Column::Index, range, Direction::Ascending);
        Ok(marks.next().transpose()?.is_some())
    }

    /// At most `limit` contracts that are there at this head, the oldest first, those behind a contract
    /// with its height of creation if it is given. `None`: this store keeps no index.
    pub fn contracts(
        &self,
        after: Option<(Height, Address)>,
        limit: usize,
    ) -> Result<Option<ContractPage>, ChainError> {
        if self.indexed_from.is_none() {
            return Ok(None);
        }
        // Later ones than an earlier head knows are not its.
        let head = self.head.header.height;
        let mut range = keys::contracts_until(head);
        if let Some((height, address)) = after {
            range.start = Bound::Excluded(keys::contract(height, &address));
        }
        let mut page = ContractPage {
            contracts: Vec::new(),
            more: false,
        };
        for entry in self.view.range(Column::Index, range, Direction::Ascending) {
            let (key, _) = entry?;
            if page.contracts.len() >= limit {
                page.more = true;
                break;
            }
            let (_, address) = keys::parse_contract(&key).ok_or_else(bad_key)?;
            let record = self.contract(&address)?.ok_or_else(|| {
                ChainError::damaged("the index names a contract that is not there")
            })?;
            page.contracts.push((address, record));
        }
        Ok(Some(page))
    }
}

fn account_entry(key: &[u8], id: &[u8]) -> Result<AccountEntry, ChainError> {
    let (height, index) = keys::parse_account(key).ok_or_else(bad_key)?;
    let transaction = match id {
        [] => None,
        id => Some(TxId::from_bytes(id.try_into().map_err(|_| bad_key())?)),
    };
    let at = Location { height, index };
    Ok(AccountEntry { at, transaction })
}

fn bad_key() -> ChainError {
    ChainError::damaged(format!("column {}: an entry of no form", Column::Index))
}

/// The accounts that a transaction has to do with, and the mark that there are more; none of it is given for
/// what the chain did by itself.
pub(crate) fn accounts(transaction: Option<&Transaction>, receipt: &Receipt) -> BTreeSet<Address> {
    let (mut found, mut leaves_out) = (BTreeSet::new(), false);
    let mut note = |address: Address| {
        // Whoever names the mark itself marks nothing by that.
        if address == LEFT_OUT || found.contains(&address) {
            return;
        }
        if found.len() < ACCOUNTS_MAX {
            found.insert(address);
        } else {
            leaves_out = true;
        }
    };
    if let Some(transaction) = transaction {
        note(Address::of_key(&transaction.signer));
        let named = transaction.actions.iter().flat_map(named);
        named.for_each(&mut note);
    }
    for event in &receipt.events {
        if event.contract != Address::SYSTEM {
            note(event.contract);
        }
        SystemEvent::accounts_of(event).for_each(&mut note);
    }
    if leaves_out {
        found.insert(LEFT_OUT);
    }
    found
}

/// Whom an action names.
fn named(action: &Action) -> impl Iterator<Item = Address> + use<> {
    let (one, other) = match action {
        Action::Transfer { to, .. } => (Some(*to), None),
        Action::Instantiate { admin, .. } => (*admin, None),
        Action::Call { contract, .. } | Action::Upgrade { contract, .. } => (Some(*contract), None),
        Action::SetAdmin { contract, admin } => (Some(*contract), *admin),
        Action::StoreCode { .. }
        | Action::RemoveCode { .. }
        | Action::Bond { .. }
        | Action::Unbond { .. }
        | Action::Unjail
        | Action::Govern { .. } => (None, None),
    };
    one.into_iter().chain(other)
}

/// What is noted of an account: the transaction, or nothing for what the chain did by itself.
pub(crate) fn id_bytes(id: Option<TxId>) -> Vec<u8> {
    id.map_or_else(Vec::new, |it| it.as_bytes().to_vec())
}

/// Adds what a block is to be found by to its batch.
pub(crate) fn write(
    delta: &StateDelta,
    height: Height,
    (transactions, receipts): (&[Arc<VerifiedTransaction>], &[Receipt]),
    batch: &mut Batch,
) -> Result<(), ChainError> {
    for (position, receipt) in receipts.iter().enumerate() {
        let (index, transaction) = (index_of(position)?, transactions.get(position));
        let id: Bytes = id_bytes(transaction.map(|it| it.id())).into();
        for account in accounts(transaction.map(|it| it.transaction()), receipt) {
            let key = keys::account(&account, height, index);
            batch.put(Column::Index, key, id.clone());
        }
    }
    for change in delta.records() {
        // What is created once stays as old as it is.
        let Some((address, StateKey::Contract)) = StateKey::of_whole(&change.key) else {
            continue;
        };
        match (&change.old, &change.new) {
            (None, Some(new)) => {
                let key = keys::contract(created_at(new)?, &address);
                batch.put(Column::Index, key, Vec::new());
            }
            (Some(old), None) => {
                batch.delete(Column::Index, keys::contract(created_at(old)?, &address));
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    Ok(())
}

/// The age of a contract, by its record.
pub(crate) fn created_at(record: &[u8]) -> Result<Height, ChainError> {
    let record = ContractRecord::from_value(record);
    let record =
        record.map_err(|error| ChainError::damaged(format!("a contract's record: {error}")))?;
    Ok(record.created_at)
}

/// Adds to the batch of the genesis block that everything is to be found.
pub(crate) fn put_from(batch: &mut Batch, from: Height) {
    batch.put(Column::Meta, keys::META_INDEX, from.encode());
}

/// From which height on accounts are indexed, once the wish of whoever opens the store is followed; `None`:
/// they are not.
pub(crate) fn adjust(
    store: &dyn Store,
    head: Height,
    wanted: Option<bool>,
) -> Result<Option<Height>, ChainError> {
    let found: Option<Height> = read(store.view().as_ref(), Column::Meta, keys::META_INDEX)?;
    match wanted {
        None => Ok(found),
        Some(true) => match found {
            Some(from) => Ok(Some(from)),
            None => begin(store, head).map(Some),
        },
        Some(false) => {
            if found.is_some() {
                let mut batch = Batch::new();
                batch.delete(Column::Meta, keys::META_INDEX);
                store.commit(batch, Durability::Synced)?;
            }
            clear(store)?;
            Ok(None)
        }
    }
}

/// Reads all contracts out of the state, and begins with the next block. The record goes last: who is
/// killed before that begins again.
fn begin(store: &dyn Store, head: Height) -> Result<Height, ChainError> {
    clear(store)?;
    let (view, mut batch) = (store.view(), Batch::new());
    for entry in view.range(Column::State, KeyRange::all(), Direction::Ascending) {
        let (key, value) = entry?;
        let Some((address, StateKey::Contract)) = StateKey::of_whole(&key) else {
            continue;
        };
        let key = keys::contract(created_at(&value)?, &address);
        batch.put(Column::Index, key, Vec::new());
        if batch.ops().len() >= BATCH_KEYS {
            store.commit(std::mem::take(&mut batch), Durability::Buffered)?;
        }
    }
    // Of genesis there is nothing to be found.
    let from = match head {
        0 => 0,
        head => head.saturating_add(1),
    };
    put_from(&mut batch, from);
    store.commit(batch, Durability::Synced)?;
    Ok(from)
}

/// Deletes every entry, also what was left by one who was killed here.
fn clear(store: &dyn Store) -> Result<(), ChainError> {
    let mut start = Bound::Unbounded;
    loop {
        let range = KeyRange {
            start: start.clone(),
            end: Bound::Unbounded,
        };
        let (view, mut batch) = (store.view(), Batch::new());
        let entries = view.range(Column::Index, range, Direction::Ascending);
        for entry in entries.take(BATCH_KEYS) {
            let (key, _) = entry?;
            batch.delete(Column::Index, key.clone());
            start = Bound::Excluded(key);
        }
        if batch.is_empty() {
            return Ok(());
        }
        store.commit(batch, Durability::Buffered)?;
    }
}

#[cfg(test)]
mod tests {
    use super::{ACCOUNTS_MAX, LEFT_OUT, accounts};
    use argosy_primitives::{Address, Event, Receipt, StatusCode};

    #[test]
    fn no_transaction_notes_more_accounts_than_go_at_once() {
        let event = |number: u16| {
            let mut address = [7; 32];
            address[..2].copy_from_slice(&number.to_be_bytes());
            Event {
                contract: Address::from_bytes(address),
                topics: Vec::new(),
                data: Vec::new(),
            }
        };
        let mut receipt = Receipt {
            status: StatusCode::Success,
            action: 0,
            data: Vec::new(),
            gas_used: 0,
            fee: 0,
            deposit: 0,
            events: (0..1_024).map(event).collect(),
        };
        let noted = accounts(None, &receipt);
        assert_eq!(noted.len(), ACCOUNTS_MAX + 1);
        assert!(noted.contains(&LEFT_OUT), "that some are left out is noted");
        // As many as can be noted, some of them twice: nobody is left out.
        receipt.events.truncate(ACCOUNTS_MAX);
        receipt.events.push(event(1));
        let noted = accounts(None, &receipt);
        assert_eq!(noted.len(), ACCOUNTS_MAX);
        assert!(!noted.contains(&LEFT_OUT));
        // The mark cannot be made by naming it.
        receipt.events.truncate(3);
        receipt.events[2].contract = LEFT_OUT;
        let noted = accounts(None, &receipt);
        assert_eq!(noted.len(), 2);
        assert!(!noted.contains(&LEFT_OUT));
    }
}

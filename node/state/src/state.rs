//! [`State`]: what the executor reads and writes.
//!
//! ```text
//! State::new(view) ─ read, write, savepoint ⇄ rollback / release ─ root() ─ into_delta() ─► batch
//! ```

use std::sync::Arc;

use argosy_kv::{Bytes, Column, View};
use argosy_primitives::{Address, StateRoot};
use argosy_proof::{
    Account, ContractRecord, Path, RecordError, StateKey, StateMultiproof, StateProof,
};

use crate::delta::{Computed, StateDelta};
use crate::key::HEAD_BYTES;
use crate::overlay::Overlay;
use crate::{PathTrie, ProvenRange, StateCommitment, StateError, UndoRecord};

/// The latest committed state and the changes made since. Nothing is written to the store.
pub struct State {
    pub(crate) view: Arc<dyn View>,
    pub(crate) records: Overlay,
    pub(crate) blobs: Overlay,
    commitment: Arc<dyn StateCommitment>,
    /// Valid until the next change to `records`.
    computed: Option<Computed>,
}

/// A moment to which changes can be undone. Savepoints nest: ending one also ends those opened
/// after it.
#[derive(Debug)]
#[must_use = "a savepoint must be rolled back or released"]
pub struct Savepoint {
    /// Savepoints that were open before.
    pub(crate) level: usize,
}

/// What state says about a key, with the proof of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The value; none if the key is absent.
    pub value: Option<Bytes>,
    /// Leads to the root of the same view.
    pub proof: StateProof,
}

/// What state says about many keys, with one proof of it all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenMany {
    /// The value of each key, in the order in which they were given; none if it is absent.
    pub values: Vec<Option<Bytes>>,
    /// Leads to the root of the same view.
    pub proof: StateMultiproof,
}

impl State {
    /// The state that `view` shows, without changes.
    pub fn new(view: Arc<dyn View>) -> State {
        State::with_commitment(view, Arc::new(PathTrie))
    }

    /// As [`State::new`], with another way to compute roots; for tests and experiments.
    pub fn with_commitment(view: Arc<dyn View>, commitment: Arc<dyn StateCommitment>) -> State {
        let (records, blobs) = (Overlay::default(), Overlay::default());
        State {
            view,
            records,
            blobs,
            commitment,
            computed: None,
        }
    }

    /// Opens a savepoint; it costs nothing, and any number may be open.
    pub fn savepoint(&mut self) -> Savepoint {
        let level = self.records.level();
        self.records.open();
        self.blobs.open();
        Savepoint { level }
    }

    /// Undoes every change since `savepoint`, at a cost proportional to their number.
    pub fn rollback(&mut self, savepoint: Savepoint) {
        self.computed = None;
        self.records.rollback(savepoint.level);
        self.blobs.rollback(savepoint.level);
    }

    /// Keeps the changes since `savepoint`; they now belong to the savepoint around it, if any.
    pub fn release(&mut self, savepoint: Savepoint) {
        self.records.release(savepoint.level);
        self.blobs.release(savepoint.level);
    }

    /// The account of an address, if it has one.
    pub fn account(&self, address: &Address) -> Result<Option<Account>, StateError> {
        self.record(&StateKey::Account.under(address), Account::from_value)
    }

    /// Creates or replaces an account.
    pub fn set_account(&mut self, address: &Address, account: &Account) {
        self.set(
            StateKey::Account.under(address),
            Some(account.to_value().into()),
        );
    }

    /// Deletes an account. Whether that is allowed is the executor's business.
    pub fn remove_account(&mut self, address: &Address) {
        self.set(StateKey::Account.under(address), None);
    }

    /// The contract at an address, if there is one.
    pub fn contract(&self, address: &Address) -> Result<Option<ContractRecord>, StateError> {
        self.record(
            &StateKey::Contract.under(address),
            ContractRecord::from_value,
        )
    }

    /// Creates or replaces a contract's record. Contracts are never deleted.
    pub fn set_contract(&mut self, address: &Address, contract: &ContractRecord) {
        self.set(
            StateKey::Contract.under(address),
            Some(contract.to_value().into()),
        );
    }

    /// A record of the chain itself, under one of its own addresses.
    pub fn system_get(&self, owner: &Address, key: &[u8]) -> Result<Option<Bytes>, StateError> {
        self.value(&StateKey::System(key).under(owner))
    }

    /// Sets a record of the chain itself. Keys of [`Address::SYSTEM`] that begin with a byte below
    /// 128 belong to this crate.
    pub fn system_set(&mut self, owner: &Address, key: &[u8], value: &[u8]) {
        self.set(StateKey::System(key).under(owner), Some(value.into()));
    }

    /// Removes a record of the chain itself.
    pub fn system_remove(&mut self, owner: &Address, key: &[u8]) {
        self.set(StateKey::System(key).under(owner), None);
    }

    /// Takes back what a block changed; the view must show the state right after that block.
    pub fn apply_undo(&mut self, undo: UndoRecord) -> Result<(), StateError> {
        if undo.records.iter().any(|(key, _)| key.len() < HEAD_BYTES) {
            let what = "an undo record names a key without address or kind";
            return Err(StateError::Inconsistent { what });
        }
        for (key, value) in undo.records {
            self.set(key, value.map(Bytes::from));
        }
        for (key, value) in undo.blobs {
            self.blobs.set(key.into(), value.map(Bytes::from));
        }
        Ok(())
    }

    /// The root with all changes. Nothing is written; asking again costs nothing until something
    /// changes.
    pub fn root(&mut self) -> Result<StateRoot, StateError> {
        let computed = match self.computed.take() {
            Some(computed) => computed,
            None => Computed::new(&*self.view, &*self.commitment, &self.records)?,
        };
        Ok(self.computed.insert(computed).root())
    }

    /// The changes, ready for the block's batch. Open savepoints are released.
    pub fn into_delta(mut self) -> Result<StateDelta, StateError> {
        self.root()?;
        let computed = self.computed.take();
        let computed = computed.expect("root() has just computed it");
        StateDelta::new(computed, &*self.view, &self.blobs)
    }

    /// What the overlay, or else the view, holds at a whole key.
    pub(crate) fn value(&self, key: &[u8]) -> Result<Option<Bytes>, StateError> {
        match self.records.get(key) {
            Some(changed) => Ok(changed.clone()),
            None => Ok(self.view.get(Column::State, key)?),
        }
    }

    /// As [`State::value`], decoded.
    pub(crate) fn record<T>(
        &self,
        key: &[u8],
        read: impl Fn(&[u8]) -> Result<T, RecordError>,
    ) -> Result<Option<T>, StateError> {
        let Some(value) = self.value(key)? else {
            return Ok(None);
        };
        let corrupt = |source| StateError::CorruptRecord {
            key: key.to_vec(),
            source,
        };
        read(&value).map(Some).map_err(corrupt)
    }

    /// The one way to change a record.
    pub(crate) fn set(&mut self, key: Vec<u8>, value: Option<Bytes>) {
        self.computed = None;
        self.records.set(key.into(), value);
    }
}

/// The root of what `view` shows.
pub fn committed_root(view: &dyn View) -> Result<StateRoot, StateError> {
    PathTrie.root(view)
}

/// What `view` says about a key, with a proof that leads to [`committed_root`].
pub fn prove(view: &dyn View, address: &Address, key: StateKey<'_>) -> Result<Proven, StateError> {
    let value = view.get(Column::State, &key.under(address))?;
    let proof = PathTrie.prove(view, &Path::of(address, key))?;
    Ok(Proven { value, proof })
}

/// What `view` says about keys, in any order, with one proof that leads to [`committed_root`].
/// Verifiers take no more than [`argosy_proof::MULTI_KEYS_MAX`] keys.
pub fn prove_many(
    view: &dyn View,
    keys: &[(Address, StateKey<'_>)],
) -> Result<ProvenMany, StateError> {
    let values = keys.iter().map(|key| value_of(view, key));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    let proof = proof_of(view, keys)?;
    Ok(ProvenMany { values, proof })
}

/// The same, unless the values have more than `bytes_max` bytes: then how many were found until that was
/// seen, and nothing more is read.
pub fn prove_many_within(
    view: &dyn View,
    keys: &[(Address, StateKey<'_>)],
    bytes_max: usize,
) -> Result<Result<ProvenMany, usize>, StateError> {
    let (mut values, mut bytes) = (Vec::with_capacity(keys.len()), 0usize);
    for key in keys {
        let value = value_of(view, key)?;
        bytes = bytes.saturating_add(value.as_ref().map_or(0, |it| it.len()));
        if bytes > bytes_max {
            return Ok(Err(bytes));
        }
        values.push(value);
    }
    let proof = proof_of(view, keys)?;
    Ok(Ok(ProvenMany { values, proof }))
}

fn value_of(
    view: &dyn View,
    (address, key): &(Address, StateKey<'_>),
) -> Result<Option<Bytes>, StateError> {
    Ok(view.get(Column::State, &key.under(address))?)
}

fn proof_of(
    view: &dyn View,
    keys: &[(Address, StateKey<'_>)],
) -> Result<StateMultiproof, StateError> {
    let mut paths: Vec<Path> = keys.iter().map(|(it, key)| Path::of(it, *key)).collect();
    paths.sort_unstable();
    paths.dedup();
    PathTrie.prove_many(view, &paths)
}

/// All leaves of `view` from `first` to `last`, both included, with a proof that leads to
/// [`committed_root`]: see [`StateCommitment::prove_range`].
pub fn prove_range(
    view: &dyn View,
    first: &Path,
    last: &Path,
    leaves_max: usize,
) -> Result<ProvenRange, StateError> {
    PathTrie.prove_range(view, first, last, leaves_max)
}

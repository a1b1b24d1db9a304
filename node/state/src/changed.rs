//! What changed since a savepoint, key by key.
//!
//! Always: a key that holds what it held before is not among it; keys come in order.
//! Not here: undoing it (`overlay`), and what a whole block changed (`delta`).

use argosy_kv::{Bytes, Column};
use argosy_primitives::Address;

use crate::key::HEAD_BYTES;
use crate::state::Savepoint;
use crate::{State, StateError, StateKey};

/// A record that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Its whole key: address, kind, rest.
    pub key: Vec<u8>,
    /// What it held before; `None`: it was not there.
    pub before: Option<Bytes>,
    /// What it holds now; `None`: it is gone.
    pub after: Option<Bytes>,
}

impl Changed {
    /// Under which address it is kept, and as what; `None` for a key of no known kind.
    pub fn place(&self) -> Option<(Address, StateKey<'_>)> {
        let (head, rest) = self.key.split_at_checked(HEAD_BYTES)?;
        let (kind, address) = head.split_last()?;
        let address = Address::from_bytes(address.try_into().ok()?);
        let known = [
            StateKey::Account,
            StateKey::Contract,
            StateKey::Storage(rest),
            StateKey::System(rest),
        ];
        let found = known.into_iter().find(|it| it.kind() == *kind)?;
        Some((address, found))
    }
}

impl State {
    /// The records that changed since an open savepoint, by key.
    pub fn changed_since(&self, savepoint: &Savepoint) -> Result<Vec<Changed>, StateError> {
        let mut changed = Vec::new();
        for (key, held) in self.records.since(savepoint.level) {
            let before = match held {
                Some(value) => value.clone(),
                None => self.view.get(Column::State, key)?,
            };
            let after = self.value(key)?;
            if before != after {
                changed.push(Changed {
                    key: key.to_vec(),
                    before,
                    after,
                });
            }
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use argosy_kv::{Batch, Column, Durability, MemoryStore, Store};
    use argosy_primitives::Address;

    use crate::{Changed, State, StateKey};

    const ADDRESS: Address = Address::SYSTEM;

    fn state() -> State {
        let (store, mut batch) = (MemoryStore::new(), Batch::new());
        for (key, value) in [(b"a", b"1"), (b"b", b"2")] {
            let key = StateKey::Storage(key).under(&ADDRESS);
            batch.put(Column::State, key, value.as_slice());
        }
        let stored = store.commit(batch, Durability::Buffered);
        stored.expect("memory does not fail");
        State::new(store.view())
    }

    #[test]
    fn tells_what_is_other_than_at_the_savepoint_and_nothing_else() {
        let mut state = state();
        state.storage_set(&ADDRESS, b"b", *b"3");
        let since = state.savepoint();
        state.storage_set(&ADDRESS, b"a", *b"x");
        state.storage_set(&ADDRESS, b"a", *b"1"); // as it was
        let inner = state.savepoint();
        state.storage_remove(&ADDRESS, b"b");
        state.storage_set(&ADDRESS, b"c", *b"4");
        state.release(inner);
        let undone = state.savepoint();
        state.storage_set(&ADDRESS, b"d", *b"5");
        state.rollback(undone);
        let open = state.savepoint();
        state.storage_set(&ADDRESS, b"c", *b"6");
        let changed = state.changed_since(&since).expect("memory does not fail");
        let expected = [
            (b"b", Some(b"3".as_slice()), None),
            (b"c", None, Some(b"6".as_slice())),
        ];
        let expected = expected.map(|(key, before, after)| Changed {
            key: StateKey::Storage(key).under(&ADDRESS),
            before: before.map(Into::into),
            after: after.map(Into::into),
        });
        assert_eq!(changed, expected);
        let place = changed[0].place();
        assert_eq!(place, Some((ADDRESS, StateKey::Storage(b"b"))));
        state.release(open);
        state.release(since);
    }

    #[test]
    fn keys_of_no_kind_have_no_place() {
        let key = |key: &[u8]| Changed {
            key: key.to_vec(),
            before: None,
            after: None,
        };
        assert_eq!(key(&[9; 33]).place(), None);
        assert_eq!(key(&[0; 32]).place(), None);
        assert!(key(&[0; 33]).place().is_some());
    }
}

//! A store with a head, and small helpers around it.

use argosy_kv::{Batch, Column, Durability, MemoryStore, Store, View};
use argosy_primitives::{Address, Height, StateRoot};
use argosy_state::{Account, State, StateDelta};
use std::sync::Arc;

/// What `chain` does with deltas, and nothing else of it.
#[derive(Default)]
pub(crate) struct Head {
    pub(crate) store: MemoryStore,
    pub(crate) height: Height,
}

impl Head {
    pub(crate) fn view(&self) -> Arc<dyn View> {
        self.store.view()
    }

    pub(crate) fn state(&self) -> State {
        State::new(self.view())
    }

    pub(crate) fn commit(&mut self, state: State) -> StateDelta {
        let delta = state.into_delta().expect("the store works");
        let mut batch = Batch::new();
        delta.write_to(self.height, &mut batch);
        self.store
            .commit(batch, Durability::Synced)
            .expect("memory does not fail");
        self.height += 1;
        delta
    }

    /// Makes a block of whatever `change` does.
    pub(crate) fn block(&mut self, change: impl FnOnce(&mut State)) -> StateRoot {
        let mut state = self.state();
        change(&mut state);
        self.commit(state).root()
    }

    pub(crate) fn put(&self, column: Column, key: &[u8], value: &[u8]) {
        let mut batch = Batch::new();
        batch.put(column, key, value);
        self.write(batch);
    }

    pub(crate) fn delete(&self, column: Column, key: &[u8]) {
        let mut batch = Batch::new();
        batch.delete(column, key);
        self.write(batch);
    }

    fn write(&self, batch: Batch) {
        self.store
            .commit(batch, Durability::Synced)
            .expect("memory does not fail");
    }
}

pub(crate) fn address(number: u8) -> Address {
    Address::from_bytes([number; 32])
}

pub(crate) fn account(balance: u128) -> Account {
    Account {
        nonce: 1,
        balance,
        deposit: 0,
    }
}

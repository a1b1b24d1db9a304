//! Counter: the smallest contract that has everything: state, messages, an event, an error, tests.
//!
//! Not here: access control. Anyone may count.

#![cfg_attr(target_arch = "wasm32", no_std)]

use argosy_contract::prelude::*;

/// A number that anyone may raise.
#[storage]
pub struct Counter {
    value: Item<u64>,
}

/// The number was raised.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Raised {
    /// Who did it.
    #[topic]
    pub by: Address,
    /// The number after it.
    pub value: u64,
}

/// Why the number was not raised.
#[error]
#[derive(Debug, PartialEq, Eq)]
pub enum CounterError {
    /// The number would leave its range.
    TooLarge {
        /// The number now.
        value: u64,
        /// What should have been added.
        add: u64,
    },
}

#[contract]
impl Counter {
    /// Begins at `start`.
    #[init]
    pub fn init(&mut self, start: u64) {
        self.value.set(&start);
    }

    /// Adds one; returns the number after it.
    #[call]
    pub fn increment(&mut self) -> Result<u64, CounterError> {
        self.add(1)
    }

    /// Adds `add`; returns the number after it.
    #[call]
    pub fn add(&mut self, add: u64) -> Result<u64, CounterError> {
        let value = self.value.load();
        let raised = value
            .checked_add(add)
            .ok_or(CounterError::TooLarge { value, add })?;
        self.value.set(&raised);
        emit(&Raised {
            by: context::caller(),
            value: raised,
        });
        Ok(raised)
    }

    /// The number now.
    #[query]
    pub fn value(&self) -> u64 {
        self.value.load()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_says_so() {
        let host = TestHost::new::<Counter>();
        let mut counter = Counter::open();
        counter.init(40);
        assert_eq!(
            host.call_as(account("alice"), || counter.increment()),
            Ok(41)
        );
        assert_eq!(host.call_as(account("bob"), || counter.add(1)), Ok(42));
        assert_eq!(host.query(|| counter.value()), 42);
        let raised = |name, value| Raised {
            by: account(name),
            value,
        };
        assert_eq!(
            host.events::<Raised>(),
            [raised("alice", 41), raised("bob", 42)]
        );
    }

    #[test]
    fn stays_where_it_is_rather_than_wrap() {
        let host = TestHost::new::<Counter>();
        let mut counter = Counter::open();
        counter.init(u64::MAX - 1);
        assert_eq!(counter.add(1), Ok(u64::MAX));
        let refused = host.call_as(account("alice"), || counter.add(1));
        let value = u64::MAX;
        assert_eq!(refused, Err(CounterError::TooLarge { value, add: 1 }));
        assert_eq!(counter.value(), u64::MAX);
    }
}

//! Upgradeable: a counter whose owner can replace its code, in the open.
//!
//! ```text
//! announce ──► everybody can read the new code for a day ──► upgrade: new code, migration, in one
//!     ▲────────────── withdraw ◄──┘
//! ```
//!
//! The plain `counter` becomes this one by `argosy contract upgrade`: `migrate` takes its number over.
//!
//! Invariant: code is replaced only by what was announced long enough before.
//! Not here: an admin on the chain, who needs none of this. Create it without one.

#![cfg_attr(target_arch = "wasm32", no_std)]

use argosy_contract::access::{AccessError, Owner};
use argosy_contract::prelude::*;

/// So long an upgrade is announced before: a day.
pub const NOTICE_MS: u64 = 24 * 3600 * 1000;
/// Of this layout is the state that this code writes.
pub const LAYOUT: u32 = 2;

/// A number that anyone may raise, under code that its owner may replace.
#[storage]
pub struct Upgradeable {
    owner: Owner,
    /// As in the plain counter.
    value: Item<u64>,
    /// New in layout 2: how often it was raised since.
    raised: Item<u64>,
    /// New in layout 2; the plain counter has none.
    layout: Item<u32>,
    announced: Item<Announcement>,
}

/// Code that is to come.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Its hash.
    pub code: CodeHash,
    /// From then on it may be used.
    pub from: TimestampMs,
}

/// The number was raised.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Raised {
    /// By whom.
    #[topic]
    pub by: Address,
    /// The number after it.
    pub value: u64,
}

/// Other code is to come.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Announced {
    /// Its hash.
    #[topic]
    pub code: CodeHash,
    /// From then on it may be used.
    pub from: TimestampMs,
}

/// State of another layout was taken over.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The layout before; 1 is that of the plain counter.
    pub from: u32,
    /// The layout now.
    pub to: u32,
}

/// Why nothing happened.
#[error]
#[derive(Debug, PartialEq, Eq)]
pub enum CounterError {
    /// The number would leave its range.
    TooLarge {
        /// The number now.
        value: u64,
        /// What was to be added.
        add: u64,
    },
    /// Only the owner may.
    NotOwner,
    /// The counter was not offered to the caller.
    NotOffered,
    /// No such code was announced.
    NotAnnounced,
    /// It was not announced long enough before.
    TooEarly {
        /// From then on it may be used.
        from: TimestampMs,
    },
    /// The new code, or its migration, was refused.
    Refused {
        /// The status code.
        status: u8,
        /// What the migration said.
        data: Vec<u8>,
    },
    /// The state is of this layout already, or of a later one.
    NothingToMigrate {
        /// Its layout.
        layout: u32,
    },
}

impl From<AccessError> for CounterError {
    fn from(error: AccessError) -> CounterError {
        match error {
            AccessError::NotOffered => CounterError::NotOffered,
            _ => CounterError::NotOwner,
        }
    }
}

impl From<CallError> for CounterError {
    fn from(error: CallError) -> CounterError {
        CounterError::Refused {
            status: error.status as u8,
            data: error.data,
        }
    }
}

#[contract(uses(upgrade))]
impl Upgradeable {
    /// Begins at `start`; its creator owns it.
    #[init]
    pub fn init(&mut self, start: u64) {
        self.owner.set(&context::caller());
        self.value.set(&start);
        self.raised.set(&0);
        self.layout.set(&LAYOUT);
    }

    /// Adds `add`; returns the number after it.
    #[call]
    pub fn add(&mut self, add: u64) -> Result<u64, CounterError> {
        let value = self.value();
        let raised = value.checked_add(add);
        let raised = raised.ok_or(CounterError::TooLarge { value, add })?;
        self.value.set(&raised);
        self.raised.set(&(self.times() + 1));
        emit(&Raised {
            by: context::caller(),
            value: raised,
        });
        Ok(raised)
    }

    /// Announces other code, instead of an earlier announcement. A contract cannot see whether the chain has code of
    /// this hash: if it has none when the notice is over, `upgrade` is refused and nothing changes.
    #[call]
    pub fn announce(&mut self, code: CodeHash) -> Result<(), CounterError> {
        self.owner.check()?;
        let from = context::block_time().saturating_add(NOTICE_MS);
        self.announced.set(&Announcement { code, from });
        emit(&Announced { code, from });
        Ok(())
    }

    /// Takes an announcement back.
    #[call]
    pub fn withdraw(&mut self) -> Result<(), CounterError> {
        self.owner.check()?;
        let was_there = self.announced.remove();
        ensure!(was_there, CounterError::NotAnnounced);
        Ok(())
    }

    /// Replaces the code by what was announced. `message` is for its `#[upgrade]` method: selector and
    /// arguments.
    #[call]
    pub fn upgrade(&mut self, code: CodeHash, message: Vec<u8>) -> Result<(), CounterError> {
        self.owner.check()?;
        let announced = self.announced.get().filter(|it| it.code == code);
        let Announcement { from, .. } = announced.ok_or(CounterError::NotAnnounced)?;
        let is_late = context::block_time() >= from;
        ensure!(is_late, CounterError::TooEarly { from });
        // Before the new code runs: it may read the state in another way.
        self.announced.remove();
        upgrade_self(&code, &message)?;
        Ok(())
    }

    /// Offers the counter to somebody, who accepts it by `accept`.
    #[call]
    pub fn offer(&mut self, to: Address) -> Result<(), CounterError> {
        Ok(self.owner.offer(&to)?)
    }

    /// Takes the counter over.
    #[call]
    pub fn accept(&mut self) -> Result<(), CounterError> {
        self.owner.accept()?;
        Ok(())
    }

    /// Takes over the state of an earlier layout; of the plain counter for an owner.
    #[upgrade]
    pub fn migrate(&mut self, owner: Address) -> Result<(), CounterError> {
        let layout = self.layout();
        ensure!(layout < LAYOUT, CounterError::NothingToMigrate { layout });
        // The number lies where it lay.
        self.owner.set(&owner);
        self.raised.set(&0);
        self.layout.set(&LAYOUT);
        emit(&Migrated {
            from: layout,
            to: LAYOUT,
        });
        Ok(())
    }

    /// Keeps the state as it is: new code of the same layout.
    #[upgrade]
    pub fn keep(&mut self) -> Result<(), CounterError> {
        let layout = self.layout();
        ensure!(layout == LAYOUT, CounterError::NothingToMigrate { layout });
        Ok(())
    }

    /// The number now.
    #[query]
    pub fn value(&self) -> u64 {
        self.value.load()
    }

    /// How often it was raised since it had this layout.
    #[query]
    pub fn times(&self) -> u64 {
        self.raised.load()
    }

    /// Of which layout its state is.
    #[query]
    pub fn layout(&self) -> u32 {
        self.layout.get().unwrap_or(1)
    }

    /// Who may replace its code.
    #[query]
    pub fn owner(&self) -> Option<Address> {
        self.owner.get()
    }

    /// Which code is to come.
    #[query]
    pub fn announced(&self) -> Option<Announcement> {
        self.announced.get()
    }
}

#[cfg(test)]
mod tests;

//! Names: a registry of names for addresses, for a fee and for a time.
//!
//! ```text
//! free ──commit, wait, register──► owned ──its time is over──► grace: only the owner may renew
//!  ▲                                 ▲─────────renew─────────────┘ │
//!  └──────────────────────────────────────────────────────────────┘
//! ```
//!
//! Who registers says first only the hash of the name, so that nobody who sees the transaction can be
//! quicker.
//!
//! Invariant: a name has one owner at a time; the fees are what the registry has.
//! Not here: auctions, names below names.

#![cfg_attr(target_arch = "wasm32", no_std)]

use argosy_contract::access::{AccessError, Owner};
use argosy_contract::crypto;
use argosy_contract::prelude::*;

/// A year of 365 days.
pub const YEAR_MS: u64 = 365 * 24 * 3600 * 1000;
/// So long after its time a name is still kept for its owner: 30 days.
pub const GRACE_MS: u64 = 30 * 24 * 3600 * 1000;
/// Between commitment and registration lies at least a minute,
pub const COMMIT_MS_MIN: u64 = 60 * 1000;
/// and at most a day.
pub const COMMIT_MS_MAX: u64 = 24 * 3600 * 1000;
/// Most years at once.
pub const YEARS_MAX: u32 = 10;
/// A name has at least so many bytes,
pub const NAME_BYTES_MIN: u32 = 3;
/// and at most so many.
pub const NAME_BYTES_MAX: u32 = 32;

/// A registry of names for addresses.
#[storage]
pub struct Names {
    owner: Owner,
    /// For a year.
    fee: Item<Balance>,
    records: Map<String, Record>,
    /// Hashes and when they were committed.
    commitments: Map<[u8; 32], TimestampMs>,
    /// What an address calls itself.
    primary: Map<Address, String>,
}

/// A name.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose it is.
    pub owner: Address,
    /// What it stands for.
    pub target: Address,
    /// Until when. Milliseconds since 1970.
    pub expires_at: TimestampMs,
}

/// A name got an owner.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Registered {
    /// The name.
    #[topic]
    pub name: String,
    /// Who.
    #[topic]
    pub owner: Address,
    /// Until when.
    pub expires_at: TimestampMs,
}

/// A name is kept for longer.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Renewed {
    /// The name.
    #[topic]
    pub name: String,
    /// Until when.
    pub expires_at: TimestampMs,
}

/// A name stands for something else, or is somebody else's.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Changed {
    /// The name.
    #[topic]
    pub name: String,
    /// Whose it is.
    #[topic]
    pub owner: Address,
    /// What it stands for.
    pub target: Address,
}

/// Why nothing happened.
#[error]
#[derive(Debug, PartialEq, Eq)]
pub enum NamesError {
    /// Names have 3 to 32 lower-case letters, digits and dashes, none of these at the ends.
    BadName,
    /// The name is somebody's.
    Taken {
        /// Until when, the time of grace included.
        until: TimestampMs,
    },
    /// Nobody committed to this name, owner and secret, or too long ago.
    NotCommitted,
    /// It was committed too short a time ago.
    TooEarly {
        /// From then on it can be registered.
        from: TimestampMs,
    },
    /// The commitment is there already.
    Committed,
    /// Between one year and ten can be paid at once.
    BadYears,
    /// Exactly this fee is to be sent along.
    WrongFee {
        /// The fee.
        fee: Balance,
    },
    /// There is no such name, or its time is over.
    NoSuchName,
    /// The name is not the caller's.
    NotOwner,
    /// A name that calls itself so must stand for the caller.
    NotTarget,
}

impl From<AccessError> for NamesError {
    fn from(_: AccessError) -> NamesError {
        NamesError::NotOwner
    }
}

#[contract(uses(transfer))]
impl Names {
    /// A registry whose fees, by the year, go to its creator.
    #[init]
    pub fn init(&mut self, fee: Balance) {
        self.owner.set(&context::caller());
        self.fee.set(&fee);
    }

    /// Says that a name will be registered, by the hash that `commitment` gives.
    #[call]
    pub fn commit(&mut self, commitment: [u8; 32]) -> Result<(), NamesError> {
        let now = context::block_time();
        // Nobody can make an earlier one young again, which would keep its owner waiting.
        let is_free = match self.commitments.get(&commitment) {
            Some(then) => now.saturating_sub(then) > COMMIT_MS_MAX,
            None => true,
        };
        ensure!(is_free, NamesError::Committed);
        self.commitments.set(&commitment, &now);
        Ok(())
    }

    /// Registers a name for the caller, who has committed to it.
    #[call(payable)]
    pub fn register(
        &mut self,
        name: String,
        target: Address,
        years: u32,
        secret: [u8; 32],
    ) -> Result<(), NamesError> {
        let (owner, now) = (context::caller(), context::block_time());
        ensure!(is_name(&name), NamesError::BadName);
        self.check_fee(years)?;
        if let Some(record) = self.records.get(&name) {
            let until = record.expires_at.saturating_add(GRACE_MS);
            ensure!(now >= until, NamesError::Taken { until });
        }
        self.use_commitment(&self.commitment(name.clone(), owner, secret))?;
        let expires_at = later(now, years);
        self.records.set(
            &name,
            &Record {
                owner,
                target,
                expires_at,
            },
        );
        emit(&Registered {
            name,
            owner,
            expires_at,
        });
        Ok(())
    }

    /// Keeps a name for longer; anyone may pay for it, also in the time of grace.
    #[call(payable)]
    pub fn renew(&mut self, name: String, years: u32) -> Result<(), NamesError> {
        self.check_fee(years)?;
        let mut record = self.records.get(&name).ok_or(NamesError::NoSuchName)?;
        let until = record.expires_at.saturating_add(GRACE_MS);
        ensure!(context::block_time() < until, NamesError::NoSuchName);
        record.expires_at = later(record.expires_at, years);
        self.records.set(&name, &record);
        let expires_at = record.expires_at;
        emit(&Renewed { name, expires_at });
        Ok(())
    }

    /// Lets a name of the caller stand for something else.
    #[call]
    pub fn set_target(&mut self, name: String, target: Address) -> Result<(), NamesError> {
        let record = self.own(&name)?;
        self.change(name, Record { target, ..record });
        Ok(())
    }

    /// Gives a name of the caller to somebody else; it stands for them from now on.
    #[call]
    pub fn give(&mut self, name: String, to: Address) -> Result<(), NamesError> {
        let record = self.own(&name)?;
        self.change(
            name,
            Record {
                owner: to,
                target: to,
                ..record
            },
        );
        Ok(())
    }

    /// What the caller calls itself: a name that stands for it; none: nothing.
    #[call]
    pub fn set_primary(&mut self, name: Option<String>) -> Result<(), NamesError> {
        let caller = context::caller();
        match name {
            None => {
                self.primary.remove(&caller);
            }
            Some(name) => {
                let is_target = self.resolve(name.clone()) == Some(caller);
                ensure!(is_target, NamesError::NotTarget);
                self.primary.set(&caller, &name);
            }
        }
        Ok(())
    }

    /// Pays all fees to the owner of the registry.
    #[call]
    pub fn collect(&mut self) -> Result<Balance, NamesError> {
        self.owner.check()?;
        let fees = context::balance();
        transfer(&context::caller(), fees).or_revert();
        Ok(fees)
    }

    /// Changes the fee for a year, for what is registered and renewed from now on.
    #[call]
    pub fn set_fee(&mut self, fee: Balance) -> Result<(), NamesError> {
        self.owner.check()?;
        self.fee.set(&fee);
        Ok(())
    }

    /// The hash to commit to.
    #[query]
    pub fn commitment(&self, name: String, owner: Address, secret: [u8; 32]) -> [u8; 32] {
        crypto::blake3(&(context::self_address(), name, owner, secret).encode())
    }

    /// The fee for a year.
    #[query]
    pub fn fee(&self) -> Balance {
        self.fee.load()
    }

    /// What a name stands for, while its time is not over.
    #[query]
    pub fn resolve(&self, name: String) -> Option<Address> {
        self.current(&name).map(|it| it.target)
    }

    /// What is known of a name, also when its time is over.
    #[query]
    pub fn record(&self, name: String) -> Option<Record> {
        self.records.get(&name)
    }

    /// What an address calls itself, if that name still stands for it.
    #[query]
    pub fn name_of(&self, address: Address) -> Option<String> {
        let name = self.primary.get(&address)?;
        (self.resolve(name.clone()) == Some(address)).then_some(name)
    }

    fn current(&self, name: &String) -> Option<Record> {
        let record = self.records.get(name)?;
        (context::block_time() < record.expires_at).then_some(record)
    }

    fn own(&self, name: &String) -> Result<Record, NamesError> {
        let record = self.current(name).ok_or(NamesError::NoSuchName)?;
        ensure!(record.owner == context::caller(), NamesError::NotOwner);
        Ok(record)
    }

    fn change(&mut self, name: String, record: Record) {
        self.records.set(&name, &record);
        emit(&Changed {
            name,
            owner: record.owner,
            target: record.target,
        });
    }

    fn check_fee(&self, years: u32) -> Result<(), NamesError> {
        ensure!((1..=YEARS_MAX).contains(&years), NamesError::BadYears);
        let fee = self.fee().checked_mul(u128::from(years)).or_revert();
        ensure!(context::funds() == fee, NamesError::WrongFee { fee });
        Ok(())
    }

    fn use_commitment(&mut self, commitment: &[u8; 32]) -> Result<(), NamesError> {
        let now = context::block_time();
        let then = self.commitments.get(commitment);
        let then = then.ok_or(NamesError::NotCommitted)?;
        let age = now.saturating_sub(then);
        ensure!(age <= COMMIT_MS_MAX, NamesError::NotCommitted);
        let from = then.saturating_add(COMMIT_MS_MIN);
        ensure!(now >= from, NamesError::TooEarly { from });
        self.commitments.remove(commitment);
        Ok(())
    }
}

fn later(time: TimestampMs, years: u32) -> TimestampMs {
    time.checked_add(u64::from(years) * YEAR_MS).or_revert()
}

fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let is_long = (NAME_BYTES_MIN as usize..=NAME_BYTES_MAX as usize).contains(&bytes.len());
    let is_plain = bytes
        .iter()
        .all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    is_long && is_plain && bytes.first() != Some(&b'-') && bytes.last() != Some(&b'-')
}

#[cfg(test)]
mod tests;

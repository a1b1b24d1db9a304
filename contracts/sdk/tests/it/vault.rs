//! A contract that uses everything that the macros offer.

use argosy_contract::prelude::*;

/// Keeps funds for people.
#[storage]
pub(crate) struct Vault {
    owner: Item<Address>,
    #[key = "deposits"]
    accounts: Map<Address, Balance>,
    notes: Map<(String, u32), Note>,
}

/// A remark.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) text: String,
    pub(crate) rating: Rating,
    /// Refers to the type itself.
    pub(crate) replies: Vec<Note>,
}

/// An opinion.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rating {
    None,
    #[abi(index = 7)]
    Stars(u8),
    Range {
        low: i16,
        high: i16,
    },
}

/// Funds came in.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Deposited {
    #[topic]
    pub(crate) by: Address,
    pub(crate) amount: Balance,
    /// Longer than a topic: found by its hash.
    #[topic]
    pub(crate) memo: String,
}

#[error]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum VaultError {
    NotOwner,
    TooMuch { have: Balance, want: Balance },
}

/// The contract's own words come first.
#[contract(uses(transfer, call), name = "vault-sample")]
impl Vault {
    /// Belongs to its creator.
    #[init]
    pub(crate) fn init(&mut self) {
        self.owner.set(&context::caller());
    }

    /// Belongs to somebody, and begins with funds.
    #[init(payable)]
    pub(crate) fn init_for(&mut self, owner: Address) -> Result<(), VaultError> {
        ensure!(owner != context::caller(), VaultError::NotOwner);
        self.owner.set(&owner);
        Ok(())
    }

    #[call(payable)]
    pub(crate) fn deposit(&mut self, memo: String) -> Balance {
        let by = context::caller();
        let amount = context::funds();
        let total = self.accounts.get_or_default(&by) + amount;
        self.accounts.set(&by, &total);
        emit(&Deposited { by, amount, memo });
        total
    }

    #[call]
    pub(crate) fn withdraw(&mut self, amount: Balance) -> Result<(), VaultError> {
        let by = context::caller();
        let have = self.accounts.get_or_default(&by);
        let left = have
            .checked_sub(amount)
            .ok_or(VaultError::TooMuch { have, want: amount })?;
        self.accounts.set(&by, &left);
        transfer(&by, amount).or_revert();
        Ok(())
    }

    #[call]
    pub(crate) fn forward(&mut self, to: Address, r#type: u8) -> Result<u64, RevertData> {
        let answer: u64 = Call::new(&to, selector!("value"))
            .argument(&r#type)
            .invoke()?;
        Ok(answer)
    }

    #[call]
    pub(crate) fn annotate(&mut self, topic: String, number: u32, note: Note) {
        self.notes.set(&(topic, number), &note);
    }

    #[query]
    pub(crate) fn note(&self, topic: String, number: u32) -> Option<Note> {
        self.notes.get(&(topic, number))
    }

    #[query]
    pub(crate) fn owner(&self) -> Address {
        self.owner.load()
    }

    /// The owner changes with the code.
    #[upgrade]
    pub(crate) fn migrate(&mut self, owner: Address) -> Result<(), &'static str> {
        ensure!(owner != self.owner(), "nothing to migrate");
        self.owner.set(&owner);
        Ok(())
    }

    #[allow(dead_code)]
    fn helper(&self, _: &str) -> f64 {
        0.0 // Not a message: the chain never sees it.
    }
}

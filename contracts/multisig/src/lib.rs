//! Multisig: a wallet of several owners, who agree first and wait then.
//!
//! ```text
//! propose ──► open ──confirm, by enough owners──► ready at a time ──execute──► done
//!               └──revoke─────────◄──────────────────┘
//! ```
//!
//! Between agreeing and acting lies the delay, in which owners who were lured can revoke.
//!
//! Invariant: nothing leaves the wallet and no rule changes but by a proposal that enough of the
//! owners of today have confirmed; a change of owners or rules voids all proposals before it.
//! Not here: signatures gathered off the chain.

#![cfg_attr(target_arch = "wasm32", no_std)]

use argosy_contract::prelude::*;

/// Most owners of a wallet; a proposal is cleaned up by all of them.
pub const OWNERS_MAX: u32 = 32;
/// Longest delay: a year.
pub const DELAY_MS_MAX: u64 = 366 * 24 * 3600 * 1000;
/// Longest message of a proposal, in bytes.
pub const INPUT_BYTES_MAX: u32 = 4096;

/// So much of what a called contract answers is told and handed on, in bytes. An answer may be longer than an
/// event can be; it must not undo what was done.
pub const ANSWER_BYTES_MAX: u32 = 8 * 1024;

/// A wallet of several owners.
#[storage]
pub struct Wallet {
    owners: Set<Address>,
    rules: Item<Rules>,
    /// Raised by each change of owners or rules.
    epoch: Item<u32>,
    next: Item<u64>,
    proposals: Map<u64, Proposal>,
    confirmed: Set<(u64, Address)>,
}

/// How owners agree.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// So many of them are enough.
    pub threshold: u32,
    /// So long after enough have confirmed may it be done.
    pub delay_ms: u64,
}

/// Something that the wallet may do.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Sends native tokens; no code runs.
    Send {
        /// To whom.
        to: Address,
        /// How much.
        amount: Balance,
    },
    /// Calls a contract.
    Call {
        /// Which one.
        to: Address,
        /// Native tokens to send along.
        funds: Balance,
        /// Selector and arguments.
        input: Vec<u8>,
    },
    /// Gives the wallet other owners and rules.
    Govern {
        /// All owners from now on.
        owners: Vec<Address>,
        /// How they agree.
        rules: Rules,
    },
}

/// Something that an owner proposed.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What is to be done.
    pub action: Action,
    /// Who proposed it.
    pub by: Address,
    /// How many owners have confirmed it.
    pub confirmations: u32,
    /// When it may be done; none: not enough have confirmed it.
    pub ready_at: Option<TimestampMs>,
    /// Of which owners and rules it is.
    pub epoch: u32,
}

/// An owner proposed something.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Proposed {
    /// Its number.
    #[topic]
    pub proposal: u64,
    /// Who.
    #[topic]
    pub by: Address,
}

/// An owner agrees, or does not any more.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Voted {
    /// The proposal.
    #[topic]
    pub proposal: u64,
    /// Who.
    #[topic]
    pub by: Address,
    /// How many agree now.
    pub confirmations: u32,
    /// When it may be done.
    pub ready_at: Option<TimestampMs>,
}

/// A proposal was done.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Executed {
    /// Its number.
    #[topic]
    pub proposal: u64,
    /// What a called contract returned: the first [`ANSWER_BYTES_MAX`] of it.
    pub data: Vec<u8>,
    /// How long all of it is, in bytes.
    pub length: u32,
}

/// Why nothing happened.
#[error]
#[derive(Debug, PartialEq, Eq)]
pub enum WalletError {
    /// Only owners may.
    NotOwner,
    /// There are no owners, too many, or one twice.
    BadOwners,
    /// The threshold is not between one and the number of owners, or the delay is too long.
    BadRules,
    /// The message of a proposal is too long.
    InputTooLong,
    /// There is no such proposal; it may be done already.
    NoSuchProposal,
    /// Owners or rules have changed since it was proposed.
    Void,
    /// It can still be done: revoke it instead.
    Valid,
    /// The caller has confirmed it already.
    Confirmed,
    /// The caller has not confirmed it.
    NotConfirmed,
    /// Not enough owners have confirmed it.
    NotAgreed,
    /// The delay is not over.
    TooEarly {
        /// When it is.
        ready_at: TimestampMs,
    },
    /// What was to be done failed.
    Failed {
        /// The status code.
        status: u8,
        /// What came back: the first [`ANSWER_BYTES_MAX`] of it.
        data: Vec<u8>,
    },
}

impl From<CallError> for WalletError {
    fn from(error: CallError) -> WalletError {
        WalletError::Failed {
            status: error.status as u8,
            data: head_of(error.data),
        }
    }
}

#[contract(uses(transfer, call))]
impl Wallet {
    /// A wallet of these owners.
    #[init(payable)]
    pub fn init(&mut self, owners: Vec<Address>, rules: Rules) -> Result<(), WalletError> {
        self.govern(&owners, &rules)
    }

    /// Takes native tokens of anyone.
    #[call(payable)]
    pub fn deposit(&mut self) {}

    /// Proposes something, which the caller confirms by that; its number.
    #[call]
    pub fn propose(&mut self, action: Action) -> Result<u64, WalletError> {
        let by = self.owner_calling()?;
        match &action {
            Action::Call { input, .. } => {
                let fits = input.len() <= INPUT_BYTES_MAX as usize;
                ensure!(fits, WalletError::InputTooLong);
            }
            Action::Govern { owners, rules } => check_rules(owners, rules)?,
            Action::Send { .. } => {}
        }
        let number = self.next.get_or_default();
        self.next.set(&number.checked_add(1).or_revert());
        let mut proposal = Proposal {
            action,
            by,
            confirmations: 0,
            ready_at: None,
            epoch: self.epoch.load(),
        };
        emit(&Proposed {
            proposal: number,
            by,
        });
        self.vote(number, &mut proposal, by, 1);
        Ok(number)
    }

    /// Agrees to a proposal.
    #[call]
    pub fn confirm(&mut self, proposal: u64) -> Result<(), WalletError> {
        let by = self.owner_calling()?;
        let mut found = self.valid(proposal)?;
        let is_new = !self.confirmed.contains(&(proposal, by));
        ensure!(is_new, WalletError::Confirmed);
        // At most one per owner.
        let confirmations = found.confirmations + 1;
        self.vote(proposal, &mut found, by, confirmations);
        Ok(())
    }

    /// Does not agree to a proposal any more. If too few are left, the delay begins anew with the next.
    #[call]
    pub fn revoke(&mut self, proposal: u64) -> Result<(), WalletError> {
        let by = self.owner_calling()?;
        let mut found = self.valid(proposal)?;
        let was_there = self.confirmed.remove(&(proposal, by));
        ensure!(was_there, WalletError::NotConfirmed);
        let confirmations = found.confirmations - 1;
        self.count(proposal, &mut found, by, confirmations);
        Ok(())
    }

    /// Does what was agreed. If it fails, it can be tried again. Returns the first 8 KiB of what a called
    /// contract returned.
    #[call]
    pub fn execute(&mut self, proposal: u64) -> Result<Vec<u8>, WalletError> {
        self.owner_calling()?;
        let found = self.valid(proposal)?;
        let ready_at = found.ready_at.ok_or(WalletError::NotAgreed)?;
        let is_late = context::block_time() >= ready_at;
        ensure!(is_late, WalletError::TooEarly { ready_at });
        // Gone before anything else runs: it cannot be done twice.
        self.forget(proposal);
        let data = match found.action {
            Action::Send { to, amount } => transfer(&to, amount).map(|()| Vec::new())?,
            Action::Call { to, funds, input } => Call::raw(&to, input).funds(funds).invoke_raw()?,
            Action::Govern { owners, rules } => {
                self.govern(&owners, &rules)?;
                Vec::new()
            }
        };
        let length = data.len() as u32;
        let data = head_of(data);
        emit(&Executed {
            proposal,
            data: data.clone(),
            length,
        });
        Ok(data)
    }

    /// Takes away a proposal of earlier owners or rules, which frees its deposit.
    #[call]
    pub fn discard(&mut self, proposal: u64) -> Result<(), WalletError> {
        self.owner_calling()?;
        match self.valid(proposal) {
            Err(WalletError::Void) => {
                self.forget(proposal);
                Ok(())
            }
            Err(error) => Err(error),
            Ok(_) => Err(WalletError::Valid),
        }
    }

    /// The owners.
    #[query]
    pub fn owners(&self) -> Vec<Address> {
        self.owners.keys(Order::Ascending).collect()
    }

    /// How they agree.
    #[query]
    pub fn rules(&self) -> Rules {
        self.rules.load()
    }

    /// A proposal that is not done yet.
    #[query]
    pub fn proposal(&self, number: u64) -> Option<Proposal> {
        self.proposals.get(&number)
    }

    /// Who has confirmed a proposal.
    #[query]
    pub fn confirmed_by(&self, proposal: u64) -> Vec<Address> {
        let entries = self.confirmed.under(&proposal, Order::Ascending);
        entries.map(|((_, owner), ())| owner).collect()
    }

    fn owner_calling(&self) -> Result<Address, WalletError> {
        let caller = context::caller();
        ensure!(self.owners.contains(&caller), WalletError::NotOwner);
        Ok(caller)
    }

    fn valid(&self, number: u64) -> Result<Proposal, WalletError> {
        let proposal = self.proposals.get(&number);
        let proposal = proposal.ok_or(WalletError::NoSuchProposal)?;
        ensure!(proposal.epoch == self.epoch.load(), WalletError::Void);
        Ok(proposal)
    }

    fn vote(&mut self, number: u64, proposal: &mut Proposal, by: Address, confirmations: u32) {
        self.confirmed.insert(&(number, by));
        self.count(number, proposal, by, confirmations);
    }

    /// Writes how many agree. The delay begins when enough do, and is forgotten when too few are left.
    fn count(&mut self, number: u64, proposal: &mut Proposal, by: Address, confirmations: u32) {
        let Rules {
            threshold,
            delay_ms,
        } = self.rules();
        proposal.confirmations = confirmations;
        proposal.ready_at = match (confirmations >= threshold, proposal.ready_at) {
            (false, _) => None,
            (true, Some(ready_at)) => Some(ready_at),
            (true, None) => Some(context::block_time().saturating_add(delay_ms)),
        };
        self.proposals.set(&number, proposal);
        emit(&Voted {
            proposal: number,
            by,
            confirmations,
            ready_at: proposal.ready_at,
        });
    }

    fn forget(&mut self, number: u64) {
        for owner in self.confirmed_by(number) {
            self.confirmed.remove(&(number, owner));
        }
        self.proposals.remove(&number);
    }

    fn govern(&mut self, owners: &[Address], rules: &Rules) -> Result<(), WalletError> {
        check_rules(owners, rules)?;
        for owner in self.owners() {
            self.owners.remove(&owner);
        }
        for owner in owners {
            self.owners.insert(owner);
        }
        self.rules.set(rules);
        let epoch = self
            .epoch
            .get()
            .map_or(0, |it| it.checked_add(1).or_revert());
        self.epoch.set(&epoch);
        Ok(())
    }
}

fn head_of(mut answer: Vec<u8>) -> Vec<u8> {
    answer.truncate(ANSWER_BYTES_MAX as usize);
    answer
}

fn check_rules(owners: &[Address], rules: &Rules) -> Result<(), WalletError> {
    let count = owners.len();
    ensure!(
        (1..=OWNERS_MAX as usize).contains(&count),
        WalletError::BadOwners
    );
    let comes_twice = |at: usize| {
        owners
            .iter()
            .skip(at + 1)
            .any(|it| owners.get(at) == Some(it))
    };
    ensure!(!(0..count).any(comes_twice), WalletError::BadOwners);
    let is_reachable = rules.threshold >= 1 && rules.threshold as usize <= count;
    ensure!(
        is_reachable && rules.delay_ms <= DELAY_MS_MAX,
        WalletError::BadRules
    );
    Ok(())
}

#[cfg(test)]
mod tests;

//! Who decides a block, and whose turn it is to propose it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use argosy_primitives::{self as ours, Address, PublicKey, Turns};
use malachitebft_core_types::{Round, Validator, ValidatorSet, VotingPower};

use crate::context::{BftContext, BlockHeight};
use crate::message::round_number;

/// A validator's account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValidatorAddress(pub Address);

impl malachitebft_core_types::Address for ValidatorAddress {}

impl fmt::Display for ValidatorAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // For logs and the engine's tables: the network's prefix is not known here.
        for byte in &self.0.as_bytes()[..10] {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ValidatorAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A member of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    address: ValidatorAddress,
    key: PublicKey,
    power: VotingPower,
}

impl Validator<BftContext> for Member {
    fn address(&self) -> &ValidatorAddress {
        &self.address
    }

    fn public_key(&self) -> &PublicKey {
        &self.key
    }

    fn voting_power(&self) -> VotingPower {
        self.power
    }
}

/// A validator set that is not empty, with the order of turns. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members(Arc<Inner>);

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    set: ours::ValidatorSet,
    members: Vec<Member>,
    by_address: BTreeMap<Address, usize>,
    total: VotingPower,
    turns: Turns,
}

/// A set that nobody can decide with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// It has no members.
    #[error("the validator set is empty")]
    Empty,
    /// The engine multiplies the sum of powers by three.
    #[error("the powers of the validators sum up to 2^62 or more")]
    Power,
}

impl Members {
    /// The engine's form of `set`.
    pub fn new(set: ours::ValidatorSet) -> Result<Members, SetError> {
        if set.0.is_empty() {
            return Err(SetError::Empty);
        }
        let total = u64::try_from(set.total_power()).ok();
        let total = total.filter(|it| it >> 62 == 0).ok_or(SetError::Power)?;
        let member = |it: &ours::Validator| Member {
            address: ValidatorAddress(it.address),
            key: it.key,
            power: it.power,
        };
        Ok(Members(Arc::new(Inner {
            members: set.0.iter().map(member).collect(),
            by_address: (set.0.iter().map(|it| it.address)).zip(0..).collect(),
            turns: Turns::of(&set),
            total,
            set,
        })))
    }

    /// The set as the chain has it.
    pub fn set(&self) -> &ours::ValidatorSet {
        &self.0.set
    }

    /// Whose turn it is.
    pub fn proposer(&self, height: BlockHeight, round: Round) -> &Member {
        let index = self.0.turns.index_at(height.0, round_number(round));
        let members = &self.0.members;
        index
            .and_then(|it| members.get(it))
            .or(members.first())
            .expect("a set without members is not made")
    }
}

impl ValidatorSet<BftContext> for Members {
    fn count(&self) -> usize {
        self.0.members.len()
    }

    fn total_voting_power(&self) -> VotingPower {
        self.0.total
    }

    fn get_by_address(&self, address: &ValidatorAddress) -> Option<&Member> {
        let index = self.0.by_address.get(&address.0)?;
        self.0.members.get(*index)
    }

    fn get_by_index(&self, index: usize) -> Option<&Member> {
        self.0.members.get(index)
    }
}

//! Who was there, who proposed, who was convicted.
//!
//! A validator is *absent* when it is in none of the last W certificates that blocks carried, and
//! those blocks were proposed by more than a third of the power: fewer could leave a validator out on
//! purpose. It is back with the first certificate that has it.

use std::collections::BTreeSet;

use argosy_primitives::{Address, Height, ValidatorSet};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

/// What the chain knows of each validator, in the order of the set.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Standing(pub Vec<Member>);

/// What the chain knows of one validator.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Member {
    /// Who.
    pub address: Address,
    /// The first carried certificate of the present row without it; none: it is in the last one.
    pub missed_since: Option<Height>,
    /// The last block that it proposed; 0: none.
    pub proposed_last: Height,
    /// Height of its last offence that was proven; older ones do not count again. 0: none.
    pub convicted_last: Height,
}

impl Member {
    pub(crate) fn new(address: Address) -> Member {
        Member {
            address,
            missed_since: None,
            proposed_last: 0,
            convicted_last: 0,
        }
    }
}

impl Standing {
    /// What is known of `address`.
    pub fn of(&self, address: &Address) -> Option<&Member> {
        self.0.iter().find(|it| it.address == *address)
    }

    pub(crate) fn of_mut(&mut self, address: &Address) -> Option<&mut Member> {
        self.0.iter_mut().find(|it| it.address == *address)
    }

    /// Block `height` carries a certificate of the block before, with `signers`.
    pub(crate) fn attend(&mut self, height: Height, signers: &BTreeSet<Address>) {
        let certified = height.saturating_sub(1);
        for member in &mut self.0 {
            member.missed_since = match signers.contains(&member.address) {
                true => None,
                false => member.missed_since.or(Some(certified)),
            };
        }
    }

    /// `set` with the flags that hold after block `height`, whose last `window` certificates count.
    pub(crate) fn flag(&self, set: &ValidatorSet, height: Height, window: u64) -> ValidatorSet {
        let proposed = |it: &&argosy_primitives::Validator| {
            let last = self.of(&it.address).map_or(0, |it| it.proposed_last);
            last > 0 && height.saturating_sub(last) < window
        };
        let carriers: u128 = set
            .0
            .iter()
            .filter(proposed)
            .map(|it| u128::from(it.power))
            .sum();
        let is_carried = carriers.saturating_mul(3) > set.total_power();
        let mut flagged = set.clone();
        for validator in &mut flagged.0 {
            let missed = self.of(&validator.address).and_then(|it| it.missed_since);
            let row = missed.map_or(0, |since| height.saturating_sub(since));
            // Who was absent stays so until a certificate has it, whoever carried those in between.
            validator.absent = match missed {
                None => false,
                Some(_) => validator.absent || (is_carried && row >= window),
            };
        }
        flagged
    }
}

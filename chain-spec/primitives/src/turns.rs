//! Whose turn it is to propose.
//!
//! ```text
//! weights   powers of those who are not absent (of all, if all are), divided by their greatest
//!           common divisor; if their sum is then above TURNS_MAX: max(1, power · TURNS_MAX / total)
//! schedule  a cycle of (sum of weights) turns, spread by smooth weighted round robin
//! proposer  schedule[(height + round) mod length]
//! ```
//!
//! Always: in a whole cycle each validator has as many turns as its weight says, and everybody who
//! knows the set computes the same; equal powers take turns one after the other.
//! Not here: who is absent (`system`).
//! Source of the spreading: the smooth weighted balancing of nginx (`ngx_http_upstream_round_robin`).

use alloc::vec::Vec;

use crate::{Height, Round, Validator, ValidatorSet};

/// Longest cycle, as long as there are not more validators than this.
const TURNS_MAX: u64 = 1_024;

/// The cycle of a validator set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turns(Vec<u32>);

impl Turns {
    /// The cycle of `set`; empty if the set is.
    pub fn of(set: &ValidatorSet) -> Turns {
        let weights = weights(&set.0);
        let total: i128 = weights.iter().map(|&(_, weight)| i128::from(weight)).sum();
        let mut credits: Vec<i128> = weights.iter().map(|_| 0).collect();
        let length = usize::try_from(total).unwrap_or(usize::MAX);
        let mut turns = Vec::with_capacity(length);
        while turns.len() < length {
            for (credit, &(_, weight)) in credits.iter_mut().zip(&weights) {
                *credit += i128::from(weight);
            }
            // The first of those with most credit, as everybody orders them alike.
            let most = credits.iter().copied().max().unwrap_or_default();
            let Some(next) = credits.iter().position(|&credit| credit == most) else {
                break;
            };
            credits[next] -= total;
            turns.push(weights[next].0);
        }
        Turns(turns)
    }

    /// Place in the set of the validator who proposes; `None`: the set is empty.
    pub fn index_at(&self, height: Height, round: Round) -> Option<usize> {
        let length = u64::try_from(self.0.len()).ok().filter(|&it| it > 0)?;
        let turn = (height % length + u64::from(round) % length) % length;
        let index = self.0.get(usize::try_from(turn).ok()?)?;
        usize::try_from(*index).ok()
    }

    /// The validator of `set`, of which this is the cycle, who proposes.
    pub fn proposer<'a>(
        &self,
        set: &'a ValidatorSet,
        height: Height,
        round: Round,
    ) -> Option<&'a Validator> {
        set.0.get(self.index_at(height, round)?)
    }

    /// Turns until everything repeats.
    pub fn cycle(&self) -> usize {
        self.0.len()
    }
}

/// Places in the set of those who take part, each with its turns in a cycle.
fn weights(set: &[Validator]) -> Vec<(u32, u64)> {
    let all_absent = set.iter().all(|it| it.absent);
    let present: Vec<(u32, u64)> = (0..)
        .zip(set)
        .filter(|(_, it)| (all_absent || !it.absent) && it.power > 0)
        .map(|(index, it)| (index, it.power))
        .collect();
    let divisor = present.iter().fold(0, |divisor, it| gcd(divisor, it.1));
    let total: u128 = present.iter().map(|it| u128::from(it.1)).sum();
    let exact = total / u128::from(divisor.max(1)) <= u128::from(TURNS_MAX);
    let turns = |power: u64| match exact {
        true => power / divisor.max(1),
        false => {
            let share = u128::from(power) * u128::from(TURNS_MAX) / total.max(1);
            u64::try_from(share).unwrap_or(TURNS_MAX).max(1)
        }
    };
    present
        .into_iter()
        .map(|(index, power)| (index, turns(power)))
        .collect()
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Address, PublicKey};

    fn set(members: &[(u64, bool)]) -> ValidatorSet {
        let member = |(index, &(power, absent)): (usize, &(u64, bool))| Validator {
            address: Address::from_bytes([index as u8; 32]),
            key: PublicKey::Ed25519([index as u8; 32]),
            power,
            absent,
        };
        ValidatorSet(members.iter().enumerate().map(member).collect())
    }

    #[track_caller]
    fn check(members: &[(u64, bool)], expected: &[usize]) {
        let turns = Turns::of(&set(members));
        let found: Vec<usize> = (0..turns.cycle() as u64)
            .filter_map(|height| turns.index_at(height, 0))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn equal_powers_take_turns() {
        check(&[(7, false), (7, false), (7, false)], &[0, 1, 2]);
    }

    #[test]
    fn more_power_more_turns_well_spread() {
        check(
            &[(5, false), (1, false), (1, false)],
            &[0, 0, 1, 0, 2, 0, 0],
        );
    }

    #[test]
    fn the_absent_are_passed_over_unless_all_are() {
        check(&[(1, false), (1, true), (1, false)], &[0, 2]);
        check(&[(1, true), (1, true)], &[0, 1]);
    }

    #[test]
    fn nobody_proposes_for_nobody() {
        assert_eq!(Turns::of(&set(&[])).index_at(1, 0), None);
    }

    #[test]
    fn a_round_moves_on_and_nothing_overflows() {
        let turns = Turns::of(&set(&[(1, false), (1, false), (1, false)]));
        assert_eq!(turns.index_at(4, 1), Some(2));
        assert!(turns.index_at(u64::MAX, u32::MAX).is_some());
    }

    proptest! {
        /// Turns follow power, and no one waits much longer than its share says.
        #[test]
        fn turns_are_fair(members in proptest::collection::vec((1..u64::MAX >> 8, any::<bool>()), 1..40)) {
            let set = set(&members);
            let turns = Turns::of(&set);
            let all_absent = members.iter().all(|it| it.1);
            let present = |it: &&(u64, bool)| all_absent || !it.1;
            let total: u128 = members.iter().filter(present).map(|it| u128::from(it.0)).sum();
            let cycle = turns.cycle() as u64;
            for (index, member) in members.iter().enumerate() {
                let places: Vec<u64> = (0..cycle).filter(|&it| turns.index_at(it, 0) == Some(index)).collect();
                if !present(&member) {
                    prop_assert!(places.is_empty());
                    continue;
                }
                let share = u128::from(member.0) * u128::from(cycle) / total;
                prop_assert!(places.len() as u128 + 1 >= share.min(1).max(share.saturating_sub(members.len() as u128)));
                prop_assert!(!places.is_empty());
                // A validator never waits for more than twice its mean distance, and some.
                let mean = cycle / places.len() as u64;
                let mut all = places.clone();
                all.push(places[0] + cycle);
                for pair in all.windows(2) {
                    prop_assert!(pair[1] - pair[0] <= 2 * mean + members.len() as u64, "{pair:?} of {cycle}");
                }
            }
        }
    }
}

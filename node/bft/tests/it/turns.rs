//! The engine asks the one whose turn it is by the chain's rule.

use argosy_bft::{BftContext, BlockHeight, Members, SetError};
use argosy_primitives::{Address, GenesisHash, PublicKey, Turns, Validator, ValidatorSet};
use malachitebft_core_types::{Context, Round, Validator as _, ValidatorSet as _};

fn set(powers: &[u64]) -> ValidatorSet {
    let member = |(index, &power): (usize, &u64)| Validator {
        address: Address::from_bytes([index as u8; 32]),
        key: PublicKey::Ed25519([index as u8; 32]),
        power,
        absent: false,
    };
    ValidatorSet(powers.iter().enumerate().map(member).collect())
}

#[test]
fn the_proposer_is_the_one_of_the_chains_rule() {
    let set = set(&[3, 1, 4, 1, 5]);
    let (turns, members) = (Turns::of(&set), Members::new(set.clone()).unwrap());
    let context = BftContext {
        chain: GenesisHash::from_bytes([1; 32]),
    };
    for height in 1..200 {
        for round in 0..5 {
            let expected = turns.proposer(&set, height, round).unwrap();
            let found = context.select_proposer(&members, BlockHeight(height), Round::new(round));
            assert_eq!(found.address().0, expected.address);
        }
    }
    assert_eq!(members.total_voting_power(), 14);
}

#[test]
fn sets_that_the_engine_cannot_count_are_refused() {
    assert_eq!(Members::new(set(&[])).err(), Some(SetError::Empty));
    assert_eq!(Members::new(set(&[1 << 62])).err(), Some(SetError::Power));
    assert!(Members::new(set(&[(1 << 62) - 1])).is_ok());
}

//! Everything under an address: complete, or refused.

use crate::model::{Leaves, prove, root};
use argosy_primitives::{Address, StateRoot};
use argosy_proof::{Path, ProofError, StateKey, StateProof, trie, verify_whole};

const CONTRACT: Address = Address::from_bytes([7; 32]);

type Entry = (StateKey<'static>, &'static [u8]);

const ENTRIES: [Entry; 5] = [
    (StateKey::Account, b"account"),
    (StateKey::Contract, b"contract"),
    (StateKey::Storage(b"a"), b"1"),
    (StateKey::Storage(b"b"), b"2"),
    (StateKey::Storage(b""), b""),
];

/// The entries, among the accounts of `others` other addresses.
fn world(entries: &[Entry], others: u8) -> Leaves {
    let ours = entries.iter().map(|(key, value)| (CONTRACT, *key, *value));
    let other = |it: u8| {
        let address = Address::from_bytes([100 + it; 32]);
        (address, StateKey::Account, b"other".as_slice())
    };
    ours.chain((0..others).map(other))
        .map(|(address, key, value)| (Path::of(&address, key), trie::value_hash(value)))
        .collect()
}

fn facts(leaves: &Leaves, asked: StateKey<'_>) -> (StateRoot, StateProof) {
    (root(leaves), prove(leaves, &Path::of(&CONTRACT, asked)))
}

#[test]
fn all_entries_prove_themselves_with_the_proof_of_any_key() {
    for others in [0, 1, 2, 40] {
        for count in 0..=ENTRIES.len() {
            let entries = &ENTRIES[..count];
            let leaves = world(entries, others);
            for asked in [StateKey::Account, StateKey::Storage(b"nowhere")] {
                let (root, proof) = facts(&leaves, asked);
                let verdict = verify_whole(&root, &CONTRACT, entries, &proof);
                assert_eq!(verdict, Ok(()), "{count} entries, {others} others");
            }
        }
    }
}

#[test]
fn one_entry_less_or_more_or_changed_is_refused() {
    let leaves = world(&ENTRIES, 40);
    let (root, proof) = facts(&leaves, StateKey::Account);
    let refuse = |entries: &[Entry], what: &str| {
        assert!(
            verify_whole(&root, &CONTRACT, entries, &proof).is_err(),
            "{what}"
        );
    };
    for index in 0..ENTRIES.len() {
        let mut entries = ENTRIES.to_vec();
        entries.remove(index);
        refuse(&entries, "left out");
        let mut entries = ENTRIES.to_vec();
        entries[index].1 = b"another";
        refuse(&entries, "changed");
        let mut entries = ENTRIES.to_vec();
        entries.push(ENTRIES[index]);
        refuse(&entries, "told twice");
    }
    refuse(&[], "nothing told");
    let mut entries = ENTRIES.to_vec();
    entries.push((StateKey::Storage(b"invented"), b"3"));
    refuse(&entries, "invented");
    let absent = world(&[], 40);
    let (root, proof) = facts(&absent, StateKey::Account);
    let invented = verify_whole(&root, &CONTRACT, &ENTRIES[..1], &proof);
    assert_eq!(
        invented,
        Err(ProofError::OtherRoot(argosy_proof::Root::State))
    );
}

#[test]
fn a_proof_with_a_changed_bit_is_refused() {
    for count in [0, ENTRIES.len()] {
        let entries = &ENTRIES[..count];
        let (root, proof) = facts(&world(entries, 40), StateKey::Account);
        let above = proof.siblings.iter().position(|it| it.bit >= 256);
        for index in 0..above.unwrap_or(proof.siblings.len()) {
            let mut lie = proof.clone();
            lie.siblings[index].hash[31] ^= 1;
            assert!(verify_whole(&root, &CONTRACT, entries, &lie).is_err());
            let mut lie = proof.clone();
            lie.siblings.remove(index);
            assert!(verify_whole(&root, &CONTRACT, entries, &lie).is_err());
        }
        let mut bytes = *root.as_bytes();
        bytes[0] ^= 1;
        let other = StateRoot::from_bytes(bytes);
        assert!(verify_whole(&other, &CONTRACT, entries, &proof).is_err());
    }
}

#[test]
fn whole_keys_are_taken_apart_as_they_were_put_together() {
    for (key, _) in ENTRIES
        .into_iter()
        .chain([(StateKey::System(b"x"), b"".as_slice())])
    {
        let whole = key.under(&CONTRACT);
        assert_eq!(StateKey::of_whole(&whole), Some((CONTRACT, key)));
    }
    let mut odd = StateKey::Account.under(&CONTRACT);
    odd.push(0);
    assert_eq!(StateKey::of_whole(&odd), None);
    assert_eq!(StateKey::of_whole(&[0; 32]), None);
    odd[32] = 9;
    assert_eq!(StateKey::of_whole(&odd), None);
}

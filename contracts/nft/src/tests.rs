//! The collection on the played chain, and against a model.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::prop_assert_eq;

use super::*;

fn alice() -> Address {
    account("alice")
}

fn bob() -> Address {
    account("bob")
}

fn carol() -> Address {
    account("carol")
}

/// Alice makes the tokens.
fn nft() -> (TestHost, Nft) {
    let host = TestHost::new::<Nft>();
    let mut nft = Nft::open();
    host.call_as(alice(), || nft.init("Ships".into(), "SHP".into()));
    (host, nft)
}

fn mint(host: &TestHost, nft: &mut Nft, to: Address) -> u64 {
    let minted = host.call_as(alice(), || nft.mint(to, "ipfs://ship".into()));
    minted.expect("alice may")
}

#[test]
fn a_token_is_made_by_the_minter_only() {
    let (host, mut nft) = nft();
    assert_eq!(mint(&host, &mut nft, bob()), 0);
    assert_eq!(mint(&host, &mut nft, bob()), 1);
    assert_eq!((nft.owner_of(1), nft.supply()), (Some(bob()), 2));
    assert_eq!(nft.uri(1).as_deref(), Some("ipfs://ship"));
    let refused = host.call_as(bob(), || nft.mint(bob(), String::new()));
    assert_eq!(refused, Err(NftError::NotMinter));
    let long = "x".repeat(257);
    let refused = host.call_as(alice(), || nft.mint(bob(), long));
    let (bytes, bytes_max) = (257, 256);
    assert_eq!(refused, Err(NftError::UriTooLong { bytes, bytes_max }));
    let made = Transferred {
        token: 0,
        from: host.contract(),
        to: bob(),
    };
    assert_eq!(host.events::<Transferred>()[0], made);
}

#[test]
fn the_making_of_tokens_is_handed_over() {
    let (host, mut nft) = nft();
    let accept = host.call_as(bob(), || nft.accept_minter());
    assert_eq!(accept, Err(NftError::NotOffered));
    assert_eq!(host.call_as(alice(), || nft.offer_minter(bob())), Ok(()));
    assert_eq!(host.call_as(bob(), || nft.accept_minter()), Ok(()));
    assert_eq!(nft.minter(), Some(bob()));
    let refused = host.call_as(alice(), || nft.mint(alice(), String::new()));
    assert_eq!(refused, Err(NftError::NotMinter));
}

#[test]
fn only_who_may_transfers() {
    let (host, mut nft) = nft();
    let token = mint(&host, &mut nft, bob());
    let refused = Err(NftError::NotAllowed { token });
    let mut transfer = |by, to| host.call_as(by, || nft.transfer(token, to));
    assert_eq!(transfer(carol(), carol()), refused);
    assert_eq!(transfer(bob(), carol()), Ok(()));
    assert_eq!(transfer(bob(), bob()), refused);
    let missing = host.call_as(bob(), || nft.transfer(9, bob()));
    assert_eq!(missing, Err(NftError::NoSuchToken { token: 9 }));
}

#[test]
fn an_approval_is_for_one_token_and_one_owner() {
    let (host, mut nft) = nft();
    let (first, second) = (mint(&host, &mut nft, bob()), mint(&host, &mut nft, bob()));
    let refused = |token| Err(NftError::NotAllowed { token });
    let approved = host.call_as(carol(), || nft.approve(first, Some(carol())));
    assert_eq!(approved, refused(first));
    let approved = host.call_as(bob(), || nft.approve(first, Some(carol())));
    assert_eq!(approved, Ok(()));
    let other = host.call_as(carol(), || nft.transfer(second, carol()));
    assert_eq!(other, refused(second));
    let moved = host.call_as(carol(), || nft.transfer(first, alice()));
    assert_eq!(moved, Ok(()));
    // It went with the token.
    assert_eq!(nft.approved(first), None);
    let again = host.call_as(carol(), || nft.transfer(first, carol()));
    assert_eq!(again, refused(first));
}

#[test]
fn an_operator_acts_for_an_owner_until_told_otherwise() {
    let (host, mut nft) = nft();
    let token = mint(&host, &mut nft, bob());
    host.call_as(bob(), || nft.set_operator(carol(), true));
    assert!(nft.is_operator(bob(), carol()) && !nft.is_operator(carol(), bob()));
    assert_eq!(
        host.call_as(carol(), || nft.approve(token, Some(alice()))),
        Ok(())
    );
    host.call_as(bob(), || nft.set_operator(carol(), false));
    assert_eq!(
        host.call_as(carol(), || nft.burn(token)),
        Err(NftError::NotAllowed { token })
    );
    assert_eq!(host.call_as(alice(), || nft.burn(token)), Ok(()));
    assert_eq!((nft.owner_of(token), nft.supply()), (None, 0));
    assert_eq!(
        mint(&host, &mut nft, bob()),
        token + 1,
        "no number comes twice"
    );
}

#[test]
fn what_is_gone_leaves_nothing_behind() {
    let (host, mut nft) = nft();
    mint(&host, &mut nft, bob());
    let before = host.ledger().storage.len();
    let token = mint(&host, &mut nft, carol());
    assert_eq!(host.call_as(carol(), || nft.burn(token)), Ok(()));
    assert_eq!(host.ledger().storage.len(), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn lists_and_counts_agree(steps in vec((0u8..4, 0u64..8, 0usize..3, any::<bool>()), 0..60)) {
        let people = [alice(), bob(), carol()];
        let (host, mut nft) = nft();
        let mut model: BTreeMap<u64, Address> = BTreeMap::new();
        for (step, token, person, is_owner) in steps {
            let to = people[person];
            let owner = model.get(&token).copied();
            let by = if is_owner { owner.unwrap_or(to) } else { to };
            match step {
                0 | 1 => {
                    model.insert(mint(&host, &mut nft, to), to);
                }
                2 => {
                    let moved = host.call_as(by, || nft.transfer(token, to));
                    prop_assert_eq!(moved.is_ok(), owner == Some(by));
                    if moved.is_ok() {
                        model.insert(token, to);
                    }
                }
                _ => {
                    let burnt = host.call_as(by, || nft.burn(token));
                    prop_assert_eq!(burnt.is_ok(), owner == Some(by));
                    if burnt.is_ok() {
                        model.remove(&token);
                    }
                }
            }
        }
        prop_assert_eq!(nft.supply() as usize, model.len());
        for person in people {
            let expected: Vec<u64> = model.iter().filter(|it| *it.1 == person).map(|it| *it.0).collect();
            prop_assert_eq!(nft.balance_of(person) as usize, expected.len());
            let mut listed = Vec::new();
            loop {
                let page = nft.tokens_of(person, listed.last().copied(), 3);
                if page.is_empty() {
                    break;
                }
                listed.extend(page);
            }
            prop_assert_eq!(listed, expected);
        }
    }
}

//! The token and the counter as modules, on the engine of the chain.

use argosy_contract::codec::{Decode, Encode};
use argosy_contract::primitives::{Address, Balance, StatusCode};
use argosy_contract::testing::Signer;
use argosy_vm_abi::{Entry, RevertData, SdkError, event_topic, selector_of};

use crate::chain::Chain;

const SUPPLY: Balance = 1_000_000;

fn token() -> Chain {
    let mut chain = Chain::of("token");
    let data = chain.succeed(Entry::Init, "init", &("Harbour", "HRB", 6u8, SUPPLY));
    assert!(data.is_empty());
    chain
}

fn balance(chain: &mut Chain, owner: Address) -> Balance {
    let data = chain.succeed(Entry::Query, "balance_of", &owner);
    Balance::decode(&mut data.as_slice()).expect("an amount")
}

#[test]
fn a_token_is_created_and_moves() {
    let mut chain = token();
    let (alice, bob) = (chain.context.caller, Address::from_bytes([8; 32]));
    assert_eq!(chain.succeed(Entry::Query, "name", &()), "Harbour".encode());
    assert!(
        chain
            .succeed(Entry::Call, "transfer", &(bob, 400u128))
            .is_empty()
    );
    assert_eq!(balance(&mut chain, alice), SUPPLY - 400);
    assert_eq!(balance(&mut chain, bob), 400);

    let event = &chain.events[1];
    assert_eq!(
        event.topics,
        [event_topic("Transfer"), *alice.as_bytes(), *bob.as_bytes()]
    );
    assert_eq!(event.data, (alice, bob, 400u128).encode());
}

#[test]
fn a_balance_lies_where_the_guide_says() {
    let chain = token();
    let owner = chain.context.caller;
    let key = [&event_topic("balances")[..4], owner.as_bytes()].concat();
    assert_eq!(chain.storage[&key].as_ref(), SUPPLY.encode());
}

#[track_caller]
fn check_reverts(chain: &mut Chain, method: &str, arguments: &impl Encode, expected: RevertData) {
    let execution = chain.run(Entry::Call, method, arguments);
    assert_eq!(execution.status, StatusCode::Reverted, "{execution:?}");
    assert_eq!(RevertData::parse(&execution.data), Ok(expected));
}

#[test]
fn refusals_carry_the_typed_error() {
    let mut chain = token();
    let bob = Address::from_bytes([8; 32]);
    let error = (0u8, SUPPLY, SUPPLY + 1).encode();
    check_reverts(
        &mut chain,
        "transfer",
        &(bob, SUPPLY + 1),
        RevertData::Error(error),
    );
    let error = (1u8, 0u128, 1u128).encode();
    check_reverts(
        &mut chain,
        "transfer_from",
        &(bob, bob, 1u128),
        RevertData::Error(error),
    );
    let sdk = RevertData::Sdk;
    check_reverts(&mut chain, "mint", &(), sdk(SdkError::UnknownSelector));
    check_reverts(&mut chain, "transfer", &bob, sdk(SdkError::BadArguments));
    chain.context.funds = 1;
    check_reverts(
        &mut chain,
        "transfer",
        &(bob, 1u128),
        sdk(SdkError::NotPayable),
    );
    let execution = chain.run_raw(Entry::Call, vec![1, 2, 3]);
    let reason = RevertData::parse(&execution.data);
    assert_eq!(reason, Ok(sdk(SdkError::UnknownSelector)));
}

#[test]
fn the_counter_counts() {
    let mut chain = Chain::of("counter");
    assert!(chain.succeed(Entry::Init, "init", &40u64).is_empty());
    assert_eq!(chain.succeed(Entry::Call, "increment", &()), 41u64.encode());
    assert_eq!(chain.succeed(Entry::Call, "add", &1u64), 42u64.encode());
    assert_eq!(chain.succeed(Entry::Query, "value", &()), 42u64.encode());
    let error = (0u8, 42u64, u64::MAX).encode();
    check_reverts(&mut chain, "add", &u64::MAX, RevertData::Error(error));
    assert_eq!(chain.events.len(), 2);
}

#[test]
fn a_permit_is_taken_once_and_is_cheap() {
    let mut chain = token();
    let (alice, bob) = (chain.context.caller, Address::from_bytes([8; 32]));
    let phone = Signer::named("phone");
    chain.succeed(Entry::Call, "set_signer", &Some(phone.key()));
    let until = chain.context.time_ms;
    let asked = (alice, bob, 300u128, until);
    let hash = chain.succeed(Entry::Query, "permit_hash", &asked);
    let hash = <[u8; 32]>::decode(&mut hash.as_slice()).expect("a hash");
    let permit = (alice, bob, 300u128, until, phone.sign(&hash));
    chain.context.caller = bob;
    let taken = chain.run(Entry::Call, "permit", &permit);
    assert_eq!(taken.status, StatusCode::Success, "{taken:?}");
    let allowed = chain.succeed(Entry::Query, "allowance", &(alice, bob));
    assert_eq!(allowed, 300u128.encode());
    // `BadPermit`, the fifth variant.
    let again = RevertData::Error(vec![4]);
    check_reverts(&mut chain, "permit", &permit, again);
}

/// From the first nonce of an epoch to that of the next one.
const EPOCH: u64 = 1 << 32;

/// A token whose creator's nonce is this; how a permit of it ends, and then a naming of the same signer: the nonce
/// after it, or nothing if it was refused.
fn after_permit_and_naming(nonce: u64) -> [Option<u64>; 2] {
    let mut chain = token();
    let (alice, bob) = (chain.context.caller, Address::from_bytes([8; 32]));
    let phone = Signer::named("phone");
    let key = [&event_topic("permits")[..4], alice.as_bytes()].concat();
    let signing = (Some(phone.key()), nonce).encode();
    chain.storage.insert(key, signing.into());
    let asked = (alice, bob, 300u128, chain.context.time_ms);
    let hash = chain.succeed(Entry::Query, "permit_hash", &asked);
    let hash = <[u8; 32]>::decode(&mut hash.as_slice()).expect("a hash");
    let permit = (asked, phone.sign(&hash)).encode();
    let naming = Some(phone.key()).encode();
    [("permit", permit), ("set_signer", naming)].map(|(method, arguments)| {
        let input = [&selector_of(method)[..], &arguments].concat();
        let execution = chain.run_raw(Entry::Call, input);
        if execution.status.is_success() {
            let nonce = chain.succeed(Entry::Query, "permit_nonce", &alice);
            return Some(u64::decode(&mut nonce.as_slice()).expect("a nonce"));
        }
        let reason = RevertData::parse(&execution.data);
        assert_eq!(reason, Ok(RevertData::Sdk(SdkError::Overflow)), "{method}");
        None
    })
}

#[test]
fn uses_of_a_nonce_never_reach_its_epoch() {
    let check = |nonce, expected| {
        assert_eq!(after_permit_and_naming(nonce), expected, "{nonce:#x}");
    };
    check(0, [Some(1), Some(EPOCH)]);
    check(EPOCH - 2, [Some(EPOCH - 1), Some(EPOCH)]);
    check(EPOCH - 1, [None, Some(EPOCH)]);
    check(EPOCH, [Some(EPOCH + 1), Some(2 * EPOCH)]);
    check(2 * EPOCH - 1, [None, Some(2 * EPOCH)]);
    let last = u64::MAX - (EPOCH - 1);
    check(last - 1, [None, Some(last)]);
    check(last, [Some(last + 1), None]);
    check(u64::MAX - 1, [Some(u64::MAX), None]);
    check(u64::MAX, [None, None]);
}

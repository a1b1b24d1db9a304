//! Samples as modules on the engine of the chain: that the dear ones fit into a transaction.

use argosy_contract::codec::{Decode, Encode};
use argosy_contract::primitives::{Address, Gas, StatusCode};
use argosy_contract::testing::Signer;
use argosy_vm_abi::{Entry, RevertData};

use crate::chain::{Chain, SPEC};

const NOW: u64 = 1_000_000;

/// A sample with all the gas that a transaction has.
fn sample(name: &str) -> Chain {
    let mut chain = Chain::of(name);
    chain.gas = SPEC.limits.tx_gas_max;
    chain.context.time_ms = NOW;
    chain
}

/// What an answer is in Rust.
fn ask<T: Decode>(chain: &mut Chain, method: &str, arguments: &impl Encode) -> T {
    let data = chain.succeed(Entry::Query, method, arguments);
    T::decode(&mut data.as_slice()).expect("the method returns this")
}

/// Gas of a call that must succeed, and its answer.
#[track_caller]
fn gas_of(chain: &mut Chain, method: &str, arguments: &impl Encode) -> (Gas, Vec<u8>) {
    let execution = chain.run(Entry::Call, method, arguments);
    let reason = RevertData::parse(&execution.data);
    assert_eq!(
        execution.status,
        StatusCode::Success,
        "{method}: {reason:?}"
    );
    (execution.gas_used, execution.data)
}

#[test]
fn a_thousand_readings_fit_into_a_transaction() {
    let mut chain = sample("attestation");
    chain.succeed(Entry::Init, "init", &Address::from_bytes([8; 32]));
    let device = Signer::named("pump");
    chain.outcome.data = Some(device.key()).encode();
    let readings: Vec<(u64, i64)> = (0..1_000).map(|it| (it, it as i64 - 7)).collect();
    // The root is not known here; a wrong signature costs as much as a right one, but for the end.
    let unsigned = ("pump", readings.clone(), [0u8; 64]);
    let refused = chain.run(Entry::Call, "submit", &unsigned);
    assert_eq!(refused.status, StatusCode::Reverted);

    let root = merkle_root(&readings);
    let to_sign: [u8; 32] = ask(&mut chain, "to_sign", &("pump", 0u64, root));
    let signed = ("pump", readings.clone(), device.sign(&to_sign));
    let (gas, number) = gas_of(&mut chain, "submit", &signed);
    assert_eq!(number, 0u64.encode());
    assert!(gas < 3_000_000, "{gas} gas for 1 000 readings");
    // One reading of the first level's last pair, proven by ten neighbours.
    let (index, path) = (999u32, path(&readings, 999));
    let holds = ("pump", 0u64, index, readings[999], path);
    assert!(ask::<bool>(&mut chain, "holds", &holds));
}

fn leaf(reading: &(u64, i64)) -> [u8; 32] {
    argosy_vm_crypto::blake3(&(0u8, reading).encode())
}

fn next_level(level: &[[u8; 32]]) -> Vec<[u8; 32]> {
    let join = |pair: &[[u8; 32]]| match pair {
        [left, right] => argosy_vm_crypto::blake3(&(1u8, left, right).encode()),
        _ => pair[0],
    };
    level.chunks(2).map(join).collect()
}

/// As docs/contracts/attestation.md has it.
fn merkle_root(readings: &[(u64, i64)]) -> [u8; 32] {
    let mut level: Vec<[u8; 32]> = readings.iter().map(leaf).collect();
    while level.len() > 1 {
        level = next_level(&level);
    }
    argosy_vm_crypto::blake3(&(2u8, readings.len() as u32, level[0]).encode())
}

fn path(readings: &[(u64, i64)], mut place: usize) -> Vec<[u8; 32]> {
    let mut level: Vec<[u8; 32]> = readings.iter().map(leaf).collect();
    let mut path = Vec::new();
    while level.len() > 1 {
        path.extend(level.get(place ^ 1));
        level = next_level(&level);
        place /= 2;
    }
    path
}

#[test]
fn exact_mathematics_is_cheap_enough_for_a_swap() {
    let mut chain = sample("exchange");
    chain.succeed(Entry::Init, "init", &Address::from_bytes([8; 32]));
    // The reserves are where the guide says: native, tokens, shares.
    let key = argosy_vm_abi::event_topic("reserves")[..4].to_vec();
    let (native, tokens) = (1u128 << 100, 1u128 << 110);
    let reserves = (native, tokens, 1u128 << 105).encode();
    chain.storage.insert(key, reserves.into());
    let query = |chain: &mut Chain, paid: u128| {
        let mut input = argosy_vm_abi::selector_of("quote_native").to_vec();
        paid.encode_to(&mut input);
        let execution = chain.run_raw(Entry::Query, input);
        (execution.status, execution.data, execution.gas_used)
    };
    // A product of 200 bits: the long division.
    let (status, data, gas) = query(&mut chain, 1 << 90);
    assert_eq!(status, StatusCode::Success);
    let got = u128::decode(&mut data.as_slice()).expect("an amount");
    assert!(got > (1 << 99) && got < (1 << 100), "{got}");
    assert!(gas < 100_000, "{gas} gas");
    let (status, ..) = query(&mut chain, u128::MAX);
    assert_eq!(status, StatusCode::Reverted, "an overflow is an error");
}

#[test]
fn a_walk_costs_by_the_page() {
    let mut chain = sample("nft");
    chain.succeed(Entry::Init, "init", &("Ships", "SHP"));
    let owner = chain.context.caller;
    let mints: Vec<Gas> = (0..40)
        .map(|_| gas_of(&mut chain, "mint", &(owner, "ipfs://ship")).0)
        .collect();
    let spread = mints.iter().max().zip(mints.iter().min());
    let (most, least) = spread.expect("40 of them");
    assert!(
        most - least < 20_000,
        "minting gets dearer: {least} to {most}"
    );
    let ask_page = |chain: &mut Chain, limit: u32| {
        let tokens: Vec<u64> = ask(chain, "tokens_of", &(owner, None::<u64>, limit));
        tokens
    };
    assert_eq!(ask_page(&mut chain, 3), [0, 1, 2]);
    assert_eq!(ask_page(&mut chain, 100), (0..40).collect::<Vec<_>>());
}

//! The price of loading code: hot or cold, once per transaction, the same on every node.

use argosy_primitives::{Gas, Transaction};
use argosy_vm_abi::Capabilities;
use argosy_vm_engine::Engine;

use crate::kit::{ALICE, BOB, Kit, call, sign};
use crate::puppet::{Steps, puppet_with};

/// A chain with a contract whose code has not been used for long: another block's cold code.
fn cold() -> (Kit, argosy_primitives::CodeHash, argosy_primitives::Address) {
    let mut kit = Kit::with_spec(|spec| spec.limits.hot_set_bytes_max = 30_000);
    let code = kit.store_code(ALICE, puppet_with(Capabilities::ALL, "cold"));
    let contract = kit.instantiate(ALICE, code, 0, 100);
    // Others take its place.
    let mut other = 0;
    while kit.state().hot_contains(&code).unwrap() {
        other += 1;
        let code = kit.store_code(ALICE, puppet_with(Capabilities::ALL, &format!("{other}")));
        kit.height += argosy_state::HOT_WINDOW_BLOCKS;
        kit.instantiate(ALICE, code, 0, 0);
    }
    (kit, code, contract)
}

fn cold_price(kit: &Kit, code: &argosy_primitives::CodeHash) -> Gas {
    kit.spec.load_prices.cold_per_byte * u64::from(kit.code(code).instrumented_bytes)
}

#[test]
fn cold_code_costs_by_the_byte_and_hot_code_does_not() {
    let (mut kit, code, contract) = cold();
    let first = kit.must(ALICE, call(&contract, Steps::new()));
    assert!(kit.state().hot_contains(&code).unwrap());
    let second = kit.must(ALICE, call(&contract, Steps::new()));
    assert_eq!(first.gas_used - second.gas_used, cold_price(&kit, &code));
}

#[test]
fn every_call_pays_for_its_instance_by_the_size_of_the_module() {
    let gas_at = |per_64_bytes| {
        let mut kit = Kit::with_spec(|spec| spec.load_prices.hot_per_64_bytes = per_64_bytes);
        let code = kit.store_code(ALICE, puppet_with(Capabilities::ALL, "hot"));
        let contract = kit.instantiate(ALICE, code, 0, 0);
        let gas = kit.must(ALICE, call(&contract, Steps::new())).gas_used;
        (
            gas,
            u64::from(kit.code(&code).instrumented_bytes.div_ceil(64)),
        )
    };
    let ((free, _), (paid, parts)) = (gas_at(0), gas_at(7));
    assert_eq!(paid - free, 7 * parts);
}

#[test]
fn one_transaction_pays_once_and_the_next_in_the_same_block_again() {
    let (mut kit, code, contract) = cold();
    let once = vec![call(&contract, Steps::new())];
    let twice = vec![call(&contract, Steps::new()), call(&contract, Steps::new())];
    let alice = sign(ALICE, kit.draft(ALICE, twice));
    let bob = sign(BOB, kit.draft(BOB, once.clone()));
    let first = kit.block(&[alice, bob]);
    let later = sign(BOB, kit.draft(BOB, once));
    let second = kit.block(&[later]);
    let price = cold_price(&kit, &code);
    assert_eq!(
        first.receipts[1].gas_used - second.receipts[0].gas_used,
        price
    );
    let call_gas = second.receipts[0].gas_used;
    assert!(first.receipts[0].gas_used < 2 * call_gas + 2 * price);
}

#[test]
fn failed_transactions_heat_code_too() {
    let (mut kit, code, contract) = cold();
    kit.run(
        ALICE,
        vec![call(&contract, Steps::new().set(b"k", b"v").revert())],
    );
    assert!(kit.state().hot_contains(&code).unwrap());
}

#[test]
fn code_that_was_not_paid_for_stays_cold() {
    let (mut kit, code, contract) = cold();
    let draft = kit.draft(ALICE, vec![call(&contract, Steps::new())]);
    let intrinsic = argosy_executor::intrinsic_gas(
        &draft.actions,
        sign(ALICE, draft.clone()).size_bytes(),
        &kit.spec,
    );
    let gas_limit = intrinsic + cold_price(&kit, &code);
    let receipt = kit.run_draft(ALICE, Transaction { gas_limit, ..draft });
    assert_eq!(receipt.gas_used, gas_limit);
    assert!(!kit.state().hot_contains(&code).unwrap());
}

/// The engine's own cache never shows: an engine that has run everything gives the same receipts
/// and roots as one that has just started.
#[test]
fn the_cache_of_a_node_does_not_show() {
    let (mut kit, _, contract) = cold();
    let steps = Steps::new().set(b"k", b"v").gas_left();
    for _ in 0..2 {
        let tx = sign(
            ALICE,
            kit.draft(ALICE, vec![call(&contract, steps.clone())]),
        );
        let mut outcomes = Vec::new();
        let fresh = Engine::new(&kit.spec);
        for engine in [&kit.engine, &fresh, &fresh] {
            let mut executor = argosy_executor::BlockExecutor::begin(
                kit.state(),
                kit.context(),
                &kit.spec,
                engine,
            )
            .unwrap();
            executor.apply(&tx).unwrap();
            let outcome = executor.finish().unwrap();
            outcomes.push((outcome.receipts, outcome.state_root));
        }
        assert_eq!(outcomes[0], outcomes[1]);
        assert_eq!(outcomes[0], outcomes[2]);
        kit.block(&[tx]);
    }
}

//! Gas, price and what happens to the fee.

use argosy_primitives::{Balance, StatusCode, Transaction};

use crate::kit::{
    ALICE, BOB, FUNDS, GAS_LIMIT, Kit, Returned, TIP, address, call, proposer, transfer,
};
use crate::puppet::Steps;

/// The price is the base plus the tip, but never more than what was offered.
#[track_caller]
fn check_price(kit: &Kit, max_gas_price: u64, tip: u64, expected: u64) {
    let draft = kit.draft(ALICE, vec![transfer(&address(BOB), 1)]);
    let receipt = kit
        .try_draft(
            ALICE,
            Transaction {
                max_gas_price,
                tip,
                ..draft
            },
        )
        .unwrap();
    assert_eq!(
        receipt.fee,
        Balance::from(receipt.gas_used) * Balance::from(expected)
    );
}

#[test]
fn the_price_is_capped() {
    let kit = Kit::new();
    let base = kit.base_price;
    check_price(&kit, base, 0, base);
    check_price(&kit, base, 50, base);
    check_price(&kit, base + 20, 50, base + 20);
    check_price(&kit, base + 50, 50, base + 50);
    check_price(&kit, base + 90, 50, base + 50);
}

#[test]
fn the_base_is_burned_and_the_tip_goes_to_the_proposer() {
    let mut kit = Kit::new();
    let base = kit.base_price;
    let receipt = kit.must(ALICE, transfer(&address(BOB), 1));
    let gas = Balance::from(receipt.gas_used);
    assert_eq!(
        kit.account(&proposer()).balance,
        FUNDS + gas * Balance::from(TIP)
    );
    assert_eq!(kit.burned, gas * Balance::from(base));
    assert_eq!(receipt.fee, gas * Balance::from(base + TIP));
    assert_eq!(kit.kept_supply() + kit.burned, 3 * FUNDS);
}

#[test]
fn a_plain_transfer_uses_its_intrinsic_gas() {
    let kit = Kit::new();
    let draft = kit.draft(ALICE, vec![transfer(&address(BOB), 1)]);
    let size = crate::kit::sign(ALICE, draft.clone()).size_bytes();
    let intrinsic = argosy_executor::intrinsic_gas(&draft.actions, size, &kit.spec);
    let receipt = kit
        .try_draft(
            ALICE,
            Transaction {
                gas_limit: intrinsic,
                ..draft
            },
        )
        .unwrap();
    assert_eq!(
        (receipt.status, receipt.gas_used),
        (StatusCode::Success, intrinsic)
    );
}

#[test]
fn out_of_gas_uses_the_whole_limit() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    let receipt = kit.run(ALICE, vec![call(&contracts[0], Steps::new().spin())]);
    assert_eq!(
        (receipt.status, receipt.gas_used),
        (StatusCode::OutOfGas, GAS_LIMIT)
    );
    assert!(receipt.data.is_empty() && receipt.events.is_empty());
}

/// Every gas limit below the need ends as out of gas and changes nothing but nonce and fee; every
/// other one gives the same gas used.
#[test]
fn gas_limits_below_the_need_change_nothing() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(2);
    let inner = Steps::new()
        .set(b"inner", b"value")
        .emit(&[[1; 32]], b"data");
    let steps = Steps::new()
        .set(b"key", &[7; 500])
        .call_with(&contracts[1], 5, 0, 0, inner)
        .transfer(&address(BOB), 9)
        .remove(b"key");
    let draft = kit.draft(
        ALICE,
        vec![transfer(&address(BOB), 1), call(&contracts[0], steps)],
    );
    let whole = kit.try_draft(ALICE, draft.clone()).unwrap();
    assert_eq!(whole.status, StatusCode::Success);
    let size = crate::kit::sign(ALICE, draft.clone()).size_bytes();
    let intrinsic = argosy_executor::intrinsic_gas(&draft.actions, size, &kit.spec);

    let (mut enough, mut step) = (None, 0);
    let mut gas_limit = intrinsic;
    while enough.is_none() {
        let draft = Transaction {
            gas_limit,
            ..draft.clone()
        };
        let mut executor = kit.executor();
        let receipt = executor
            .apply(&crate::kit::sign(ALICE, draft.clone()))
            .unwrap()
            .clone();
        let root = executor.finish().unwrap().state_root;
        if receipt.status == StatusCode::Success && receipt.data == whole.data {
            enough = Some(gas_limit);
        } else if receipt.status == StatusCode::OutOfGas {
            assert_eq!(receipt.gas_used, gas_limit);
            assert_eq!(
                root,
                crate::properties::fee_only_root(&kit, ALICE, receipt.fee)
            );
        }
        step += 1;
        gas_limit += 997 + step;
    }
    let enough = enough.expect("found");
    assert!(enough >= whole.gas_used);
    for gas_limit in [enough, enough + 1, 2 * enough] {
        let receipt = kit
            .try_draft(
                ALICE,
                Transaction {
                    gas_limit,
                    ..draft.clone()
                },
            )
            .unwrap();
        assert_eq!(
            (receipt.gas_used, receipt.data),
            (whole.gas_used, whole.data.clone())
        );
    }
}

/// A receipt's bytes cost as much as a transaction's: they are kept as long.
#[test]
fn returned_data_is_paid_for_by_the_byte() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    let cost = |tx_byte_gas, steps: Steps| {
        let mut spec = kit.spec.clone();
        spec.fees.tx_byte_gas = tx_byte_gas;
        let draft = kit.draft(ALICE, vec![call(&contracts[0], steps)]);
        let mut executor =
            argosy_executor::BlockExecutor::begin(kit.state(), kit.context(), &spec, &kit.engine)
                .unwrap();
        let tx = crate::kit::sign(ALICE, draft);
        let receipt = executor.apply(&tx).unwrap();
        (receipt.gas_used, tx.size_bytes() + receipt.data.len())
    };
    for steps in [Steps::new().who(), Steps::new().who().revert()] {
        let ((dear, bytes), (cheap, _)) = (cost(17, steps.clone()), cost(16, steps));
        assert_eq!(dear - cheap, bytes as u64);
    }
}

/// A range read pays for the keys that it passes over because the same block removed them.
#[test]
fn removed_keys_are_paid_for_when_they_are_passed_over() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    let key = |number: u8| [b'k', number];
    let set = (0..9).fold(Steps::new(), |steps, number| steps.set(&key(number), b"v"));
    kit.must(ALICE, call(&contracts[0], set));
    let remove = (0..8).fold(Steps::new(), |steps, number| steps.remove(&key(number)));
    let range = |steps: Steps| call(&contracts[0], steps.gas_left().range(0, 9).gas_left());
    let cost = |data: &[u8], skip| {
        let mut data = Returned::of(&data[skip..]);
        let before = data.u64();
        assert_eq!(data.bytes(1), [1], "one entry is left");
        let _ = data.register();
        before - data.u64()
    };
    let receipt = kit.must(ALICE, range(remove));
    let in_the_same_block = cost(&receipt.data, 8);
    let receipt = kit.must(ALICE, range(Steps::new()));
    let later = cost(&receipt.data, 0);
    let passed_over = 8 * kit.spec.host_prices.storage_range_entry.base;
    assert_eq!(in_the_same_block, later + passed_over);
}

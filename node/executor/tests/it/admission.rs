//! Every rule of admission, at its edge and one beyond.

use argosy_executor::{ApplyError, Inadmissible};
use argosy_primitives::{Action, Address, Balance, GenesisHash, Nonce, Transaction};

use crate::kit::{ALICE, BOB, FUNDS, GAS_LIMIT, Kit, NOBODY, TIP, address, sign, transfer};

fn draft(kit: &Kit) -> Transaction {
    kit.draft(ALICE, vec![transfer(&address(BOB), 5)])
}

#[track_caller]
fn admitted(kit: &Kit, change: impl FnOnce(&mut Transaction)) {
    let mut draft = draft(kit);
    change(&mut draft);
    kit.executor()
        .check(&sign(ALICE, draft))
        .expect("admissible");
}

#[track_caller]
fn refused(kit: &Kit, expected: &Inadmissible, change: impl FnOnce(&mut Transaction)) {
    let mut draft = draft(kit);
    change(&mut draft);
    let root = kit.state().root().unwrap();
    let mut executor = kit.executor();
    match executor.apply(&sign(ALICE, draft)) {
        Err(ApplyError::Inadmissible(found)) => assert_eq!(&found, expected),
        other => panic!("expected {expected:?}, found {other:?}"),
    }
    assert_eq!(
        executor.finish().unwrap().state_root,
        root,
        "state is as it was"
    );
}

#[test]
fn another_chain() {
    let kit = Kit::new();
    let (expected, found) = (kit.spec.genesis_hash(), GenesisHash::ZERO);
    refused(&kit, &Inadmissible::WrongChain { expected, found }, |tx| {
        tx.chain = found
    });
}

#[test]
fn nonce_below_and_above() {
    let mut kit = Kit::new();
    kit.must(ALICE, transfer(&address(BOB), 1));
    admitted(&kit, |tx| tx.nonce = 1);
    let (low, high) = (0, 2);
    refused(
        &kit,
        &Inadmissible::NonceTooLow {
            expected: 1,
            found: low,
        },
        |tx| tx.nonce = low,
    );
    refused(
        &kit,
        &Inadmissible::NonceTooHigh {
            expected: 1,
            found: high,
        },
        |tx| tx.nonce = high,
    );
}

#[test]
fn the_last_nonce() {
    let kit = Kit::new();
    let mut state = kit.state();
    let alice = state.account(&address(ALICE)).unwrap().unwrap();
    let with = |nonce| argosy_state::Account { nonce, ..alice };
    let check = |state, nonce| {
        let (spec, engine) = (&kit.spec, &kit.engine);
        let executor = argosy_executor::BlockExecutor::begin(state, kit.context(), spec, engine);
        executor.unwrap().check(&sign(
            ALICE,
            Transaction {
                nonce,
                ..draft(&kit)
            },
        ))
    };
    state.set_account(&address(ALICE), &with(Nonce::MAX - 1));
    assert!(check(state, Nonce::MAX - 1).is_ok());
    let mut state = kit.state();
    state.set_account(&address(ALICE), &with(Nonce::MAX));
    let found = check(state, Nonce::MAX);
    assert!(matches!(
        found,
        Err(ApplyError::Inadmissible(Inadmissible::NonceExhausted))
    ));
}

#[test]
fn expired_and_too_far() {
    let mut kit = Kit::new();
    kit.block(&[]);
    kit.block(&[]);
    let (height, furthest) = (3, 3 + kit.spec.limits.valid_blocks_max);
    admitted(&kit, |tx| tx.valid_until = height);
    admitted(&kit, |tx| tx.valid_until = furthest);
    refused(
        &kit,
        &Inadmissible::Expired {
            valid_until: 2,
            height,
        },
        |tx| tx.valid_until = 2,
    );
    let expected = Inadmissible::ValidTooFar {
        valid_until: furthest + 1,
        valid_until_max: furthest,
    };
    refused(&kit, &expected, |tx| tx.valid_until = furthest + 1);
}

#[test]
fn gas_limit_below_intrinsic_and_above_the_bound() {
    let kit = Kit::new();
    let tx = draft(&kit);
    let size = sign(ALICE, tx.clone()).size_bytes();
    let intrinsic = argosy_executor::intrinsic_gas(&tx.actions, size, &kit.spec);
    let fees = &kit.spec.fees;
    assert_eq!(
        intrinsic,
        fees.tx_gas + size as u64 * fees.tx_byte_gas + fees.action_gas.transfer
    );
    admitted(&kit, |tx| tx.gas_limit = intrinsic);
    let gas_limit = intrinsic - 1;
    let low = Inadmissible::GasLimitTooLow {
        gas_limit,
        intrinsic,
    };
    refused(&kit, &low, |tx| tx.gas_limit = gas_limit);
    let gas_max = kit.spec.limits.tx_gas_max;
    admitted(&kit, |tx| tx.gas_limit = gas_max);
    let high = Inadmissible::GasLimitTooHigh {
        gas_limit: gas_max + 1,
        gas_max,
    };
    refused(&kit, &high, |tx| tx.gas_limit = gas_max + 1);
}

#[test]
fn a_price_below_the_base() {
    let kit = Kit::new();
    let base_price = kit.base_price;
    admitted(&kit, |tx| tx.max_gas_price = base_price);
    let max_gas_price = base_price - 1;
    let expected = Inadmissible::PriceTooLow {
        max_gas_price,
        base_price,
    };
    refused(&kit, &expected, |tx| tx.max_gas_price = max_gas_price);
}

#[test]
fn an_inactive_action() {
    let kit = Kit::new();
    let action = argosy_primitives::ActionKind::Unjail;
    refused(
        &kit,
        &Inadmissible::ActionInactive { index: 1, action },
        |tx| {
            tx.actions.push(Action::Unjail);
        },
    );
}

#[test]
fn too_many_actions_for_the_chain() {
    let kit = Kit::with_spec(|spec| spec.limits.actions_max = 2);
    let again = |tx: &mut Transaction, count| tx.actions = vec![tx.actions[0].clone(); count];
    admitted(&kit, |tx| again(tx, 2));
    refused(
        &kit,
        &Inadmissible::ActionCount {
            count: 3,
            count_max: 2,
        },
        |tx| again(tx, 3),
    );
}

#[test]
fn too_many_bytes() {
    let action = |bytes: usize| Action::StoreCode {
        code: vec![0; bytes],
    };
    let base = Kit::new();
    let size = |bytes| sign(ALICE, base.draft(ALICE, vec![action(bytes)])).size_bytes();
    let size_bytes_max = size(5_000) as u32;
    let kit = Kit::with_spec(|spec| spec.limits.tx_size_bytes_max = size_bytes_max);
    admitted(&kit, |tx| tx.actions = vec![action(5_000)]);
    let size_bytes = size(5_001);
    refused(
        &kit,
        &Inadmissible::TooLarge {
            size_bytes,
            size_bytes_max,
        },
        |tx| {
            tx.actions = vec![action(5_001)];
        },
    );
}

#[test]
fn a_message_larger_than_an_input() {
    let kit = Kit::new();
    let size_bytes_max = kit.spec.limits.data_bytes_max;
    let action = |bytes: u32| Action::Call {
        contract: Address::SYSTEM,
        funds: 0,
        message: vec![0; bytes as usize],
        abi_hash: None,
    };
    admitted(&kit, |tx| tx.actions = vec![action(size_bytes_max)]);
    let size_bytes = size_bytes_max as usize + 1;
    let expected = Inadmissible::MessageTooLarge {
        index: 1,
        size_bytes,
        size_bytes_max,
    };
    refused(&kit, &expected, |tx| {
        tx.actions.push(action(size_bytes_max + 1))
    });
}

#[test]
fn gas_and_deposit_must_be_affordable_together() {
    let kit = Kit::new();
    let gas = Balance::from(GAS_LIMIT) * Balance::from(kit.base_price + TIP);
    admitted(&kit, |tx| tx.deposit_max = FUNDS - gas);
    let expected = Inadmissible::CannotPay {
        needed: FUNDS + 1,
        balance: FUNDS,
    };
    refused(&kit, &expected, |tx| tx.deposit_max = FUNDS - gas + 1);
}

#[test]
fn costs_beyond_any_balance() {
    let kit = Kit::new();
    refused(&kit, &Inadmissible::CostOverflow, |tx| {
        tx.deposit_max = Balance::MAX
    });
    let (gas_limit, price) = (kit.spec.limits.tx_gas_max, u64::MAX);
    let needed = Balance::from(gas_limit) * Balance::from(price);
    refused(
        &kit,
        &Inadmissible::CannotPay {
            needed,
            balance: FUNDS,
        },
        |tx| {
            (tx.gas_limit, tx.max_gas_price, tx.tip, tx.deposit_max) = (gas_limit, price, price, 0);
        },
    );
}

#[test]
fn a_signer_without_account() {
    let kit = Kit::new();
    let draft = kit.draft(NOBODY, vec![transfer(&address(BOB), 0)]);
    let found = kit.try_draft(
        NOBODY,
        Transaction {
            deposit_max: 0,
            ..draft
        },
    );
    let needed = Balance::from(GAS_LIMIT) * Balance::from(kit.base_price + TIP);
    let expected = Inadmissible::CannotPay { needed, balance: 0 };
    assert!(matches!(found, Err(ApplyError::Inadmissible(found)) if found == expected));
}

#[test]
fn a_full_block() {
    let kit = Kit::with_spec(|spec| spec.limits.block_gas_max = 2_000_000);
    let mut executor = kit.executor();
    let mut tx = kit.draft(ALICE, vec![transfer(&address(BOB), 1)]);
    tx.gas_limit = 1_000_000;
    let used = executor.apply(&sign(ALICE, tx.clone())).unwrap().gas_used;
    tx.nonce += 1;
    tx.gas_limit = 2_000_000 - used;
    assert!(executor.fits(&sign(ALICE, tx.clone())));
    tx.gas_limit += 1;
    let found = executor.apply(&sign(ALICE, tx.clone())).cloned();
    let (gas_limit, gas_max) = (tx.gas_limit, 2_000_000);
    let expected = Inadmissible::BlockFull {
        gas_used: used,
        gas_limit,
        gas_max,
    };
    assert!(matches!(found, Err(ApplyError::Inadmissible(found)) if found == expected));
}

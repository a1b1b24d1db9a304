//! Native funds: moving them, and the accounts that come to life by it.

use argosy_executor::SystemEvent;
use argosy_primitives::{Address, Balance, StatusCode, Transaction};

use crate::kit::{ALICE, BOB, DEPOSIT_MAX, FUNDS, Kit, NOBODY, address, transfer};

#[test]
fn funds_move_and_the_move_is_announced() {
    let mut kit = Kit::new();
    let receipt = kit.must(ALICE, transfer(&address(BOB), 1_234));
    let (from, to) = (address(ALICE), address(BOB));
    assert_eq!(
        receipt.events,
        [SystemEvent::Transferred {
            from,
            to,
            amount: 1_234
        }
        .to_event()]
    );
    assert_eq!(kit.account(&to).balance, FUNDS + 1_234);
    assert_eq!(kit.account(&from).balance, FUNDS - 1_234 - receipt.fee);
    assert_eq!((receipt.deposit, receipt.data.len()), (0, 0));
}

#[test]
fn a_new_account_costs_its_deposit() {
    let mut kit = Kit::new();
    let receipt = kit.must(ALICE, transfer(&address(NOBODY), 10));
    let deposit = kit.spec.fees.account_deposit;
    assert_eq!(receipt.deposit, i128::try_from(deposit).unwrap());
    let (new, alice) = (kit.account(&address(NOBODY)), kit.account(&address(ALICE)));
    assert_eq!((new.nonce, new.balance, new.deposit), (0, 10, deposit));
    assert_eq!(alice.balance, FUNDS - 10 - deposit - receipt.fee);
}

#[test]
fn a_new_account_needs_a_deposit_allowance() {
    let mut kit = Kit::new();
    let deposit = kit.spec.fees.account_deposit;
    for (deposit_max, expected) in [
        (deposit - 1, StatusCode::DepositLimit),
        (deposit, StatusCode::Success),
    ] {
        let draft = kit.draft(ALICE, vec![transfer(&address(NOBODY), 10)]);
        let receipt = kit.run_draft(
            ALICE,
            Transaction {
                deposit_max,
                ..draft
            },
        );
        assert_eq!(receipt.status, expected);
    }
}

#[test]
fn nothing_moves_for_nothing() {
    let mut kit = Kit::new();
    let receipt = kit.must(ALICE, transfer(&address(NOBODY), 0));
    assert!(receipt.events.is_empty());
    assert_eq!(kit.state().account(&address(NOBODY)).unwrap(), None);
}

#[test]
fn to_oneself() {
    let mut kit = Kit::new();
    let receipt = kit.must(ALICE, transfer(&address(ALICE), FUNDS / 2));
    assert_eq!(kit.account(&address(ALICE)).balance, FUNDS - receipt.fee);
    let receipt = kit.run(ALICE, vec![transfer(&address(ALICE), FUNDS)]);
    assert_eq!(receipt.status, StatusCode::InsufficientBalance);
}

/// What is reserved for gas and deposits cannot be spent meanwhile.
#[test]
fn the_reserve_is_out_of_reach() {
    let mut kit = Kit::new();
    let draft = kit.draft(ALICE, vec![transfer(&address(BOB), 0)]);
    let price = Balance::from(draft.max_gas_price);
    let free = FUNDS - Balance::from(draft.gas_limit) * price - DEPOSIT_MAX;
    let with = |kit: &Kit, amount| Transaction {
        actions: vec![transfer(&address(BOB), amount)],
        ..kit.draft(ALICE, Vec::new())
    };
    let receipt = kit.try_draft(ALICE, with(&kit, free)).unwrap();
    assert_eq!(receipt.status, StatusCode::Success);
    let receipt = kit.run_draft(ALICE, with(&kit, free + 1));
    assert_eq!(receipt.status, StatusCode::InsufficientBalance);
    assert_eq!(kit.account(&address(ALICE)).balance, FUNDS - receipt.fee);
    assert_eq!(kit.account(&address(BOB)).balance, FUNDS);
}

#[test]
fn actions_are_all_or_nothing() {
    let mut kit = Kit::new();
    let actions = vec![
        transfer(&address(NOBODY), 10),
        transfer(&address(BOB), 20),
        transfer(&Address::SYSTEM, 2 * FUNDS),
        transfer(&address(BOB), 30),
    ];
    let receipt = kit.run(ALICE, actions);
    assert_eq!(
        (receipt.status, receipt.action),
        (StatusCode::InsufficientBalance, 2)
    );
    assert!(receipt.events.is_empty() && receipt.data.is_empty() && receipt.deposit == 0);
    assert_eq!(kit.account(&address(BOB)).balance, FUNDS);
    assert_eq!(kit.state().account(&address(NOBODY)).unwrap(), None);
    let alice = kit.account(&address(ALICE));
    assert_eq!((alice.nonce, alice.balance), (1, FUNDS - receipt.fee));
}

//! Blocks: order, the proposer, what a node must know to begin.

use argosy_executor::{BlockExecutor, Fault};
use argosy_primitives::{ActionKind, StatusCode};

use crate::kit::{ALICE, BOB, FUNDS, Kit, NOBODY, TIP, address, sign, transfer};

#[test]
fn an_empty_block_changes_nothing() {
    let mut kit = Kit::new();
    let root = kit.state().root().unwrap();
    let outcome = kit.block(&[]);
    assert_eq!(outcome.state_root, root);
    assert_eq!((outcome.gas_used, outcome.burned, outcome.tips), (0, 0, 0));
}

#[test]
fn transactions_run_in_order_and_add_up() {
    let mut kit = Kit::new();
    let mut draft = kit.draft(ALICE, vec![transfer(&address(BOB), 3)]);
    let first = sign(ALICE, draft.clone());
    draft.nonce = 1;
    let second = sign(ALICE, draft);
    let third = sign(BOB, kit.draft(BOB, vec![transfer(&address(ALICE), FUNDS)]));
    let outcome = kit.block(&[first, second, third]);
    let [a, b, c] = &outcome.receipts[..] else {
        panic!("three receipts")
    };
    assert_eq!(outcome.gas_used, a.gas_used + b.gas_used + c.gas_used);
    assert_eq!(outcome.burned + outcome.tips, a.fee + b.fee + c.fee);
    assert_eq!(outcome.tips, u128::from(outcome.gas_used) * u128::from(TIP));
    assert_eq!(c.status, StatusCode::InsufficientBalance);
    assert_eq!(outcome.traces.len(), 1);
    assert_eq!(outcome.traces[0].0, 2);
    assert!(outcome.traces[0].1.reason.is_some());
}

#[test]
fn an_inadmissible_transaction_leaves_no_trace() {
    let kit = Kit::new();
    let good = sign(ALICE, kit.draft(ALICE, vec![transfer(&address(BOB), 3)]));
    let mut clean = kit.executor();
    clean.apply(&good).unwrap();
    let mut tried = kit.executor();
    tried
        .apply(&sign(
            NOBODY,
            kit.draft(NOBODY, vec![transfer(&address(BOB), 0)]),
        ))
        .unwrap_err();
    tried.apply(&good).unwrap();
    tried.apply(&good).unwrap_err();
    let (clean, tried) = (clean.finish().unwrap(), tried.finish().unwrap());
    assert_eq!(clean.state_root, tried.state_root);
    assert_eq!(clean.receipts, tried.receipts);
}

#[test]
fn a_proposer_without_account_gets_one() {
    let kit = Kit::new();
    let mut context = kit.context();
    context.proposer = address(NOBODY);
    let mut executor = BlockExecutor::begin(kit.state(), context, &kit.spec, &kit.engine).unwrap();
    executor
        .apply(&sign(
            ALICE,
            kit.draft(ALICE, vec![transfer(&address(BOB), 3)]),
        ))
        .unwrap();
    let outcome = executor.finish().unwrap();
    assert!(outcome.delta.accounts().contains(&address(NOBODY)));
    assert!(outcome.tips > 0);
}

#[test]
fn a_node_that_does_not_know_the_version_stops() {
    let kit = Kit::new();
    let mut context = kit.context();
    context.version = 77;
    let found = BlockExecutor::begin(kit.state(), context, &kit.spec, &kit.engine);
    assert!(matches!(found, Err(Fault::VersionUnknown(77))));
}

#[test]
fn a_node_that_cannot_perform_an_action_stops() {
    let kit = Kit::with_spec(|spec| {
        spec.protocol.versions[0].actions.insert(ActionKind::Bond);
    });
    let found = BlockExecutor::begin(kit.state(), kit.context(), &kit.spec, &kit.engine);
    assert!(matches!(found, Err(Fault::ActionUnknown(ActionKind::Bond))));
}

//! Simulations and queries: the real executor on a state that is thrown away.

use argosy_executor::{
    ApplyError, Inadmissible, QueryOutcome, QueryRequest, SimulateRequest, Simulated, query,
    simulate,
};
use argosy_primitives::{Action, Address, StatusCode, Transaction};

use crate::kit::{ALICE, BOB, FUNDS, Kit, NOBODY, Returned, TIP, address, call, sign, transfer};
use crate::puppet::{Steps, puppet, puppet_with};

fn simulated(kit: &Kit, who: u8, actions: &[Action]) -> Result<Simulated, ApplyError> {
    let size_bytes = sign(who, kit.draft(who, actions.to_vec())).size_bytes();
    let request = SimulateRequest {
        sender: address(who),
        actions,
        size_bytes,
        tip: TIP,
        gas_max: 90_000_000,
        deposit_max: None,
    };
    simulate(kit.state(), kit.context(), &kit.spec, &kit.engine, &request)
}

/// What the simulation says is what happens with the limits that it names, and with no less.
#[track_caller]
fn check(kit: &mut Kit, actions: Vec<Action>) {
    let simulated = simulated(kit, ALICE, &actions).unwrap();
    let draft = Transaction {
        gas_limit: simulated.gas_limit,
        deposit_max: simulated.deposit_max,
        ..kit.draft(ALICE, actions)
    };
    let receipt = kit.try_draft(ALICE, draft.clone()).unwrap();
    assert_eq!(receipt, simulated.receipt);
    assert_eq!(receipt.status, StatusCode::Success);
    if let Some(deposit_max) = simulated.deposit_max.checked_sub(1) {
        let receipt = kit
            .try_draft(
                ALICE,
                Transaction {
                    deposit_max,
                    ..draft.clone()
                },
            )
            .unwrap();
        assert_ne!(receipt, simulated.receipt, "no less will do");
    }
    kit.run_draft(ALICE, draft);
}

#[test]
fn a_simulation_tells_what_is_needed() {
    let mut kit = Kit::new();
    check(&mut kit, vec![transfer(&address(NOBODY), 5)]);
    check(&mut kit, vec![Action::StoreCode { code: puppet() }]);
    let (code, contracts) = kit_puppets(&mut kit);
    check(
        &mut kit,
        vec![call(&contracts[0], Steps::new().set(b"k", &[0; 1_000]))],
    );
    check(
        &mut kit,
        vec![call(
            &contracts[0],
            Steps::new().remove(b"k").create(&code, 9, 0, Steps::new()),
        )],
    );
    let deep = Steps::new().set(b"deep", &[1; 3_000]).emit(&[], &[0; 100]);
    check(
        &mut kit,
        vec![call(&contracts[0], Steps::through(&contracts[1..], deep))],
    );
}

fn kit_puppets(kit: &mut Kit) -> (argosy_primitives::CodeHash, Vec<Address>) {
    let code = argosy_primitives::CodeHash::of(&puppet());
    let contracts = (0..10).map(|salt| kit.instantiate(ALICE, code, salt, 1_000));
    let contracts = contracts.collect();
    (code, contracts)
}

#[test]
fn a_failure_is_shown_as_it_would_be() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    let steps = Steps::new().balance(&contracts[0]).revert();
    let actions = [call(&contracts[0], steps.clone())];
    let simulated = simulated(&kit, BOB, &actions).unwrap();
    assert_eq!(simulated.receipt.status, StatusCode::Reverted);
    assert_eq!(Returned::of(&simulated.receipt.data).u128(), 1_000_000);
    let frame = &simulated.trace.frames[0];
    let code = argosy_primitives::CodeHash::of(&puppet());
    assert_eq!((frame.contract, frame.code), (contracts[0], Some(code)));
    assert_eq!(frame.message, Some(steps.bytes()));
}

#[test]
fn a_refused_module_is_told_in_facts() {
    let kit = Kit::new();
    let text = "(module (memory (export \"memory\") 1) (func (drop (f32.const 1))))";
    let store = Action::StoreCode {
        code: wat::parse_str(text).unwrap(),
    };
    let simulated = simulated(&kit, ALICE, &[store]).unwrap();
    assert_eq!(simulated.receipt.status, StatusCode::CodeRejected);
    let refusal = simulated.trace.refusal.unwrap();
    assert_eq!(refusal.rule.as_bytes(), simulated.receipt.data);
    assert_eq!(refusal.feature.as_deref(), Some("floats"));
    let reason = simulated.trace.reason.unwrap();
    let place = format!("({} section, byte {})", refusal.section, refusal.offset);
    assert!(reason.contains(&place), "{reason}: {place}");
    assert!(reason.contains(&refusal.hint), "{reason}: {}", refusal.hint);
}

#[test]
fn who_cannot_pay_learns_how_much_is_missing() {
    let kit = Kit::new();
    let simulated = simulated(&kit, NOBODY, &[transfer(&address(BOB), 0)]).unwrap();
    assert_eq!(
        (simulated.balance, simulated.receipt.status),
        (0, StatusCode::Success)
    );
    assert!(simulated.reserve > 0);
}

/// What is reserved cannot be transferred: the second run notices.
#[test]
fn a_transfer_of_everything_leaves_nothing_for_the_fee() {
    let kit = Kit::new();
    let simulated = simulated(&kit, ALICE, &[transfer(&address(BOB), FUNDS)]).unwrap();
    assert_eq!(simulated.receipt.status, StatusCode::InsufficientBalance);
}

/// Limits that no account could pay are only limits.
#[test]
fn any_deposit_limit_is_safe() {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, puppet_with(argosy_vm_abi::Capabilities::ALL, "x"));
    let actions = [
        Action::RemoveCode { code },
        Action::StoreCode { code: puppet() },
    ];
    for deposit_max in [Some(u128::MAX), None] {
        let request = SimulateRequest {
            sender: address(ALICE),
            actions: &actions,
            size_bytes: 5_000,
            tip: 0,
            gas_max: u64::MAX,
            deposit_max,
        };
        let found = simulate(kit.state(), kit.context(), &kit.spec, &kit.engine, &request);
        assert_eq!(found.unwrap().receipt.status, StatusCode::Success);
    }
}

#[test]
fn the_gas_cap_holds() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    let simulated = simulated(&kit, ALICE, &[call(&contracts[0], Steps::new().spin())]).unwrap();
    assert_eq!(simulated.receipt.status, StatusCode::OutOfGas);
    assert_eq!(simulated.receipt.gas_used, 90_000_000);
}

#[test]
fn what_could_never_run_is_refused() {
    let kit = Kit::new();
    let found = simulated(&kit, ALICE, &[Action::Unjail]);
    let expected = Inadmissible::ActionInactive {
        index: 0,
        action: argosy_primitives::ActionKind::Unjail,
    };
    assert!(matches!(found, Err(ApplyError::Inadmissible(found)) if found == expected));
}

fn ask(kit: &Kit, contract: Address, steps: &Steps, gas_max: u64) -> QueryOutcome {
    let message = steps.bytes();
    let request = QueryRequest {
        contract,
        caller: address(BOB),
        funds: 0,
        message: &message,
        gas_max,
    };
    query(kit.state(), kit.context(), &kit.spec, &kit.engine, &request).unwrap()
}

#[test]
fn a_query_reads_and_changes_nothing() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(2);
    kit.must(
        ALICE,
        call(
            &contracts[0],
            Steps::new().set(b"k", b"value").set(b"a", b"1"),
        ),
    );
    let outcome = ask(
        &kit,
        contracts[0],
        &Steps::new().get(b"k").who(),
        10_000_000,
    );
    let mut data = Returned::of(&outcome.data);
    assert_eq!((data.u64(), data.register()), (5, b"value".to_vec()));
    assert_eq!(
        [data.address(), data.address(), data.address()],
        [address(BOB), contracts[0], address(BOB)]
    );
    let entries = vec![
        (b"a".to_vec(), b"1".to_vec()),
        (b"k".to_vec(), b"value".to_vec()),
    ];
    let outcome = ask(
        &kit,
        contracts[0],
        &Steps::new().range(0, 10).range(1, 1),
        10_000_000,
    );
    let mut data = Returned::of(&outcome.data);
    let encoded = parity_scale_codec::Encode::encode;
    assert_eq!(
        (data.bytes(1), data.register()),
        (vec![2], encoded(&entries))
    );
    assert_eq!(
        (data.bytes(1), data.register()),
        (vec![1], encoded(&entries[1..].to_vec()))
    );
    let outcome = ask(
        &kit,
        contracts[0],
        &Steps::new().set(b"k", b"x"),
        10_000_000,
    );
    assert_eq!(outcome.status, StatusCode::ReadOnly);
}

/// Whoever asks need not have what the question brings along, and nothing of it stays.
#[test]
fn a_query_brings_funds_along() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    let message = Steps::new().who().balance(&contracts[0]).bytes();
    let ask = |who: u8, funds: u128| {
        let request = QueryRequest {
            contract: contracts[0],
            caller: address(who),
            funds,
            message: &message,
            gas_max: 10_000_000,
        };
        query(kit.state(), kit.context(), &kit.spec, &kit.engine, &request).unwrap()
    };
    for who in [BOB, NOBODY] {
        let outcome = ask(who, FUNDS + 7);
        let mut data = Returned::of(&outcome.data);
        assert_eq!(data.address(), address(who));
        assert_eq!(
            (data.address(), data.address()),
            (contracts[0], address(who))
        );
        assert_eq!(
            (data.u128(), data.u128()),
            (FUNDS + 7, FUNDS + 7 + 1_000_000)
        );
    }
    assert_eq!(kit.account(&contracts[0]).balance, 1_000_000);
    let outcome = ask(BOB, u128::MAX);
    assert_eq!(outcome.status, StatusCode::InsufficientBalance);
    assert!(outcome.trace.reason.is_some());
}

#[test]
fn a_query_ends() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    let outcome = ask(&kit, contracts[0], &Steps::new().spin(), 3_000_000);
    assert_eq!(
        (outcome.status, outcome.gas_used),
        (StatusCode::OutOfGas, 3_000_000)
    );
    let outcome = ask(&kit, address(BOB), &Steps::new(), 3_000_000);
    assert_eq!(
        (outcome.status, outcome.gas_used),
        (StatusCode::ContractNotFound, 0)
    );
    let large = Steps::new().log(&"x".repeat(70_000));
    assert_eq!(
        ask(&kit, contracts[0], &large, 3_000_000).status,
        StatusCode::LimitExceeded
    );
}

//! Transactions that are listened to: they do what they do otherwise, their gas adds up, and what is said
//! to be different in state is.

use std::collections::{BTreeMap, BTreeSet};

use argosy_executor::{
    Ask, Place, ProfileNode, SimulateRequest, Traced, TracedAction, TracedFrame, simulate,
    simulate_traced,
};
use argosy_kv::{Column, Direction, KeyRange, Store};
use argosy_primitives::{
    Action, Address, Gas, Receipt, StatusCode, Transaction, VerifiedTransaction,
};
use argosy_state::StateKey;

use crate::kit::{ALICE, BOB, Kit, address, call, proposer, sign, transfer};
use crate::puppet::{ALLOW_REENTRY, READ_ONLY, Steps, puppet};

/// What a transaction does as the first of the next block, and what it is said to do.
#[track_caller]
pub(crate) fn check(kit: &Kit, tx: &VerifiedTransaction) -> [Traced; 2] {
    let receipt = kit.executor().apply(tx).unwrap().clone();
    [Ask::Frames, Ask::Profile].map(|ask| {
        let traced = kit.executor().apply_traced(tx, ask).unwrap();
        assert_eq!(traced.receipt, receipt, "{ask:?}");
        check_gas(&traced, &receipt, ask);
        traced
    })
}

#[track_caller]
fn check_gas(traced: &Traced, receipt: &Receipt, ask: Ask) {
    let sum = |gas: &mut dyn Iterator<Item = Gas>| gas.sum::<Gas>();
    match ask {
        Ask::Frames => {
            let own = sum(&mut traced.frames.iter().map(|it| it.own_gas));
            assert_eq!(own + traced.outside_gas, receipt.gas_used);
            for frame in &traced.frames {
                let imports = sum(&mut frame.imports.iter().map(|(_, it)| it.gas));
                let steps = sum(&mut frame.steps.iter().map(|it| it.gas));
                assert!(steps <= imports && imports <= frame.own_gas, "{frame:?}");
            }
        }
        Ask::Profile => {
            let own = sum(&mut traced.profile.iter().map(|it| it.gas));
            assert_eq!(own, receipt.gas_used);
            assert!(traced.frames.is_empty());
            check_tree(&traced.profile);
        }
    }
}

#[track_caller]
fn check_tree(nodes: &[ProfileNode]) {
    for (index, node) in nodes.iter().enumerate() {
        match node.parent {
            None => assert_eq!((index, node.place), (0, Place::Transaction)),
            Some(parent) => assert!((parent as usize) < index),
        }
    }
}

#[track_caller]
fn trace(kit: &Kit, steps: Steps, contract: &Address) -> [Traced; 2] {
    let draft = kit.draft(ALICE, vec![call(contract, steps)]);
    check(kit, &sign(ALICE, draft))
}

fn imports(frame: &TracedFrame) -> Vec<&'static str> {
    frame.steps.iter().map(|it| it.import).collect()
}

#[test]
fn a_call_tree_is_told_with_its_gas() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(3);
    let inner = Steps::new().get(b"k").remove(b"k").trap();
    let middle = Steps::new()
        .set(b"k", b"v")
        .call_with(&contracts[2], 9, 0, 0, inner)
        .log("hello")
        .emit(&[[1; 32]], b"event");
    let steps = Steps::new()
        .set(b"a", b"b")
        .call(&contracts[1], middle.clone())
        .transfer(&address(BOB), 5)
        .call(&address(BOB), Steps::new());
    let [traced, profiled] = trace(&kit, steps, &contracts[0]);
    let [outer, second, third, refused] = traced.frames.as_slice() else {
        panic!("{:#?}", traced.frames)
    };
    let tree = [outer, second, third, refused].map(|it| (it.parent, it.depth, it.status));
    let expected = [
        (None, 1, StatusCode::Success),
        (Some(0), 2, StatusCode::Success),
        (Some(1), 3, StatusCode::Trapped),
        (Some(0), 2, StatusCode::ContractNotFound),
    ];
    assert_eq!(tree, expected);
    let told = ["storage_set", "call", "transfer", "call"];
    assert_eq!(imports(outer), told);
    assert_eq!(imports(second), ["storage_set", "call", "log", "emit"]);
    assert_eq!(imports(third), ["storage_get", "storage_remove"]);
    assert_eq!(
        second.steps[0].action,
        TracedAction::Write {
            key: Some(b"k".to_vec()),
            value: Some(b"v".to_vec()),
        }
    );
    assert_eq!(
        third.steps[0].action,
        TracedAction::Read {
            key: Some(b"k".to_vec()),
            is_found: false,
            value: None,
        }
    );
    let called = |frame, status| TracedAction::Call { frame, status };
    assert_eq!(second.steps[1].action, called(Some(2), StatusCode::Trapped));
    assert_eq!(
        outer.steps[3].action,
        called(Some(3), StatusCode::ContractNotFound)
    );
    assert_eq!(second.message.as_deref(), Some(middle.bytes().as_slice()));
    assert_eq!((third.funds, third.caller), (9, contracts[1]));
    assert!(
        third
            .diagnostic
            .as_ref()
            .is_some_and(|it| it.contains("unreachable"))
    );
    assert_eq!(outer.gas_used - outer.own_gas, second.gas_used);
    assert!(!traced.is_truncated && !profiled.is_truncated);

    // The tree of functions has the frames where the imports are that opened them.
    let nodes = &profiled.profile;
    let parent = |node: &ProfileNode| node.parent.map(|it| nodes[it as usize].place);
    let frames: Vec<_> = nodes
        .iter()
        .filter_map(|node| match node.place {
            Place::Frame { contract, .. } => Some((contract, parent(node))),
            _ => None,
        })
        .collect();
    let by_call = Some(Place::Import("call"));
    let expected = [
        (contracts[0], Some(Place::Transaction)),
        (contracts[1], by_call),
        (contracts[2], by_call),
    ];
    assert_eq!(frames, expected);
    let has = |place: &dyn Fn(&Place) -> bool| nodes.iter().any(|it| place(&it.place));
    assert!(has(&|it| *it == Place::Import("storage_set")));
    assert!(has(&|it| matches!(it, Place::Function { .. })));
}

#[test]
fn every_end_is_the_same_when_somebody_listens() {
    let mut kit = Kit::new();
    let (code, contracts) = kit.puppets(2);
    let [outer, inner] = [&contracts[0], &contracts[1]];
    let small = Steps::new().set(b"k", &[1; 100]).emit(&[[1; 32]], b"x");
    let deep = std::iter::repeat_n(*outer, 20).collect::<Vec<_>>();
    let cases = [
        Steps::new(),
        small.clone().revert(),
        small.clone().trap(),
        small.clone().recurse(),
        small.clone().bad_pointer(),
        small.clone().spin(),
        Steps::new().set(&[0; 257], b""),
        Steps::new().grow(2).gas_left().who().balance(inner),
        Steps::new().set(b"a", b"1").set(b"b", b"2").range(0, 10),
        Steps::new().call_with(inner, 0, 100_000, 0, Steps::new().spin()),
        Steps::new().call_with(inner, 0, 0, READ_ONLY, small.clone()),
        Steps::new().call(inner, Steps::new().call(outer, small.clone())),
        Steps::new().call_with(
            inner,
            0,
            0,
            ALLOW_REENTRY,
            Steps::new().call(outer, small.clone()),
        ),
        Steps::new().create(&code, 77, 5, small.clone()),
        Steps::new().create(&code, 0, 5, small.clone().trap()),
        Steps::new().upgrade(&code, small.clone()),
        Steps::through(&deep, small),
    ];
    for steps in cases {
        trace(&kit, steps, outer);
    }
    // What opens no frame, and what an action refuses.
    let actions = [
        transfer(&address(BOB), 5),
        transfer(&address(BOB), u128::MAX),
        Action::StoreCode { code: puppet() },
        Action::StoreCode { code: vec![1] },
        call(&address(BOB), Steps::new()),
        Action::RemoveCode { code },
    ];
    for action in actions {
        let draft = kit.draft(ALICE, vec![action]);
        check(&kit, &sign(ALICE, draft));
    }
    // Gas that ends anywhere, loading included.
    let steps = Steps::new()
        .set(b"k", &[7; 64])
        .call(inner, Steps::new().get(b"k"));
    let whole = kit.try_draft(ALICE, kit.draft(ALICE, vec![call(outer, steps.clone())]));
    let whole = whole.unwrap().gas_used;
    for part in 0..40 {
        let mut draft = kit.draft(ALICE, vec![call(outer, steps.clone())]);
        draft.gas_limit = whole * part / 40;
        if kit.try_draft(ALICE, draft.clone()).is_ok() {
            check(&kit, &sign(ALICE, draft));
        }
    }
}

/// Every record of the store.
fn all(kit: &Kit) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let view = kit.store.view();
    let entries = view.range(Column::State, KeyRange::all(), Direction::Ascending);
    let entry = |entry: Result<(Vec<u8>, argosy_kv::Bytes), _>| {
        let (key, value) = entry.unwrap();
        (key, value.to_vec())
    };
    entries.map(entry).collect()
}

/// What the block does at its end, and not the transaction: the tip, the supply, and which code is hot.
fn is_the_blocks(key: &[u8]) -> bool {
    let own = StateKey::System(&[]).under(&Address::SYSTEM);
    let is_the_chains = key
        .strip_prefix(own.as_slice())
        .is_some_and(|it| it[0] >= 3);
    is_the_chains || key == StateKey::Account.under(&proposer())
}

#[test]
fn what_changed_is_the_difference_between_before_and_after() {
    let mut kit = Kit::new();
    let (code, contracts) = kit.puppets(2);
    let scenarios: Vec<Vec<Action>> = vec![
        vec![call(
            &contracts[0],
            Steps::new().set(b"a", b"1").set(b"b", b"2"),
        )],
        vec![call(
            &contracts[0],
            Steps::new()
                .set(b"a", b"3")
                .set(b"b", b"2")
                .remove(b"a")
                .call(&contracts[1], Steps::new().set(b"lost", b"x").trap())
                .call_with(&contracts[1], 3, 0, 0, Steps::new().set(b"kept", b"y")),
        )],
        vec![call(&contracts[0], Steps::new().set(b"c", b"1").revert())],
        vec![transfer(&address(77), 1_000), transfer(&address(BOB), 1)],
        vec![Action::StoreCode {
            code: crate::puppet::puppet_with(argosy_vm_abi::Capabilities::ALL, "other"),
        }],
        vec![call(
            &contracts[0],
            Steps::new().create(&code, 9, 1, Steps::new()),
        )],
    ];
    for actions in scenarios {
        let draft = kit.draft(ALICE, actions);
        let tx = sign(ALICE, draft);
        let [traced, _] = check(&kit, &tx);
        let before = all(&kit);
        kit.block(&[tx]);
        let after = all(&kit);
        let mut told = BTreeSet::new();
        for change in &traced.changes {
            let value = |of: &BTreeMap<Vec<u8>, Vec<u8>>| of.get(&change.key).cloned();
            let was = change.before.as_ref().map(|it| it.to_vec());
            assert_eq!(was, value(&before), "{:?}", change.place());
            if !is_the_blocks(&change.key) {
                let is = change.after.as_ref().map(|it| it.to_vec());
                assert_eq!(is, value(&after), "{:?}", change.place());
            }
            told.insert(&change.key);
        }
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let is_different = before.get(key) != after.get(key);
            let is_told = told.contains(key) || is_the_blocks(key);
            assert!(is_told || !is_different, "{key:?}");
        }
    }
}

#[test]
fn a_trace_is_bounded_whatever_a_contract_does() {
    let mut kit = Kit::with_spec(|spec| spec.limits.events_max = 1_024);
    let (_, contracts) = kit.puppets(2);
    let events = (0..200).fold(Steps::new(), |steps, _| steps.emit(&[], &[7; 100]));
    let [traced, _] = trace(&kit, events, &contracts[0]);
    assert_eq!(traced.frames[0].steps.len(), 200);
    assert!(!traced.is_truncated);

    // Messages and values many times over.
    let message = (0..30).fold(Steps::new(), |steps, it| steps.set(&[it], &[7; 500]));
    let calls = (0..3).fold(Steps::new(), |steps, _| {
        steps.call(&contracts[1], message.clone())
    });
    let [traced, _] = trace(&kit, calls, &contracts[0]);
    let kept: usize = traced.frames.iter().map(bytes_of).sum();
    assert!(kept <= 512 << 10, "{kept}");

    // Many calls: frames are bounded, and their gas is in their callers'.
    let calls = (0..600).fold(Steps::new(), |steps, _| {
        steps.call(&contracts[1], Steps::new())
    });
    let draft = Transaction {
        gas_limit: kit.spec.limits.tx_gas_max,
        ..kit.draft(
            ALICE,
            vec![
                call(&contracts[0], calls.clone()),
                call(&contracts[0], calls),
            ],
        )
    };
    let [traced, profiled] = check(&kit, &sign(ALICE, draft));
    assert_eq!(traced.frames.len(), 512);
    assert!(traced.is_truncated && !profiled.is_truncated);
    assert!(profiled.profile.len() < 100, "{}", profiled.profile.len());
}

fn bytes_of(frame: &TracedFrame) -> usize {
    let size = |it: &Option<Vec<u8>>| it.as_ref().map_or(0, Vec::len);
    let steps = frame.steps.iter().map(|it| match &it.action {
        TracedAction::Write { key, value } | TracedAction::Read { key, value, .. } => {
            size(key) + size(value)
        }
        _ => 0,
    });
    size(&frame.message) + size(&frame.data) + steps.sum::<usize>()
}

#[test]
fn a_trial_is_told_as_it_would_end() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(2);
    let actions = [call(
        &contracts[0],
        Steps::new()
            .set(b"k", b"v")
            .call(&contracts[1], Steps::new().emit(&[], b"x")),
    )];
    let request = SimulateRequest {
        sender: address(ALICE),
        actions: &actions,
        size_bytes: 300,
        tip: 0,
        gas_max: 20_000_000,
        deposit_max: None,
    };
    let (spec, engine) = (&kit.spec, &kit.engine);
    let plain = simulate(kit.state(), kit.context(), spec, engine, &request).unwrap();
    for ask in [Ask::Frames, Ask::Profile] {
        let traced =
            simulate_traced(kit.state(), kit.context(), spec, engine, &request, ask).unwrap();
        assert_eq!(traced.receipt.status, plain.receipt.status);
        assert_eq!(traced.receipt.events, plain.receipt.events);
        assert_eq!(traced.receipt.deposit, plain.receipt.deposit);
        check_gas(&traced, &traced.receipt, ask);
        assert!(!traced.changes.is_empty());
    }
    let too_low = SimulateRequest {
        gas_max: 1,
        ..request
    };
    let refused = simulate_traced(
        kit.state(),
        kit.context(),
        spec,
        engine,
        &too_low,
        Ask::Frames,
    );
    assert!(refused.is_err());
}

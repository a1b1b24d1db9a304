//! Contracts calling contracts: gas, failures, depth, re-entry, read-only frames, capabilities.

use argosy_primitives::{Action, Address, StatusCode, Transaction};
use argosy_vm_abi::Capabilities;

use crate::kit::{ALICE, BOB, Kit, NOBODY, Returned, address, call};
use crate::puppet::{ALLOW_REENTRY, READ_ONLY, Steps, puppet_with};

/// The status that the outermost frame ends with.
#[track_caller]
fn ends(kit: &mut Kit, contract: &Address, steps: Steps, expected: StatusCode) {
    let receipt = kit.run(ALICE, vec![call(contract, steps)]);
    assert_eq!(receipt.status, expected);
}

/// The status that a sub-call with these steps returns, and what it left behind: nothing.
#[track_caller]
fn returns(kit: &mut Kit, [outer, inner]: [&Address; 2], steps: Steps, expected: StatusCode) {
    let before = kit.contract(inner);
    let receipt = kit.must(
        ALICE,
        call(outer, Steps::new().call_with(inner, 7, 5_000_000, 0, steps)),
    );
    let mut data = Returned::of(&receipt.data);
    assert_eq!(data.status(), expected);
    if !expected.is_success() {
        assert!(receipt.events.is_empty(), "{:?}", receipt.events);
        assert_eq!(receipt.deposit, 0);
        assert_eq!(kit.contract(inner), before);
        assert_eq!(kit.account(inner).balance, 1_000_000);
        assert_eq!(kit.account(outer).balance, 1_000_000);
    }
}

/// Writes, moves funds and announces, then goes on.
fn traces() -> Steps {
    Steps::new()
        .set(b"k", &[1; 100])
        .transfer(&address(BOB), 5)
        .emit(&[[1; 32]], b"event")
}

#[test]
fn a_callee_sees_its_caller_and_its_funds() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(2);
    let steps = Steps::new().call_with(&contracts[1], 30, 0, 0, Steps::new().who());
    let action = Action::Call {
        contract: contracts[0],
        funds: 12,
        message: steps.who().bytes(),
        abi_hash: None,
    };
    let receipt = kit.must(BOB, action);
    let mut outer = Returned::of(&receipt.data);
    assert_eq!(outer.status(), StatusCode::Success);
    let mut inner = Returned::of(&outer.register());
    let who = |data: &mut Returned| [data.address(), data.address(), data.address()];
    assert_eq!(who(&mut inner), [contracts[0], contracts[1], address(BOB)]);
    assert_eq!(inner.u128(), 30);
    assert_eq!(who(&mut outer), [address(BOB), contracts[0], address(BOB)]);
    assert_eq!(outer.u128(), 12);
    assert_eq!(kit.account(&contracts[0]).balance, 1_000_000 + 12 - 30);
    assert_eq!(kit.account(&contracts[1]).balance, 1_000_030);
}

#[test]
fn every_way_to_end_a_frame() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    let contract = &contracts[0];
    ends(&mut kit, contract, Steps::new(), StatusCode::Success);
    ends(&mut kit, contract, traces().revert(), StatusCode::Reverted);
    ends(&mut kit, contract, traces().spin(), StatusCode::OutOfGas);
    ends(&mut kit, contract, traces().trap(), StatusCode::Trapped);
    ends(&mut kit, contract, traces().recurse(), StatusCode::Trapped);
    ends(
        &mut kit,
        contract,
        traces().bad_pointer(),
        StatusCode::Trapped,
    );
    ends(
        &mut kit,
        contract,
        Steps::new().set(&[0; 257], b""),
        StatusCode::LimitExceeded,
    );
    let topics = [[0; 32]; 5];
    ends(
        &mut kit,
        contract,
        Steps::new().emit(&topics, b""),
        StatusCode::LimitExceeded,
    );
    ends(
        &mut kit,
        contract,
        Steps::new().emit(&[], &[0; 16_385]),
        StatusCode::LimitExceeded,
    );
}

#[test]
fn a_failed_callee_returns_a_code_and_leaves_nothing() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(2);
    let pair = [&contracts[0], &contracts[1]];
    returns(&mut kit, pair, traces().revert(), StatusCode::Reverted);
    returns(&mut kit, pair, traces().trap(), StatusCode::Trapped);
    returns(&mut kit, pair, traces().recurse(), StatusCode::Trapped);
    returns(&mut kit, pair, traces().bad_pointer(), StatusCode::Trapped);
    returns(&mut kit, pair, traces().spin(), StatusCode::OutOfGas);
    returns(
        &mut kit,
        pair,
        traces().set(&[0; 257], b""),
        StatusCode::LimitExceeded,
    );
    returns(&mut kit, pair, Steps::new(), StatusCode::Success);
}

#[test]
fn calls_that_cannot_begin() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(2);
    let steps = Steps::new()
        .call(&address(BOB), Steps::new())
        .call_with(&contracts[1], 1_000_001, 0, 0, Steps::new())
        .transfer(&contracts[1], 1_000_001);
    let receipt = kit.must(ALICE, call(&contracts[0], steps));
    let mut data = Returned::of(&receipt.data);
    assert_eq!(
        (data.status(), data.register()),
        (StatusCode::ContractNotFound, Vec::new())
    );
    assert_eq!(
        (data.status(), data.register()),
        (StatusCode::InsufficientBalance, Vec::new())
    );
    assert_eq!(data.status(), StatusCode::InsufficientBalance);
}

#[test]
fn revert_data_reaches_the_caller() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(2);
    let inner = Steps::new().balance(&contracts[1]).revert();
    let receipt = kit.must(
        ALICE,
        call(&contracts[0], Steps::new().call(&contracts[1], inner)),
    );
    let mut data = Returned::of(&receipt.data);
    assert_eq!(data.status(), StatusCode::Reverted);
    assert_eq!(Returned::of(&data.register()).u128(), 1_000_000);
}

#[test]
fn a_caller_keeps_a_sixty_fourth() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(2);
    let steps = Steps::new()
        .gas_left()
        .call(&contracts[1], Steps::new().spin())
        .gas_left();
    let receipt = kit.must(ALICE, call(&contracts[0], steps));
    let mut data = Returned::of(&receipt.data);
    let before = data.u64();
    assert_eq!(
        (data.status(), data.register()),
        (StatusCode::OutOfGas, Vec::new())
    );
    let after = data.u64();
    assert!(after <= before / 64, "{after} of {before}");
    assert!(after >= before / 64 - 100_000, "{after} of {before}");
}

#[test]
fn a_callee_gets_no_more_than_it_is_given() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(2);
    let inner = Steps::new().gas_left();
    let steps = Steps::new()
        .call_with(&contracts[1], 0, 1_000_000, 0, inner)
        .gas_left()
        .call_with(&contracts[1], 0, 1_000_000, 0, Steps::new().spin())
        .gas_left();
    let receipt = kit.must(ALICE, call(&contracts[0], steps));
    let mut data = Returned::of(&receipt.data);
    assert_eq!(data.status(), StatusCode::Success);
    assert!(Returned::of(&data.register()).u64() < 1_000_000);
    let before = data.u64();
    assert_eq!(
        (data.status(), data.register()),
        (StatusCode::OutOfGas, Vec::new())
    );
    let used = before - data.u64();
    assert!((1_000_000..1_100_000).contains(&used), "{used}");
}

#[test]
fn sixteen_contracts_deep_and_no_deeper() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(17);
    let depth_max = kit.spec.limits.call_depth_max as usize;
    assert_eq!(depth_max, 16);
    let last = Steps::new().set(b"deep", b"down");
    let action = call(
        &contracts[0],
        Steps::through(&contracts[1..16], last.clone()),
    );
    kit.must(ALICE, action);
    assert_eq!(kit.contract(&contracts[15]).storage_items, 1);
    let action = call(&contracts[0], Steps::through(&contracts[1..17], last));
    let receipt = kit.must(ALICE, action);
    assert_eq!(kit.contract(&contracts[16]).storage_items, 0);
    // The sixteenth contract was told; unwrap its answer.
    let mut data = receipt.data;
    for _ in 0..15 {
        let mut returned = Returned::of(&data);
        assert_eq!(returned.status(), StatusCode::Success);
        data = returned.register();
    }
    assert_eq!(Returned::of(&data).status(), StatusCode::CallDepth);
}

#[test]
fn reentry_is_refused_unless_every_frame_allows_it() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(3);
    let [a, b, c] = &contracts[..] else {
        panic!("three")
    };
    let back = |to, flags| Steps::new().call_with(to, 0, 0, flags, Steps::new().set(b"in", b"!"));
    let innermost = |kit: &mut Kit, steps: Steps, depth: usize| {
        let mut data = kit.must(ALICE, call(a, steps)).data;
        for _ in 0..depth {
            let mut returned = Returned::of(&data);
            assert_eq!(returned.status(), StatusCode::Success);
            data = returned.register();
        }
        Returned::of(&data).status()
    };
    // a -> a
    assert_eq!(innermost(&mut kit, back(a, 0), 0), StatusCode::Reentry);
    assert_eq!(
        innermost(&mut kit, back(a, ALLOW_REENTRY), 0),
        StatusCode::Success
    );
    // a -> b -> a: only a's own call counts.
    let via = |flags, inner| Steps::new().call_with(b, 0, 0, flags, inner);
    assert_eq!(
        innermost(&mut kit, via(0, back(a, 0)), 1),
        StatusCode::Reentry
    );
    assert_eq!(
        innermost(&mut kit, via(0, back(a, ALLOW_REENTRY)), 1),
        StatusCode::Reentry
    );
    assert_eq!(
        innermost(&mut kit, via(ALLOW_REENTRY, back(a, 0)), 1),
        StatusCode::Success
    );
    // a -> b -> c -> b: a allows, b does not.
    let to_c = Steps::new().call(c, back(b, 0));
    assert_eq!(
        innermost(&mut kit, via(ALLOW_REENTRY, to_c), 2),
        StatusCode::Reentry
    );
    // Reading counts as re-entry, too: state in the middle of a change is not to be seen.
    assert_eq!(
        innermost(&mut kit, via(0, back(a, READ_ONLY)), 1),
        StatusCode::Reentry
    );
}

#[test]
fn a_contract_under_creation_or_migration_is_not_entered() {
    let mut kit = Kit::new();
    let (code, contracts) = kit.puppets(2);
    let [a, b] = &contracts[..] else {
        panic!("two")
    };
    // a creates a contract whose init calls a.
    let steps = Steps::new().create(&code, 50, 0, Steps::new().call(a, Steps::new()));
    let mut data = Returned::of(&kit.must(ALICE, call(a, steps)).data);
    assert_eq!(data.status(), StatusCode::Success);
    let _ = data.address();
    assert_eq!(Returned::of(&data.register()).status(), StatusCode::Reentry);
    // a migrates itself; the migration calls b, which calls a.
    let migration = Steps::new().call(b, Steps::new().call(a, Steps::new()));
    let mut data = Returned::of(
        &kit.must(ALICE, call(a, Steps::new().upgrade(&code, migration)))
            .data,
    );
    assert_eq!(data.status(), StatusCode::Success);
    let mut migration = Returned::of(&data.register());
    assert_eq!(migration.status(), StatusCode::Success);
    assert_eq!(
        Returned::of(&migration.register()).status(),
        StatusCode::Reentry
    );
}

#[test]
fn read_only_frames_change_nothing() {
    let mut kit = Kit::new();
    let (code, contracts) = kit.puppets(3);
    let [a, b, c] = &contracts[..] else {
        panic!("three")
    };
    kit.must(ALICE, call(b, Steps::new().set(b"key", b"value")));
    let ask = |inner| Steps::new().call_with(b, 0, 5_000_000, READ_ONLY, inner);
    let mut status = |inner| {
        let receipt = kit.must(ALICE, call(a, ask(inner)));
        Returned::of(&receipt.data).status()
    };
    assert_eq!(
        status(Steps::new().get(b"key").range(0, 9).who()),
        StatusCode::Success
    );
    for inner in [
        Steps::new().set(b"key", b"other"),
        Steps::new().remove(b"key"),
        Steps::new().transfer(&address(BOB), 1),
        Steps::new().emit(&[], b""),
        Steps::new().create(&code, 9, 0, Steps::new()),
        Steps::new().upgrade(&code, Steps::new()),
        Steps::new().call_with(c, 1, 0, 0, Steps::new()),
    ] {
        assert_eq!(status(inner), StatusCode::ReadOnly);
    }
    // What it calls is read-only, too, though the call does not say so.
    let receipt = kit.must(
        ALICE,
        call(a, ask(Steps::new().call(c, Steps::new().set(b"k", b"v")))),
    );
    let mut data = Returned::of(&receipt.data);
    assert_eq!(data.status(), StatusCode::Success);
    assert_eq!(
        Returned::of(&data.register()).status(),
        StatusCode::ReadOnly
    );
}

#[test]
fn capabilities_must_be_declared() {
    let mut kit = Kit::new();
    let (code, contracts) = kit.puppets(1);
    let other = &contracts[0];
    let steps = [
        (
            Capabilities::TRANSFER,
            Steps::new().transfer(&address(BOB), 1),
        ),
        (Capabilities::CALL, Steps::new().call(other, Steps::new())),
        (
            Capabilities::INSTANTIATE,
            Steps::new().create(&code, 99, 0, Steps::new()),
        ),
        (
            Capabilities::UPGRADE,
            Steps::new().upgrade(&code, Steps::new()),
        ),
    ];
    for (index, (needed, steps)) in (0u8..).zip(steps) {
        let all_but = Capabilities::from_bits(Capabilities::ALL.bits() & !needed.bits());
        for (has, expected) in [
            (needed, StatusCode::Success),
            (all_but.unwrap(), StatusCode::CapabilityMissing),
        ] {
            let tag = format!("{has:?}");
            let code = kit.store_code(ALICE, puppet_with(has, &tag));
            let contract = kit.instantiate(ALICE, code, index, 10);
            ends(&mut kit, &contract, steps.clone(), expected);
        }
    }
}

#[test]
fn a_contract_creates_a_contract() {
    let mut kit = Kit::new();
    let (code, contracts) = kit.puppets(1);
    let init = Steps::new().set(b"k", b"v").who();
    let receipt = kit.must(
        ALICE,
        call(&contracts[0], Steps::new().create(&code, 5, 40, init)),
    );
    let mut data = Returned::of(&receipt.data);
    assert_eq!(data.status(), StatusCode::Success);
    let created = data.address();
    let abi = argosy_primitives::AbiKind::Native;
    assert_eq!(
        created,
        Address::of_contract(abi, &contracts[0], &[5; 32], &code)
    );
    let mut who = Returned::of(&data.register());
    assert_eq!(
        [who.address(), who.address(), who.address()],
        [contracts[0], created, address(ALICE)]
    );
    assert_eq!(kit.account(&created).balance, 40);
    assert_eq!(kit.contract(&created).creator, contracts[0]);
    assert_eq!(kit.contract(&created).admin, None);
    assert_eq!(kit.code(&code).users, 2);
    // Again: it exists. With another salt and a failing init: nothing is left.
    let steps = Steps::new()
        .create(&code, 5, 40, Steps::new())
        .create(&code, 6, 40, Steps::new().revert())
        .create(&argosy_primitives::CodeHash::ZERO, 7, 0, Steps::new());
    let receipt = kit.must(ALICE, call(&contracts[0], steps));
    let mut data = Returned::of(&receipt.data);
    for expected in [
        StatusCode::AlreadyExists,
        StatusCode::Reverted,
        StatusCode::CodeNotFound,
    ] {
        assert_eq!(data.status(), expected);
        let _ = (data.address(), data.register());
    }
    assert_eq!(kit.code(&code).users, 2);
    assert_eq!(kit.account(&contracts[0]).balance, 1_000_000 - 40);
}

#[test]
fn a_refused_call_is_traced() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    let steps = Steps::new().call(&contracts[0], Steps::new()).trap();
    let tx = crate::kit::sign(ALICE, kit.draft(ALICE, vec![call(&contracts[0], steps)]));
    let outcome = kit.block(&[tx]);
    let statuses = outcome.traces[0].1.frames.iter();
    let statuses: Vec<_> = statuses.map(|frame| (frame.depth, frame.status)).collect();
    assert_eq!(
        statuses,
        [(2, StatusCode::Reentry), (1, StatusCode::Trapped)]
    );
}

#[test]
fn a_reason_names_addresses_as_people_write_them() {
    let mut kit = Kit::new();
    let nobody = address(NOBODY);
    let draft = kit.draft(ALICE, vec![call(&nobody, Steps::new())]);
    let outcome = kit.block(&[crate::kit::sign(ALICE, draft)]);
    let text = nobody.to_text(kit.spec.network.hrp);
    let expected = format!("there is no contract at {text}");
    assert_eq!(outcome.traces[0].1.reason, Some(expected));
}

/// Only a deposit allowance lets a contract bring accounts to life.
#[test]
fn a_contract_pays_new_accounts_from_the_signers_allowance() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    let steps = Steps::new().transfer(&address(NOBODY), 5);
    let draft = kit.draft(BOB, vec![call(&contracts[0], steps.clone())]);
    let receipt = kit.run_draft(
        BOB,
        Transaction {
            deposit_max: 0,
            ..draft
        },
    );
    assert_eq!(
        Returned::of(&receipt.data).status(),
        StatusCode::DepositLimit
    );
    assert_eq!(receipt.status, StatusCode::Success, "the contract goes on");
    let receipt = kit.must(BOB, call(&contracts[0], steps));
    assert_eq!(
        receipt.deposit,
        i128::try_from(kit.spec.fees.account_deposit).unwrap()
    );
    assert_eq!(kit.account(&address(NOBODY)).balance, 5);
}

#[test]
fn failed_frames_are_traced_from_cause_to_effect() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(3);
    let inner = Steps::new().log("about to trap").trap();
    let steps = Steps::through(&contracts[1..], inner).spin();
    let tx = crate::kit::sign(ALICE, kit.draft(ALICE, vec![call(&contracts[0], steps)]));
    let outcome = kit.block(&[tx]);
    let trace = &outcome.traces[0].1;
    let frames: Vec<_> = trace
        .frames
        .iter()
        .map(|frame| (frame.depth, frame.contract, frame.status))
        .collect();
    assert_eq!(
        frames,
        [
            (3, contracts[2], StatusCode::Trapped),
            (1, contracts[0], StatusCode::OutOfGas),
        ]
    );
    assert!(trace.frames[0].diagnostic.is_some());
    assert_eq!(trace.logs[0].text, "about to trap");
    let code = argosy_primitives::CodeHash::of(&crate::puppet::puppet());
    assert_eq!(trace.frames[0].code, Some(code));
    let message = Steps::new().log("about to trap").trap().bytes();
    assert_eq!(trace.frames[0].message, Some(message));
}

/// Frames stand one after the other; only what a frame asked for last can be why it failed.
#[test]
fn a_failed_frame_says_whether_it_ended_after_another_failed() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(3);
    let failing = || Steps::new().call(&contracts[2], Steps::new().revert());
    let fine = || Steps::new().call(&contracts[2], Steps::new());
    let frames = |kit: &mut Kit, actions: Vec<Action>| {
        let tx = crate::kit::sign(ALICE, kit.draft(ALICE, actions));
        let outcome = kit.block(&[tx]);
        let frames = outcome.traces[0].1.frames.iter();
        frames
            .map(|it| (it.depth, it.after_failure))
            .collect::<Vec<_>>()
    };
    let run = |kit: &mut Kit, steps: Steps| frames(kit, vec![call(&contracts[0], steps)]);
    let passed_on = failing().revert();
    assert_eq!(run(&mut kit, passed_on), [(2, false), (1, true)]);
    let went_on = failing().call(&contracts[1], fine()).revert();
    assert_eq!(run(&mut kit, went_on), [(2, false), (1, false)]);
    let inside_another = Steps::new().call(&contracts[1], failing()).revert();
    assert_eq!(run(&mut kit, inside_another), [(3, false), (1, false)]);
    // What is refused without a frame leaves none that could be blamed.
    let refused = failing().create(&argosy_primitives::CodeHash::ZERO, 7, 0, Steps::new());
    assert_eq!(run(&mut kit, refused.revert()), [(2, false), (1, false)]);
    // Another action.
    let actions = vec![
        call(&contracts[0], failing()),
        call(&contracts[1], Steps::new().revert()),
    ];
    assert_eq!(frames(&mut kit, actions), [(2, false), (1, false)]);
}

/// The frames of the failure that ended the whole are there, however many a contract lived through.
#[test]
fn the_last_failure_is_traced_whole() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(3);
    let failing = |steps: Steps, _| steps.call(&contracts[1], Steps::new().revert());
    let last = Steps::new().call(&contracts[2], Steps::new().trap());
    let steps = (0..80).fold(Steps::new(), failing);
    let steps = steps.call(&contracts[1], last.revert()).revert();
    let tx = crate::kit::sign(ALICE, kit.draft(ALICE, vec![call(&contracts[0], steps)]));
    let outcome = kit.block(&[tx]);
    let trace = &outcome.traces[0].1;
    assert!(trace.is_truncated);
    assert_eq!(trace.reason, None, "the frames tell it");
    let frames = trace.frames.iter().rev().take(3);
    let found: Vec<_> = frames.map(|it| (it.depth, it.contract)).collect();
    let expected = [(1, contracts[0]), (2, contracts[1]), (3, contracts[2])];
    assert_eq!(found, expected);
}

//! The probe does what it is named for, as far as the played chain shows it.

use super::*;
use argosy_contract::testing::Failure;
use argosy_contract::{Entry, SdkError, Selector};

fn probe() -> (TestHost, Probe) {
    let host = TestHost::new::<Probe>();
    let mut probe = Probe::open();
    probe.init("first".into());
    (host, probe)
}

#[track_caller]
fn check_ends(entry: Entry, selector: Selector, arguments: &impl Encode, expected: Failure) {
    let (host, _) = probe();
    let before = host.ledger();
    let found = host.send::<Probe>(entry, selector, arguments);
    assert_eq!(found, Err(expected));
    assert_eq!(host.ledger(), before, "a failed message leaves nothing");
}

#[test]
fn frames_end_as_asked() {
    let ended = Failure::Ended;
    let trapped = || ended(StatusCode::Trapped);
    check_ends(Entry::Call, selector!("trap"), &(), trapped());
    check_ends(Entry::Call, selector!("panic"), &(), trapped());
    check_ends(Entry::Call, selector!("divide"), &(1u32, 0u32), trapped());
    check_ends(Entry::Call, selector!("bad_pointer"), &0u8, trapped());
    let read_only = || ended(StatusCode::ReadOnly);
    check_ends(Entry::Query, selector!("write_in_query"), &(), read_only());
    check_ends(Entry::Query, selector!("emit_in_query"), &(), read_only());
    let too_large = || ended(StatusCode::LimitExceeded);
    check_ends(
        Entry::Call,
        selector!("store_large"),
        &(257u32, 1u32),
        too_large(),
    );
    check_ends(
        Entry::Call,
        selector!("store_large"),
        &(1u32, 65_537u32),
        too_large(),
    );
    check_ends(
        Entry::Call,
        selector!("emit_many"),
        &(1u32, 16_384u32),
        too_large(),
    );
}

#[test]
fn messages_revert_as_asked() {
    let reverted = Failure::Reverted;
    let text = RevertData::Message("no".into());
    check_ends(
        Entry::Call,
        selector!("fail_with_text"),
        &"no",
        reverted(text),
    );
    let error = ProbeError::Detailed {
        code: 7,
        text: "no".into(),
    };
    let error = reverted(RevertData::Error(error.encode()));
    check_ends(
        Entry::Call,
        selector!("fail_with_error"),
        &(7u32, "no"),
        error,
    );
    let error = reverted(RevertData::Error(ProbeError::Plain.encode()));
    check_ends(Entry::Upgrade, selector!("upgrade_failing"), &(), error);
    let overflow = reverted(RevertData::Sdk(SdkError::Overflow));
    check_ends(Entry::Call, selector!("overflow"), &u64::MAX, overflow);
    let raw = Failure::Ended(StatusCode::Reverted);
    check_ends(
        Entry::Call,
        selector!("fail_with_bytes"),
        &vec![9u8, 9],
        raw,
    );
}

#[test]
fn counts_and_recurses() {
    let (_host, mut probe) = probe();
    assert_eq!((probe.count(), probe.count(), probe.counter()), (1, 2, 2));
    assert_eq!(probe.recurse(1000), 1000);
    assert_eq!(probe.echo(vec![1, 2]), [1, 2]);
}

#[test]
fn the_map_is_filled_scanned_and_cleared() {
    let (_host, mut probe) = probe();
    probe.fill(300, 2);
    assert_eq!(probe.scan(254, 258, false, 9), [254, 255, 256, 257]);
    assert_eq!(probe.scan(0, 300, true, 2), [299, 298]);
    assert_eq!(probe.clear(400), 300);
    assert!(probe.scan(0, u32::MAX, false, 9).is_empty());
    probe.store(vec![1], vec![2]);
    assert_eq!(probe.read(vec![1]), Some(vec![2]));
    assert!(probe.erase(vec![1]));
    assert_eq!(probe.read(vec![1]), None);
}

#[test]
fn reaches_other_contracts() {
    let (host, mut probe) = probe();
    let (other, funds) = (account("other"), 5);
    host.set_balance(host.contract(), 9);
    host.stub(other, move |call| {
        assert!(call.is(selector!("count")));
        assert_eq!(
            (call.funds, call.gas, call.allow_reentry),
            (funds, 77, true)
        );
        Ok(vec![42])
    });
    let message = selector!("count").to_vec();
    let tried = probe.relay(other, funds, 77, true, false, message.clone());
    assert_eq!((tried.status, tried.data), (0, vec![42]));
    assert_eq!((host.balance(other), context::balance()), (5, 4));
    let poor = probe.relay(other, 5, 77, true, false, message.clone());
    assert_eq!(poor.status, StatusCode::InsufficientBalance as u8);
    let nobody = probe.relay(account("nobody"), 0, 0, false, false, message);
    assert_eq!(nobody.status, StatusCode::ContractNotFound as u8);
    assert_eq!(probe.send(account("bob"), 4), StatusCode::Success as u8);
    assert_eq!(
        probe.send(account("bob"), 1),
        StatusCode::InsufficientBalance as u8
    );
}

#[test]
fn creates_contracts_and_replaces_itself() {
    let (host, mut probe) = probe();
    let code = CodeHash::from_bytes([3; 32]);
    host.stub_instantiate(move |request| {
        assert_eq!(
            (request.code, request.admin),
            (code, Some(account("admin")))
        );
        Ok((Address::from_bytes(request.salt), request.input.clone()))
    });
    host.stub_upgrade(move |request| match request.code == code {
        true => Ok(request.input.clone()),
        false => Err(CallError {
            status: StatusCode::CodeNotFound,
            data: vec![],
        }),
    });
    let tried = probe.spawn(code, [8; 32], Some(account("admin")), 0, vec![1]);
    let expected = [[8; 32].as_slice(), &[1]].concat();
    assert_eq!((tried.status, tried.data), (0, expected));
    let became = probe.become_code(code, vec![6]);
    assert_eq!((became.status, became.data), (0, vec![6]));
    let other = CodeHash::from_bytes([4; 32]);
    let missing = probe.become_code(other, vec![]).status;
    assert_eq!(missing, StatusCode::CodeNotFound as u8);
}

#[test]
fn sees_its_surroundings() {
    let (host, mut probe) = probe();
    host.set_balance(account("alice"), 10);
    host.set_block(12, 3_000);
    let seen = host.pay_as(account("alice"), 4, || probe.surroundings_of_call());
    let expected = Surroundings {
        caller: account("alice"),
        contract: host.contract(),
        signer: account("alice"),
        chain: Hash32::from_bytes([7; 32]),
        funds: 4,
        balance: 4,
        height: 12,
        time: 3_000,
    };
    assert_eq!(seen, expected);
}

//! Messages in bytes reach the methods; what is wrong with them is told.

use argosy_contract::prelude::*;
use argosy_contract::testing::Failure;
use argosy_contract::{Entry, SdkError, Selector, crypto};

use crate::vault::{Deposited, Note, Rating, Vault, VaultError};

fn vault() -> (TestHost, Vault) {
    let host = TestHost::new::<Vault>();
    let mut vault = Vault::open();
    host.call_as(account("alice"), || vault.init());
    (host, vault)
}

#[track_caller]
fn check_refused(
    host: &TestHost,
    (entry, selector): (Entry, Selector),
    arguments: &[u8],
    expected: SdkError,
) {
    let before = host.ledger();
    let sent = host.send_raw::<Vault>(entry, selector, arguments);
    let expected = Failure::Reverted(RevertData::Sdk(expected));
    assert_eq!(sent, Err(expected));
    assert_eq!(host.ledger(), before);
}

#[test]
fn every_entry_has_its_own_methods() {
    let (host, vault) = vault();
    let owner = account("bob");
    let sent = host.send::<Vault>(Entry::Init, selector!("init_for"), &owner);
    assert_eq!(sent, Ok(vec![]));
    assert_eq!(
        host.send::<Vault>(Entry::Query, selector!("owner"), &()),
        Ok(owner.encode())
    );
    let sent = host.send::<Vault>(Entry::Upgrade, selector!("migrate"), &account("carol"));
    assert_eq!(sent, Ok(vec![]));
    assert_eq!(vault.owner(), account("carol"));
    let wrong_entry = (Entry::Call, selector!("owner"));
    check_refused(&host, wrong_entry, &[], SdkError::UnknownSelector);
}

#[test]
fn bad_messages_are_refused() {
    let (host, _) = vault();
    let call = |name| (Entry::Call, name);
    check_refused(&host, call([0; 4]), &[], SdkError::UnknownSelector);
    let withdraw = call(selector!("withdraw"));
    check_refused(&host, withdraw, &[1; 15], SdkError::BadArguments);
    check_refused(&host, withdraw, &[1; 17], SdkError::BadArguments);
    let annotate = call(selector!("annotate"));
    let rating_unknown = ("topic", 1u32, "text", 3u8, Vec::<u8>::new()).encode();
    check_refused(&host, annotate, &rating_unknown, SdkError::BadArguments);
    host.set_funds(1);
    check_refused(&host, withdraw, &1u128.encode(), SdkError::NotPayable);
    check_refused(
        &host,
        (Entry::Init, selector!("init")),
        &[],
        SdkError::NotPayable,
    );
}

#[test]
fn errors_of_each_kind_tell_why() {
    let (host, _) = vault();
    let sent = host.send::<Vault>(Entry::Call, selector!("withdraw"), &3u128);
    let error = VaultError::TooMuch { have: 0, want: 3 };
    let reason = RevertData::Error(error.encode());
    assert_eq!(sent, Err(Failure::Reverted(reason)));
    let sent = host.send::<Vault>(Entry::Upgrade, selector!("migrate"), &account("alice"));
    let reason = RevertData::Message("nothing to migrate".into());
    assert_eq!(sent, Err(Failure::Reverted(reason)));
    let sent = host.send::<Vault>(Entry::Call, selector!("forward"), &(account("x"), 1u8));
    let reason = RevertData::Sdk(SdkError::CallFailed);
    assert_eq!(sent, Err(Failure::Reverted(reason)));
}

#[test]
fn funds_go_in_and_out() {
    let (host, mut vault) = vault();
    let bob = account("bob");
    host.set_balance(bob, 10);
    let memo = String::from("a memo that is longer than thirty-two bytes");
    let total = host.pay_as(bob, 7, || vault.deposit(memo.clone()));
    assert_eq!(
        (total, host.balance(bob), host.balance(host.contract())),
        (7, 3, 7)
    );
    let deposited = Deposited {
        by: bob,
        amount: 7,
        memo: memo.clone(),
    };
    let topics = host.ledger().events[0].topics.clone();
    assert_eq!(
        topics[1..],
        [*bob.as_bytes(), crypto::blake3(&memo.encode())]
    );
    assert_eq!(host.events::<Deposited>(), [deposited]);

    assert_eq!(host.call_as(bob, || vault.withdraw(5)), Ok(()));
    assert_eq!((host.balance(bob), host.balance(host.contract())), (8, 2));
    let refused = host.call_as(bob, || vault.withdraw(3));
    assert_eq!(refused, Err(VaultError::TooMuch { have: 2, want: 3 }));
    assert_eq!(host.ledger().payments.len(), 1);
}

#[test]
fn answers_of_other_contracts_are_read() {
    let (host, mut vault) = vault();
    let other = account("other");
    host.stub(other, |call| {
        assert!(call.is(selector!("value")));
        match call.arguments::<u8>() {
            0 => Ok(77u64.encode()),
            1 => Ok(vec![1]),
            _ => Err(CallError {
                status: StatusCode::Reverted,
                data: RevertData::Error(VaultError::NotOwner.encode()).encode(),
            }),
        }
    });
    assert_eq!(vault.forward(other, 0), Ok(77));
    assert_eq!(
        vault.forward(other, 1),
        Err(RevertData::Sdk(SdkError::BadReply))
    );
    assert_eq!(
        vault.forward(other, 2),
        Err(RevertData::Sdk(SdkError::CallFailed))
    );
    let error = Call::new(&other, selector!("value"))
        .argument(&2u8)
        .invoke::<u64>();
    let error = error.expect_err("the stub reverts");
    assert_eq!(error.reason::<VaultError>(), Some(VaultError::NotOwner));
    assert_eq!(error.reason::<u64>(), None);
}

#[test]
fn nested_values_come_back_as_they_were() {
    let (_host, mut vault) = vault();
    let leaf = |rating| Note {
        text: "leaf".into(),
        rating,
        replies: vec![],
    };
    let note = Note {
        text: "x".repeat(300),
        rating: Rating::Stars(5),
        replies: vec![leaf(Rating::None), leaf(Rating::Range { low: -3, high: 9 })],
    };
    vault.annotate("topic".into(), 4, note.clone());
    assert_eq!(vault.note("topic".into(), 4), Some(note.clone()));
    assert_eq!(vault.note("topic".into(), 5), None);
    assert_eq!(Rating::Stars(5).encode(), [7, 5]);
    assert_eq!(Note::decode(&mut note.encode().as_slice()), Ok(note));
}

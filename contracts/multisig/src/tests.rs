//! The wallet on the played chain: who agrees, when it is done, and that nothing else moves funds.

use std::collections::BTreeSet;

use argosy_contract::codec::Encode;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, proptest};
use proptest::{prop_assert, prop_assert_eq};

use super::*;

const DELAY: u64 = 1_000;
const NOW: TimestampMs = 1_000_000;
const FUNDS: Balance = 10_000;

fn alice() -> Address {
    account("alice")
}

fn bob() -> Address {
    account("bob")
}

fn carol() -> Address {
    account("carol")
}

fn rules(threshold: u32) -> Rules {
    Rules {
        threshold,
        delay_ms: DELAY,
    }
}

/// Two of three.
fn wallet() -> (TestHost, Wallet) {
    let host = TestHost::new::<Wallet>();
    host.set_block(1, NOW);
    host.set_balance(alice(), FUNDS);
    let mut wallet = Wallet::open();
    let begun = host.pay_as(alice(), FUNDS, || {
        wallet.init(vec![alice(), bob(), carol()], rules(2))
    });
    assert_eq!(begun, Ok(()));
    (host, wallet)
}

fn send(amount: Balance) -> Action {
    Action::Send {
        to: account("shop"),
        amount,
    }
}

fn propose(host: &TestHost, wallet: &mut Wallet, action: Action) -> u64 {
    let proposed = host.call_as(alice(), || wallet.propose(action));
    proposed.expect("alice is an owner")
}

#[test]
fn enough_owners_agree_and_wait() {
    let (host, mut wallet) = wallet();
    let number = propose(&host, &mut wallet, send(400));
    let mut execute = |by| host.call_as(by, || wallet.execute(number));
    assert_eq!(execute(alice()), Err(WalletError::NotAgreed));
    let confirmed = host.call_as(bob(), || wallet.confirm(number));
    assert_eq!(confirmed, Ok(()));
    let ready_at = NOW + DELAY;
    let mut execute = |by| host.call_as(by, || wallet.execute(number));
    assert_eq!(execute(bob()), Err(WalletError::TooEarly { ready_at }));
    host.set_block(2, ready_at);
    assert_eq!(execute(account("mallory")), Err(WalletError::NotOwner));
    assert_eq!(execute(carol()), Ok(vec![]));
    assert_eq!(execute(carol()), Err(WalletError::NoSuchProposal));
    assert_eq!(host.balance(account("shop")), 400);
    assert!(wallet.confirmed_by(number).is_empty());
    assert_eq!(host.events::<Executed>().len(), 1);
}

#[test]
fn who_revokes_makes_the_delay_begin_anew() {
    let (host, mut wallet) = wallet();
    let number = propose(&host, &mut wallet, send(1));
    assert_eq!(host.call_as(bob(), || wallet.confirm(number)), Ok(()));
    let again = host.call_as(bob(), || wallet.confirm(number));
    assert_eq!(again, Err(WalletError::Confirmed));
    assert_eq!(host.call_as(alice(), || wallet.revoke(number)), Ok(()));
    let again = host.call_as(alice(), || wallet.revoke(number));
    assert_eq!(again, Err(WalletError::NotConfirmed));
    host.set_block(2, NOW + DELAY);
    let early = host.call_as(bob(), || wallet.execute(number));
    assert_eq!(early, Err(WalletError::NotAgreed));
    assert_eq!(host.call_as(carol(), || wallet.confirm(number)), Ok(()));
    let ready_at = NOW + 2 * DELAY;
    let early = host.call_as(bob(), || wallet.execute(number));
    assert_eq!(early, Err(WalletError::TooEarly { ready_at }));
    // A third one changes nothing about the time.
    host.set_block(3, NOW + DELAY + 1);
    assert_eq!(host.call_as(alice(), || wallet.confirm(number)), Ok(()));
    let proposal = wallet.proposal(number).expect("open");
    assert_eq!(
        (proposal.confirmations, proposal.ready_at),
        (3, Some(ready_at))
    );
}

#[test]
fn a_contract_is_called_and_its_failure_undoes_all() {
    let (host, mut wallet) = wallet();
    let shop = account("shop");
    let input = [&selector!("buy")[..], &7u64.encode()].concat();
    let action = Action::Call {
        to: shop,
        funds: 500,
        input,
    };
    let number = propose(&host, &mut wallet, action);
    assert_eq!(host.call_as(bob(), || wallet.confirm(number)), Ok(()));
    host.set_block(2, NOW + DELAY);
    host.stub(shop, |_| {
        Err(CallError {
            status: StatusCode::Reverted,
            data: vec![1],
        })
    });
    let status = StatusCode::Reverted as u8;
    let failed = host.call_as(bob(), || wallet.execute(number));
    let data = vec![1];
    assert_eq!(failed, Err(WalletError::Failed { status, data }));
    assert!(wallet.proposal(number).is_some(), "it can be tried again");
    assert_eq!(host.balance(host.contract()), FUNDS);
    host.stub(shop, |call| {
        assert!(call.is(selector!("buy")) && !call.allow_reentry);
        assert_eq!((call.arguments::<(u64,)>(), call.funds), ((7,), 500));
        Ok(vec![2])
    });
    assert_eq!(host.call_as(bob(), || wallet.execute(number)), Ok(vec![2]));
    assert_eq!(host.balance(shop), 500);
}

/// The longest answer that the chain takes, 64 KiB: more than an event holds, and too much to hand on with its
/// length.
#[test]
fn a_long_answer_undoes_nothing() {
    let (host, mut wallet) = wallet();
    let shop = account("shop");
    let action = Action::Call {
        to: shop,
        funds: 0,
        input: selector!("tell").to_vec(),
    };
    let number = propose(&host, &mut wallet, action);
    assert_eq!(host.call_as(bob(), || wallet.confirm(number)), Ok(()));
    host.set_block(2, NOW + DELAY);
    let answer: Vec<u8> = (0..64 * 1024).map(|it| it as u8).collect();
    let head = answer[..ANSWER_BYTES_MAX as usize].to_vec();
    let said = answer.clone();
    host.stub(shop, move |_| {
        Err(CallError {
            status: StatusCode::Reverted,
            data: said.clone(),
        })
    });
    let (status, data) = (StatusCode::Reverted as u8, head.clone());
    let failed = host.call_as(bob(), || wallet.execute(number));
    assert_eq!(failed, Err(WalletError::Failed { status, data }));
    let said = answer.clone();
    host.stub(shop, move |_| Ok(said.clone()));
    let done = host.call_as(bob(), || wallet.execute(number));
    assert_eq!(done.as_ref(), Ok(&head));
    let told = Executed {
        proposal: number,
        data: head,
        length: 64 * 1024,
    };
    assert_eq!(host.events::<Executed>(), [told]);
    assert_eq!(wallet.proposal(number), None, "done once");
}

#[test]
fn other_owners_void_what_was_proposed_before() {
    let (host, mut wallet) = wallet();
    let old = propose(&host, &mut wallet, send(1));
    assert_eq!(host.call_as(bob(), || wallet.confirm(old)), Ok(()));
    let valid = host.call_as(bob(), || wallet.discard(old));
    assert_eq!(valid, Err(WalletError::Valid));
    let owners = vec![bob(), carol()];
    let action = Action::Govern {
        owners: owners.clone(),
        rules: rules(1),
    };
    let change = propose(&host, &mut wallet, action);
    assert_eq!(host.call_as(carol(), || wallet.confirm(change)), Ok(()));
    host.set_block(2, NOW + DELAY);
    assert_eq!(host.call_as(carol(), || wallet.execute(change)), Ok(vec![]));
    let mut expected = owners;
    expected.sort();
    assert_eq!((wallet.owners(), wallet.rules()), (expected, rules(1)));
    let void = host.call_as(bob(), || wallet.execute(old));
    assert_eq!(void, Err(WalletError::Void));
    let gone = host.call_as(alice(), || wallet.discard(old));
    assert_eq!(gone, Err(WalletError::NotOwner));
    assert_eq!(host.call_as(bob(), || wallet.discard(old)), Ok(()));
    assert_eq!(
        (wallet.proposal(old), wallet.confirmed_by(old)),
        (None, vec![])
    );
}

#[test]
fn rules_can_be_met() {
    let host = TestHost::new::<Wallet>();
    let mut wallet = Wallet::open();
    let mut begin =
        |owners: Vec<Address>, rules| host.call_as(alice(), || wallet.init(owners, rules));
    let bad_owners = Err(WalletError::BadOwners);
    assert_eq!(begin(vec![], rules(1)), bad_owners);
    assert_eq!(begin(vec![alice(), bob(), alice()], rules(1)), bad_owners);
    let crowd = |count: u8| (0..count).map(|it| Address::from_bytes([it; 32])).collect();
    assert_eq!(begin(crowd(33), rules(1)), bad_owners);
    let bad_rules = Err(WalletError::BadRules);
    assert_eq!(begin(vec![alice()], rules(0)), bad_rules);
    assert_eq!(begin(vec![alice()], rules(2)), bad_rules);
    let delay_ms = DELAY_MS_MAX + 1;
    let threshold = 1;
    let slow = Rules {
        threshold,
        delay_ms,
    };
    assert_eq!(begin(vec![alice()], slow), bad_rules);
    assert_eq!(begin(crowd(32), rules(32)), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_done_that_too_few_want(
        steps in vec((0u8..4, 0usize..4, 0u64..3, 0u64..800), 0..60),
    ) {
        let people = [alice(), bob(), carol(), account("mallory")];
        let (host, mut wallet) = wallet();
        let mut time = NOW;
        // Who agrees, and since when enough do.
        let mut open: Vec<Option<(BTreeSet<Address>, Option<u64>)>> = Vec::new();
        let mut spent = 0;
        for (step, person, number, later) in steps {
            time += later;
            host.set_block(2, time);
            let by = people[person];
            let is_owner = person < 3;
            if step == 0 {
                let proposed = host.call_as(by, || wallet.propose(send(10)));
                prop_assert_eq!(proposed.is_ok(), is_owner);
                if is_owner {
                    open.push(Some((BTreeSet::from([by]), None)));
                }
                continue;
            }
            let model = open.get_mut(number as usize);
            let (done, expected) = match step {
                1 => {
                    let new = model.is_some_and(|it| it.as_mut().is_some_and(|(who, since)| {
                        let is_new = is_owner && who.insert(by);
                        if who.len() >= 2 && since.is_none() {
                            *since = Some(time);
                        }
                        is_new
                    }));
                    (host.call_as(by, || wallet.confirm(number)).is_ok(), new)
                }
                2 => {
                    let was = model.is_some_and(|it| it.as_mut().is_some_and(|(who, since)| {
                        let was_there = who.remove(&by);
                        if who.len() < 2 {
                            *since = None;
                        }
                        was_there
                    }));
                    (host.call_as(by, || wallet.revoke(number)).is_ok(), was)
                }
                _ => {
                    let is_ready = |it: &Option<(BTreeSet<Address>, Option<u64>)>| {
                        it.as_ref().is_some_and(|(_, since)| since.is_some_and(|it| time >= it + DELAY))
                    };
                    let may = is_owner && model.as_deref().is_some_and(is_ready);
                    if may {
                        open[number as usize] = None;
                        spent += 10;
                    }
                    (host.call_as(by, || wallet.execute(number)).is_ok(), may)
                }
            };
            prop_assert_eq!(done, expected);
            prop_assert_eq!(host.balance(host.contract()), FUNDS - spent);
        }
        for (number, model) in open.iter().enumerate() {
            let found: BTreeSet<Address> = wallet.confirmed_by(number as u64).into_iter().collect();
            let expected = model.as_ref().map(|(who, _)| who.clone()).unwrap_or_default();
            prop_assert_eq!(found, expected);
        }
        prop_assert!(wallet.owners().len() == 3);
    }
}

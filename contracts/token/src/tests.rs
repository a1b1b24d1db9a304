//! The token on the played chain.

use super::*;
use argosy_contract::testing::Failure;
use argosy_contract::{Entry, SdkError};

const SUPPLY: Balance = 1_000;

fn alice() -> Address {
    account("alice")
}

fn bob() -> Address {
    account("bob")
}

fn carol() -> Address {
    account("carol")
}

/// Alice has created the token.
fn token() -> (TestHost, Token) {
    let host = TestHost::new::<Token>();
    let mut token = Token::open();
    host.call_as(alice(), || {
        token.init("Harbour".into(), "HRB".into(), 6, SUPPLY);
    });
    (host, token)
}

#[track_caller]
fn check_balances(token: &Token, expected: [Balance; 3]) {
    let found = [alice(), bob(), carol()].map(|it| token.balance_of(it));
    assert_eq!(found, expected);
    assert_eq!(found.iter().sum::<Balance>(), token.supply());
}

#[test]
fn the_creator_owns_the_supply() {
    let (host, token) = token();
    assert_eq!(
        (token.name(), token.symbol()),
        ("Harbour".into(), "HRB".into())
    );
    assert_eq!((token.decimals(), token.supply()), (6, SUPPLY));
    check_balances(&token, [SUPPLY, 0, 0]);
    let created = Transfer {
        from: host.contract(),
        to: alice(),
        amount: SUPPLY,
    };
    assert_eq!(host.events::<Transfer>(), [created]);
}

#[test]
fn transfers_move_tokens_and_say_so() {
    let (host, mut token) = token();
    assert_eq!(host.call_as(alice(), || token.transfer(bob(), 400)), Ok(()));
    assert_eq!(host.call_as(bob(), || token.transfer(carol(), 400)), Ok(()));
    check_balances(&token, [600, 0, 400]);
    let moved = |from, to| Transfer {
        from,
        to,
        amount: 400,
    };
    assert_eq!(
        host.events::<Transfer>()[1..],
        [moved(alice(), bob()), moved(bob(), carol())]
    );
}

#[test]
fn nobody_spends_what_they_do_not_have() {
    let (host, mut token) = token();
    let refused = host.call_as(alice(), || token.transfer(bob(), SUPPLY + 1));
    let (have, need) = (SUPPLY, SUPPLY + 1);
    assert_eq!(refused, Err(TokenError::InsufficientBalance { have, need }));
    let refused = host.call_as(bob(), || token.transfer(carol(), 1));
    let (have, need) = (0, 1);
    assert_eq!(refused, Err(TokenError::InsufficientBalance { have, need }));
    check_balances(&token, [SUPPLY, 0, 0]);
    assert_eq!(host.events::<Transfer>().len(), 1);
}

#[test]
fn a_transfer_to_oneself_changes_nothing() {
    let (host, mut token) = token();
    assert_eq!(
        host.call_as(alice(), || token.transfer(alice(), SUPPLY)),
        Ok(())
    );
    check_balances(&token, [SUPPLY, 0, 0]);
}

#[test]
fn an_empty_balance_is_not_stored() {
    let (host, mut token) = token();
    let before = host.ledger().storage.len();
    assert_eq!(
        host.call_as(alice(), || token.transfer(bob(), SUPPLY)),
        Ok(())
    );
    assert_eq!(host.ledger().storage.len(), before);
}

#[test]
fn an_allowance_is_used_up() {
    let (host, mut token) = token();
    host.call_as(alice(), || token.approve(bob(), 300));
    assert_eq!(token.allowance(alice(), bob()), 300);
    let approved = Approval {
        owner: alice(),
        spender: bob(),
        amount: 300,
    };
    assert_eq!(host.events::<Approval>(), [approved]);

    let mut spend = |amount| host.call_as(bob(), || token.transfer_from(alice(), carol(), amount));
    assert_eq!(spend(200), Ok(()));
    let (have, need) = (100, 101);
    assert_eq!(
        spend(101),
        Err(TokenError::InsufficientAllowance { have, need })
    );
    assert_eq!(spend(100), Ok(()));
    let (have, need) = (0, 1);
    assert_eq!(
        spend(1),
        Err(TokenError::InsufficientAllowance { have, need })
    );
    check_balances(&token, [700, 0, 300]);
}

#[test]
fn an_allowance_is_no_balance() {
    let (host, mut token) = token();
    host.call_as(bob(), || token.approve(carol(), 50));
    let refused = host.call_as(carol(), || token.transfer_from(bob(), carol(), 50));
    let (have, need) = (0, 50);
    assert_eq!(refused, Err(TokenError::InsufficientBalance { have, need }));
    assert_eq!(
        token.allowance(bob(), carol()),
        50,
        "undone with the transfer"
    );
}

#[test]
fn messages_in_bytes_reach_the_methods() {
    let (host, token) = token();
    host.set_caller(alice());
    let sent = host.send::<Token>(Entry::Call, selector!("transfer"), &(bob(), 7u128));
    assert_eq!(sent, Ok(vec![]));
    let asked = host.send::<Token>(Entry::Query, selector!("balance_of"), &bob());
    assert_eq!(asked, Ok(7u128.encode()));
    let refused = host.send::<Token>(Entry::Call, selector!("transfer"), &(bob(), SUPPLY));
    let error = TokenError::InsufficientBalance {
        have: SUPPLY - 7,
        need: SUPPLY,
    };
    let reason = RevertData::Error(error.encode());
    assert_eq!(refused, Err(Failure::Reverted(reason)));
    let bad = host.send::<Token>(Entry::Call, selector!("transfer"), &bob());
    let reason = RevertData::Sdk(SdkError::BadArguments);
    assert_eq!(bad, Err(Failure::Reverted(reason)));
    check_balances(&token, [SUPPLY - 7, 7, 0]);
}

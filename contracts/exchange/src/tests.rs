//! The exchange on the played chain, with a token that a test plays; its invariants in any order of steps.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use argosy_contract::math::product_at_least;
use argosy_contract::testing::{SubCall, interface_differences};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, proptest};
use proptest::{prop_assert, prop_assert_eq};

use super::*;

const RICH: Balance = 1 << 64;
const LATER: TimestampMs = u64::MAX;

type Tokens = Rc<RefCell<BTreeMap<Address, Balance>>>;

fn people() -> [Address; 3] {
    ["alice", "bob", "carol"].map(account)
}

/// Everybody is rich in both kinds; the token lets the exchange take what it asks for.
fn exchange() -> (TestHost, Exchange, Tokens) {
    let host = TestHost::new::<Exchange>();
    let owned: BTreeMap<Address, Balance> = people().into_iter().map(|it| (it, RICH)).collect();
    for person in people() {
        host.set_balance(person, RICH);
    }
    let (tokens, here) = (Rc::new(RefCell::new(owned)), host.contract());
    let played = tokens.clone();
    host.stub(account("token"), move |call| {
        let (from, to, amount) = asked(call, here);
        let mut owned = played.borrow_mut();
        let have = owned.get(&from).copied().unwrap_or(0);
        let Some(left) = have.checked_sub(amount) else {
            return Err(CallError {
                status: StatusCode::Reverted,
                data: vec![],
            });
        };
        owned.insert(from, left);
        *owned.entry(to).or_default() += amount;
        Ok(vec![])
    });
    let mut exchange = Exchange::open();
    exchange.init(account("token"));
    (host, exchange, tokens)
}

fn asked(call: &SubCall, here: Address) -> (Address, Address, Balance) {
    assert_eq!((call.funds, call.allow_reentry), (0, false));
    if call.is(selector!("transfer_from")) {
        return call.arguments();
    }
    assert!(call.is(selector!("transfer")));
    let (to, amount) = call.arguments::<(Address, Balance)>();
    (here, to, amount)
}

fn tokens_of(tokens: &Tokens, owner: Address) -> Balance {
    tokens.borrow().get(&owner).copied().unwrap_or(0)
}

/// Alice brings 1 000 000 native tokens and 4 000 000 tokens.
fn filled() -> (TestHost, Exchange, Tokens) {
    let (host, mut exchange, tokens) = exchange();
    let [alice, ..] = people();
    let shares = host.pay_as(alice, 1_000_000, || exchange.add(4_000_000, 0, LATER));
    assert_eq!(shares, Ok(2_000_000 - SHARES_LOCKED));
    (host, exchange, tokens)
}

#[test]
fn the_first_provider_sets_the_price() {
    let (host, mut exchange, tokens) = filled();
    let here = host.contract();
    assert_eq!(
        (host.balance(here), tokens_of(&tokens, here)),
        (1_000_000, 4_000_000)
    );
    // 1 % more, as it is now: 40 000 tokens, 1 % of the shares.
    let [_, bob, _] = people();
    let (needed, max) = (40_000, 39_999);
    let dear = host.pay_as(bob, 10_000, || exchange.add(max, 0, LATER));
    assert_eq!(dear, Err(ExchangeError::TooDear { needed, max }));
    let (got, min) = (20_000, 20_001);
    let slips = host.pay_as(bob, 10_000, || exchange.add(needed, min, LATER));
    assert_eq!(slips, Err(ExchangeError::Slippage { got, min }));
    let shares = host.pay_as(bob, 10_000, || exchange.add(needed, got, LATER));
    assert_eq!((shares, exchange.shares_of(bob)), (Ok(20_000), 20_000));
}

#[test]
fn a_swap_pays_by_the_product_less_the_fee() {
    let (host, mut exchange, tokens) = filled();
    let [_, bob, _] = people();
    // 4 000 000 * 9 970 / (1 000 000 000 + 9 970 * 1 000 / 1 000), by hand: 39 486.
    assert_eq!(exchange.quote_native(10_000), Ok(39_486));
    let (got, min) = (39_486, 39_487);
    let slips = host.pay_as(bob, 10_000, || exchange.swap_native(min, LATER));
    assert_eq!(slips, Err(ExchangeError::Slippage { got, min }));
    let swapped = host.pay_as(bob, 10_000, || exchange.swap_native(got, LATER));
    assert_eq!((swapped, tokens_of(&tokens, bob)), (Ok(got), RICH + got));
    // And back: the fee is lost twice.
    let back = host.call_as(bob, || exchange.swap_tokens(got, 0, LATER));
    let lost = 10_000 - back.expect("there is enough");
    assert!((50..=70).contains(&lost), "{lost}");
    let told = host.events::<Swapped>();
    assert_eq!(
        (told[0].native_in, told[0].got, told[1].paid),
        (true, got, got)
    );
}

#[test]
fn what_is_late_or_nothing_is_refused() {
    let (host, mut exchange, _) = filled();
    let [alice, bob, _] = people();
    host.set_block(2, 100);
    let late = host.pay_as(bob, 10, || exchange.swap_native(0, 99));
    assert_eq!(late, Err(ExchangeError::TooLate));
    let late = host.call_as(alice, || exchange.remove(1, 0, 0, 99));
    assert_eq!(late, Err(ExchangeError::TooLate));
    let nothing = host.pay_as(bob, 0, || exchange.swap_native(0, 100));
    assert_eq!(nothing, Err(ExchangeError::TooLittle));
    let dust = host.call_as(bob, || exchange.swap_tokens(1, 0, 100));
    assert_eq!(dust, Err(ExchangeError::TooLittle));
    let have = 0;
    let none = host.call_as(bob, || exchange.remove(1, 0, 0, 100));
    assert_eq!(none, Err(ExchangeError::TooFewShares { have }));
    drop(host);
    let (host, mut exchange, _) = self::exchange();
    let empty = host.pay_as(bob, 10, || exchange.swap_native(0, LATER));
    assert_eq!(empty, Err(ExchangeError::TooLittle));
    let little = host.pay_as(bob, 999, || exchange.add(999, 0, LATER));
    assert_eq!(little, Err(ExchangeError::TooLittle));
}

#[test]
fn a_token_that_refuses_undoes_the_swap() {
    let (host, mut exchange, _) = filled();
    let before = (exchange.reserves(), host.balance(host.contract()));
    let stranger = account("stranger");
    let refused = host.call_as(stranger, || exchange.swap_tokens(1_000, 0, LATER));
    let status = StatusCode::Reverted as u8;
    assert_eq!(refused, Err(ExchangeError::TokenRefused { status }));
    assert_eq!((exchange.reserves(), host.balance(host.contract())), before);
}

#[test]
fn the_token_has_what_the_exchange_asks_of_it() {
    // Where this is the sample itself. A contract that began as its copy names the module that it calls.
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../artifacts"));
    if !folder.is_dir() {
        return;
    }
    let module = std::fs::read(folder.join("token.wasm")).expect("the token is built");
    assert_eq!(interface_differences::<Token>(&module), [""; 0]);
}

#[test]
fn what_was_merely_sent_moves_no_price() {
    let (host, exchange, tokens) = filled();
    let quote = exchange.quote_native(10_000);
    host.set_balance(host.contract(), RICH);
    tokens.borrow_mut().insert(host.contract(), RICH);
    assert_eq!(exchange.quote_native(10_000), quote);
}

/// 2^40 native tokens against 4 tokens: few shares stand for no whole token.
#[test]
fn who_leaves_a_lopsided_pool_gets_the_kind_that_there_is() {
    let (host, mut exchange, tokens) = exchange();
    let [alice, ..] = people();
    let native = 1 << 40;
    let shares = host.pay_as(alice, native, || exchange.add(4, 0, LATER));
    assert_eq!(shares, Ok((1 << 21) - SHARES_LOCKED));
    let (got, min) = (0, 1);
    let slips = host.call_as(alice, || exchange.remove(1, 0, min, LATER));
    assert_eq!(slips, Err(ExchangeError::Slippage { got, min }));
    let nothing = host.call_as(alice, || exchange.remove(0, 0, 0, LATER));
    assert_eq!(nothing, Err(ExchangeError::TooLittle));
    let left = host.call_as(alice, || exchange.remove(1, 0, 0, LATER));
    assert_eq!(left, Ok((1 << 19, 0)));
    assert_eq!(host.balance(alice), RICH - native + (1 << 19));
    assert_eq!(tokens_of(&tokens, alice), RICH - 4);
    let expected = Reserves {
        native: native - (1 << 19),
        tokens: 4,
        shares: (1 << 21) - 1,
    };
    assert_eq!(exchange.reserves(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn who_leaves_gets_what_is_due_and_who_stays_loses_nothing(
        native in 1u128 << 50..1 << 60,
        scarce in 1u128..50,
        parts in vec(1u128..=1_000, 1..6),
    ) {
        let (host, mut exchange, tokens) = exchange();
        let [alice, ..] = people();
        let begun = host.pay_as(alice, native, || exchange.add(scarce, 0, LATER));
        prop_assert!(begun.is_ok());
        for part in parts {
            let (before, have) = (exchange.reserves(), exchange.shares_of(alice));
            let taken = match have {
                0 => 0,
                _ => (have * part / 1_000).max(1),
            };
            let due = |of| taken * of / before.shares;
            let expected = (due(before.native), due(before.tokens));
            let left = host.call_as(alice, || exchange.remove(taken, 0, 0, LATER));
            if taken == 0 {
                prop_assert!(left.is_err());
                continue;
            }
            prop_assert_eq!(left, Ok(expected));
            let after = exchange.reserves();
            prop_assert!(after.native > 0 && after.tokens > 0, "{:?}", after);
            prop_assert!(after.native * before.shares >= before.native * after.shares);
            prop_assert!(after.tokens * before.shares >= before.tokens * after.shares);
            let owned = (host.balance(host.contract()), tokens_of(&tokens, host.contract()));
            prop_assert_eq!(owned, (after.native, after.tokens));
        }
    }

    #[test]
    fn nobody_takes_what_is_not_theirs(
        first in (2_000u128..1 << 40, 2_000u128..1 << 40),
        steps in vec((0u8..4, 0usize..3, 1u128..1 << 41), 0..40),
    ) {
        let (host, mut exchange, tokens) = exchange();
        let people = people();
        let begun = host.pay_as(people[0], first.0, || exchange.add(first.1, 0, LATER));
        prop_assert!(begun.is_ok());
        for (step, person, amount) in steps {
            let by = people[person];
            let before = exchange.reserves();
            let done = match step {
                0 => host.pay_as(by, amount, || exchange.add(RICH, 0, LATER)).is_ok(),
                1 => {
                    let shares = exchange.shares_of(by).min(amount);
                    host.call_as(by, || exchange.remove(shares, 0, 0, LATER)).is_ok()
                }
                2 => host.pay_as(by, amount, || exchange.swap_native(0, LATER)).is_ok(),
                _ => host.call_as(by, || exchange.swap_tokens(amount, 0, LATER)).is_ok(),
            };
            let after = exchange.reserves();
            if !done {
                prop_assert_eq!(after, before);
            } else if step >= 2 {
                let (now, then) = ((after.native, after.tokens), (before.native, before.tokens));
                prop_assert!(product_at_least(now, then), "k shrank: {:?} {:?}", before, after);
            }
            // A share stands for no less of either kind together: native * tokens / shares².
            // Compared by parts: sqrt(k) per share never falls, up to the rounding of both roots.
            let root = |it: &Reserves| argosy_contract::math::sqrt_product(it.native, it.tokens);
            let (now, then) = (root(&after) + 1, root(&before));
            prop_assert!(product_at_least((now, before.shares), (then, after.shares)));
            let (native, owned) = (host.balance(host.contract()), tokens_of(&tokens, host.contract()));
            prop_assert_eq!((native, owned), (after.native, after.tokens), "what it counts it owns");
            let shares: Balance = people.iter().map(|it| exchange.shares_of(*it)).sum();
            prop_assert_eq!(shares + SHARES_LOCKED, after.shares);
        }
    }
}

//! What an exchange is told and asked. Its token is the neighbour's, until it is somebody else.

use argosy_primitives::{Address, Balance, TimestampMs};
use parity_scale_codec::Encode;

use super::{Step, ask, call, cuts, init, message, paid, raw, store};
use crate::kit::{ALICE, BOB, NOBODY, address};
use crate::languages::among::{HERE, PROBE, TALKER, TOKEN, Word};

const ALWAYS: TimestampMs = TimestampMs::MAX;
const PAST: TimestampMs = 1;

fn pay(who: u8, funds: Balance, method: &str, args: impl Encode) -> Step {
    Step::Call {
        who,
        funds,
        message: message(method, args),
    }
}

fn add(who: u8, native: Balance, tokens_max: Balance, shares_min: Balance) -> Step {
    pay(who, native, "add", (tokens_max, shares_min, ALWAYS))
}

fn remove(who: u8, shares: Balance, native_min: Balance, tokens_min: Balance) -> Step {
    call(who, "remove", (shares, native_min, tokens_min, ALWAYS))
}

fn swap_native(who: u8, paid: Balance, tokens_min: Balance) -> Step {
    pay(who, paid, "swap_native", (tokens_min, ALWAYS))
}

fn swap_tokens(who: u8, paid: Balance, native_min: Balance) -> Step {
    call(who, "swap_tokens", (paid, native_min, ALWAYS))
}

/// The token, asked by one of its owners.
fn token(who: u8, method: &str, args: impl Encode) -> Step {
    Step::Beside {
        who,
        contract: TOKEN,
        message: message(method, args),
    }
}

fn approve(who: u8, amount: Balance) -> Step {
    token(who, "approve", (HERE, amount))
}

/// Whose tokens are exchanged from now on.
fn exchange_tokens_of(whose: Word) -> Step {
    store("token", (), &whose)
}

fn count_as_own(native: Balance, tokens: Balance, shares: Balance) -> Step {
    store("reserves", (), &(native, tokens, shares).encode())
}

/// Both kinds are brought, swapped and taken away, or are not.
fn trade() -> Vec<Step> {
    vec![
        // Nothing is approved yet: the token refuses, and nothing is left of it all.
        add(ALICE, 5_000, 7_000, 0),
        token(ALICE, "transfer", (address(BOB), 9_000_u128)),
        approve(ALICE, 900_000),
        pay(ALICE, 5_000, "add", (7_000_u128, 0_u128, PAST)),
        add(ALICE, 30, 30, 0),
        add(ALICE, 0, 10, 0),
        add(ALICE, 5_000, 7_000, 99_999),
        add(ALICE, 5_000, 7_000, 0),
        add(ALICE, 100, 1, 0),
        add(ALICE, 100, 1_000, 1_000),
        add(ALICE, 101, 1_000, 0),
        add(ALICE, 0, 5, 0),
        add(BOB, 100, 1_000, 0),
        approve(BOB, 1_000),
        add(BOB, 100, 1_000, 0),
        swap_native(ALICE, 0, 0),
        swap_native(ALICE, 100, 0),
        swap_native(ALICE, 100, 1_000),
        swap_native(BOB, 1, 0),
        pay(BOB, 100, "swap_native", (0_u128, PAST)),
        swap_tokens(ALICE, 100, 0),
        swap_tokens(ALICE, 100, 1_000),
        swap_tokens(ALICE, 0, 0),
        // More than is approved, more than there is.
        swap_tokens(BOB, 2_000, 0),
        swap_tokens(ALICE, 800_000, 0),
        call(ALICE, "swap_tokens", (1_u128, 0_u128, PAST)),
        remove(ALICE, 1, 0, 0),
        remove(ALICE, 0, 0, 0),
        remove(ALICE, 1_000_000, 0, 0),
        remove(ALICE, 100, 1_000_000, 0),
        remove(ALICE, 100, 0, 1_000_000),
        remove(BOB, 50, 1, 1),
        call(ALICE, "remove", (1_u128, 0_u128, 0_u128, PAST)),
    ]
}

fn look() -> Vec<Step> {
    let mut steps = vec![ask("reserves", ()), ask("token", ())];
    steps.extend([ALICE, BOB, NOBODY].map(|it| ask("shares_of", address(it))));
    for paid in [0, 1, 100, 1 << 64, u128::MAX / 1_000, u128::MAX] {
        steps.push(ask("quote_native", paid));
        steps.push(ask("quote_tokens", paid));
    }
    steps
}

/// Others in the place of the token: nobody, a contract without such methods, one that says too much, the exchange.
fn strangers() -> Vec<Step> {
    let mut steps = Vec::new();
    let nobody = *address(NOBODY).as_bytes();
    for whose in [nobody, PROBE, TALKER, HERE] {
        steps.extend([
            exchange_tokens_of(whose),
            add(ALICE, 10, 1_000, 0),
            remove(ALICE, 30, 0, 0),
            swap_native(ALICE, 50, 0),
            swap_tokens(ALICE, 50, 0),
        ]);
    }
    steps.push(exchange_tokens_of(TOKEN));
    steps
}

/// Numbers that do not fit, and sums that would wrap.
fn large() -> Vec<Step> {
    let mut steps = Vec::new();
    for (native, tokens, shares) in [
        (u128::MAX, 7, 1_000),
        (7, u128::MAX, u128::MAX),
        (u128::MAX / 1_000, u128::MAX, 3),
        (1 << 100, 1 << 101, 1 << 100),
        (1_000, 0, 1_000),
    ] {
        steps.push(count_as_own(native, tokens, shares));
        steps.extend(look());
        steps.extend([
            add(ALICE, 3, u128::MAX, 0),
            add(ALICE, 1 << 40, 100_000, 0),
            remove(ALICE, 900, 0, 0),
            remove(BOB, 1, 0, 0),
            swap_native(ALICE, 1 << 50, 0),
            swap_tokens(ALICE, 1_000, 0),
        ]);
    }
    // It counts more as its own than it has.
    steps.push(count_as_own(1 << 70, 1_000, 1_000));
    steps.push(swap_tokens(ALICE, 500, 0));
    steps.push(remove(ALICE, 500, 0, 0));
    steps
}

/// State that nobody would write.
fn spoilt() -> Vec<Step> {
    let every = || {
        [
            add(ALICE, 10, 1_000, 0),
            remove(ALICE, 3, 0, 0),
            swap_native(ALICE, 5, 0),
            ask("reserves", ()),
            ask("token", ()),
            ask("shares_of", address(ALICE)),
        ]
    };
    let mut steps = Vec::new();
    for value in [&[0_u8; 47][..], &[0; 49], &[]] {
        steps.push(store("reserves", (), value));
        steps.extend(every());
    }
    steps.push(count_as_own(1_000, 2_000, 1_414));
    for value in [&[0_u8; 15][..], &[0; 17], &[]] {
        steps.push(store("shares", address(ALICE), value));
        steps.extend(every());
    }
    steps.push(store("shares", address(ALICE), &400_u128.encode()));
    for value in [&[0_u8; 31][..], &[0; 33], &[]] {
        steps.push(store("token", (), value));
        steps.extend(every());
    }
    steps
}

/// What an exchange is told and asked.
pub(in crate::languages) fn exchange() -> Vec<Step> {
    let mut steps = vec![init(message("init", TOKEN))];
    steps.extend(look());
    steps.extend(trade());
    steps.extend(look());
    let calls = [
        message("remove", (3_u128, 0_u128, 0_u128, ALWAYS)),
        message("swap_tokens", (9_u128, 0_u128, ALWAYS)),
        message("add", (9_u128, 0_u128, ALWAYS)),
    ];
    for message in calls {
        steps.extend(cuts(&message).map(|it| raw(ALICE, it)));
        steps.push(paid(message.clone()));
        steps.push(Step::Ask(message));
    }
    let of: Address = address(ALICE);
    for message in [message("shares_of", of), message("quote_native", 9_u128)] {
        steps.extend(cuts(&message).map(Step::Ask));
        steps.push(paid(message));
    }
    steps.push(ask("reserves", 0_u8));
    steps.push(ask("token", 0_u8));
    steps.extend(cuts(&message("init", TOKEN)).map(init));
    steps.push(Step::Init {
        funds: 1,
        message: message("init", TOKEN),
    });
    steps.extend(strangers());
    steps.extend(large());
    steps.extend(spoilt());
    steps
}

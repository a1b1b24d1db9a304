//! What is sent to the samples: messages that mean something, such that do not, and state that nobody would write.

mod exchange; // native tokens against those of a token
mod permits; // what owners sign off the chain
mod probe; // everything that the chain offers

use argosy_primitives::{Address, Balance};
use argosy_vm_abi::selector_of;
use parity_scale_codec::Encode;

use super::among::Word;
use crate::kit::{ALICE, BOB, CAROL, address};
pub(super) use exchange::exchange;
pub(super) use permits::{Here, Permit, permits};
pub(super) use probe::{probe, recovered, signatures};

const SUPPLY: Balance = 1_000_000;

/// One thing that is done to a contract.
#[derive(Debug)]
pub(super) enum Step {
    /// Creates one more.
    Init { funds: Balance, message: Vec<u8> },
    /// Calls the first one.
    Call {
        who: u8,
        funds: Balance,
        message: Vec<u8>,
    },
    /// Calls a neighbour.
    Beside {
        who: u8,
        contract: Word,
        message: Vec<u8>,
    },
    /// Asks the first one.
    Ask(Vec<u8>),
    /// Carol sends the first one what an owner signed.
    Permit {
        permit: Permit,
        signer: u8,
        /// A byte of the message that is not what it should be.
        changed: Option<usize>,
    },
    /// Asks the first one what the owner should sign.
    AskHash(Permit),
    /// Asks the first one for an owner's next number, which is this.
    AskNonce { message: Vec<u8>, nonce: u64 },
    /// Lets the first one keep something by nobody's hand.
    Store { key: Vec<u8>, value: Vec<u8> },
}

impl Step {
    /// Whether it has a probe try something of which the answer says how it ended, in the first byte.
    pub(super) fn tries(&self) -> bool {
        let methods = ["relay", "spawn", "become_code"];
        match self {
            Step::Call { message, .. } => methods
                .iter()
                .any(|it| message.starts_with(&selector_of(it))),
            _ => false,
        }
    }
}

fn message(method: &str, args: impl Encode) -> Vec<u8> {
    (selector_of(method), args).encode()
}

fn init(message: Vec<u8>) -> Step {
    Step::Init { funds: 0, message }
}

fn call(who: u8, method: &str, args: impl Encode) -> Step {
    raw(who, message(method, args))
}

fn raw(who: u8, message: Vec<u8>) -> Step {
    Step::Call {
        who,
        funds: 0,
        message,
    }
}

fn paid(message: Vec<u8>) -> Step {
    Step::Call {
        who: ALICE,
        funds: 5,
        message,
    }
}

fn ask(method: &str, args: impl Encode) -> Step {
    Step::Ask(message(method, args))
}

/// The key of a field begins like the selector of a method of that name.
fn store(field: &str, rest: impl Encode, value: &[u8]) -> Step {
    Step::Store {
        key: (selector_of(field), rest).encode(),
        value: value.to_vec(),
    }
}

/// Every beginning of a message, and the message with something behind it.
fn cuts(message: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let longer = [message, &[0][..]].concat();
    let beginnings: Vec<_> = (0..message.len())
        .map(|it| message[..it].to_vec())
        .collect();
    beginnings.into_iter().chain([longer])
}

/// What a counter is told and asked.
pub(super) fn counter() -> Vec<Step> {
    let add = message("add", 7_u64);
    let mut steps = vec![
        init(message("init", 40_u64)),
        call(ALICE, "increment", ()),
        call(BOB, "add", 7_u64),
        call(BOB, "add", 0_u64),
        ask("value", ()),
        call(ALICE, "add", u64::MAX),
        call(ALICE, "add", u64::MAX - 48),
        call(ALICE, "add", u64::MAX - 48),
        call(ALICE, "increment", ()),
        ask("value", ()),
        paid(message("increment", ())),
        paid(message("add", ())),
        paid(message("value", ())),
        call(ALICE, "value", ()),
        call(ALICE, "init", 1_u64),
        call(ALICE, "nothing", 1_u64),
        ask("increment", ()),
        ask("value", 0_u8),
        Step::Ask(vec![6, 0x44]),
        Step::Init {
            funds: 3,
            message: message("init", 1_u64),
        },
        init(message("increment", ())),
        init(message("init", u64::MAX)),
    ];
    steps.extend(cuts(&add).map(|it| raw(ALICE, it)));
    steps.extend(cuts(&message("init", 9_u64)).map(init));
    // A contract whose state somebody spoilt says so, and does nothing.
    for value in [&[1_u8; 7][..], &[1; 9], &[], &[1; 100]] {
        steps.push(store("value", (), value));
        steps.extend([ask("value", ()), call(ALICE, "increment", ())]);
    }
    steps.push(store("value", (), &1_000_u64.encode()));
    steps.extend([call(CAROL, "increment", ()), ask("value", ())]);
    steps
}

fn named(name: impl Encode, symbol: impl Encode, decimals: u8, supply: Balance) -> Vec<u8> {
    message("init", (name, symbol, decimals, supply))
}

/// What anybody may ask a token.
fn look() -> Vec<Step> {
    let people = [ALICE, BOB, CAROL].map(address);
    let mut steps = vec![
        ask("name", ()),
        ask("symbol", ()),
        ask("decimals", ()),
        ask("supply", ()),
        ask("allowance", (people[0], people[1])),
    ];
    steps.extend(people.map(|it| ask("balance_of", it)));
    steps
}

/// Tokens move, or do not.
fn moves() -> Vec<Step> {
    let [alice, bob, carol] = [ALICE, BOB, CAROL].map(address);
    let send = |who, to: Address, amount: Balance| call(who, "transfer", (to, amount));
    let send_from = |who, from: Address, to: Address, amount: Balance| {
        call(who, "transfer_from", (from, to, amount))
    };
    let approve = |who, to: Address, amount: Balance| call(who, "approve", (to, amount));
    vec![
        send(ALICE, bob, 400),
        send(BOB, carol, 401),
        send(BOB, carol, Balance::MAX),
        send(CAROL, alice, 1),
        send(CAROL, alice, 0),
        send(ALICE, alice, 5),
        send(BOB, bob, 400),
        // All of it: nothing is kept for nothing.
        send(BOB, carol, 400),
        approve(ALICE, bob, 50),
        send_from(BOB, alice, carol, 51),
        send_from(BOB, alice, carol, 20),
        send_from(CAROL, alice, carol, 1),
        send_from(BOB, alice, bob, 30),
        send_from(BOB, alice, bob, 0),
        approve(ALICE, bob, 9),
        approve(ALICE, bob, 0),
        approve(CAROL, alice, Balance::MAX),
        // Enough is allowed, and too little is there: the allowance stays as it was.
        send_from(ALICE, carol, bob, 100_000),
        send_from(ALICE, carol, bob, 1 << 64),
        ask("allowance", (carol, alice)),
    ]
}

/// What a token is told and asked.
pub(super) fn token() -> Vec<Step> {
    let [alice, bob, carol] = [ALICE, BOB, CAROL].map(address);
    let mut steps = vec![init(named("Harbour", "HRB", 6, SUPPLY))];
    steps.extend(look());
    steps.extend(moves());
    steps.extend(look());
    // Amounts beyond 64 bits: carries and borrows.
    steps.push(store("balances", alice, &(1_u128 << 64).encode()));
    for amount in [1, u128::from(u64::MAX) - 1, 1 << 64] {
        steps.push(call(ALICE, "transfer", (carol, amount)));
    }
    // As many as there can be; one more is nobody's mistake but a bug, and the end of the frame.
    steps.push(store("balances", alice, &Balance::MAX.encode()));
    steps.push(store("balances", bob, &30_u128.encode()));
    steps.push(call(ALICE, "transfer", (bob, Balance::MAX - 30)));
    steps.push(call(ALICE, "transfer", (bob, 1_u128)));
    let known = [
        message("transfer", (bob, 3_u128)),
        message("approve", (bob, 3_u128)),
        message("transfer_from", (alice, bob, 3_u128)),
    ];
    for message in &known {
        steps.extend(cuts(message).map(|it| raw(ALICE, it)));
        steps.push(paid(message.clone()));
        steps.push(Step::Ask(message.clone()));
    }
    for message in [
        message("balance_of", bob),
        message("allowance", (alice, bob)),
    ] {
        steps.extend(cuts(&message).map(Step::Ask));
        steps.push(raw(ALICE, message));
    }
    for method in ["name", "symbol", "decimals", "supply"] {
        steps.push(ask(method, 0_u8));
    }
    steps.push(store("balances", bob, &[1; 15]));
    steps.extend(look());
    steps.push(call(ALICE, "transfer", (bob, 1_u128)));
    steps.push(call(BOB, "transfer", (alice, 1_u128)));
    for (field, value) in [
        ("name", &[8, b'a'][..]),
        ("symbol", &[4, 0xff][..]),
        ("decimals", &[0_u8; 0][..]),
        ("supply", &[0; 17][..]),
    ] {
        steps.push(store(field, (), value));
        steps.push(ask(field, ()));
    }
    steps
}

/// Names, good and bad, and lengths that are not the shortest.
pub(super) fn names() -> Vec<Step> {
    let rest = ("S", 6_u8, 7_u128).encode();
    let with = |name: &[u8]| init([&selector_of("init")[..], name, &rest].concat());
    let mut steps = vec![
        init(named("Härbour ⚓😀", "", 255, Balance::MAX)),
        init(named("x".repeat(20_000), "é".repeat(100), 0, 0)),
        Step::Init {
            funds: 1,
            message: named("", "", 0, 0),
        },
    ];
    steps.extend(look());
    let texts: [&[u8]; 22] = [
        b"",
        b"12345678",
        b"1234567\x80",
        b"123456789abcdef\xc3\xa9",
        b"\x80",
        b"\xc1\x80",
        b"\xc2",
        b"\xc2\x80",
        b"\xe0\x9f\x80",
        b"\xe0\xa0\x80",
        b"\xed\xa0\x80",
        b"\xed\x9f\xbf",
        b"\xf0\x8f\x80\x80",
        b"\xf0\x90\x80\x80",
        b"\xf4\x8f\xbf\xbf",
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        b"a\xe2\x82",
        b"\xe2\x82\xac",
        b"\xe2\x28\xa1",
        b"\xf0\x9f\x98\x28",
        b"\xff",
    ];
    steps.extend(texts.map(|text| with(&text.encode())));
    let long = vec![b'x'; 16_384];
    steps.extend([
        with(b"\x09\x00ok"),
        with(b"\x0a\x00\x00\x00ok"),
        with(b"\x03\x02\x00\x00\x00ok"),
        with(b"\x03ok"),
        with(&[&b"\xfd\x00"[..], &long[..63]].concat()),
        with(&[&b"\x01\x01"[..], &long[..64]].concat()),
        with(&[&b"\xfe\xff\x00\x00"[..], &long[..16_383]].concat()),
        with(&[&b"\x02\x00\x01\x00"[..], &long[..]].concat()),
        with(b"\xfe\xff\xff\xff"),
        with(b"\x02\x00\x00"),
        with(b"\x01"),
    ]);
    steps.extend(cuts(&named("ab", "c", 1, 2)).map(init));
    steps
}

//! What a probe is told: everything that the chain offers, and every way in which others refuse.

use argosy_primitives::{Address, Balance, Gas, PublicKey, Signature, blake3};
use parity_scale_codec::Encode;

use super::{Step, ask, call, cuts, init, message, raw, store};
use crate::kit::{ALICE, BOB, NOBODY, address, key};
use crate::languages::among::{CODE, HERE, PROBE, PROBE_CODE, TALKER, TOKEN, Word};

/// How the probe calls.
#[derive(Clone, Copy)]
struct How {
    funds: Balance,
    gas: Gas,
    allow_reentry: bool,
    read_only: bool,
}

const PLAIN: How = How {
    funds: 0,
    gas: 0,
    allow_reentry: false,
    read_only: false,
};
const OPEN: How = How {
    allow_reentry: true,
    ..PLAIN
};
const READING: How = How {
    read_only: true,
    ..PLAIN
};

fn paying(funds: Balance) -> How {
    How { funds, ..PLAIN }
}

fn within(gas: Gas, how: How) -> How {
    How { gas, ..how }
}

/// The message by which a probe sends another one.
fn relay(to: Word, how: How, input: &[u8]) -> Vec<u8> {
    let How {
        funds,
        gas,
        allow_reentry,
        read_only,
    } = how;
    message("relay", (to, funds, gas, allow_reentry, read_only, input))
}

fn relays(to: Word, how: How, method: &str, args: impl Encode) -> Step {
    raw(ALICE, relay(to, how, &message(method, args)))
}

fn pay(funds: Balance, message: Vec<u8>) -> Step {
    Step::Call {
        who: ALICE,
        funds,
        message,
    }
}

fn nobody() -> Address {
    address(NOBODY)
}

/// Calls that end well, and calls that do not.
fn calls() -> Vec<Step> {
    let count = message("count", ());
    let mut deep = count.clone();
    for _ in 0..17 {
        deep = relay(HERE, OPEN, &deep);
    }
    vec![
        relays(PROBE, PLAIN, "count", ()),
        relays(PROBE, PLAIN, "echo", vec![4_u8; 30_000]),
        pay(50, relay(PROBE, paying(30), &message("deposit", ()))),
        relays(PROBE, paying(1 << 60), "deposit", ()),
        relays(PROBE, READING, "counter", ()),
        relays(PROBE, READING, "write_in_query", ()),
        relays(PROBE, READING, "count", ()),
        // Its errors, texts, bytes and ends come through; what it did is undone.
        relays(PROBE, PLAIN, "fail_with_error", (5_u32, "no")),
        relays(PROBE, PLAIN, "fail_with_text", "no ⚓"),
        relays(PROBE, PLAIN, "fail_with_bytes", vec![9_u8; 3]),
        relays(PROBE, PLAIN, "trap", ()),
        relays(PROBE, PLAIN, "store_large", (257_u32, 1_u32)),
        relays(PROBE, within(1_000, PLAIN), "count", ()),
        relays(PROBE, within(500_000, PLAIN), "spin", ()),
        relays(HERE, within(500_000, OPEN), "spin", ()),
        // Funds that came along go back.
        relays(PROBE, paying(3), "count", ()),
        relays(PROBE, PLAIN, "nothing", ()),
        raw(ALICE, relay(PROBE, PLAIN, &[])),
        raw(ALICE, relay(*nobody().as_bytes(), PLAIN, &count)),
        raw(ALICE, relay(TALKER, PLAIN, &count)),
        raw(ALICE, relay(TALKER, READING, &count)),
        // Ends the frame itself.
        relays(
            PROBE,
            How {
                funds: 1,
                ..READING
            },
            "counter",
            (),
        ),
        // Itself, and back by another one.
        relays(HERE, PLAIN, "count", ()),
        relays(HERE, OPEN, "count", ()),
        raw(ALICE, relay(PROBE, PLAIN, &relay(HERE, PLAIN, &count))),
        raw(ALICE, relay(PROBE, OPEN, &relay(HERE, PLAIN, &count))),
        raw(ALICE, relay(HERE, OPEN, &relay(HERE, PLAIN, &count))),
        raw(ALICE, relay(HERE, OPEN, &relay(HERE, OPEN, &count))),
        raw(ALICE, deep),
        call(ALICE, "nest", 0_u32),
        call(ALICE, "nest", 5_u32),
        call(ALICE, "nest", 30_u32),
        call(ALICE, "relay_and_fail", (PROBE, &count)),
        call(ALICE, "relay_and_fail", (nobody(), &count)),
        ask("relay_in_query", (PROBE, message("counter", ()))),
        ask("relay_in_query", (PROBE, &count)),
        ask("relay_in_query", (HERE, message("counter", ()))),
        ask("counter", ()),
    ]
}

/// A token is asked, paid by and refuses like any contract.
fn token() -> Vec<Step> {
    let beside = |who, method: &str, args: (Word, Balance)| Step::Beside {
        who,
        contract: TOKEN,
        message: message(method, args),
    };
    let from = |amount: Balance| {
        let args = (address(ALICE), address(BOB), amount);
        relays(TOKEN, PLAIN, "transfer_from", args)
    };
    vec![
        beside(ALICE, "transfer", (HERE, 500)),
        beside(ALICE, "approve", (HERE, 90)),
        relays(TOKEN, READING, "balance_of", HERE),
        relays(TOKEN, PLAIN, "transfer", (address(BOB), 100_u128)),
        relays(TOKEN, PLAIN, "transfer", (address(BOB), 1_000_u128)),
        from(50),
        from(50),
        relays(TOKEN, paying(4), "transfer", (address(BOB), 1_u128)),
        relays(TOKEN, PLAIN, "balance_of", HERE),
        relays(TOKEN, READING, "transfer", (address(BOB), 1_u128)),
        relays(TOKEN, READING, "balance_of", address(BOB)),
    ]
}

/// Funds, new contracts, new code.
fn creation() -> Vec<Step> {
    let send = |to: Word, amount: Balance| message("send", (to, amount));
    let spawn = |code: Word, salt: u8, admin: Option<Address>, funds: Balance, input: Vec<u8>| {
        pay(7, message("spawn", (code, [salt; 32], admin, funds, input)))
    };
    let become_code = |code: Word, input: Vec<u8>| call(ALICE, "become_code", (code, input));
    let child = || message("init", "child");
    vec![
        pay(20, send(*nobody().as_bytes(), 11)),
        pay(0, send(*nobody().as_bytes(), 1 << 60)),
        pay(3, send(*nobody().as_bytes(), 0)),
        pay(0, send(HERE, 1)),
        pay(0, send(PROBE, 1)),
        spawn(PROBE_CODE, 1, None, 5, child()),
        spawn(PROBE_CODE, 1, None, 5, child()),
        spawn(PROBE_CODE, 2, Some(address(BOB)), 0, child()),
        spawn(CODE, 3, None, 0, child()),
        spawn(HERE, 4, None, 0, child()),
        spawn(PROBE_CODE, 5, None, 3, message("init_failing", 3_u32)),
        spawn(PROBE_CODE, 6, None, 1 << 60, child()),
        become_code(HERE, message("upgrade", "second")),
        become_code(CODE, message("upgrade_failing", ())),
        become_code(CODE, message("upgrade", vec![0xc0_u8])),
        become_code(CODE, message("init", "second")),
        ask("note", ()),
        become_code(CODE, message("upgrade", "second")),
        ask("note", ()),
        ask("surroundings", ()),
        pay(9, message("surroundings_of_call", ())),
        call(ALICE, "surroundings", ()),
    ]
}

/// Bytes under bytes.
fn storage() -> Vec<Step> {
    let entry = |number: u32| (*b"\x3c\x43\x1c\xcd", number.to_be_bytes()).encode();
    let scan = |from: u32, to: u32, descending: bool, limit: u32| {
        ask("scan", (from, to, descending, limit))
    };
    let mut steps = vec![
        call(ALICE, "store", ("k", "v")),
        call(ALICE, "store", ("", "")),
        call(ALICE, "store", ("long", vec![3_u8; 500])),
        ask("read", "k"),
        ask("read", ""),
        ask("read", "long"),
        ask("read", "nothing"),
        call(ALICE, "erase", "k"),
        call(ALICE, "erase", "k"),
        call(ALICE, "store_large", (256_u32, 64_u32)),
        call(ALICE, "store_large", (257_u32, 1_u32)),
        call(ALICE, "store_large", (1_u32, 65_537_u32)),
        call(ALICE, "fill", (20_u32, 100_u32)),
        scan(0, 100, false, 100),
        scan(3, 9, false, 3),
        scan(3, 9, true, 3),
        scan(9, 3, false, 3),
        scan(0, u32::MAX, true, u32::MAX),
        scan(5, 5, false, 5),
        scan(0, 9, false, 0),
        ask("scan", (0_u32, 9_u32, 2_u8, 3_u32)),
        call(ALICE, "clear", 30_u32),
        // What is no entry of the map.
        call(ALICE, "store", ([entry(1), vec![0]].concat(), "v")),
        scan(0, 9, false, 9),
        call(ALICE, "erase", [entry(1), vec![0]].concat()),
        call(ALICE, "store", (entry(1), vec![8_u8, 1])),
        scan(0, 9, false, 9),
        call(ALICE, "clear", 9_u32),
        ask("write_in_query", ()),
        ask("emit_in_query", ()),
    ];
    for value in [&[0_u8; 0][..], &[8, 0xff, 0], &[8, 0x61], &[4, 0x61, 0x62]] {
        steps.extend([store("note", (), value), ask("note", ())]);
    }
    for value in [&[1_u8][..], &[1; 9], &[0xff; 8], &[7; 8]] {
        steps.push(store("counter", (), value));
        steps.extend([ask("counter", ()), call(ALICE, "count", ())]);
    }
    steps
}

/// How frames end, what they announce.
fn ends() -> Vec<Step> {
    let mut steps = vec![
        call(ALICE, "count", ()),
        call(ALICE, "echo", "hello"),
        call(ALICE, "trap", ()),
        call(ALICE, "panic", ()),
        call(ALICE, "divide", (17_u32, 5_u32)),
        call(ALICE, "divide", (17_u32, 0_u32)),
        call(ALICE, "recurse", 50_u32),
        call(ALICE, "fail_with_text", "why ⚓"),
        call(ALICE, "fail_with_text", vec![0xff_u8]),
        call(ALICE, "fail_with_error", (9_u32, "x".repeat(100))),
        call(ALICE, "fail_with_bytes", vec![9_u8, 9]),
        call(ALICE, "fail_with_bytes", ""),
        call(ALICE, "overflow", 3_u64),
        call(ALICE, "overflow", u64::MAX),
        call(ALICE, "grow_often", (1_u32, 0_u32)),
        call(ALICE, "emit_many", (3_u32, 10_u32)),
        call(ALICE, "emit_many", (1_u32, 16_384_u32)),
        call(ALICE, "log", ("line", 3_u32)),
        call(ALICE, "nothing", ()),
        pay(5, message("count", ())),
        pay(5, message("nothing", ())),
        pay(77, message("deposit", ())),
        pay(0, message("deposit", ())),
        init(message("init_failing", 4_u32)),
        Step::Init {
            funds: 1,
            message: message("init_failing", 4_u32),
        },
        Step::Init {
            funds: 4,
            message: message("init", "paid"),
        },
        init(message("count", ())),
        init(message("init", vec![0x80_u8])),
    ];
    steps.extend((0..=8_u8).map(|it| call(ALICE, "bad_pointer", it)));
    steps
}

/// Messages that are cut, and such that are too long.
fn cut() -> Vec<Step> {
    let calls = [
        relay(PROBE, PLAIN, b"abc"),
        message("spawn", (CODE, HERE, Some(HERE), 0_u128, "abc")),
        message("send", (HERE, 0_u128)),
        message("fail_with_error", (1_u32, "abc")),
    ];
    let calls = calls.iter().flat_map(|it| cuts(it)).map(|it| raw(BOB, it));
    let scan = message("scan", (1_u32, 2_u32, true, 3_u32));
    let asks: Vec<_> = cuts(&scan).map(Step::Ask).collect();
    let flags = [(2_u8, 0_u8), (0, 2), (1, 0xff)].map(|(first, second)| {
        let args = (PROBE, 0_u128, 0_u64, first, second, "");
        call(BOB, "relay", args)
    });
    calls.chain(asks).chain(flags).collect()
}

/// What a probe is told and asked.
pub(in crate::languages) fn probe() -> Vec<Step> {
    let mut steps = vec![Step::Init {
        funds: 1_000,
        message: message("init", "first"),
    }];
    steps.extend(ends());
    steps.extend(calls());
    steps.extend(token());
    steps.extend(creation());
    steps.extend(storage());
    steps.extend(cut());
    steps
}

// Made for this test; the hashes are SHA-256 of "argosy secp256k1" and "argosy prime256v1".
const SECP256K1_KEY: &str = "03b1c71894d970b8705cdd1b3b2dcb26dcfa2e2fba2995598677e87ba7b8ba3031";
const SECP256K1_SIGNATURE: &str = concat!(
    "e454ec0cbafb3d261ec0d86c30ba87890b1a8172ca8988cff2084da803ee4b31",
    "22e479a96a1d0156b5bf6c157593c770af609956db92ed6985ea6a5c54b518e0",
);
const SECP256K1_HASH: &str = "bcdf1d59bb579f56262a9ad9501bb2913e019997afe4d5510eb1b38d621ed78f";
const P256_KEY: &str = "03572953e3951136e345779330c137dc600a92004a555cfc6ac7db01959a2f851a";
const P256_SIGNATURE: &str = concat!(
    "de79442d2afdd9ee000d4b1381bc87d099c4ffa40d1253450fff44765f585440",
    "557b2f7283f803e1c8b753c4abc48369ac386cc77168b91ebcf02fa5c22ea37f",
);
const P256_HASH: &str = "b4501634748abf904ef6ebfef55a02a1253ba5407b7d549d70d8fd718a4f683a";

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
}

/// The answer of a recovery that finds the key.
pub(in crate::languages) fn recovered() -> Vec<u8> {
    Some(bytes::<33>(SECP256K1_KEY)).encode()
}

/// Each signature as it is, and with one bit of each part turned.
fn ecdsa(method: &str, key: &str, signature: &str, hash: &str) -> Vec<Step> {
    let asked = message(
        method,
        (bytes::<33>(key), bytes::<64>(signature), bytes::<32>(hash)),
    );
    let turned = [5, 40, 80, 120].map(|at| {
        let mut asked = asked.clone();
        asked[at] ^= 1;
        asked
    });
    let all = [asked.clone()].into_iter().chain(turned);
    all.chain([asked[..100].to_vec(), [asked.as_slice(), &[0]].concat()])
        .map(Step::Ask)
        .collect()
}

/// What a probe is asked of hashes and signatures.
pub(in crate::languages) fn signatures() -> Vec<Step> {
    let digest = blake3(b"signed");
    let Signature::Ed25519(signature) = key(BOB).sign(&digest);
    let PublicKey::Ed25519(public) = key(BOB).public();
    let ed25519 = |message: &[u8]| ask("verify_ed25519", (public, signature, message));
    let recover = |id: u8| {
        let hash = bytes::<32>(SECP256K1_HASH);
        let args = (hash, bytes::<64>(SECP256K1_SIGNATURE), id);
        message("recover_secp256k1", args)
    };
    let mut steps = vec![
        init(message("init", "first")),
        ask("hashes", ""),
        ask("hashes", "abc"),
        ask("hashes", vec![1_u8; 1_000]),
        ed25519(&digest),
        ed25519(&digest[1..]),
        ed25519(b""),
        call(ALICE, "hashes", "abc"),
        call(ALICE, "verify_p256", ()),
        ask("recover_secp256k1", ()),
    ];
    steps.extend((0..4).map(|id| Step::Ask(recover(id))));
    steps.extend(cuts(&recover(0)).map(Step::Ask));
    let (key, signature, hash) = (SECP256K1_KEY, SECP256K1_SIGNATURE, SECP256K1_HASH);
    steps.extend(ecdsa("verify_secp256k1", key, signature, hash));
    steps.extend(ecdsa("verify_p256", key, signature, hash));
    let (key, signature, hash) = (P256_KEY, P256_SIGNATURE, P256_HASH);
    steps.extend(ecdsa("verify_p256", key, signature, hash));
    steps
}

//! Every import, called by a module: on both tiers, with all that lies between contract and adapter.
//!
//! What each import does with all that it may be given is tested by itself in `vm/cosmwasm`.

use std::collections::BTreeSet;
use std::fmt::Write;

use argosy_primitives::{Address, StatusCode};
use serde_json::{Value, json};

use super::echo::{NOTHING, call, create, kept, text};
use crate::kit::{ALICE, BOB, Kit, address};

/// Name, number of parameters, result.
static IMPORTS: [(&str, usize, &str); 24] = [
    ("db_read", 1, "i32"),
    ("db_write", 2, ""),
    ("db_remove", 1, ""),
    ("db_scan", 3, "i32"),
    ("db_next", 1, "i32"),
    ("db_next_key", 1, "i32"),
    ("db_next_value", 1, "i32"),
    ("addr_validate", 1, "i32"),
    ("addr_canonicalize", 2, "i32"),
    ("addr_humanize", 2, "i32"),
    ("secp256k1_verify", 3, "i32"),
    ("secp256k1_recover_pubkey", 3, "i64"),
    ("secp256r1_verify", 3, "i32"),
    ("secp256r1_recover_pubkey", 3, "i64"),
    ("ed25519_verify", 3, "i32"),
    ("ed25519_batch_verify", 3, "i32"),
    ("bls12_381_aggregate_g1", 2, "i32"),
    ("bls12_381_aggregate_g2", 2, "i32"),
    ("bls12_381_pairing_equality", 4, "i32"),
    ("bls12_381_hash_to_g1", 4, "i32"),
    ("bls12_381_hash_to_g2", 4, "i32"),
    ("debug", 1, ""),
    ("abort", 1, ""),
    ("query_chain", 1, "i32"),
];

/// Where regions lie, and where the allocator begins.
const DATA: usize = 1_024;
const HEAP: usize = 131_072;

/// An argument.
#[derive(Clone, Copy)]
enum Arg<'a> {
    Number(i32),
    Bytes(&'a [u8]),
    /// A region with room for so many bytes, which is kept under `oN`, N the number of the call.
    Out(usize),
    /// What an earlier call returned.
    Result(usize),
}

/// What `execute` does: calls in order; then their results are kept under `rN`.
#[derive(Default)]
struct Program {
    data: String,
    bytes: usize,
    locals: String,
    calls: String,
    keeps: String,
    count: usize,
    used: BTreeSet<&'static str>,
}

impl Program {
    /// A region; its pointer.
    fn region(&mut self, bytes: &[u8], capacity: usize) -> usize {
        let at = DATA + self.bytes;
        let words = [at + 12, capacity, bytes.len()].map(|it| u32::try_from(it).unwrap());
        let head = words.map(u32::to_le_bytes).concat();
        let text: String = head
            .iter()
            .chain(bytes)
            .map(|it| format!("\\{it:02x}"))
            .collect();
        write!(self.data, "(data (i32.const {at}) \"{text}\")").unwrap();
        self.bytes += 12 + capacity.next_multiple_of(4);
        assert!(DATA + self.bytes < HEAP);
        at
    }

    fn arg(&mut self, arg: Arg<'_>) -> String {
        let number = match arg {
            Arg::Number(number) => number.to_string(),
            Arg::Bytes(bytes) => self.region(bytes, bytes.len()).to_string(),
            Arg::Out(capacity) => {
                let out = self.region(b"", capacity);
                let key = format!("o{}", self.count);
                let key = self.region(key.as_bytes(), key.len());
                let keep = format!("(call $db_write (i32.const {key}) (i32.const {out}))");
                self.keeps.push_str(&keep);
                out.to_string()
            }
            Arg::Result(call) => return format!("(i32.wrap_i64 (local.get $r{call}))"),
        };
        format!("(i32.const {number})")
    }

    /// Calls an import; the number of the call.
    fn call(&mut self, import: &str, args: &[Arg<'_>]) -> usize {
        let row = IMPORTS.iter().find(|it| it.0 == import);
        let (name, params, result) = *row.unwrap();
        assert_eq!(args.len(), params, "{import}");
        self.used.insert(name);
        let args: String = args.iter().map(|it| self.arg(*it)).collect();
        let call = format!("(call ${name} {args})");
        let number = self.count;
        match result {
            "" => self.calls.push_str(&call),
            "i64" => write!(self.calls, "(local.set $r{number} {call})").unwrap(),
            _ => write!(
                self.calls,
                "(local.set $r{number} (i64.extend_i32_u {call}))"
            )
            .unwrap(),
        }
        write!(self.locals, "(local $r{number} i64)").unwrap();
        self.count += 1;
        number
    }

    /// Calls an import that returns a number, which is kept.
    fn number(&mut self, import: &str, args: &[Arg<'_>]) -> String {
        let number = self.call(import, args);
        let key = format!("r{number}");
        let (place, at) = (
            self.region(key.as_bytes(), key.len()),
            self.region(&[0; 8], 8),
        );
        let keep = format!(
            "(i64.store (i32.const {}) (local.get $r{number}))
             (call $db_write (i32.const {place}) (i32.const {at}))",
            at + 12
        );
        self.keeps.push_str(&keep);
        key
    }

    /// Calls an import that returns a region, which is kept unless it is the null pointer.
    fn bytes(&mut self, import: &str, args: &[Arg<'_>]) -> String {
        let number = self.call(import, args);
        let key = format!("r{number}");
        let place = self.region(key.as_bytes(), key.len());
        let region = format!("(i32.wrap_i64 (local.get $r{number}))");
        let keep = format!("(if {region} (then (call $db_write (i32.const {place}) {region})))");
        self.keeps.push_str(&keep);
        key
    }

    fn module(mut self) -> Vec<u8> {
        let nothing = self.region(NOTHING.as_bytes(), NOTHING.len());
        let imports = IMPORTS.iter().map(|(name, params, result)| {
            let params = "i32 ".repeat(*params);
            let result = match *result {
                "" => String::new(),
                result => format!("(result {result})"),
            };
            format!("(import \"env\" \"{name}\" (func ${name} (param {params}) {result}))")
        });
        let imports: String = imports.collect();
        let Program {
            data,
            locals,
            calls,
            keeps,
            ..
        } = self;
        let text = format!(
            r#"(module {imports}
            (memory (export "memory") 4)
            (global $free (mut i32) (i32.const {HEAP}))
            (func (export "interface_version_8"))
            (func (export "allocate") (param $size i32) (result i32)
                (local $region i32)
                (local.set $region (global.get $free))
                (i32.store (local.get $region) (i32.add (local.get $region) (i32.const 12)))
                (i32.store offset=4 (local.get $region) (local.get $size))
                (global.set $free (i32.and (i32.const -8)
                    (i32.add (i32.add (local.get $region) (local.get $size)) (i32.const 19))))
                (local.get $region))
            (func (export "deallocate") (param i32))
            (func (export "instantiate") (param i32 i32 i32) (result i32) (i32.const {nothing}))
            (func (export "execute") (param i32 i32 i32) (result i32)
                {locals} {calls} {keeps} (i32.const {nothing}))
            {data})"#
        );
        wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }
}

/// A contract that has run a program.
fn ran(kit: &mut Kit, program: Program) -> Address {
    let code = kit.store_code(ALICE, program.module());
    let contract = create(kit, code, 1, 1_000);
    kit.must(ALICE, call(&contract, 0, "{}"));
    contract
}

fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    let byte = |it: &[u8]| u8::from_str_radix(str::from_utf8(it).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}

fn zero() -> Option<Vec<u8>> {
    Some(vec![0; 8])
}

/// Calls what concerns storage, addresses, the log and the chain.
fn storage_and_chain(kit: &mut Kit, used: &mut BTreeSet<&'static str>) {
    use Arg::{Bytes, Number, Out, Result};
    let bob = address(BOB);
    let bob_text = text(kit, &bob);
    let mut program = Program::default();
    for (key, value) in [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")] {
        program.call(
            "db_write",
            &[Bytes(key.as_bytes()), Bytes(value.as_bytes())],
        );
    }
    program.call("db_remove", &[Bytes(b"b")]);
    let read = program.bytes("db_read", &[Bytes(b"c")]);
    let removed = program.bytes("db_read", &[Bytes(b"b")]);
    let scan = program.call("db_scan", &[Bytes(b"a"), Number(0), Number(2)]);
    let next = program.bytes("db_next", &[Result(scan)]);
    let next_key = program.bytes("db_next_key", &[Result(scan)]);
    let next_value = program.bytes("db_next_value", &[Result(scan)]);
    let end = program.bytes("db_next_key", &[Result(scan)]);
    let valid = program.number("addr_validate", &[Bytes(bob_text.as_bytes())]);
    let wrong = program.bytes("addr_validate", &[Bytes(b"nobody")]);
    let canonical = program.count;
    program.call("addr_canonicalize", &[Bytes(bob_text.as_bytes()), Out(64)]);
    let human = program.count;
    program.call("addr_humanize", &[Bytes(bob.as_bytes()), Out(90)]);
    program.call("debug", &[Bytes(b"so far")]);
    let request = json!({"bank": {"denom_metadata": {"denom": "uatom"}}}).to_string();
    let answer = program.bytes("query_chain", &[Bytes(request.as_bytes())]);
    used.extend(program.used.iter().copied());
    let contract = ran(kit, program);
    let kept = |key: &str| kept(kit, &contract, key);
    let expected: [(&str, Option<&[u8]>); 9] = [
        (&read, Some(b"3")),
        (&removed, None),
        (&next, Some(b"d\0\0\0\x014\0\0\0\x01")),
        (&next_key, Some(b"c")),
        (&next_value, Some(b"1")),
        (&end, None),
        (&wrong, Some(b"Not an address")),
        (&format!("o{canonical}"), Some(bob.as_bytes())),
        (&format!("o{human}"), Some(bob_text.as_bytes())),
    ];
    for (key, value) in expected {
        assert_eq!(kept(key).as_deref(), value, "{key}");
    }
    assert_eq!(kept(&valid), zero());
    let answer: Value = serde_json::from_slice(&kept(&answer).unwrap()).unwrap();
    let expected = json!({"ok": {"error": "this chain has one denomination"}});
    assert_eq!(answer, expected);
}

/// Hash, signature and key: of CosmWasm's own tests, and of RFC 6979 A.2.5.
const ECDSA: [(&str, [&str; 3]); 2] = [
    (
        "secp256k1",
        [
            "5ae8317d34d1e595e3fa7247db80c0af4320cce1116de187f8f7e2e099c0d8d0",
            "207082eb2c3dfa0b454e0906051270ba4074ac93760ba9e7110cd9471475111151eb0dbbc9920e72146fb564f99d039802bf6ef2561446eb126ef364d21ee9c4",
            "04051c1ee2190ecfb174bfe4f90763f2b4ff7517b70a2aec1876ebcfd644c4633fb03f3cfbd94b1f376e34592d9d41ccaf640bb751b00a1fadeb0c01157769eb73",
        ],
    ),
    (
        "secp256r1",
        [
            "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf",
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
            "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
        ],
    ),
];

/// RFC 8032 7.1, test 2: message, signature, key.
const ED25519: [&str; 3] = [
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
];

fn signatures(kit: &mut Kit, used: &mut BTreeSet<&'static str>) {
    use Arg::{Bytes, Number};
    let mut program = Program::default();
    let (mut valid, mut recovered) = (Vec::new(), Vec::new());
    for (curve, words) in ECDSA {
        let [hash, signature, key] = words.map(hex);
        let args = [Bytes(&hash), Bytes(&signature), Bytes(&key)];
        valid.push(program.number(&format!("{curve}_verify"), &args));
        let recover = format!("{curve}_recover_pubkey");
        let keys = [0, 1].map(|parameter| {
            let args = [Bytes(&hash), Bytes(&signature), Number(parameter)];
            program.bytes(&recover, &args)
        });
        recovered.push((keys, key));
    }
    let [message, signature, key] = ED25519.map(hex);
    let args = [Bytes(&message), Bytes(&signature), Bytes(&key)];
    valid.push(program.number("ed25519_verify", &args));
    let sections = |part: &[u8]| {
        let length = u32::try_from(part.len()).unwrap().to_be_bytes();
        [part, &length].concat()
    };
    let parts = [&message, &signature, &key].map(|it| sections(it));
    let args = [Bytes(&parts[0]), Bytes(&parts[1]), Bytes(&parts[2])];
    valid.push(program.number("ed25519_batch_verify", &args));
    used.extend(program.used.iter().copied());
    let contract = ran(kit, program);
    for key in valid {
        assert_eq!(kept(kit, &contract, &key), zero(), "{key}");
    }
    for (keys, expected) in recovered {
        let keys = keys.map(|it| kept(kit, &contract, &it).unwrap());
        assert!(keys.contains(&expected));
        assert_ne!(keys[0], keys[1]);
    }
}

/// The generators of BLS12-381, compressed.
const G1: &str = "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";
const G2: &str = "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8";

fn points(kit: &mut Kit, used: &mut BTreeSet<&'static str>) {
    use Arg::{Bytes, Number, Out};
    let (g1, g2) = (hex(G1), hex(G2));
    let domain = b"QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_";
    let mut program = Program::default();
    let args = [Bytes(&g1), Bytes(&g2), Bytes(&g1), Bytes(&g2)];
    let mut good = vec![program.number("bls12_381_pairing_equality", &args)];
    let mut outs = Vec::new();
    for (import, args, expected) in [
        (
            "bls12_381_aggregate_g1",
            vec![Bytes(&g1), Out(48)],
            Some(g1.clone()),
        ),
        (
            "bls12_381_aggregate_g2",
            vec![Bytes(&g2), Out(96)],
            Some(g2.clone()),
        ),
        // RFC 9380, J.9.1.
        (
            "bls12_381_hash_to_g1",
            vec![Number(0), Bytes(b"abc"), Bytes(domain), Out(48)],
            Some(hex(
                "83567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903",
            )),
        ),
        (
            "bls12_381_hash_to_g2",
            vec![Number(0), Bytes(b"abc"), Bytes(domain), Out(96)],
            None,
        ),
    ] {
        outs.push((format!("o{}", program.count), expected));
        good.push(program.number(import, &args));
    }
    used.extend(program.used.iter().copied());
    let contract = ran(kit, program);
    for key in good {
        assert_eq!(kept(kit, &contract, &key), zero(), "{key}");
    }
    for (key, expected) in outs {
        let found = kept(kit, &contract, &key).unwrap();
        match expected {
            Some(expected) => assert_eq!(found, expected, "{key}"),
            None => assert_eq!(found.len(), 96, "{key}"),
        }
    }
}

#[test]
fn a_module_calls_every_import() {
    let (mut kit, mut used) = (Kit::new(), BTreeSet::new());
    storage_and_chain(&mut kit, &mut used);
    signatures(&mut kit, &mut used);
    points(&mut kit, &mut used);
    let mut program = Program::default();
    program.call("abort", &[Arg::Bytes(b"enough")]);
    used.extend(program.used.iter().copied());
    let code = kit.store_code(ALICE, program.module());
    let contract = create(&mut kit, code, 1, 0);
    let receipt = kit.run(ALICE, vec![call(&contract, 0, "{}")]);
    assert_eq!(receipt.status, StatusCode::Trapped);
    assert_eq!(used.len(), IMPORTS.len(), "{used:?}");
}

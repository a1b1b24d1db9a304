//! Signatures and points.
//!
//! Vectors: RFC 6979 A.2.5 (P-256), RFC 8032 7.1 (Ed25519), RFC 9380 J.9.1 (hash to curve), and for
//! secp256k1 the one that CosmWasm's own tests use.

use argosy_primitives::Gas;
use argosy_vm_cosmwasm::Import;
use argosy_vm_host::{Stop, TrapKind};
use cosmwasm_std::{BLS12_381_G1_GENERATOR as G1, BLS12_381_G2_GENERATOR as G2};

use crate::fake::{PLENTY, SPEC, Stage};

/// Import to verify, import to recover, hash, signature, key.
type Ecdsa = (Import, Import, Vec<u8>, Vec<u8>, Vec<u8>);

fn hex(text: &str) -> Vec<u8> {
    const_hex::decode(text).expect("hex")
}

fn ecdsa() -> [Ecdsa; 2] {
    [
        (
            Import::Secp256k1Verify,
            Import::Secp256k1RecoverPubkey,
            hex("5ae8317d34d1e595e3fa7247db80c0af4320cce1116de187f8f7e2e099c0d8d0"),
            hex(
                "207082eb2c3dfa0b454e0906051270ba4074ac93760ba9e7110cd9471475111151eb0dbbc9920e72146fb564f99d039802bf6ef2561446eb126ef364d21ee9c4",
            ),
            hex(
                "04051c1ee2190ecfb174bfe4f90763f2b4ff7517b70a2aec1876ebcfd644c4633fb03f3cfbd94b1f376e34592d9d41ccaf640bb751b00a1fadeb0c01157769eb73",
            ),
        ),
        (
            Import::Secp256r1Verify,
            Import::Secp256r1RecoverPubkey,
            hex("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"),
            hex(
                "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
            ),
            hex(
                "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
            ),
        ),
    ]
}

#[test]
fn ecdsa_signatures_are_valid_or_not_or_not_of_their_form() {
    for (verify, _, hash, signature, key) in ecdsa() {
        let run = |hash: &[u8], signature: &[u8], key: &[u8]| {
            Stage::new().run_on(verify, &[hash, signature, key])
        };
        assert_eq!(run(&hash, &signature, &key), 0, "{verify:?}");
        assert_eq!(run(&[7; 32], &signature, &key), 1);
        assert_eq!(run(&hash[1..], &signature, &key), 3);
        assert_eq!(run(&hash, &signature[1..], &key), 4);
        assert_eq!(run(&hash, &signature, &key[1..]), 5);
        let mut stage = Stage::new();
        let args = [stage.put(&hash), stage.put(&[1; 65]), stage.put(&key)];
        assert!(matches!(stage.import(verify, &args), Err(Stop::Refused(_))));
    }
}

#[test]
fn keys_are_recovered_from_signatures() {
    for (_, recover, hash, signature, key) in ecdsa() {
        let run = |parameter: i64| {
            let mut stage = Stage::new();
            let args = [stage.put(&hash), stage.put(&signature), parameter];
            let word = stage.run(recover, &args);
            match word >> 32 {
                0 => Ok(stage.at(word).to_vec()),
                code => Err(code),
            }
        };
        let recovered = [run(0), run(1)];
        assert!(recovered.contains(&Ok(key.clone())), "{recover:?}");
        assert_ne!(recovered[0], recovered[1]);
        assert_eq!(run(4), Err(6));
        assert_eq!(run(256), Err(6));
        assert_eq!(run(-1), Err(6));
    }
}

const KEY: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
const MESSAGE: &[u8] = &[0x72];

#[test]
fn ed25519_signatures_alone() {
    let (key, signature) = (hex(KEY), hex(SIGNATURE));
    let run = |message: &[u8], signature: &[u8], key: &[u8]| {
        Stage::new().run_on(Import::Ed25519Verify, &[message, signature, key])
    };
    assert_eq!(run(MESSAGE, &signature, &key), 0);
    assert_eq!(run(b"other", &signature, &key), 1);
    assert_eq!(run(MESSAGE, &signature[1..], &key), 4);
    assert_eq!(run(MESSAGE, &signature, &key[1..]), 5);
}

fn sections(list: &[&[u8]]) -> Vec<u8> {
    let sized = list
        .iter()
        .map(|it| [*it, &(it.len() as u32).to_be_bytes()[..]].concat());
    sized.collect::<Vec<_>>().concat()
}

#[test]
fn ed25519_signatures_in_batches() {
    let (key, signature) = (hex(KEY), hex(SIGNATURE));
    let run = |messages: &[&[u8]], signatures: &[&[u8]], keys: &[&[u8]]| {
        let data = [messages, signatures, keys].map(sections);
        let data = [&data[0][..], &data[1], &data[2]];
        Stage::new().run_on(Import::Ed25519BatchVerify, &data)
    };
    let (key, signature) = (&key[..], &signature[..]);
    assert_eq!(run(&[], &[], &[]), 0);
    assert_eq!(run(&[MESSAGE; 2], &[signature; 2], &[key; 2]), 0);
    assert_eq!(run(&[MESSAGE], &[signature; 3], &[key; 3]), 0);
    assert_eq!(run(&[MESSAGE; 3], &[signature; 3], &[key]), 0);
    assert_eq!(run(&[MESSAGE, b"other"], &[signature; 2], &[key]), 1);
    assert_eq!(
        run(&[b"other", MESSAGE], &[signature, &signature[1..]], &[key]),
        4
    );
    assert_eq!(run(&[MESSAGE; 2], &[signature; 3], &[key; 3]), 7);
    let mut stage = Stage::new();
    let args = [stage.put(b"no sections"), stage.put(b""), stage.put(b"")];
    assert!(stage.import(Import::Ed25519BatchVerify, &args).is_err());
}

#[test]
fn a_batch_has_256_signatures_at_most() {
    let (key, signature) = (hex(KEY), hex(SIGNATURE));
    let run = |count: usize| {
        let mut stage = Stage::new();
        // Many messages, signed by one.
        let messages = sections(&vec![MESSAGE; count]);
        let signatures = sections(&vec![&signature[..]; count]);
        let data = [messages, signatures, sections(&[&key])];
        let args = data.map(|it| stage.put(&it));
        let ended = stage.import(Import::Ed25519BatchVerify, &args);
        (ended, PLENTY - stage.guest.gas)
    };
    let one = SPEC.host_prices.ed25519_verify.of(MESSAGE.len() as u64);
    let (ended, gas) = run(256);
    assert_eq!(ended.expect("a batch"), 0);
    assert!(gas > 256 * one);
    let (ended, gas) = run(257);
    assert!(matches!(ended, Err(Stop::Trapped(TrapKind::BadArgument))));
    assert!(gas < one, "counted before anything is verified: {gas}");
}

/// What the verification of all costs is paid before the first is verified.
#[test]
fn a_batch_is_paid_as_a_whole() {
    let (key, signature) = (hex(KEY), hex(SIGNATURE));
    let run = |gas: Gas| {
        let mut stage = Stage::new();
        let data = [
            sections(&[MESSAGE]),
            sections(&[&signature[..]; 2]),
            sections(&[&key[..]; 2]),
        ];
        let args = data.map(|it| stage.put(&it));
        stage.guest.gas = gas;
        let ended = stage.import(Import::Ed25519BatchVerify, &args);
        (ended, gas - stage.guest.gas)
    };
    let (ended, used) = run(PLENTY);
    assert_eq!(ended.expect("a batch"), 0);
    assert_eq!(run(used).0.expect("a batch"), 0);
    assert!(matches!(run(used - 1).0, Err(Stop::OutOfGas)));
}

/// Lengths that point before the region, capacities beyond the memory, and regions longer than a batch can be.
#[test]
fn batches_lie_inside_the_memory() {
    let (key, signature) = (hex(KEY), hex(SIGNATURE));
    let good = [
        sections(&[MESSAGE]),
        sections(&[&signature]),
        sections(&[&key]),
    ];
    for place in 0..3 {
        for length in [u32::MAX, 1 << 31, 1 << 20] {
            let mut data = good.clone();
            data[place] = [&[0; 8][..], &length.to_be_bytes()].concat();
            let mut stage = Stage::new();
            let args = data.map(|it| stage.put(&it));
            let ended = stage.import(Import::Ed25519BatchVerify, &args);
            let is_trap = matches!(ended, Err(Stop::Trapped(TrapKind::BadArgument)));
            assert!(is_trap, "{place} {length}: {ended:?}");
        }
        let mut stage = Stage::new();
        let args = good.clone().map(|it| stage.put(&it));
        let head = usize::try_from(args[place]).expect("a pointer");
        stage.guest.memory[head + 4..head + 8].fill(0xff);
        let ended = stage.import(Import::Ed25519BatchVerify, &args);
        let is_trap = matches!(ended, Err(Stop::Trapped(TrapKind::BadPointer)));
        assert!(is_trap, "{place}: {ended:?}");
    }
    // 256 keys and their lengths have 9 216 bytes.
    let mut stage = Stage::new();
    let args = [&good[0], &good[1], &vec![0; 9_220]].map(|it| stage.put(it));
    let ended = stage.import(Import::Ed25519BatchVerify, &args);
    assert!(matches!(ended, Err(Stop::Refused(_))), "{ended:?}");
}

/// The point that an import writes, or the code that it returns.
fn point(import: Import, args: &[i64], data: &[&[u8]], bytes: usize) -> Result<Vec<u8>, i64> {
    let mut stage = Stage::new();
    let mut args = args.to_vec();
    args.extend(data.iter().map(|it| stage.put(it)));
    let out = stage.room(bytes);
    args.push(out);
    match stage.run(import, &args) {
        0 => Ok(stage.at(out).to_vec()),
        code => Err(code),
    }
}

#[test]
fn points_add_up() {
    let g1 = |points: &[u8]| point(Import::Bls12381AggregateG1, &[], &[points], 48);
    let g2 = |points: &[u8]| point(Import::Bls12381AggregateG2, &[], &[points], 96);
    assert_eq!(g1(&G1), Ok(G1.to_vec()));
    assert_eq!(g2(&G2), Ok(G2.to_vec()));
    let twice = g1(&[G1, G1].concat()).expect("a sum");
    let thrice = g1(&[&G1[..], &twice].concat());
    assert_eq!(thrice, g1(&[G1, G1, G1].concat()));
    assert_eq!(g1(&[]), Err(14));
    assert_eq!(g1(&[0; 47]), Err(15));
    assert_eq!(g1(&[0; 48]), Err(8));
    assert_eq!(g2(&[0; 95]), Err(15));
}

#[test]
fn pairings_are_equal_or_not() {
    let run = |ps: &[u8], qs: &[u8], r: &[u8], s: &[u8]| {
        Stage::new().run_on(Import::Bls12381PairingEquality, &[ps, qs, r, s])
    };
    let twice = point(Import::Bls12381AggregateG1, &[], &[&[G1, G1].concat()], 48);
    let twice = twice.expect("a sum");
    assert_eq!(run(&G1, &G2, &G1, &G2), 0);
    assert_eq!(run(&[G1, G1].concat(), &[G2, G2].concat(), &twice, &G2), 0);
    assert_eq!(run(&G1, &G2, &twice, &G2), 1);
    assert_eq!(run(&G1, &[G2, G2].concat(), &G1, &G2), 13);
    assert_eq!(run(&G1[1..], &G2, &G1, &G2), 11);
    assert_eq!(run(&G1, &G2[1..], &G1, &G2), 12);
}

/// The library looks at points on several threads, and at whichever is wrong first.
#[test]
fn wrong_points_in_any_number_and_place_give_one_code() {
    let good = G1.repeat(40);
    for wrong in [
        &[0][..],
        &[39],
        &[3, 17, 38],
        &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    ] {
        let mut points = good.clone();
        for index in wrong {
            // No point, and no encoding of one.
            points[48 * index] = [0x00, 0xff][index % 2];
        }
        let sum = point(Import::Bls12381AggregateG1, &[], &[&points], 48);
        assert_eq!(sum, Err(8), "{wrong:?}");
        let qs = G2.repeat(40);
        let data = [&points[..], &qs, &G1, &[9; 96]];
        let compared = Stage::new().run_on(Import::Bls12381PairingEquality, &data);
        assert_eq!(compared, 8, "{wrong:?}");
    }
}

#[test]
fn messages_are_hashed_to_points() {
    let domain = b"QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_";
    let hashed = point(Import::Bls12381HashToG1, &[0], &[b"abc", domain], 48);
    let expected = hex(
        "83567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903",
    );
    assert_eq!(hashed, Ok(expected));
    let hashed = point(Import::Bls12381HashToG2, &[0], &[b"abc", domain], 96);
    assert_eq!(hashed.map(|it| it.len()), Ok(96));
    for import in [Import::Bls12381HashToG1, Import::Bls12381HashToG2] {
        assert_eq!(point(import, &[1], &[b"abc", domain], 96), Err(9));
        // Nothing and much.
        assert!(point(import, &[0], &[b"", b""], 96).is_ok());
        assert!(point(import, &[0], &[&[1; 5_120], &[2; 5_120]], 96).is_ok());
    }
}

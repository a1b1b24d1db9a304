//! Edge cases of Project Wycheproof, judged by our rule: valid there and S in the lower half.

use argosy_vm_crypto::{ed25519_verify, p256_verify, secp256k1_verify};

/// Half of the group orders, from SEC 2 and FIPS 186-4.
const SECP256K1_HALF: &str = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";
const P256_HALF: &str = "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8";

struct Vector {
    number: String,
    valid: bool,
    key: Vec<u8>,
    signature: [u8; 64],
    message: Vec<u8>,
}

fn vectors(file: &str) -> Vec<Vector> {
    let rows = file.lines().filter(|line| !line.starts_with('#'));
    let parsed = rows.map(|row| {
        let fields: Vec<_> = row.split(' ').collect();
        let [number, result, key, signature, message] = fields[..] else {
            panic!("five fields in {row}");
        };
        let message = if message == "-" { "" } else { message };
        Vector {
            number: number.into(),
            valid: result == "valid",
            key: const_hex::decode(key).expect("hex"),
            signature: const_hex::decode_to_array(signature).expect("64 bytes"),
            message: const_hex::decode(message).expect("hex"),
        }
    });
    parsed.collect()
}

#[track_caller]
fn check_ecdsa(file: &str, half: &str, verify: fn(&[u8; 33], &[u8; 64], &[u8; 32]) -> bool) {
    let half: [u8; 32] = const_hex::decode_to_array(half).expect("32 bytes");
    let (mut accepted, mut high) = (0, 0);
    for vector in vectors(file) {
        let key = vector.key.try_into().expect("33 bytes");
        let hash = vector.message.try_into().expect("32 bytes");
        let low = vector.signature[32..] <= half[..];
        let found = verify(&key, &vector.signature, &hash);
        assert_eq!(found, vector.valid && low, "test {}", vector.number);
        accepted += u32::from(found);
        high += u32::from(vector.valid && !low);
    }
    assert!(
        accepted > 20 && high > 10,
        "{accepted} accepted, {high} high"
    );
}

#[test]
fn secp256k1() {
    let file = include_str!("../vectors/wycheproof_secp256k1.txt");
    check_ecdsa(file, SECP256K1_HALF, secp256k1_verify);
}

#[test]
fn p256() {
    let file = include_str!("../vectors/wycheproof_p256.txt");
    check_ecdsa(file, P256_HALF, p256_verify);
}

#[test]
fn ed25519() {
    for vector in vectors(include_str!("../vectors/wycheproof_ed25519.txt")) {
        let key = vector.key.try_into().expect("32 bytes");
        let found = ed25519_verify(&key, &vector.signature, &vector.message);
        assert_eq!(found, vector.valid, "test {}", vector.number);
    }
}

#[test]
fn only_compressed_keys() {
    let file = include_str!("../vectors/wycheproof_secp256k1.txt");
    let valid = vectors(file)
        .into_iter()
        .find(|it| it.valid && it.signature[32] < 0x7f)
        .expect("a valid vector with a low S");
    let key: [u8; 33] = valid.key.try_into().expect("33 bytes");
    let hash = valid.message.try_into().expect("32 bytes");
    assert!(secp256k1_verify(&key, &valid.signature, &hash));
    for tag in (0..=255).filter(|tag| *tag != key[0]) {
        let mut other = key;
        other[0] = tag;
        assert!(!secp256k1_verify(&other, &valid.signature, &hash), "{tag}");
    }
}

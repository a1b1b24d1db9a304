//! Keys and signatures on the edge: torsion, malleability, other encodings.
//!
//! The cases are those of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko 2020), made
//! here by curve arithmetic. The golden file lets other verifiers be held against the same rule.
//!
//! With `A = a·B + T_A`, `R = r·B + T_R`, `k = SHA-512(R ‖ A ‖ M)` and `S = r + k·a` the equation
//! `S·B = R + k·A` holds exactly if `T_R = -k·T_A`; the message is chosen so that it does, or not.

use argosy_primitives::{PublicKey, SecretKey, Signature, SignatureError};
use curve25519_dalek::{
    constants::{ED25519_BASEPOINT_TABLE, EIGHT_TORSION},
    edwards::{CompressedEdwardsY, EdwardsPoint},
    scalar::Scalar,
};
use proptest::prelude::*;
use sha2::{Digest, Sha512};

use crate::golden::check_lines;

/// The order of the prime-order group, little endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Ok, or which half was at fault.
type Verdict = Result<(), SignatureError>;
const BAD_SIGNATURE: Verdict = Err(SignatureError::BadSignature);

/// What a verifier is shown.
#[derive(Clone, Copy)]
struct Case {
    key: [u8; 32],
    message: [u8; 32],
    signature: [u8; 64],
}

/// Key and nonce of a forger, each a multiple of the base point and a torsion part.
#[derive(Clone, Copy)]
struct Forger {
    a: u64,
    key_torsion: usize,
    r: u64,
    nonce_torsion: usize,
}

impl Case {
    fn verdict(&self) -> Verdict {
        PublicKey::Ed25519(self.key).verify(&self.message, &Signature::Ed25519(self.signature))
    }

    /// Any other encoding of key or nonce, with everything hashed as it is sent.
    fn with_encodings(forger: Forger, key: [u8; 32], nonce: [u8; 32], message: u64) -> Self {
        let message = message_of(message);
        let k = challenge(&nonce, &key, &message);
        let s = Scalar::from(forger.r) + k * Scalar::from(forger.a);
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&nonce);
        signature[32..].copy_from_slice(s.as_bytes());
        Case {
            key,
            message,
            signature,
        }
    }

    /// Adds the group order to S: the same signature in other bytes.
    fn plus_order(mut self) -> Self {
        let mut carry = 0u16;
        for (byte, order) in self.signature[32..].iter_mut().zip(ORDER) {
            carry += u16::from(*byte) + u16::from(order);
            *byte = carry as u8;
            carry >>= 8;
        }
        assert_eq!(carry, 0, "S + L has 256 bits");
        self
    }
}

impl Forger {
    fn key(&self) -> EdwardsPoint {
        point(self.a, self.key_torsion)
    }

    fn nonce(&self) -> EdwardsPoint {
        point(self.r, self.nonce_torsion)
    }

    fn sign(self, message: u64) -> Case {
        let (key, nonce) = (self.key().compress().0, self.nonce().compress().0);
        Case::with_encodings(self, key, nonce, message)
    }

    /// The first message whose signature does, or does not, solve the equation.
    fn sign_where(self, solves: bool) -> Case {
        (0..1_000)
            .map(|message| self.sign(message))
            .find(|case| self.solves(case) == solves)
            .expect("one message in eight suits")
    }

    /// `S·B = R + k·A`, without a look at orders and encodings.
    fn solves(&self, case: &Case) -> bool {
        let (nonce, s) = case.signature.split_first_chunk::<32>().expect("64 bytes");
        let k = challenge(nonce, &case.key, &case.message);
        let s: [u8; 32] = s.try_into().expect("64 bytes");
        let s = Scalar::from_bytes_mod_order(s);
        &s * ED25519_BASEPOINT_TABLE == self.nonce() + times(self.key(), &k)
    }
}

fn point(multiple: u64, torsion: usize) -> EdwardsPoint {
    &Scalar::from(multiple) * ED25519_BASEPOINT_TABLE + EIGHT_TORSION[torsion]
}

/// `k·point`; a scalar is reduced, so it also acts on the torsion part as its own residue mod 8.
fn times(point: EdwardsPoint, k: &Scalar) -> EdwardsPoint {
    point * k
}

fn challenge(nonce: &[u8; 32], key: &[u8; 32], message: &[u8; 32]) -> Scalar {
    let digest = Sha512::new()
        .chain_update(nonce)
        .chain_update(key)
        .chain_update(message);
    Scalar::from_bytes_mod_order_wide(&digest.finalize().into())
}

fn message_of(number: u64) -> [u8; 32] {
    let mut message = [0; 32];
    message[..8].copy_from_slice(&number.to_le_bytes());
    message
}

/// `value` in 32 bytes, plus the field's prime p = 2^255 - 19: the same number mod p.
fn plus_prime(value: u8) -> [u8; 32] {
    assert!(value < 19, "value + p fits into 255 bits");
    let mut bytes = [0xff; 32];
    bytes[0] = 0xed + value;
    bytes[31] = 0x7f;
    bytes
}

const HONEST: Forger = Forger {
    a: 1_234_567,
    key_torsion: 0,
    r: 7_654_321,
    nonce_torsion: 0,
};

fn cases() -> Vec<(&'static str, Case, Verdict)> {
    let honest = HONEST.sign(0);
    let mut high_bit = honest;
    high_bit.signature[63] |= 0x80;
    let small_key = Forger {
        a: 0,
        key_torsion: 1,
        ..HONEST
    };
    let identity_key = Forger {
        a: 0,
        key_torsion: 0,
        ..HONEST
    };
    let small_nonce = Forger {
        r: 0,
        nonce_torsion: 1,
        key_torsion: 1,
        ..HONEST
    };
    let identity_nonce = Forger {
        r: 0,
        nonce_torsion: 0,
        ..HONEST
    };
    let both_small = Forger {
        a: 0,
        key_torsion: 1,
        r: 0,
        nonce_torsion: 1,
    };
    let mixed_key = Forger {
        key_torsion: 1,
        ..HONEST
    };
    let mixed_nonce = Forger {
        nonce_torsion: 1,
        ..HONEST
    };
    let both_mixed = Forger {
        key_torsion: 1,
        nonce_torsion: 1,
        ..HONEST
    };
    vec![
        ("honest", honest, Ok(())),
        ("s_plus_order", honest.plus_order(), BAD_SIGNATURE),
        (
            "s_plus_8_orders",
            (0..8).fold(honest, |case, _| case.plus_order()),
            BAD_SIGNATURE,
        ),
        ("s_high_bit", high_bit, BAD_SIGNATURE),
        ("identity_key", identity_key.sign(0), BAD_SIGNATURE),
        ("small_key", small_key.sign_where(true), BAD_SIGNATURE),
        ("identity_nonce", identity_nonce.sign(0), BAD_SIGNATURE),
        (
            "small_nonce_mixed_key",
            small_nonce.sign_where(true),
            BAD_SIGNATURE,
        ),
        (
            "small_key_small_nonce",
            both_small.sign_where(true),
            BAD_SIGNATURE,
        ),
        // The rule is without cofactor: torsion must cancel out exactly, then mixed order passes.
        (
            "mixed_key_mixed_nonce_solved",
            both_mixed.sign_where(true),
            Ok(()),
        ),
        (
            "mixed_key_mixed_nonce_unsolved",
            both_mixed.sign_where(false),
            BAD_SIGNATURE,
        ),
        ("mixed_key_solved", mixed_key.sign_where(true), Ok(())),
        (
            "mixed_key_unsolved",
            mixed_key.sign_where(false),
            BAD_SIGNATURE,
        ),
        (
            "mixed_nonce_unsolved",
            mixed_nonce.sign_where(false),
            BAD_SIGNATURE,
        ),
    ]
}

#[test]
fn one_rule_accepts_signatures() {
    for (name, case, expected) in cases() {
        assert_eq!(case.verdict(), expected, "{name}");
    }
}

#[test]
fn the_rule_is_frozen() {
    let line = |(name, case, verdict): (&str, Case, Verdict)| {
        let [key, message] = [case.key, case.message].map(const_hex::encode);
        let verdict = if verdict.is_ok() { "accept" } else { "refuse" };
        (
            name.into(),
            format!(
                "{verdict} {key} {message} {}",
                const_hex::encode(case.signature)
            ),
        )
    };
    check_lines(
        "signature_vectors.txt",
        cases().into_iter().map(line).collect(),
    );
}

#[test]
fn refuses_every_small_key_and_nonce_whatever_it_solves() {
    for torsion in 0..8 {
        let key = Forger {
            a: 0,
            key_torsion: torsion,
            ..HONEST
        };
        let nonce = Forger {
            r: 0,
            nonce_torsion: torsion,
            ..HONEST
        };
        for message in 0..16 {
            assert_eq!(key.sign(message).verdict(), BAD_SIGNATURE);
            assert_eq!(nonce.sign(message).verdict(), BAD_SIGNATURE);
        }
    }
}

/// The encodings of a point that are not its own: y + p instead of y, and a sign for x = 0.
fn other_encodings() -> Vec<(EdwardsPoint, [u8; 32])> {
    let mut encodings: Vec<_> = (0..19).map(plus_prime).collect();
    let signed = |mut bytes: [u8; 32]| {
        bytes[31] |= 0x80;
        bytes
    };
    encodings.extend((0..19).map(|value| signed(plus_prime(value))));
    let identity = EIGHT_TORSION[0].compress().0;
    let order_two = EIGHT_TORSION[4].compress().0;
    encodings.extend([signed(identity), signed(order_two)]);
    let read = |bytes: [u8; 32]| Some((CompressedEdwardsY(bytes).decompress()?, bytes));
    encodings.into_iter().filter_map(read).collect()
}

#[test]
fn there_are_other_encodings_to_test() {
    let encodings = other_encodings();
    assert!(
        encodings
            .iter()
            .all(|(point, bytes)| point.compress().0 != *bytes)
    );
    let small = encodings
        .iter()
        .filter(|(point, _)| point.is_small_order())
        .count();
    assert_eq!(
        small, 6,
        "two of y = 0, two of y = 1, one of y = 1 and y = -1 with a sign"
    );
}

/// Nobody knows the discrete logarithm of the other encodings of full order, so that no signature
/// can be made under them; those of small order are refused although the equation may hold.
#[test]
fn refuses_keys_in_another_encoding() {
    for (point, key) in other_encodings() {
        if !point.is_small_order() {
            continue;
        }
        let torsion = EIGHT_TORSION
            .iter()
            .position(|it| *it == point)
            .expect("small order");
        let forger = Forger {
            a: 0,
            key_torsion: torsion,
            ..HONEST
        };
        let nonce = forger.nonce().compress().0;
        for message in 0..16 {
            let case = Case::with_encodings(forger, key, nonce, message);
            assert!(case.verdict().is_err());
        }
    }
}

#[test]
fn refuses_nonces_in_another_encoding() {
    for (point, nonce) in other_encodings() {
        let key = HONEST.key().compress().0;
        let torsion = EIGHT_TORSION
            .iter()
            .position(|it| *it == point)
            .unwrap_or(0);
        let forger = Forger {
            r: 0,
            nonce_torsion: torsion,
            ..HONEST
        };
        let case = Case::with_encodings(forger, key, nonce, 0);
        assert_eq!(case.verdict(), BAD_SIGNATURE);
    }
}

#[test]
fn refuses_keys_off_the_curve() {
    let mut found = 0;
    for first in 0..=u8::MAX {
        let mut key = [0; 32];
        key[0] = first;
        if CompressedEdwardsY(key).decompress().is_none() {
            let case = Case {
                key,
                ..HONEST.sign(0)
            };
            assert_eq!(case.verdict(), Err(SignatureError::BadKey));
            found += 1;
        }
    }
    assert!(found > 100, "half of all numbers are no y");
}

#[test]
fn refuses_zeros() {
    let zeros = Case {
        key: [0; 32],
        message: [0; 32],
        signature: [0; 64],
    };
    assert_eq!(zeros.verdict(), BAD_SIGNATURE);
}

/// RFC 8032, section 7.1, test 1: the empty message.
#[test]
fn signs_as_the_standard_says() {
    let array = |hex: &str| const_hex::decode_to_array(hex).expect("hex");
    let seed = array("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let key = SecretKey::generate_from(seed);
    let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    assert_eq!(key.public(), PublicKey::Ed25519(array(public)));
    let signature = const_hex::decode_to_array(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    );
    let signature = Signature::Ed25519(signature.expect("hex"));
    assert_eq!(key.public().verify_message(b"", &signature), Ok(()));
    assert_eq!(key.public().verify_message(b"x", &signature), BAD_SIGNATURE);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_signature_holds_for_its_key_and_hash_only(
        seed in any::<[u8; 32]>(),
        hash in any::<[u8; 32]>(),
        (part, bit) in (0..3usize, 0..256usize),
    ) {
        let key = SecretKey::generate_from(seed);
        let (PublicKey::Ed25519(public), Signature::Ed25519(signature)) =
            (key.public(), key.sign(&hash));
        let mut case = Case { key: public, message: hash, signature };
        prop_assert_eq!(case.verdict(), Ok(()));
        let bytes: &mut [u8] = match part {
            0 => &mut case.key,
            1 => &mut case.message,
            _ => &mut case.signature,
        };
        bytes[bit % (bytes.len() * 8) / 8] ^= 1 << (bit % 8);
        prop_assert!(case.verdict().is_err());
    }
}

//! Any bytes give an answer.

use argosy_vm_crypto::{ed25519_verify, p256_verify, secp256k1_recover, secp256k1_verify};
use proptest::prelude::*;

/// Bytes near the edges: all zero, all one, random.
fn bytes<const N: usize>() -> impl Strategy<Value = [u8; N]> {
    prop_oneof![
        Just([0; N]),
        Just([0xff; N]),
        prop::collection::vec(any::<u8>(), N).prop_map(|it| it.try_into().expect("N bytes")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn never_panics(
        key in bytes::<33>(), tag in 0u8..8, signature in bytes::<64>(), hash in bytes::<32>(),
        number in any::<u32>(), message in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut key = key;
        key[0] = tag;
        prop_assert!(!secp256k1_verify(&key, &signature, &hash));
        prop_assert!(!p256_verify(&key, &signature, &hash));
        prop_assert!(!ed25519_verify(&hash, &signature, &message));
        for number in [number, 0, 1] {
            if let Some(key) = secp256k1_recover(&hash, &signature, number) {
                prop_assert!(secp256k1_verify(&key, &signature, &hash));
            }
        }
    }
}

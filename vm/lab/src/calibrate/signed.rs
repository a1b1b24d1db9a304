//! Valid signatures for the imports that check them, since a bad one may be refused early.
//!
//! Sources: go-ethereum, core/vm/testdata/precompiles/ecRecover.json, "ValidKey" (with the lower S);
//! RFC 6979, A.2.5, P-256 and SHA-256 of "sample" (likewise).

use argosy_primitives::{PublicKey, SecretKey, Signature};
use argosy_vm_crypto::secp256k1_recover;

const HASH: &str = "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c";
const R: &str = "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f";
const LOW_S: &str = "1146bf4e2fc4de1c94f1b81868960f68bc842490f1b6bc98387ba6b57599fbf8";

const P256_KEY: &str = "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const P256_R: &str = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
const P256_LOW_S: &str = "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9";
const P256_HASH: &str = "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf";

/// Keys, signatures and hashes in hex, each with its place in the callers' memory.
fn parts() -> [(u32, String); 8] {
    let secret = SecretKey::generate_from([7; 32]);
    let PublicKey::Ed25519(public) = secret.public();
    let Signature::Ed25519(signature) = secret.sign(&[0; 32]);
    let hash: [u8; 32] = const_hex::decode_to_array(HASH).expect("32 bytes");
    let ecdsa: [u8; 64] = const_hex::decode_to_array(format!("{R}{LOW_S}")).expect("64 bytes");
    let key = secp256k1_recover(&hash, &ecdsa, 0).expect("recoverable");
    [
        (600_000, const_hex::encode(public)),
        (600_032, const_hex::encode(signature)),
        (600_200, const_hex::encode(key)),
        (600_240, const_hex::encode(ecdsa)),
        (600_304, HASH.into()),
        (600_400, P256_KEY.into()),
        (600_440, format!("{P256_R}{P256_LOW_S}")),
        (600_504, P256_HASH.into()),
    ]
}

/// What lies at a place.
pub(super) fn bytes_at(place: u32) -> Vec<u8> {
    let found = parts().into_iter().find(|it| it.0 == place);
    let (_, digits) = found.expect("one of the places");
    const_hex::decode(digits).expect("hex")
}

/// Data segments with keys, signatures and hashes where the callers expect them.
pub(super) fn data() -> String {
    let segment = |(at, digits): (u32, String)| {
        let bytes: String = (0..digits.len() / 2)
            .map(|it| format!("\\{}", &digits[2 * it..2 * it + 2]))
            .collect();
        format!("(data (i32.const {at}) \"{bytes}\")")
    };
    parts().into_iter().map(segment).collect()
}

//! Recovery, against the vector that every Ethereum client is tested with.

use argosy_vm_crypto::{keccak256, secp256k1_recover, secp256k1_verify};
use k256::elliptic_curve::sec1::ToSec1Point;

/// go-ethereum, core/vm/testdata/precompiles/ecRecover.json, "ValidKey": v = 28, S in the upper
/// half.
const HASH: &str = "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c";
const R: &str = "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f";
const S: &str = "eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549";
const ADDRESS: &str = "a94f5374fce5edbc8e2a8697c15331677e6ebf0b";

fn hash() -> [u8; 32] {
    const_hex::decode_to_array(HASH).expect("32 bytes")
}

fn high() -> [u8; 64] {
    const_hex::decode_to_array(format!("{R}{S}")).expect("64 bytes")
}

fn low() -> [u8; 64] {
    let signature = k256::ecdsa::Signature::from_slice(&high()).expect("a signature");
    signature.normalize_s().to_bytes().into()
}

fn address(key: &[u8; 33]) -> String {
    let key = k256::PublicKey::from_sec1_bytes(key).expect("a point");
    let hash = keccak256(&key.to_sec1_point(false).as_bytes()[1..]);
    const_hex::encode(&hash[12..])
}

#[test]
fn finds_the_signer() {
    // The same signature with S in the lower half has the other parity: 28 is 1, so here 0.
    let key = secp256k1_recover(&hash(), &low(), 0).expect("recoverable");
    assert_eq!(address(&key), ADDRESS);
    assert!(secp256k1_verify(&key, &low(), &hash()));
    let other = secp256k1_recover(&hash(), &low(), 1).expect("another point");
    assert_ne!(address(&other), ADDRESS);
}

#[test]
fn refuses_a_high_s() {
    assert_eq!(secp256k1_recover(&hash(), &high(), 0), None);
    assert_eq!(secp256k1_recover(&hash(), &high(), 1), None);
}

#[test]
fn refuses_other_recovery_numbers() {
    for number in [2, 3, 4, 27, 28, u32::MAX] {
        assert_eq!(secp256k1_recover(&hash(), &low(), number), None, "{number}");
    }
}

#[test]
fn refuses_zero() {
    for zeroed in [0..32, 32..64] {
        let mut signature = low();
        signature[zeroed].fill(0);
        assert_eq!(secp256k1_recover(&hash(), &signature, 0), None);
    }
}

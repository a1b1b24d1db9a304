//! Hash functions under the names that contracts know.

use sha2::Digest;

/// Plain BLAKE3.
pub fn blake3(bytes: &[u8]) -> [u8; 32] {
    argosy_primitives::blake3(bytes)
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

/// Keccak-256 with the padding of the original submission, as Ethereum uses it; not SHA3-256.
pub fn keccak256(bytes: &[u8]) -> [u8; 32] {
    sha3::Keccak256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: [u8; 32], expected: &str) {
        assert_eq!(const_hex::encode(found), expected);
    }

    #[test]
    fn known_answers() {
        // BLAKE3 test_vectors.json, input length 0.
        check(
            blake3(b""),
            "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
        );
        // FIPS 180-4, SHA-256 examples.
        check(
            sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        );
        check(
            sha256(b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        );
        // Keccak submission, ShortMsgKAT_256, length 0; and the empty hash of the Ethereum Yellow
        // Paper.
        check(
            keccak256(b""),
            "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
        );
        check(
            keccak256(b"abc"),
            "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
        );
    }
}

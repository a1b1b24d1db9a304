//! The error of reading a protocol word from text.
//!
//! Not here: addresses, whose text can be wrong in more ways (`address`).

/// The text is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct TextError {
    /// What would have been right.
    pub expected: &'static str,
}

/// Reads `0x` and exactly `2 * N` hex digits of either case.
pub(crate) fn hex_array<const N: usize>(
    text: &str,
    expected: &'static str,
) -> Result<[u8; N], TextError> {
    let digits = text.strip_prefix("0x").ok_or(TextError { expected })?;
    // The length is checked here: the hex crate would also accept a second prefix.
    if digits.len() != 2 * N {
        return Err(TextError { expected });
    }
    const_hex::const_decode_to_array(digits.as_bytes()).map_err(|_| TextError { expected })
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use crate::{AbiKind, ActionKind, Hash32, Hrp, PublicKey, Signature, StatusCode};

    #[test]
    fn hashes_are_read_back_in_either_case() {
        let hash = Hash32::from_bytes([0xab; 32]);
        assert_eq!(hash.to_string(), format!("0x{}", "ab".repeat(32)));
        assert_eq!(format!("{hash:?}"), hash.to_string());
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(format!("0x{}", "AB".repeat(32)).parse(), Ok(hash));
    }

    #[test]
    fn refuses_what_is_not_a_hash() {
        let digits = "ab".repeat(32);
        let wrong = [
            digits.clone(),
            format!("0x{digits}0"),
            format!("0x{}", &digits[1..]),
            format!("0x0x{}", &digits[2..]),
            format!("0X{digits}"),
            format!("0x{}g", &digits[1..]),
            format!(" 0x{digits}"),
            "0x".into(),
            "".into(),
            format!("0x{}é", &digits[2..]),
        ];
        for text in wrong {
            assert!(text.parse::<Hash32>().is_err(), "{text}");
        }
    }

    #[test]
    fn keys_and_signatures_are_read_back() {
        let key = PublicKey::Ed25519([0xcd; 32]);
        assert_eq!(key.to_string(), format!("ed25519:0x{}", "cd".repeat(32)));
        assert_eq!(key.to_string().parse(), Ok(key));
        let signature = Signature::Ed25519([0xef; 64]);
        assert_eq!(signature.to_string().parse(), Ok(signature));
        for text in [
            "cd".repeat(32),
            format!("0x{}", "cd".repeat(32)),
            format!("secp256k1:0x{}", "cd".repeat(32)),
            format!("ed25519:{}", "cd".repeat(32)),
        ] {
            assert!(text.parse::<PublicKey>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_are_read_back_and_unique() {
        for kind in ActionKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        for kind in AbiKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        for hrp in Hrp::ALL {
            assert_eq!(hrp.as_str().parse(), Ok(hrp));
        }
        let mut codes: alloc::vec::Vec<_> =
            StatusCode::ALL.iter().map(|code| code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), StatusCode::ALL.len());
    }

    #[test]
    fn status_codes_are_their_numbers() {
        for number in 0..=u8::MAX {
            let found = StatusCode::from_u8(number).map(|code| code as u8);
            assert_eq!(found, (number < 19).then_some(number));
        }
    }
}

//! Addresses: accounts, contracts and the chain itself share one space of 32-byte ids.
//!
//! ```text
//! account   H(AccountId,  scheme u8 ‖ key)
//! contract  H(ContractId, abi kind u8 ‖ creator 32 ‖ salt 32 ‖ code hash 32)
//! system    ASCII name, padded with zeros
//! text      bech32m(hrp, version 0 ‖ id 32)
//! ```
//!
//! Invariant: text of one network is never read as text of another; [`Address::parse`] returns
//! the network for its caller to compare.
//! Not here: who may act for an address (`executor`).

use alloc::{format, string::String};
use core::{fmt, str::FromStr};

use bech32::{Bech32m, primitives::decode::CheckedHrpstring};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::TextError;
#[cfg(feature = "hashing")]
use crate::{AbiKind, CodeHash, Domain, PublicKey};

/// First byte of the text's payload.
const TEXT_VERSION: u8 = 0;
/// Digits of 5 bits that 33 bytes take.
const TEXT_DIGITS: usize = 53;
/// The longest text whose checksum is sure to find up to four wrong characters (BIP-173).
const TEXT_BYTES_MAX: usize = 90;

/// Id of an account, a contract or a part of the chain.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking,
)]
pub struct Address([u8; 32]);

impl Address {
    /// Holds what belongs to the chain as such, for example the hot set.
    pub const SYSTEM: Address = Address::named(b"argosy:system");
    /// Holds bonded and unbonding stake.
    pub const STAKING: Address = Address::named(b"argosy:staking");
    /// Holds protocol version, parameters and the votes to change them.
    pub const GOVERNANCE: Address = Address::named(b"argosy:governance");

    /// Takes the bytes as they are.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes as they are.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The account of a key.
    #[cfg(feature = "hashing")]
    pub fn of_key(key: &PublicKey) -> Self {
        Self(Domain::AccountId.hash_encoded(key))
    }

    /// The contract that `creator` instantiates from `code` under `salt`.
    #[cfg(feature = "hashing")]
    pub fn of_contract(abi: AbiKind, creator: &Address, salt: &[u8; 32], code: &CodeHash) -> Self {
        let parts: [&[u8]; 4] = [&[abi as u8], &creator.0, salt, code.as_bytes()];
        Self(Domain::ContractId.hash(&parts))
    }

    /// `true` for the chain's own addresses, for which nobody holds a key.
    pub fn is_system(&self) -> bool {
        [Self::SYSTEM, Self::STAKING, Self::GOVERNANCE].contains(self)
    }

    /// Text for people of one network.
    pub fn to_text(&self, hrp: Hrp) -> String {
        let mut payload = [TEXT_VERSION; 33];
        payload[1..].copy_from_slice(&self.0);
        let hrp = bech32::Hrp::parse_unchecked(hrp.as_str());
        let mut text = String::with_capacity(TEXT_BYTES_MAX);
        bech32::encode_lower_to_fmt::<Bech32m, _>(&mut text, hrp, &payload)
            .expect("33 bytes are short enough");
        text
    }

    /// Reads text of any network, in lower or upper case.
    pub fn parse(text: &str) -> Result<(Hrp, Address), AddressError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(AddressError::TooLong { bytes: text.len() });
        }
        let parsed = CheckedHrpstring::new::<Bech32m>(text).map_err(AddressError::of_bech32)?;
        let hrp = parsed.hrp().to_lowercase();
        let Ok(hrp) = hrp.parse() else {
            return Err(AddressError::UnknownNetwork { hrp });
        };
        let mut payload = parsed.byte_iter();
        let version = payload.next();
        let version = version.ok_or(AddressError::WrongLength { bytes: 0 })?;
        if version != TEXT_VERSION {
            return Err(AddressError::UnknownVersion { version });
        }
        let (mut id, mut bytes) = ([0; 32], 0);
        for byte in payload {
            if let Some(slot) = id.get_mut(bytes) {
                *slot = byte;
            }
            bytes += 1;
        }
        if bytes != id.len() {
            return Err(AddressError::WrongLength { bytes });
        }
        // No second text for the same address: neither a digit more, nor the bit that 33 bytes leave over.
        let digits = parsed.fe32_iter();
        let is_short = digits.len() == TEXT_DIGITS;
        let is_even = digits.last().is_some_and(|it| it.to_u8() % 2 == 0);
        if !(is_short && is_even) {
            return Err(AddressError::NotCanonical);
        }
        Ok((hrp, Address(id)))
    }

    const fn named(name: &[u8]) -> Self {
        let mut bytes = [0; 32];
        let (head, _) = bytes.split_at_mut(name.len());
        head.copy_from_slice(name);
        Self(bytes)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&const_hex::encode_prefixed(self.0))
    }
}

impl From<[u8; 32]> for Address {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Address {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// First part of an address' text: which kind of network it is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking,
)]
#[repr(u8)]
pub enum Hrp {
    /// Main network, `argo1…`.
    Main = 0,
    /// Test networks, `targo1…`.
    Test = 1,
    /// Development chains, `dargo1…`.
    Dev = 2,
}

impl Hrp {
    /// Every kind of network.
    pub const ALL: [Hrp; 3] = [Hrp::Main, Hrp::Test, Hrp::Dev];

    /// As it stands in the text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Hrp::Main => "argo",
            Hrp::Test => "targo",
            Hrp::Dev => "dargo",
        }
    }
}

impl fmt::Display for Hrp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Hrp {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let known = Hrp::ALL.into_iter().find(|hrp| hrp.as_str() == text);
        known.ok_or(TextError {
            expected: "argo, targo or dargo",
        })
    }
}

/// Why text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Longer than any address.
    #[error("{bytes} bytes of text are too many for an address, which has about 65")]
    TooLong {
        /// Length of the text.
        bytes: usize,
    },
    /// Not of the form `network 1 characters`, or in mixed case.
    #[error("not an address, which looks like dargo1… in one case: {reason}")]
    Malformed {
        /// What bech32 has to say, for people only.
        reason: String,
    },
    /// A character is wrong, or it is bech32 instead of bech32m.
    #[error("checksum does not match: some character is wrong, or it is not bech32m")]
    BadChecksum,
    /// Not one of our networks.
    #[error("no network has addresses that begin with {hrp}1")]
    UnknownNetwork {
        /// The part before the `1`.
        hrp: String,
    },
    /// A kind of address that this software does not know.
    #[error("address version {version} is unknown")]
    UnknownVersion {
        /// First byte of the payload.
        version: u8,
    },
    /// The id is not 32 bytes long.
    #[error("address holds {bytes} bytes instead of 32")]
    WrongLength {
        /// Bytes after the version.
        bytes: usize,
    },
    /// Padding bits are set.
    #[error("address has stray bits at its end")]
    NotCanonical,
}

impl AddressError {
    fn of_bech32(error: bech32::primitives::decode::CheckedHrpstringError) -> Self {
        use bech32::primitives::decode::CheckedHrpstringError::{Checksum, Parse};
        match error {
            Checksum(_) => AddressError::BadChecksum,
            Parse(error) => AddressError::Malformed {
                reason: format!("{error}"),
            },
            other => AddressError::Malformed {
                reason: format!("{other}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use bech32::{
        Bech32, Fe32,
        primitives::iter::{ByteIterExt, Fe32IterExt},
    };

    use super::*;

    const ID: Address = Address([0x5a; 32]);

    #[track_caller]
    fn check(text: &str, expected: Result<(Hrp, Address), AddressError>) {
        assert_eq!(Address::parse(text), expected, "{text}");
    }

    fn encode(hrp: &str, payload: &[u8]) -> String {
        bech32::encode::<Bech32m>(bech32::Hrp::parse_unchecked(hrp), payload).expect("short")
    }

    #[test]
    fn text_of_every_network_is_read_back_and_short() {
        for hrp in Hrp::ALL {
            let text = ID.to_text(hrp);
            assert!(text.len() < TEXT_BYTES_MAX && text.starts_with(hrp.as_str()));
            check(&text, Ok((hrp, ID)));
            check(&text.to_uppercase(), Ok((hrp, ID)));
        }
    }

    #[test]
    fn refuses_another_network() {
        let hrp = |hrp: &str| Err(AddressError::UnknownNetwork { hrp: hrp.into() });
        let payload = [0; 33];
        check(&encode("cosmos", &payload), hrp("cosmos"));
        check(&encode("argoo", &payload), hrp("argoo"));
        check(&encode("ARGOO", &payload).to_uppercase(), hrp("argoo"));
    }

    #[test]
    fn refuses_another_version_or_length() {
        check(
            &encode("argo", &[1; 33]),
            Err(AddressError::UnknownVersion { version: 1 }),
        );
        check(
            &encode("argo", &[0; 32]),
            Err(AddressError::WrongLength { bytes: 31 }),
        );
        check(
            &encode("argo", &[0; 34]),
            Err(AddressError::WrongLength { bytes: 33 }),
        );
        check(
            &encode("argo", &[0; 1]),
            Err(AddressError::WrongLength { bytes: 0 }),
        );
        check(
            &encode("argo", &[]),
            Err(AddressError::WrongLength { bytes: 0 }),
        );
    }

    #[test]
    fn refuses_bech32_without_m() {
        let hrp = bech32::Hrp::parse_unchecked("argo");
        let text = bech32::encode::<Bech32>(hrp, &[0; 33]).expect("short");
        check(&text, Err(AddressError::BadChecksum));
    }

    #[test]
    fn refuses_mixed_case_and_garbage() {
        let malformed = |text: &str| {
            let error = Address::parse(text).expect_err(text);
            assert!(
                matches!(error, AddressError::Malformed { .. }),
                "{text}: {error:?}"
            );
        };
        let text = ID.to_text(Hrp::Dev);
        malformed(&text.replacen("dargo", "DARGO", 1));
        malformed(&text.to_uppercase().replacen("DARGO", "dargo", 1));
        for text in [
            "", "1", "dargo", "dargo1", "0x5a5a", "dargo1 ", "dargo1é", "\u{0}", "1qqqqqqq",
        ] {
            let error = Address::parse(text).expect_err(text);
            let kind = matches!(
                error,
                AddressError::Malformed { .. } | AddressError::BadChecksum
            );
            assert!(kind, "{text}: {error:?}");
        }
    }

    #[test]
    fn refuses_any_changed_character() {
        let text = ID.to_text(Hrp::Dev);
        for position in 0..text.len() {
            for other in "qpzry9x8gf2tvdw0s3jn54khce6mua7l1b".chars() {
                let mut changed = text.clone();
                changed.replace_range(position..=position, other.encode_utf8(&mut [0; 4]));
                if changed != text {
                    assert!(Address::parse(&changed).is_err(), "{changed}");
                }
            }
        }
    }

    #[test]
    fn refuses_text_over_90_bytes() {
        let at_edge = encode("argo", &[0; 49]);
        assert_eq!(at_edge.len(), 90);
        check(&at_edge, Err(AddressError::WrongLength { bytes: 48 }));
        let beyond = encode("argo", &[0; 50]);
        assert_eq!(beyond.len(), 91);
        check(&beyond, Err(AddressError::TooLong { bytes: 91 }));
    }

    #[test]
    fn refuses_a_second_text_for_an_address() {
        let with = |digits: &[Fe32]| -> String {
            let hrp = bech32::Hrp::parse_unchecked("argo");
            let digits = digits.iter().copied();
            digits.with_checksum::<Bech32m>(&hrp).chars().collect()
        };
        let mut payload = [0x5a; 33];
        payload[0] = TEXT_VERSION;
        let digits: Vec<Fe32> = payload.into_iter().bytes_to_fes().collect();
        check(&with(&digits), Ok((Hrp::Main, ID)));
        // The bit that is left over, and a digit more, whose bits are all left over.
        let mut odd = digits.clone();
        let last = odd.last_mut().expect("53 digits");
        *last = Fe32::try_from(last.to_u8() | 1).expect("5 bits");
        check(&with(&odd), Err(AddressError::NotCanonical));
        let longer = [&digits[..], &[Fe32::Q]].concat();
        check(&with(&longer), Err(AddressError::NotCanonical));
    }

    #[test]
    fn system_addresses_are_their_names() {
        assert!(Address::SYSTEM.0.starts_with(b"argosy:system\0"));
        assert!(Address::GOVERNANCE.is_system() && Address::STAKING.is_system());
        assert!(!ID.is_system());
    }
}

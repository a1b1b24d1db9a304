//! The bytes of one slot of a sign record.
//!
//! ```text
//! "ARGOSIGN" ‖ length u32 LE ‖ body ‖ blake3 of all before
//! body = SCALE: version u16, chain 32, key 1 + 32, write number u64,
//!               sits out until u64, previous mark (option), marks (list)
//! mark = height u64, round u32, step u8, sign hash 32, signature 1 + 64
//! ```
//!
//! Invariant: `open(seal(content)) == content`, and bytes are opened only if every one of them is right.
//! What follows the checksum in a slot is left from longer writes and means nothing.

use argosy_primitives::{GenesisHash, Limits, PublicKey, blake3, decode_untrusted};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use super::SlotDamage;
use crate::history::History;

/// Room for one slot; the longest content takes 10.7 KB.
pub(super) const SLOT_BYTES: usize = 16 * 1024;

const MAGIC: [u8; 8] = *b"ARGOSIGN";
const VERSION: u16 = 1;
const HEAD_BYTES: usize = MAGIC.len() + 4;
const CHECKSUM_BYTES: usize = 32;
const BODY_BYTES_MAX: usize = SLOT_BYTES - HEAD_BYTES - CHECKSUM_BYTES;

/// What a slot says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) chain: GenesisHash,
    pub(super) key: PublicKey,
    /// Number of the write, from 1.
    pub(super) number: u64,
    pub(super) history: History,
}

#[derive(Encode, Decode, DecodeWithMemTracking)]
struct Body {
    version: u16,
    chain: GenesisHash,
    key: PublicKey,
    number: u64,
    history: History,
}

pub(super) fn seal(content: &Content) -> Vec<u8> {
    let body = Body {
        version: VERSION,
        chain: content.chain,
        key: content.key,
        number: content.number,
        history: content.history.clone(),
    };
    let body = body.encode();
    assert!(body.len() <= BODY_BYTES_MAX, "a history is bounded");
    let length = (body.len() as u32).to_le_bytes();
    let mut bytes = [&MAGIC[..], &length, &body].concat();
    let checksum = blake3(&bytes);
    bytes.extend(checksum);
    bytes
}

pub(super) fn open(bytes: &[u8]) -> Result<Content, SlotDamage> {
    let rest = bytes.strip_prefix(&MAGIC).ok_or(SlotDamage::NoMagic)?;
    let length = rest.first_chunk().ok_or(SlotDamage::Length)?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > BODY_BYTES_MAX {
        return Err(SlotDamage::Length);
    }
    let (sealed, rest) = bytes
        .split_at_checked(HEAD_BYTES + length)
        .ok_or(SlotDamage::Length)?;
    let checksum: &[u8; CHECKSUM_BYTES] = rest.first_chunk().ok_or(SlotDamage::Length)?;
    if blake3(sealed) != *checksum {
        return Err(SlotDamage::Checksum);
    }
    let body = &sealed[HEAD_BYTES..];
    if let Some(found) = body.first_chunk().map(|it| u16::from_le_bytes(*it))
        && found != VERSION
    {
        let known = VERSION;
        return Err(SlotDamage::Version { found, known });
    }
    let limits = Limits::for_size(BODY_BYTES_MAX);
    let body: Body = decode_untrusted(body, limits).map_err(SlotDamage::Unreadable)?;
    if !body.history.is_sound() {
        return Err(SlotDamage::OutOfOrder);
    }
    Ok(Content {
        chain: body.chain,
        key: body.key,
        number: body.number,
        history: body.history,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::{fs, slice};

    use argosy_primitives::{Hash32, SecretKey};

    use super::*;
    use crate::history::MARKS_MAX;
    use crate::{Mark, Position, Step};

    fn content(marks: u32) -> Content {
        let key = SecretKey::generate_from([7; 32]);
        let mut history = History::above(40);
        for index in 0..marks {
            let sign_hash = Hash32::from_bytes([index as u8; 32]);
            let at = Position {
                height: 41,
                round: index / 3,
                step: [Step::Proposal, Step::Prevote, Step::Precommit][index as usize % 3],
            };
            let signature = key.sign(sign_hash.as_bytes());
            history = history.with(Mark {
                at,
                sign_hash,
                signature,
            });
        }
        Content {
            chain: GenesisHash::from_bytes([5; 32]),
            key: key.public(),
            number: 3,
            history,
        }
    }

    /// The bytes are frozen; `ARGOSY_BLESS=1` writes the file anew, and old records are unreadable.
    #[test]
    fn bytes_are_frozen() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/record.hex");
        let line = |(name, content): (&str, Content)| {
            assert_eq!(open(&seal(&content)).as_ref(), Ok(&content));
            format!("{name} {}\n", const_hex::encode_prefixed(seal(&content)))
        };
        let found: String = [("empty", content(0)), ("one_round", content(3))]
            .into_iter()
            .map(line)
            .collect();
        if std::env::var_os("ARGOSY_BLESS").is_some() {
            fs::write(&path, &found).unwrap();
        }
        let expected = fs::read_to_string(&path).expect("ARGOSY_BLESS=1 makes it");
        assert_eq!(found, expected);
    }

    #[test]
    fn the_longest_content_fits() {
        let longest = content(MARKS_MAX as u32 + 1);
        let bytes = seal(&longest);
        assert!(
            (10_000..SLOT_BYTES).contains(&bytes.len()),
            "{}",
            bytes.len()
        );
        assert_eq!(open(&bytes), Ok(longest));
    }

    #[test]
    fn what_follows_means_nothing() {
        let mut bytes = seal(&content(3));
        bytes.extend([0xaa; 100]);
        assert_eq!(open(&bytes), Ok(content(3)));
    }

    #[test]
    fn refuses_any_shorter_length() {
        let bytes = seal(&content(3));
        for length in 0..bytes.len() {
            assert!(open(&bytes[..length]).is_err(), "{length}");
            let mut zeroed = bytes.clone();
            zeroed[length..].fill(0);
            assert!(open(&zeroed).is_err() || zeroed == bytes, "{length}");
        }
    }

    #[test]
    fn refuses_any_flipped_bit() {
        let bytes = seal(&content(3));
        for at in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            assert!(open(&flipped).is_err(), "bit {at}");
        }
    }

    /// A right checksum alone is not enough.
    #[test]
    fn refuses_what_no_signer_wrote() {
        let sealed = |body: &[u8]| {
            let length = (body.len() as u32).to_le_bytes();
            let mut bytes = [&MAGIC[..], &length, body].concat();
            let checksum = blake3(&bytes);
            bytes.extend(checksum);
            bytes
        };
        let whole = seal(&content(3));
        let body = &whole[HEAD_BYTES..whole.len() - CHECKSUM_BYTES];
        assert_eq!(open(&sealed(body)), Ok(content(3)));
        let mut later = body.to_vec();
        later[0] = 2;
        let version = SlotDamage::Version { found: 2, known: 1 };
        assert_eq!(open(&sealed(&later)), Err(version));
        for cut in [
            &body[1..],
            &body[..body.len() - 1],
            &[body, slice::from_ref(&0)].concat(),
        ] {
            assert!(open(&sealed(cut)).is_err());
        }
        let mut disordered = content(0);
        disordered.history = content(3).history;
        let mut bytes = disordered.history.encode();
        // Heights of the three marks are equal; the first becomes larger.
        let first = bytes.len() - 3 * 110;
        bytes[first] += 1;
        let head = content(3).history.encode().len();
        let tampered = [&body[..body.len() - head], &bytes].concat();
        assert_eq!(open(&sealed(&tampered)), Err(SlotDamage::OutOfOrder));
    }
}

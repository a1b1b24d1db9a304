//! What goes over the socket.
//!
//! ```text
//! frame   length u32 LE ‖ that many bytes of SCALE, at most 64 KiB
//! hello   "ARGOSIGN" ‖ version u16 ‖ chain 32 ‖ key 1 + 32      the same in every version
//! ```
//!
//! Invariant: a frame is whole before its deadline, however slowly its bytes drip in, and its
//! bytes are decoded with limits only.

use std::io;
use std::time::{Duration, Instant};

use argosy_primitives::{
    Address, GenesisHash, Hash32, Height, Limits, PeerProof, Proposal, ProposalParts, PublicKey,
    Signature, Vote, decode_untrusted,
};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use super::stream::Stream;
use crate::{Mark, Position, SignError};

/// The largest frame.
pub(super) const FRAME_BYTES_MAX: usize = 64 * 1024;
pub(super) const VERSION: u16 = 1;
pub(super) const MAGIC: [u8; 8] = *b"ARGOSIGN";
/// Of the text of a failure, in bytes.
const REASON_BYTES_MAX: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub(super) struct Hello {
    pub(super) magic: [u8; 8],
    pub(super) version: u16,
    pub(super) chain: GenesisHash,
    pub(super) key: PublicKey,
}

impl Hello {
    pub(super) fn new(chain: GenesisHash, key: PublicKey) -> Hello {
        Hello {
            magic: MAGIC,
            version: VERSION,
            chain,
            key,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub(super) enum Request {
    #[codec(index = 0)]
    Mark,
    #[codec(index = 1)]
    Vote(Vote),
    #[codec(index = 2)]
    Proposal(Proposal),
    #[codec(index = 3)]
    Parts(ProposalParts),
    #[codec(index = 4)]
    Peer(PeerProof),
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub(super) enum Answer {
    #[codec(index = 0)]
    Mark(Option<Mark>),
    #[codec(index = 1)]
    Signature(Signature),
    #[codec(index = 2)]
    Refusal(Refusal),
}

/// A [`SignError`] on its way.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub(super) enum Refusal {
    #[codec(index = 0)]
    OtherChain {
        asked: GenesisHash,
        own: GenesisHash,
    },
    #[codec(index = 1)]
    OtherValidator { asked: Address, own: Address },
    #[codec(index = 2)]
    Held { height: Height, until: Height },
    #[codec(index = 3)]
    Below { asked: Position, mark: Position },
    #[codec(index = 4)]
    Conflict {
        at: Position,
        signed: Hash32,
        asked: Hash32,
    },
    #[codec(index = 5)]
    Failed { reason: String },
}

impl From<SignError> for Refusal {
    fn from(error: SignError) -> Refusal {
        match error {
            SignError::OtherChain { asked, own } => Refusal::OtherChain { asked, own },
            SignError::OtherValidator { asked, own } => Refusal::OtherValidator { asked, own },
            SignError::Held { height, until } => Refusal::Held { height, until },
            SignError::Below { asked, mark } => Refusal::Below { asked, mark },
            SignError::Conflict { at, signed, asked } => Refusal::Conflict { at, signed, asked },
            failure @ (SignError::Record(_)
            | SignError::Keeper(_)
            | SignError::Blocks(_)
            | SignError::KeeperForeign { .. }
            | SignError::Broken
            | SignError::Remote(_)
            | SignError::RemoteFailed { .. }) => Refusal::Failed {
                reason: reason(&failure),
            },
        }
    }
}

impl From<Refusal> for SignError {
    fn from(refusal: Refusal) -> SignError {
        match refusal {
            Refusal::OtherChain { asked, own } => SignError::OtherChain { asked, own },
            Refusal::OtherValidator { asked, own } => SignError::OtherValidator { asked, own },
            Refusal::Held { height, until } => SignError::Held { height, until },
            Refusal::Below { asked, mark } => SignError::Below { asked, mark },
            Refusal::Conflict { at, signed, asked } => SignError::Conflict { at, signed, asked },
            Refusal::Failed { reason } => SignError::RemoteFailed { reason },
        }
    }
}

/// The failure and what caused it, on one line.
fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        text = format!("{text}: {it}");
        cause = it.source();
    }
    let end = (0..=REASON_BYTES_MAX.min(text.len())).rfind(|&at| text.is_char_boundary(at));
    text.truncate(end.unwrap_or(0));
    text
}

/// Why no whole frame came or went.
#[derive(Debug)]
pub(super) enum FrameError {
    /// The other side has closed.
    Closed,
    /// Nothing, or not all of it, in time.
    TimedOut,
    /// Longer than any frame, or not what was expected.
    Garbage(String),
    Io(io::Error),
}

/// Sends `value` within `time`.
pub(super) fn send<T: Encode>(
    stream: &mut dyn Stream,
    value: &T,
    time: Duration,
) -> Result<(), FrameError> {
    let body = value.encode();
    if body.len() > FRAME_BYTES_MAX {
        return Err(too_long(body.len()));
    }
    let frame = [&(body.len() as u32).to_le_bytes()[..], &body].concat();
    let deadline = Instant::now() + time;
    let mut rest = &frame[..];
    while !rest.is_empty() {
        let left = left_until(deadline)?;
        match stream.set_time(left).and_then(|()| stream.write(rest)) {
            Ok(0) => return Err(FrameError::Closed),
            Ok(count) => rest = &rest[count..],
            Err(error) => check(error)?,
        }
    }
    loop {
        let left = left_until(deadline)?;
        match stream.set_time(left).and_then(|()| stream.flush()) {
            Ok(()) => return Ok(()),
            Err(error) => check(error)?,
        }
    }
}

/// Waits up to `idle` for a frame to begin, then up to `time` for all of it.
pub(super) fn receive<T: DecodeWithMemTracking + Encode>(
    stream: &mut dyn Stream,
    idle: Duration,
    time: Duration,
) -> Result<T, FrameError> {
    let mut length = [0; 4];
    fill(stream, &mut length[..1], Instant::now() + idle)?;
    let deadline = Instant::now() + time;
    fill(stream, &mut length[1..], deadline)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > FRAME_BYTES_MAX {
        return Err(too_long(length));
    }
    let mut body = vec![0; length];
    fill(stream, &mut body, deadline)?;
    decode_untrusted(&body, Limits::for_size(FRAME_BYTES_MAX))
        .map_err(|error| FrameError::Garbage(error.to_string()))
}

fn fill(stream: &mut dyn Stream, buffer: &mut [u8], deadline: Instant) -> Result<(), FrameError> {
    let mut filled = 0;
    while filled < buffer.len() {
        let left = left_until(deadline)?;
        let rest = &mut buffer[filled..];
        match stream.set_time(left).and_then(|()| stream.read(rest)) {
            Ok(0) => return Err(FrameError::Closed),
            Ok(count) => filled += count,
            Err(error) => check(error)?,
        }
    }
    Ok(())
}

fn left_until(deadline: Instant) -> Result<Duration, FrameError> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(FrameError::TimedOut);
    }
    Ok(left)
}

fn check(error: io::Error) -> Result<(), FrameError> {
    match error.kind() {
        // The deadline decides, not the clock of one system call.
        io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Ok(()),
        io::ErrorKind::BrokenPipe
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::NotConnected
        | io::ErrorKind::UnexpectedEof => Err(FrameError::Closed),
        _ => Err(FrameError::Io(error)),
    }
}

fn too_long(found: usize) -> FrameError {
    FrameError::Garbage(format!(
        "a frame of {found} bytes, at most {FRAME_BYTES_MAX} are allowed"
    ))
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::path::Path;
    use std::{fs, io::Error};

    use argosy_primitives::{SecretKey, VoteKind};

    use super::*;
    use crate::Step;

    const CHAIN: GenesisHash = GenesisHash::from_bytes([5; 32]);
    const AT: Position = Position {
        height: 7,
        round: 2,
        step: Step::Precommit,
    };

    fn line<T>(name: &str, value: T) -> String
    where
        T: Encode + DecodeWithMemTracking + PartialEq + Debug,
    {
        let bytes = value.encode();
        let decoded = decode_untrusted::<T>(&bytes, Limits::for_size(FRAME_BYTES_MAX));
        assert_eq!(decoded.as_ref(), Ok(&value), "{name}");
        format!("{name} {}\n", const_hex::encode_prefixed(bytes))
    }

    fn requests() -> String {
        let (value, address) = ([6; 32].into(), Address::SYSTEM);
        let (chain, height, round) = (CHAIN, AT.height, AT.round);
        let vote = Request::Vote(Vote {
            kind: VoteKind::Precommit,
            chain,
            height,
            round,
            value: Some(value),
            validator: address,
        });
        let proposal = Request::Proposal(Proposal {
            chain,
            height,
            round,
            value,
            valid_round: None,
            proposer: address,
        });
        let parts = Request::Parts(ProposalParts {
            chain,
            height,
            round,
            valid_round: Some(0),
            block: value,
            pieces: 3,
        });
        let peer = Request::Peer(PeerProof {
            chain,
            peer: vec![1, 2],
        });
        [
            line("mark", Request::Mark),
            line("vote", vote),
            line("proposal", proposal),
            line("parts", parts),
            line("peer", peer),
        ]
        .concat()
    }

    fn answers() -> String {
        let sign_hash = Hash32::from_bytes([8; 32]);
        let signature = SecretKey::generate_from([7; 32]).sign(sign_hash.as_bytes());
        let mark = Mark {
            at: AT,
            sign_hash,
            signature,
        };
        let refusal = |name, refusal| line(name, Answer::Refusal(refusal));
        let (asked, own) = (CHAIN, GenesisHash::ZERO);
        let other_chain = Refusal::OtherChain { asked, own };
        let (asked, own) = (Address::SYSTEM, Address::STAKING);
        let other_validator = Refusal::OtherValidator { asked, own };
        let conflict = Refusal::Conflict {
            at: AT,
            signed: sign_hash,
            asked: Hash32::ZERO,
        };
        [
            line("no_mark", Answer::Mark(None)),
            line("a_mark", Answer::Mark(Some(mark))),
            line("signature", Answer::Signature(signature)),
            refusal("other_chain", other_chain),
            refusal("other_validator", other_validator),
            refusal(
                "held",
                Refusal::Held {
                    height: 7,
                    until: 9,
                },
            ),
            refusal(
                "below",
                Refusal::Below {
                    asked: AT,
                    mark: AT,
                },
            ),
            refusal("conflict", conflict),
            refusal(
                "failed",
                Refusal::Failed {
                    reason: "no disk".to_owned(),
                },
            ),
        ]
        .concat()
    }

    /// The bytes are frozen; `ARGOSY_BLESS=1` writes the file anew: a changed line is a new version.
    #[test]
    fn bytes_are_frozen() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/remote.hex");
        let key = SecretKey::generate_from([7; 32]).public();
        let hello = line("hello", Hello::new(CHAIN, key));
        let found = [hello, requests(), answers()].concat();
        if std::env::var_os("ARGOSY_BLESS").is_some() {
            fs::write(&path, &found).unwrap();
        }
        let expected = fs::read_to_string(&path).expect("ARGOSY_BLESS=1 makes it");
        assert_eq!(found, expected);
    }

    #[test]
    fn a_reason_names_its_cause_and_ends() {
        let short = SignError::Keeper(Box::new(Error::other("no disk")));
        assert!(reason(&short).ends_with("opened anew: no disk"));
        let long = SignError::Keeper("ä".repeat(4000).into());
        assert!(reason(&long).len() <= REASON_BYTES_MAX);
    }
}

//! Frames: a topic, a length, and as many bytes.
//!
//! ```text
//! topic u8 | length u32 little endian | bytes
//! ```
//!
//! Always: a length is compared with what its topic may have before anything is held, and a large frame
//! of a peer that is not trusted is read past, not held.

use bytes::Bytes;

/// Bytes before the content.
pub(crate) const HEAD_BYTES: usize = 5;
/// The largest frame that is looked at of a peer that is not trusted: a proof (a key, an id, a signature),
/// or a status.
const STRANGER_BYTES_MAX: usize = 512;
/// The largest part of a block, and what is around it.
const PART_BYTES_MAX: usize = 132 * 1024;
/// Certificates of a thousand validators.
const VOTES_BYTES_MAX: usize = 512 * 1024;

/// What a frame is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Topic {
    /// That this node speaks for a validator; the first frame on a stream, if any.
    Proof = 0,
    /// Votes and proposals.
    Votes = 1,
    /// Parts of blocks.
    Parts = 2,
    /// What gets a stuck round going: votes again, certificates.
    Liveness = 3,
    /// How far a node is.
    Status = 4,
}

impl Topic {
    /// All of them.
    pub const ALL: [Topic; 5] = [
        Topic::Proof,
        Topic::Votes,
        Topic::Parts,
        Topic::Liveness,
        Topic::Status,
    ];

    pub(crate) fn of(byte: u8) -> Option<Topic> {
        Topic::ALL.into_iter().find(|it| *it as u8 == byte)
    }

    /// Bytes that a frame may have.
    pub(crate) fn bytes_max(self) -> usize {
        match self {
            Topic::Proof | Topic::Status => STRANGER_BYTES_MAX,
            Topic::Votes | Topic::Liveness => VOTES_BYTES_MAX,
            Topic::Parts => PART_BYTES_MAX,
        }
    }
}

/// A frame as it travels; `None`: it is too large for any peer to take.
pub(crate) fn frame(topic: Topic, content: &[u8]) -> Option<Bytes> {
    let fits = content.len() <= topic.bytes_max();
    let length = u32::try_from(content.len()).ok().filter(|_| fits)?;
    let mut frame = Vec::with_capacity(HEAD_BYTES + content.len());
    frame.push(topic as u8);
    frame.extend(length.to_le_bytes());
    frame.extend(content);
    Some(frame.into())
}

/// Topic and length of a frame that begins like this; `None`: no honest peer's does.
pub(crate) fn head(bytes: [u8; HEAD_BYTES]) -> Option<(Topic, usize)> {
    let [topic, length @ ..] = bytes;
    let topic = Topic::of(topic)?;
    let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
    (length <= topic.bytes_max()).then_some((topic, length))
}

/// Whether a frame is small enough to be looked at.
pub(crate) fn is_held(length: usize, is_trusted: bool) -> bool {
    is_trusted || length <= STRANGER_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_what_comes_and_no_more_than_may() {
        let written = frame(Topic::Votes, b"yes").unwrap();
        let begin: [u8; HEAD_BYTES] = written[..HEAD_BYTES].try_into().unwrap();
        assert_eq!(head(begin), Some((Topic::Votes, 3)));
        assert_eq!(&written[HEAD_BYTES..], b"yes");
        for topic in Topic::ALL {
            let max = u32::try_from(topic.bytes_max()).unwrap();
            let [a, b, c, d] = max.to_le_bytes();
            assert!(head([topic as u8, a, b, c, d]).is_some());
            let [a, b, c, d] = (max + 1).to_le_bytes();
            assert!(head([topic as u8, a, b, c, d]).is_none());
        }
        assert_eq!(head([5, 0, 0, 0, 0]), None);
        assert_eq!(frame(Topic::Status, &[0; STRANGER_BYTES_MAX + 1]), None);
        assert!(is_held(STRANGER_BYTES_MAX, false) && !is_held(STRANGER_BYTES_MAX + 1, false));
    }
}

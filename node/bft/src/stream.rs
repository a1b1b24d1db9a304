//! Parts put together again, in whatever order they come.
//!
//! Always: one publisher holds at most [`STREAMS_PER_PUBLISHER_MAX`] unfinished blocks and all
//! together at most [`STREAMS_MAX`], none larger than a block may be; who exceeds its share loses its
//! own oldest one; where there are too many, those that no proposer signed for go first; nothing of an
//! unfinished stream is decoded.

use std::collections::BTreeMap;

use argosy_primitives::{Block, Height, Limits, decode_untrusted};

use crate::part::{PART_BYTES_MAX, Part, PartInit, pieces};

/// Unfinished blocks of one publisher.
pub const STREAMS_PER_PUBLISHER_MAX: usize = 3;
/// Unfinished blocks of all.
pub const STREAMS_MAX: usize = 24;
/// Bytes that name a stream.
pub(crate) const STREAM_ID_BYTES_MAX: usize = 64;

/// Why a part was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The stream's name is too long.
    #[error("the stream's name has more than {STREAM_ID_BYTES_MAX} bytes")]
    Name,
    /// More pieces than the largest block has, or a piece beyond the announced end.
    #[error("piece {sequence} does not exist")]
    Sequence {
        /// Its place in the stream.
        sequence: u64,
    },
    /// A first part that is not in the first place, a piece in the first place, an end elsewhere, a
    /// piece that is too large, or a second part for one place.
    #[error("part {sequence} is malformed")]
    Malformed {
        /// Its place in the stream.
        sequence: u64,
    },
    /// Not proposed by the one whose turn it is, or for a height that this node does not wait for.
    #[error("its first part is refused")]
    Refused,
    /// The pieces make no block, or another than was announced.
    #[error("the pieces are not the block that was announced")]
    NotTheBlock,
}

/// A block out of parts, whose hash its proposer signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembled {
    /// What its first part says.
    pub init: PartInit,
    /// The block.
    pub block: Block,
}

/// Unfinished blocks.
#[derive(Debug)]
pub struct Assembly {
    block_bytes_max: usize,
    streams: BTreeMap<(Vec<u8>, Vec<u8>), Stream>,
    /// Counts streams, so that the oldest can be told.
    begun: u64,
}

#[derive(Debug)]
struct Stream {
    number: u64,
    init: Option<PartInit>,
    pieces: BTreeMap<u64, Vec<u8>>,
}

impl Assembly {
    /// For blocks of up to so many bytes, header and body.
    pub fn new(block_bytes_max: usize) -> Assembly {
        Assembly {
            block_bytes_max,
            streams: BTreeMap::new(),
            begun: 0,
        }
    }

    /// Takes a part; gives the block if it was the last one missing. `accept` says whether a block is
    /// waited for that begins like this, and checks the signature.
    ///
    /// A refused part ends its stream.
    pub fn insert(
        &mut self,
        (publisher, stream): (&[u8], &[u8]),
        (sequence, part): (u64, Part),
        accept: impl FnOnce(&PartInit) -> bool,
    ) -> Result<Option<Assembled>, StreamError> {
        let whole = self.collect((publisher, stream), (sequence, part), accept)?;
        whole.map(Pieces::assemble).transpose()
    }

    /// The same, before the pieces are looked at, which takes time.
    pub(crate) fn collect(
        &mut self,
        (publisher, stream): (&[u8], &[u8]),
        (sequence, part): (u64, Part),
        accept: impl FnOnce(&PartInit) -> bool,
    ) -> Result<Option<Pieces>, StreamError> {
        if stream.len() > STREAM_ID_BYTES_MAX {
            return Err(StreamError::Name);
        }
        let key = (publisher.to_vec(), stream.to_vec());
        let added = self.add(&key, sequence, part, accept);
        let is_whole = match added {
            Ok(is_whole) => is_whole,
            Err(error) => {
                self.streams.remove(&key);
                return Err(error);
            }
        };
        let whole = is_whole.then(|| self.streams.remove(&key)).flatten();
        Ok(whole.and_then(|it| {
            Some(Pieces {
                init: it.init?,
                pieces: it.pieces,
                block_bytes_max: self.block_bytes_max,
            })
        }))
    }

    /// Forgets what is of heights before this one.
    pub fn forget_before(&mut self, height: Height) {
        let is_late = |it: &Stream| it.init.as_ref().is_some_and(|it| it.height < height);
        self.streams.retain(|_, it| !is_late(it));
    }

    /// Bytes of pieces that are held.
    pub fn size_bytes(&self) -> usize {
        let bytes = |it: &Stream| it.pieces.values().map(Vec::len).sum::<usize>();
        self.streams.values().map(bytes).sum()
    }

    /// Unfinished blocks.
    pub fn len(&self) -> usize {
        self.streams.len()
    }

    /// Whether nothing is unfinished.
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// Adds a part to its stream; says whether that is whole.
    fn add(
        &mut self,
        key: &(Vec<u8>, Vec<u8>),
        sequence: u64,
        part: Part,
        accept: impl FnOnce(&PartInit) -> bool,
    ) -> Result<bool, StreamError> {
        let pieces_max = u64::from(pieces(self.block_bytes_max));
        if sequence > pieces_max {
            return Err(StreamError::Sequence { sequence });
        }
        let malformed = StreamError::Malformed { sequence };
        match part {
            Part::Init(init) => {
                let fits = init.pieces > 0 && u64::from(init.pieces) <= pieces_max;
                if sequence != 0 || !fits {
                    return Err(malformed);
                }
                if !accept(&init) {
                    return Err(StreamError::Refused);
                }
                let stream = self.stream(key);
                if stream.init.is_some() {
                    return Err(malformed);
                }
                stream.init = Some(init);
            }
            Part::Data { bytes, .. } => {
                let is_new = !self.stream(key).pieces.contains_key(&sequence);
                if sequence == 0 || bytes.len() > PART_BYTES_MAX || !is_new {
                    return Err(malformed);
                }
                self.stream(key).pieces.insert(sequence, bytes);
            }
        }
        let stream = self.stream(key);
        let Some(init) = &stream.init else {
            return Ok(false);
        };
        let end = u64::from(init.pieces);
        if let Some((&sequence, _)) = stream.pieces.range(end.saturating_add(1)..).next() {
            return Err(StreamError::Sequence { sequence });
        }
        Ok(stream.pieces.len() as u64 == end)
    }

    /// The stream of a key, begun if it is not there, for which an older one may have to go.
    fn stream(&mut self, key: &(Vec<u8>, Vec<u8>)) -> &mut Stream {
        if !self.streams.contains_key(key) {
            let same = |it: &&(Vec<u8>, Vec<u8>)| it.0 == key.0;
            if self.streams.keys().filter(same).count() >= STREAMS_PER_PUBLISHER_MAX {
                self.drop_oldest(|it| it.0 == key.0);
            }
            if self.streams.len() >= STREAMS_MAX {
                self.make_room();
            }
        }
        let begun = &mut self.begun;
        self.streams.entry(key.clone()).or_insert_with(|| {
            *begun = begun.saturating_add(1);
            Stream {
                number: *begun,
                init: None,
                pieces: BTreeMap::new(),
            }
        })
    }

    /// Lets a stream go: one that nobody signed for, if there is any, of who has the most of its kind.
    fn make_room(&mut self) {
        let is_unsigned = |it: &Stream| it.init.is_none();
        let any_unsigned = self.streams.values().any(is_unsigned);
        let mut counts: BTreeMap<&[u8], usize> = BTreeMap::new();
        for ((publisher, _), stream) in &self.streams {
            if is_unsigned(stream) == any_unsigned {
                *counts.entry(publisher).or_default() += 1;
            }
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        if let Some(greedy) = most.map(|(publisher, _)| publisher.to_vec()) {
            self.drop_oldest(|it| it.0 == greedy);
        }
    }

    fn drop_oldest(&mut self, among: impl Fn(&(Vec<u8>, Vec<u8>)) -> bool) {
        let candidates = self.streams.iter().filter(|(key, _)| among(key));
        // Those that nobody signed for go first.
        let oldest = candidates.min_by_key(|(_, it)| (it.init.is_some(), it.number));
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.streams.remove(&key);
        }
    }
}

/// All pieces of a block.
#[derive(Debug)]
pub struct Pieces {
    pub(crate) init: PartInit,
    pieces: BTreeMap<u64, Vec<u8>>,
    block_bytes_max: usize,
}

impl Pieces {
    /// Makes the block of them that was announced.
    pub fn assemble(self) -> Result<Assembled, StreamError> {
        let init = self.init;
        let bytes: Vec<u8> = self.pieces.into_values().flatten().collect();
        let limits = Limits::for_size(self.block_bytes_max);
        let block: Block =
            decode_untrusted(&bytes, limits).map_err(|_| StreamError::NotTheBlock)?;
        let is_named = block.header.hash() == init.block && block.header.height == init.height;
        match is_named && block.body_fits() {
            true => Ok(Assembled { init, block }),
            false => Err(StreamError::NotTheBlock),
        }
    }
}

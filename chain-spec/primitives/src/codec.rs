//! The only way in for foreign bytes.
//!
//! SCALE by itself is a bomb: five bytes of `Vec<()>` keep a core busy for seconds, one MiB can
//! ask for GiBs, nested boxes overflow the stack. [`decode_untrusted`] bounds all three, wants
//! every byte consumed and refuses bytes that the value would not encode to.
//!
//! Invariant: `decode_untrusted(bytes) == Ok(value)` implies `value.encode() == bytes`.
//! Not here: which limits hold for what; the caller knows what it reads.

use alloc::string::{String, ToString};

use parity_scale_codec::{DecodeWithMemTracking, Encode, Error, Input, Output};

/// No value of the protocol nests deeper; a larger [`Limits::depth_max`] is cut to this.
pub const DEPTH_MAX: u32 = 16;

/// What decoding may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Input bytes.
    pub size_max: usize,
    /// Nested heap values: boxes, maps and lists, but for lists of plain integers.
    pub depth_max: u32,
    /// Heap bytes of the decoded value.
    pub memory_max: usize,
}

impl Limits {
    /// Limits that fit every valid protocol value of up to `size_max` bytes: full depth, and heap
    /// of 16 times the size and 64 KiB.
    ///
    /// The dearest valid value is a body of transactions with 16 one-byte actions each, at
    /// 12.4 times its size (a test reads such lists): a limit below that would refuse valid blocks.
    pub const fn for_size(size_max: usize) -> Self {
        let memory_max = size_max.saturating_mul(16).saturating_add(64 << 10);
        Self {
            size_max,
            depth_max: DEPTH_MAX,
            memory_max,
        }
    }
}

/// Why bytes are not a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// More input than allowed.
    #[error("{found} bytes, at most {size_max} are allowed")]
    TooLarge {
        /// Input bytes.
        found: usize,
        /// Input bytes allowed.
        size_max: usize,
    },
    /// Nested deeper than allowed.
    #[error("nested deeper than {depth_max} at byte {offset}")]
    TooDeep {
        /// Where.
        offset: usize,
        /// Depth allowed.
        depth_max: u32,
    },
    /// The value would need more heap than allowed.
    #[error("needs more than {memory_max} bytes of memory at byte {offset}")]
    TooMuchMemory {
        /// Where.
        offset: usize,
        /// Heap bytes allowed.
        memory_max: usize,
    },
    /// A list of elements without bytes: its length would be bounded by nothing.
    #[error("list of empty elements at byte {offset}")]
    EmptyElements {
        /// Where.
        offset: usize,
    },
    /// Not an encoding of this type.
    #[error("malformed at byte {offset}: {reason}")]
    Malformed {
        /// Where.
        offset: usize,
        /// The codec's own words, for people only.
        reason: String,
    },
    /// Bytes are left over.
    #[error("{extra} bytes left over after byte {offset}")]
    Trailing {
        /// Bytes consumed.
        offset: usize,
        /// Bytes left.
        extra: usize,
    },
    /// The value has another encoding than these bytes.
    #[error("not the canonical encoding")]
    NotCanonical,
}

impl DecodeError {
    /// The byte that it is about; `None`: it is about the whole.
    pub fn offset(&self) -> Option<usize> {
        match self {
            DecodeError::TooDeep { offset, .. }
            | DecodeError::TooMuchMemory { offset, .. }
            | DecodeError::EmptyElements { offset }
            | DecodeError::Malformed { offset, .. }
            | DecodeError::Trailing { offset, .. } => Some(*offset),
            DecodeError::TooLarge { .. } | DecodeError::NotCanonical => None,
        }
    }
}

/// Turns foreign bytes into a value within `limits`, or says what is wrong with them.
pub fn decode_untrusted<T>(bytes: &[u8], limits: Limits) -> Result<T, DecodeError>
where
    T: DecodeWithMemTracking + Encode,
{
    if bytes.len() > limits.size_max {
        return Err(DecodeError::TooLarge {
            found: bytes.len(),
            size_max: limits.size_max,
        });
    }
    let mut input = GuardedInput::new(bytes, limits);
    let value = T::decode(&mut input).map_err(|error| input.refusal(&error))?;
    let extra = input.rest.len();
    if extra > 0 {
        return Err(DecodeError::Trailing {
            offset: input.offset(),
            extra,
        });
    }
    if !is_encoding_of(bytes, &value) {
        return Err(DecodeError::NotCanonical);
    }
    Ok(value)
}

/// Input that refuses to pay more than the limits allow.
struct GuardedInput<'a> {
    rest: &'a [u8],
    size: usize,
    depth: u32,
    memory: usize,
    limits: Limits,
    /// The limit that was hit: the codec's own error does not tell.
    breach: Option<DecodeError>,
}

impl<'a> GuardedInput<'a> {
    fn new(bytes: &'a [u8], limits: Limits) -> Self {
        let limits = Limits {
            depth_max: limits.depth_max.min(DEPTH_MAX),
            ..limits
        };
        Self {
            rest: bytes,
            size: bytes.len(),
            depth: 0,
            memory: 0,
            limits,
            breach: None,
        }
    }

    fn offset(&self) -> usize {
        self.size - self.rest.len()
    }

    /// Stops decoding; the first breach counts.
    fn breach<T>(&mut self, error: DecodeError) -> Result<T, Error> {
        self.breach.get_or_insert(error);
        Err("limit reached".into())
    }

    fn refusal(&mut self, error: &Error) -> DecodeError {
        self.breach
            .take()
            .unwrap_or_else(|| DecodeError::Malformed {
                offset: self.offset(),
                reason: one_line(error),
            })
    }
}

impl Input for GuardedInput<'_> {
    fn remaining_len(&mut self) -> Result<Option<usize>, Error> {
        Ok(Some(self.rest.len()))
    }

    fn read(&mut self, into: &mut [u8]) -> Result<(), Error> {
        let (read, rest) = self
            .rest
            .split_at_checked(into.len())
            .ok_or("input ends too early")?;
        into.copy_from_slice(read);
        self.rest = rest;
        Ok(())
    }

    fn descend_ref(&mut self) -> Result<(), Error> {
        if self.depth >= self.limits.depth_max {
            let (offset, depth_max) = (self.offset(), self.limits.depth_max);
            return self.breach(DecodeError::TooDeep { offset, depth_max });
        }
        self.depth += 1;
        Ok(())
    }

    fn ascend_ref(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// The codec announces a list's memory in growing chunks; a chunk of no bytes can only mean
    /// elements of no size, which neither memory nor input would ever bound.
    fn on_before_alloc_mem(&mut self, size: usize) -> Result<(), Error> {
        let offset = self.offset();
        if size == 0 {
            return self.breach(DecodeError::EmptyElements { offset });
        }
        self.memory = self.memory.saturating_add(size);
        if self.memory > self.limits.memory_max {
            let memory_max = self.limits.memory_max;
            return self.breach(DecodeError::TooMuchMemory { offset, memory_max });
        }
        Ok(())
    }
}

/// `true` if `value` encodes to exactly `bytes`; nothing is allocated.
fn is_encoding_of<T: Encode>(bytes: &[u8], value: &T) -> bool {
    struct Compare<'a>(Option<&'a [u8]>);
    impl Output for Compare<'_> {
        fn write(&mut self, bytes: &[u8]) {
            self.0 = self.0.and_then(|rest| rest.strip_prefix(bytes));
        }
    }

    let mut compare = Compare(Some(bytes));
    value.encode_to(&mut compare);
    compare.0.is_some_and(<[u8]>::is_empty)
}

/// The codec chains its errors over indented lines; ours fit into one.
fn one_line(error: &Error) -> String {
    let text = error.to_string();
    text.split_whitespace()
        .collect::<alloc::vec::Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use alloc::{
        boxed::Box,
        collections::{BTreeMap, BTreeSet, LinkedList, VecDeque},
        vec,
        vec::Vec,
    };
    use core::fmt::Debug;

    use parity_scale_codec::{Compact, Decode};

    use super::*;

    const LIMITS: Limits = Limits {
        size_max: 1 << 20,
        depth_max: DEPTH_MAX,
        memory_max: 4 << 20,
    };

    #[derive(Debug, PartialEq, Encode, Decode, DecodeWithMemTracking)]
    enum Tree {
        Leaf,
        Boxed(Box<Tree>),
        Listed(Vec<Tree>),
    }

    /// The refusal without its facts.
    #[derive(Debug, PartialEq)]
    enum Kind {
        Large,
        Deep,
        Memory,
        Empty,
        Malformed,
        Trailing,
        NotCanonical,
    }

    #[track_caller]
    fn refused<T>(bytes: &[u8]) -> Kind
    where
        T: DecodeWithMemTracking + Encode + Debug,
    {
        match decode_untrusted::<T>(bytes, LIMITS).expect_err("must be refused") {
            DecodeError::TooLarge { .. } => Kind::Large,
            DecodeError::TooDeep { .. } => Kind::Deep,
            DecodeError::TooMuchMemory { .. } => Kind::Memory,
            DecodeError::EmptyElements { .. } => Kind::Empty,
            DecodeError::Malformed { .. } => Kind::Malformed,
            DecodeError::Trailing { .. } => Kind::Trailing,
            DecodeError::NotCanonical => Kind::NotCanonical,
        }
    }

    /// A list's claim to have `count` elements, and nothing after it.
    fn claim(count: u32) -> Vec<u8> {
        Compact(count).encode()
    }

    /// The claim with a MiB of zeros to read from.
    fn claim_with_zeros(count: u32) -> Vec<u8> {
        let mut bytes = claim(count);
        bytes.resize(LIMITS.size_max, 0);
        bytes
    }

    #[test]
    fn reads_what_was_written() {
        let value = (7u8, vec![vec![1u16, 2], vec![]], Some(Box::new(3u64)));
        assert_eq!(decode_untrusted(&value.encode(), LIMITS), Ok(value));
        assert_eq!(decode_untrusted(&claim(0), LIMITS), Ok(Vec::<()>::new()));
    }

    #[test]
    fn size_is_limited_to_the_byte() {
        let limits = Limits {
            size_max: 4,
            ..LIMITS
        };
        assert_eq!(decode_untrusted(&[0; 4], limits), Ok(0u32));
        let expected = DecodeError::TooLarge {
            found: 5,
            size_max: 4,
        };
        assert_eq!(decode_untrusted::<u32>(&[0; 5], limits), Err(expected));
    }

    #[test]
    fn five_bytes_of_empty_elements_end_at_once() {
        for count in [1, 1 << 20, u32::MAX] {
            assert_eq!(refused::<Vec<()>>(&claim(count)), Kind::Empty);
            assert_eq!(refused::<Vec<[u8; 0]>>(&claim(count)), Kind::Empty);
            assert_eq!(refused::<Vec<((), [(); 1000])>>(&claim(count)), Kind::Empty);
            assert_eq!(refused::<VecDeque<()>>(&claim(count)), Kind::Empty);
        }
        assert_eq!(refused::<Vec<Vec<()>>>(&[4, 4]), Kind::Empty);
        assert_eq!(refused::<LinkedList<()>>(&claim(u32::MAX)), Kind::Memory);
        assert_eq!(refused::<BTreeSet<()>>(&claim(u32::MAX)), Kind::Memory);
        assert_eq!(refused::<BTreeMap<(), ()>>(&claim(u32::MAX)), Kind::Memory);
    }

    #[test]
    fn a_claim_without_bytes_is_refused_before_it_costs_memory() {
        for count in [1, 1 << 10, 1 << 20, u32::MAX] {
            assert_eq!(refused::<Vec<u8>>(&claim(count)), Kind::Malformed);
            assert_eq!(refused::<Vec<u64>>(&claim(count)), Kind::Malformed);
            assert_eq!(refused::<Vec<u128>>(&claim(count)), Kind::Malformed);
            assert_eq!(refused::<String>(&claim(count)), Kind::Malformed);
            assert_eq!(refused::<Vec<Vec<u8>>>(&claim(count)), Kind::Malformed);
            assert_eq!(refused::<Vec<[u8; 4096]>>(&claim(count)), Kind::Malformed);
        }
    }

    #[test]
    fn a_mebibyte_does_not_become_gibibytes() {
        // Each zero would become an absent value of 4 097 bytes: 4 GiB.
        assert_eq!(
            refused::<Vec<Option<[u8; 4096]>>>(&claim_with_zeros(1 << 20)),
            Kind::Memory
        );
        assert_eq!(
            refused::<Vec<Vec<u8>>>(&claim_with_zeros(1 << 20)),
            Kind::Memory
        );
        assert_eq!(
            refused::<Vec<Box<u8>>>(&claim_with_zeros(1 << 20)),
            Kind::Memory
        );
        assert_eq!(
            refused::<BTreeMap<u8, u8>>(&claim_with_zeros(1 << 20)),
            Kind::Memory
        );
        assert_eq!(
            refused::<LinkedList<u8>>(&claim_with_zeros(1 << 20)),
            Kind::Memory
        );
    }

    #[test]
    fn memory_is_limited_to_the_byte() {
        let limits = Limits {
            memory_max: 100,
            ..LIMITS
        };
        let fits = vec![7u8; 100];
        assert_eq!(decode_untrusted(&fits.encode(), limits), Ok(fits));
        let expected = DecodeError::TooMuchMemory {
            offset: 2,
            memory_max: 100,
        };
        assert_eq!(
            decode_untrusted::<Vec<u8>>(&vec![7u8; 101].encode(), limits),
            Err(expected)
        );
    }

    fn nested(depth: usize, shell: &[u8]) -> Vec<u8> {
        let mut bytes = shell.repeat(depth);
        bytes.push(0);
        bytes
    }

    #[test]
    fn depth_is_limited_to_the_level() {
        let (boxed, listed): (&[u8], &[u8]) = (&[1], &[2, 4]);
        for shell in [boxed, listed] {
            let deepest = nested(DEPTH_MAX as usize, shell);
            assert!(decode_untrusted::<Tree>(&deepest, LIMITS).is_ok());
            assert_eq!(
                refused::<Tree>(&nested(DEPTH_MAX as usize + 1, shell)),
                Kind::Deep
            );
            assert_eq!(
                refused::<Tree>(&nested((1 << 20) / shell.len() - 1, shell)),
                Kind::Deep
            );
        }
    }

    #[test]
    fn nobody_can_ask_for_more_depth() {
        let limits = Limits {
            depth_max: u32::MAX,
            ..LIMITS
        };
        let bytes = nested(DEPTH_MAX as usize + 1, &[1]);
        let expected = DecodeError::TooDeep {
            offset: 17,
            depth_max: DEPTH_MAX,
        };
        assert_eq!(decode_untrusted::<Tree>(&bytes, limits), Err(expected));
        let flat = Limits {
            depth_max: 0,
            ..LIMITS
        };
        assert_eq!(decode_untrusted::<Vec<u8>>(&[4, 9], flat), Ok(vec![9]));
        assert!(decode_untrusted::<Vec<Vec<u8>>>(&[4, 0], flat).is_err());
    }

    #[test]
    fn siblings_do_not_add_up_to_depth() {
        let value: Vec<Vec<Vec<u16>>> = vec![vec![vec![1]; 20]; 20];
        assert_eq!(decode_untrusted(&value.encode(), LIMITS), Ok(value));
    }

    #[test]
    fn left_over_bytes_are_counted() {
        let expected = DecodeError::Trailing {
            offset: 2,
            extra: 3,
        };
        assert_eq!(decode_untrusted::<u16>(&[0; 5], LIMITS), Err(expected));
    }

    #[test]
    fn only_one_encoding_is_read() {
        assert_eq!(refused::<BTreeSet<u8>>(&[8, 2, 1]), Kind::NotCanonical);
        assert_eq!(refused::<BTreeSet<u8>>(&[8, 1, 1]), Kind::NotCanonical);
        assert_eq!(
            refused::<BTreeMap<u8, u8>>(&[8, 2, 0, 1, 0]),
            Kind::NotCanonical
        );
        // A length of 1 in the forms for two, four and more bytes.
        assert_eq!(refused::<Vec<u8>>(&[5, 0, 9]), Kind::Malformed);
        assert_eq!(refused::<Vec<u8>>(&[6, 0, 0, 0, 9]), Kind::Malformed);
        assert_eq!(refused::<Vec<u8>>(&[3, 1, 0, 0, 0, 9]), Kind::Malformed);
        assert_eq!(refused::<bool>(&[2]), Kind::Malformed);
        assert_eq!(refused::<Option<u8>>(&[2, 0]), Kind::Malformed);
        assert_eq!(refused::<String>(&[4, 0xff]), Kind::Malformed);
    }

    #[test]
    fn a_refusal_says_where() {
        let error = decode_untrusted::<(u32, bool)>(&[0, 0, 0, 0, 7], LIMITS).expect_err("7");
        assert!(
            matches!(error, DecodeError::Malformed { offset: 5, .. }),
            "{error:?}"
        );
        assert!(!error.to_string().contains('\n'));
    }
}

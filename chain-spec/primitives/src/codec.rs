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
    /// Nested heap values; a list of lists has depth 2.
    pub depth_max: u32,
    /// Heap bytes of the decoded value.
    pub memory_max: usize,
}

impl Limits {
    /// Limits that fit protocol values of up to `size_max` bytes: full depth, and heap of four
    /// times the size and 64 KiB.
    pub const fn for_size(size_max: usize) -> Self {
        let memory_max = size_max.saturating_mul(4).saturating_add(64 << 10);
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

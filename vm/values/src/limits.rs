//! How large a value may be, so that any ABI and any bytes end.

/// Deepest nesting of a value.
pub(crate) const DEPTH_MAX: usize = 64;
/// Most values in a value, elements of byte strings aside.
pub(crate) const VALUES_MAX: usize = 1 << 18;
/// Error types of a contract that are tried where the method is not known.
pub(crate) const ERROR_TYPES_MAX: usize = 64;
/// Longest encoded value, far above what a chain takes as a message.
pub(crate) const BYTES_MAX: usize = 1 << 20;

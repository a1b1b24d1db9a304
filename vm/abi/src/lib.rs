//! VM ABI.

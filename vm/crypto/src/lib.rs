//! VM crypto.

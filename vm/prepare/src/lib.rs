//! VM prepare.

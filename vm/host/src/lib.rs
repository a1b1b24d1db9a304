//! VM host.

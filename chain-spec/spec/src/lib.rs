//! Chain spec.

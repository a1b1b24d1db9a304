//! Argosy primitives.

//! Ordered key-value columns.

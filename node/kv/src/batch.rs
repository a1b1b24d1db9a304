//! A batch: what one commit changes, across columns.
//!
//! Always holds: operations keep their order, so that the last one on a key wins.

use crate::{Bytes, Column};

/// One change to one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Sets `key` to `value`.
    Put {
        /// Where.
        column: Column,
        /// Which key.
        key: Bytes,
        /// Its value from now on.
        value: Bytes,
    },
    /// Removes `key`; removing what is absent changes nothing.
    Delete {
        /// Where.
        column: Column,
        /// Which key.
        key: Bytes,
    },
}

/// Changes that take effect together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    ops: Vec<Op>,
}

impl Batch {
    /// A batch without changes.
    pub const fn new() -> Batch {
        Batch { ops: Vec::new() }
    }

    /// Sets `key` to `value`.
    pub fn put(&mut self, column: Column, key: impl Into<Bytes>, value: impl Into<Bytes>) {
        let (key, value) = (key.into(), value.into());
        self.ops.push(Op::Put { column, key, value });
    }

    /// Removes `key` if it is there.
    pub fn delete(&mut self, column: Column, key: impl Into<Bytes>) {
        self.ops.push(Op::Delete {
            column,
            key: key.into(),
        });
    }

    /// The changes, in order.
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// The changes, in order, by value.
    pub fn into_ops(self) -> Vec<Op> {
        self.ops
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }
}

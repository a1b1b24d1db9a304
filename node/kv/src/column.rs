//! The columns: independent key spaces inside one store.
//!
//! A name, once released, is part of the database on disk and never changes.

use std::fmt;

/// One key space. Keys of different columns never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// Genesis hash, schema version, head, pruning floor.
    Meta,
    /// Latest state: key to value.
    State,
    /// Latest nodes of the state trie.
    Trie,
    /// Per height, the values that its block replaced.
    Undo,
    /// Old values by height; archive nodes only.
    Hist,
    /// Block headers.
    Headers,
    /// Block bodies.
    Blocks,
    /// Receipts by height.
    Receipts,
    /// Transaction id to place in the chain.
    TxIndex,
    /// Event index.
    Events,
    /// Contract code and its instrumented form, by hash.
    Code,
    /// Commit certificates.
    Certs,
    /// Proposals that are not decided yet.
    Undecided,
    /// Manifests of snapshots.
    Snapshots,
    /// Transactions by account, and contracts by age; nodes that keep an index only.
    Index,
}

impl Column {
    /// Every column, in declaration order.
    pub const ALL: [Column; 15] = [
        Column::Meta,
        Column::State,
        Column::Trie,
        Column::Undo,
        Column::Hist,
        Column::Headers,
        Column::Blocks,
        Column::Receipts,
        Column::TxIndex,
        Column::Events,
        Column::Code,
        Column::Certs,
        Column::Undecided,
        Column::Snapshots,
        Column::Index,
    ];

    /// Those that databases of earlier releases do not have; whoever opens one to write adds them.
    pub const ADDED: [Column; 1] = [Column::Index];

    /// The column's name on disk, in logs and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Column::Meta => "meta",
            Column::State => "state",
            Column::Trie => "trie",
            Column::Undo => "undo",
            Column::Hist => "hist",
            Column::Headers => "headers",
            Column::Blocks => "blocks",
            Column::Receipts => "receipts",
            Column::TxIndex => "tx_index",
            Column::Events => "events",
            Column::Code => "code",
            Column::Certs => "certs",
            Column::Undecided => "undecided",
            Column::Snapshots => "snapshots",
            Column::Index => "index",
        }
    }

    /// Position in [`Column::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Column;

    #[test]
    fn all_is_in_index_order_with_distinct_names() {
        for (index, column) in Column::ALL.into_iter().enumerate() {
            assert_eq!(column.index(), index);
        }
        let mut names: Vec<_> = Column::ALL.iter().map(|column| column.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Column::ALL.len());
    }
}

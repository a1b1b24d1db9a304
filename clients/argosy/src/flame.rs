//! Gas by who called whom, as files that other tools and people read.
//!
//! ```text
//! profile ─► tree: names, own gas ─┬─► folded: "transaction;call dargo1…;transfer 123", a line each
//!                                  └─► svg: a flame graph
//! ```
//!
//! Always: equal profiles give equal bytes; names are plain text in both, whatever a contract calls its
//! functions.
//! Not here: asking for profiles, and names from debug builds (`commands::tx::profile`).

mod folded; // a line for each stack
mod svg; // a picture

pub(crate) use folded::folded;
pub(crate) use svg::svg;

/// A place in the tree of calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// Position of who called it, which comes before it; none for the root.
    pub(crate) parent: Option<usize>,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Its own gas.
    pub(crate) gas: u64,
}

/// What runs there, for the colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Chain,
    Contract,
    Function,
    Import,
}

#[cfg(test)]
impl Node {
    /// A function that somebody called.
    fn function(parent: Option<usize>, name: &str, gas: u64) -> Node {
        Node {
            parent,
            name: name.to_owned(),
            kind: Kind::Function,
            gas,
        }
    }
}

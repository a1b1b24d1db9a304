//! Entries: the exports that the chain calls, and the bytes that it hands them.
//!
//! ```text
//! message = selector (4) ‖ SCALE arguments        the same for every entry
//! selector = first 4 bytes of blake3(method name)
//! ```
//!
//! An entry takes no parameters and returns nothing: it reads the input through imports and ends by
//! `finish`, `revert`, or by falling off its end (success without data).

/// The export that holds the contract's linear memory.
pub const ENTRY_MEMORY: &str = "memory";

/// Length of a selector.
pub const SELECTOR_BYTES: usize = 4;

/// Picks a method inside an entry.
pub type Selector = [u8; SELECTOR_BYTES];

/// An export that the chain may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// Runs once, when the contract is created.
    Init,
    /// May change state.
    Call,
    /// Runs in a read-only frame.
    Query,
    /// Runs once per upgrade, in the new code.
    Upgrade,
    /// Hears how a message ended that the contract had sent. The native ABI has no such entry: its
    /// calls return to whoever made them.
    Reply,
}

impl Entry {
    /// Every entry of the native ABI.
    pub const ALL: [Entry; 4] = [Entry::Init, Entry::Call, Entry::Query, Entry::Upgrade];

    /// Every entry of any ABI; the place is its number in reports of nodes.
    pub const OF_ANY_ABI: [Entry; 5] = [
        Entry::Init,
        Entry::Call,
        Entry::Query,
        Entry::Upgrade,
        Entry::Reply,
    ];

    /// The name of the export.
    pub const fn export_name(self) -> &'static str {
        match self {
            Entry::Init => "init",
            Entry::Call => "call",
            Entry::Query => "query",
            Entry::Upgrade => "upgrade",
            Entry::Reply => "reply",
        }
    }
}

/// The selector of a method.
#[cfg(feature = "std")]
pub fn selector_of(method: &str) -> Selector {
    let [a, b, c, d, ..] = argosy_primitives::blake3(method.as_bytes());
    [a, b, c, d]
}

/// The first topic of an event.
#[cfg(feature = "std")]
pub fn event_topic(event: &str) -> [u8; 32] {
    argosy_primitives::blake3(event.as_bytes())
}

/// Splits a message into selector and arguments; `None` if it is too short for a selector.
pub fn split_message(message: &[u8]) -> Option<(Selector, &[u8])> {
    message
        .split_first_chunk::<SELECTOR_BYTES>()
        .map(|(selector, arguments)| (*selector, arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "std")]
    #[test]
    fn a_selector_is_the_head_of_the_hash() {
        assert_eq!(selector_of("transfer"), event_topic("transfer")[..4]);
    }

    #[test]
    fn a_message_splits_after_the_selector() {
        assert_eq!(split_message(&[1, 2, 3]), None);
        assert_eq!(
            split_message(&[1, 2, 3, 4]),
            Some(([1, 2, 3, 4], &[] as &[u8]))
        );
        assert_eq!(
            split_message(&[1, 2, 3, 4, 5]),
            Some(([1, 2, 3, 4], &[5u8] as &[u8]))
        );
    }
}

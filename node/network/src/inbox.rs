//! Where transactions of others go.

use async_trait::async_trait;

/// What became of a transaction that came by gossip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Taken {
    /// It waits for a block here: worth handing on.
    Waits,
    /// It is of no use here now (executed, outbid, its account is empty…), and may be honest all the same.
    Useless,
    /// No honest node sends this: not a transaction, of another chain, or signed by nobody.
    False,
    /// There was no time to look at it.
    Busy,
}

impl Taken {
    pub(crate) const ALL: [Taken; 4] = [Taken::Waits, Taken::Useless, Taken::False, Taken::Busy];
}

/// The node, as gossip sees it.
#[async_trait]
pub trait Inbox: Send + Sync + 'static {
    /// Looks at transactions in the order in which they came; one answer for each.
    ///
    /// Nothing else is looked at meanwhile: what this takes long for, waits, and is dropped once
    /// too much does.
    async fn take(&self, transactions: &[Vec<u8>]) -> Vec<Taken>;
}

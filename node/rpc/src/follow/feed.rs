//! What a subscription reads, and how far it has come.
//!
//! Always holds: a look that fails changes nothing; one that succeeds moves the cursor over exactly what
//! it tells, and never back. Blocks are final, so what was told once stays true; where a development chain
//! goes back all the same, a feed ends ([`Feed::reverted`]).

use argosy_primitives::{EventCursor, Height, TxId};
use argosy_rpc_api::{
    At, BlockSelector, EventsNotice, HeaderAnswer, HeaderView, HeadsNotice, LagReason, Notice,
    RpcError, Text, TxNotice, TxStatus, TxStatusAnswer,
};

use crate::workers::Pace;
use crate::{EventsQuery, Node};

/// Entries of one notice.
pub(crate) const ENTRIES_MAX: u32 = 64;
/// Data of the events of one notice, in hex digits: where events may be large there are fewer of them.
const DATA_DIGITS_MAX: u32 = 2 * 1024 * 1024;
/// A client whose filter matches nothing is told how far it has come this often at least, so that its
/// cursor does not grow older than what the node keeps: half of the 32 blocks that are the least.
const PROGRESS_BLOCKS: Height = 16;

/// What is told of: the label of metrics, and what names of methods are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Events,
    Heads,
    Tx,
}

impl Kind {
    pub(crate) const ALL: [Kind; 3] = [Kind::Events, Kind::Heads, Kind::Tx];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Kind::Events => "events",
            Kind::Heads => "heads",
            Kind::Tx => "tx",
        }
    }

    /// What its notices are called.
    pub(crate) const fn notification(self) -> &'static str {
        match self {
            Kind::Events => "events_subscription",
            Kind::Heads => "chain_subscription",
            Kind::Tx => "tx_subscription",
        }
    }
}

/// A notice, whatever it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    Events(EventsNotice),
    Heads(HeadsNotice),
    Tx(TxNotice),
}

/// What was found.
pub(crate) struct Look {
    pub(crate) told: Option<Told>,
    /// There is more to read already.
    pub(crate) more: bool,
    /// Nothing comes after it.
    pub(crate) is_last: bool,
}

/// What is read, and how far.
#[derive(Debug, Clone)]
pub(crate) enum Feed {
    Events(Events),
    Heads(Heads),
    Tx(Tx),
}

/// Events behind a cursor.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    query: EventsQuery,
    is_live: bool,
    /// The height that was told last as reached.
    told: Height,
}

/// Headers from a height on; without one, from the newest.
#[derive(Debug, Clone)]
pub(crate) struct Heads {
    next: Option<Height>,
    is_live: bool,
}

/// The life of a transaction.
#[derive(Debug, Clone)]
pub(crate) struct Tx {
    id: TxId,
    told: Option<TxStatus>,
}

impl Feed {
    /// Events that match; without a beginning, those that come from now on.
    pub(crate) fn events(query: EventsQuery) -> Feed {
        Feed::Events(Events {
            query: EventsQuery {
                to: None,
                limit: ENTRIES_MAX,
                ..query
            },
            is_live: false,
            told: 0,
        })
    }

    /// Headers behind a height; without one, from the newest on.
    pub(crate) fn heads(after: Option<Height>) -> Feed {
        Feed::Heads(Heads {
            next: after.map(|it| it.saturating_add(1)),
            is_live: false,
        })
    }

    /// The life of a transaction.
    pub(crate) fn tx(id: TxId) -> Feed {
        Feed::Tx(Tx { id, told: None })
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Feed::Events(_) => Kind::Events,
            Feed::Heads(_) => Kind::Heads,
            Feed::Tx(_) => Kind::Tx,
        }
    }

    /// Fixes where it begins, and fails as the first look would.
    pub(crate) fn begin(mut self, node: &dyn Node) -> Result<Feed, RpcError> {
        match &mut self {
            Feed::Events(events) => events.begin(node)?,
            Feed::Heads(heads) => heads.begin(node)?,
            Feed::Tx(_) => {}
        }
        Ok(self)
    }

    /// Whether there may be something new in a chain of this height.
    pub(crate) fn may_read(&self, head: Height) -> bool {
        match self {
            // Clients may be ahead of this node, somewhere in a block that it has not made yet.
            Feed::Events(events) => events.query.after.is_none_or(|it| it < end_at(head)),
            Feed::Heads(heads) => heads.next.is_none_or(|it| it <= head),
            Feed::Tx(_) => true,
        }
    }

    /// Whether it begins behind a block that is not there yet.
    pub(crate) fn is_ahead_of(&self, head: Height) -> bool {
        match self {
            Feed::Events(events) => events.query.after.is_some_and(|it| it.height > head),
            Feed::Heads(heads) => heads.next.is_some_and(|it| it > head.saturating_add(1)),
            Feed::Tx(_) => false,
        }
    }

    /// Whether it has a past to read, or only what comes.
    pub(crate) fn pace(&self, head: Height) -> Pace {
        let is_live = match self {
            Feed::Events(events) => events.is_live || !self.may_read(head),
            Feed::Heads(heads) => heads.is_live || heads.next.is_none_or(|it| it >= head),
            Feed::Tx(_) => true,
        };
        match is_live {
            true => Pace::Live,
            false => Pace::Replay,
        }
    }

    /// Reads on.
    pub(crate) fn look(&mut self, node: &dyn Node) -> Result<Look, RpcError> {
        match self {
            Feed::Events(events) => events.look(node),
            Feed::Heads(heads) => heads.look(node),
            Feed::Tx(tx) => tx.look(node),
        }
    }

    /// Its last notice, when it cannot go on here. `None`: there is no such notice of its kind.
    pub(crate) fn lagged(&self, reason: LagReason) -> Option<Told> {
        match self {
            Feed::Events(it) => Some(Told::Events(Notice::Lagged {
                resume: it.resume(),
                reason,
            })),
            Feed::Heads(it) => Some(Told::Heads(Notice::Lagged {
                resume: it.resume(),
                reason,
            })),
            // It has no past to fall behind in.
            Feed::Tx(_) => None,
        }
    }

    /// Its last notice, when the chain has gone back, and is still the same up to the block `kept`. `None`:
    /// there is no such notice of its kind.
    pub(crate) fn reverted(&self, kept: Height) -> Option<Told> {
        let mut back = self.clone();
        match &mut back {
            Feed::Events(it) => it.query.after = it.query.after.min(Some(end_at(kept))),
            Feed::Heads(it) => it.next = it.next.min(Some(kept.saturating_add(1))),
            // It tells what is so now.
            Feed::Tx(_) => {}
        }
        back.lagged(LagReason::Reverted {
            height: argosy_rpc_api::Height(kept),
        })
    }

    /// Its last notice, when the node fails.
    pub(crate) fn failed(&self, error: RpcError) -> Told {
        match self {
            Feed::Events(it) => Told::Events(Notice::Failed {
                resume: it.resume(),
                error,
            }),
            Feed::Heads(it) => Told::Heads(Notice::Failed {
                resume: it.resume(),
                error,
            }),
            Feed::Tx(_) => Told::Tx(TxNotice::Failed { error }),
        }
    }
}

impl Events {
    fn begin(&mut self, node: &dyn Node) -> Result<(), RpcError> {
        let digits_max = node.spec().limits.event_bytes_max.saturating_mul(2).max(1);
        self.query.limit = (DATA_DIGITS_MAX / digits_max).clamp(1, ENTRIES_MAX);
        if self.query.after.is_none() && self.query.from.is_none() {
            let head = node.header(BlockSelector::Latest)?.at;
            self.query.after = Some(end_of(&head));
            self.told = head.height.0;
            return Ok(());
        }
        let limit = 1;
        let first = EventsQuery {
            limit,
            ..self.query.clone()
        };
        node.events(first).map(drop)
    }

    fn look(&mut self, node: &dyn Node) -> Result<Look, RpcError> {
        let page = node.events(self.query.clone())?;
        let reached = match page.more {
            true => page.resume.map(|it| it.0),
            false => Some(end_of(&page.at)),
        };
        // One that lies ahead of this node's chain stays there.
        self.query.after = self.query.after.max(reached);
        let is_live = !page.more;
        let height = self.query.after.map_or(0, |it| it.height);
        let is_news = !page.events.is_empty()
            || is_live != self.is_live
            || height >= self.told.saturating_add(PROGRESS_BLOCKS);
        self.is_live = is_live;
        if is_news {
            self.told = height;
        }
        let told = is_news.then(|| {
            Told::Events(Notice::News {
                at: page.at,
                entries: page.events,
                resume: self.resume(),
                live: is_live,
            })
        });
        Ok(Look {
            told,
            more: page.more,
            is_last: false,
        })
    }

    fn resume(&self) -> Option<Text<EventCursor>> {
        self.query.after.map(Text)
    }
}

/// The place behind everything that a block and those before it hold.
fn end_of(block: &At) -> EventCursor {
    end_at(block.height.0)
}

fn end_at(height: Height) -> EventCursor {
    EventCursor {
        height,
        tx: u32::MAX,
        event: u32::MAX,
    }
}

impl Heads {
    fn begin(&mut self, node: &dyn Node) -> Result<(), RpcError> {
        let head = node.header(BlockSelector::Latest)?.at.height.0;
        let next = *self.next.get_or_insert(head);
        if next <= head {
            node.header(BlockSelector::Height(next))?;
        }
        Ok(())
    }

    fn look(&mut self, node: &dyn Node) -> Result<Look, RpcError> {
        let hrp = node.spec().network.hrp;
        let head = node.header(BlockSelector::Latest)?;
        let (at, height) = (head.at, head.at.height.0);
        let first = self.next.unwrap_or(height);
        let behind_last = first
            .saturating_add(ENTRIES_MAX.into())
            .min(height.saturating_add(1));
        let mut entries = Vec::new();
        for height in first..behind_last {
            let found = node.header(BlockSelector::Height(height))?;
            entries.push(HeaderAnswer {
                at: found.at,
                header: HeaderView::new(&found.value, hrp),
            });
        }
        let more = behind_last <= height;
        let is_news = !entries.is_empty() || self.is_live == more;
        self.next = Some(first.max(behind_last));
        self.is_live = !more;
        let told = is_news.then(|| {
            Told::Heads(Notice::News {
                at,
                entries,
                resume: self.resume(),
                live: !more,
            })
        });
        Ok(Look {
            told,
            more,
            is_last: false,
        })
    }

    fn resume(&self) -> Option<argosy_rpc_api::Height> {
        self.next
            .and_then(|it| it.checked_sub(1))
            .map(argosy_rpc_api::Height)
    }
}

impl Tx {
    fn look(&mut self, node: &dyn Node) -> Result<Look, RpcError> {
        let received = node.received(&self.id);
        let found = node.status(&self.id)?;
        let status = found.value.filter(|it| self.told.as_ref() != Some(it));
        let is_last = status.as_ref().is_some_and(is_over);
        if status.is_some() {
            self.told.clone_from(&status);
        }
        let told = status.map(|status| {
            let answer = TxStatusAnswer::new(found.at, self.id, status, received);
            Told::Tx(TxNotice::Status(answer))
        });
        Ok(Look {
            told,
            more: false,
            is_last,
        })
    }
}

/// Whether a transaction's life is over, as far as this node can tell.
fn is_over(status: &TxStatus) -> bool {
    match status {
        TxStatus::Pending => false,
        TxStatus::Included { .. } | TxStatus::Dropped { .. } | TxStatus::Refused { .. } => true,
    }
}

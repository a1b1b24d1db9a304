//! When a subscription reads: as soon as there may be something new, and its client can take it.
//!
//! Always holds: giving up [`Follower::next`] in between loses nothing and repeats nothing. When the chain
//! goes back, which only development chains do, subscriptions by cursor end with where it went on from.

use std::sync::Arc;
use std::time::Duration;

use argosy_primitives::Height;
use argosy_rpc_api::{LagReason, RpcError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::sleep;

use super::crowd::{Crowd, First};
use super::feed::{Feed, Look, Told};
use super::hub::{Fixed, Hub, Place};

/// A busy node is asked again after this.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// Writes a notice as its transport wants it; called on a thread for blocking work.
pub(crate) type Render = Arc<dyn Fn(&Told) -> String + Send + Sync>;

/// A subscription at work.
pub(crate) struct Follower {
    feed: Feed,
    /// How often the chain had gone back before anything was read.
    reverts: u64,
    /// The highest block that surely is what its client was told, where its cursor is of another past.
    kept: Option<Height>,
    hub: Arc<Hub>,
    render: Render,
    /// Whoever has it may hold a notice; one for each connection.
    turns: Arc<Semaphore>,
    heads: watch::Receiver<Height>,
    changes: Crowd,
    /// There may be something to read.
    looks: bool,
    /// The chain's height when the client was given a notice that it may not have taken yet.
    handed_out: Option<Height>,
    is_over: bool,
    _place: Place,
}

/// A notice. Its turn ends when it is dropped, which is when the client has taken it.
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) turn: OwnedSemaphorePermit,
}

impl Follower {
    pub(crate) fn new(
        Fixed {
            feed,
            reverts,
            kept,
        }: Fixed,
        hub: Arc<Hub>,
        place: Place,
        turns: Arc<Semaphore>,
        render: Render,
    ) -> Follower {
        let (heads, changes) = hub.news();
        Follower {
            feed,
            reverts,
            kept,
            hub,
            render,
            turns,
            heads,
            changes: Crowd::new(changes),
            looks: true,
            handed_out: None,
            is_over: false,
            _place: place,
        }
    }

    /// The next notice; asking for it says that the one before was taken. `None`: there will be none.
    pub(crate) async fn next(&mut self) -> Option<Said> {
        while !self.is_over {
            if let Some(told) = self.lag() {
                return self.last(told).await;
            }
            self.wait().await?;
            let turn = Arc::clone(&self.turns).acquire_owned().await.ok()?;
            let looked = self.look().await;
            // What was read may be of blocks that are no more.
            if let Some(told) = self.undone() {
                drop(turn);
                return self.last(told).await;
            }
            match looked {
                Ok((feed, look, text)) => {
                    self.feed = feed;
                    self.looks = look.more;
                    self.is_over = look.is_last;
                    if let Some(text) = text {
                        self.changes.found_news();
                        return Some(self.say(text, turn));
                    }
                }
                Err(RpcError::Overloaded { .. }) => {
                    drop(turn);
                    sleep(RETRY_AFTER).await;
                }
                Err(RpcError::Stopping {}) => return None,
                Err(error) => {
                    drop(turn);
                    return self.last(self.end_of(error)).await;
                }
            }
        }
        None
    }

    /// The notice with which it ends, if its client took the one before for too long.
    fn lag(&mut self) -> Option<Told> {
        let handed_out = self.handed_out.take()?;
        let blocks = self.heads.borrow().saturating_sub(handed_out);
        let max = self.hub.lag_blocks_max();
        if blocks <= max.into() {
            return None;
        }
        let told = self.feed.lagged(LagReason::Slow {
            blocks: u32::try_from(blocks).unwrap_or(u32::MAX),
            max,
        })?;
        self.hub.metrics().lagged();
        Some(told)
    }

    /// The notice with which it ends, if the chain has gone back.
    fn undone(&self) -> Option<Told> {
        let told = self.feed.reverted(self.kept()?)?;
        self.hub.metrics().lagged();
        Some(told)
    }

    /// The highest block that is still what its client was told; `None`: all are.
    fn kept(&self) -> Option<Height> {
        let since = self.hub.kept_since(self.reverts);
        [since, self.kept].into_iter().flatten().min()
    }

    /// The notice with which it ends, if it cannot be read on.
    fn end_of(&self, error: RpcError) -> Told {
        let lagged = match &error {
            RpcError::Pruned { oldest_height } => self.feed.lagged(LagReason::Pruned {
                oldest_height: *oldest_height,
            }),
            _ => None,
        };
        if lagged.is_some() {
            self.hub.metrics().lagged();
        }
        lagged.unwrap_or_else(|| self.feed.failed(error))
    }

    async fn last(&mut self, told: Told) -> Option<Said> {
        // Whoever gives this up meanwhile has given up the subscription.
        let turn = Arc::clone(&self.turns).acquire_owned().await.ok()?;
        self.is_over = true;
        Some(self.say((self.render)(&told), turn))
    }

    fn say(&mut self, text: String, turn: OwnedSemaphorePermit) -> Said {
        self.handed_out = Some(*self.heads.borrow());
        self.hub.metrics().notice(self.feed.kind());
        Said { text, turn }
    }

    /// Until there may be something to read; `None`: the node is gone.
    async fn wait(&mut self) -> Option<()> {
        if let Feed::Tx(_) = self.feed {
            return self.wait_for_change().await;
        }
        while !self.looks {
            let head = *self.heads.borrow_and_update();
            self.looks = self.kept().is_some() || self.feed.may_read(head);
            if !self.looks {
                self.heads.changed().await.ok()?;
            }
        }
        Some(())
    }

    /// Until there is a block, or a crowd of transactions has come and gone.
    async fn wait_for_change(&mut self) -> Option<()> {
        if self.looks {
            return Some(());
        }
        let first = self.changes.first(&mut self.heads).await?;
        self.looks = true;
        match first {
            First::Block => Some(()),
            First::Change => self.changes.rest(&mut self.heads).await,
        }
    }

    /// Reads on a thread for blocking work, and writes there what is told; answers also with the feed as it
    /// is when that is told.
    async fn look(&mut self) -> Result<(Feed, Look, Option<String>), RpcError> {
        self.changes.mark_unchanged();
        self.heads.mark_unchanged();
        let (mut feed, render) = (self.feed.clone(), Arc::clone(&self.render));
        let work = move |node: &dyn crate::Node| {
            let look = feed.look(node)?;
            let text = look.told.as_ref().map(|it| render(it));
            Ok((feed, look, text))
        };
        let pace = self.feed.pace(*self.heads.borrow());
        self.hub.read(pace, work).await
    }
}

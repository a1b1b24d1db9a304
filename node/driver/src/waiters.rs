//! Who waits for which transaction: news of one wakes those who wait for it, and nobody else.
//!
//! Always: whoever began to wait before the news hears of it; nothing is remembered of a transaction that
//! nobody waits for.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use argosy_primitives::TxId;
use tokio::sync::watch;

/// All who wait.
#[derive(Debug, Default)]
pub(crate) struct Waiters(Mutex<BTreeMap<TxId, watch::Sender<()>>>);

/// One who waits, until it is dropped.
#[derive(Debug)]
pub(crate) struct Waiter<'a> {
    all: &'a Waiters,
    id: TxId,
    news: watch::Receiver<()>,
}

impl Waiters {
    /// Waits from now on.
    pub(crate) fn wait(&self, id: TxId) -> Waiter<'_> {
        let mut all = self.all();
        let news = all.entry(id).or_default().subscribe();
        drop(all);
        Waiter {
            all: self,
            id,
            news,
        }
    }

    /// There is news of these.
    pub(crate) fn tell(&self, ids: impl IntoIterator<Item = TxId>) {
        let all = self.all();
        for id in ids {
            if let Some(waiting) = all.get(&id) {
                waiting.send_replace(());
            }
        }
    }

    /// There is news of everything.
    pub(crate) fn tell_all(&self) {
        for waiting in self.all().values() {
            waiting.send_replace(());
        }
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<TxId, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter<'_> {
    /// Until there is news that was not heard yet.
    pub(crate) async fn news(&mut self) {
        // Its other end is there for as long as this one.
        let _always = self.news.changed().await;
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut all = self.all.all();
        // This one is still counted.
        if all.get(&self.id).is_some_and(|it| it.receiver_count() <= 1) {
            all.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> TxId {
        TxId::from_bytes([number; 32])
    }

    /// Whether there is news that it has not heard yet.
    async fn hears(waiter: &mut Waiter<'_>) -> bool {
        tokio::select! {
            biased;
            () = waiter.news() => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn news_wakes_those_whom_it_concerns() {
        let waiters = Waiters::default();
        let mut one = waiters.wait(id(1));
        let (mut again, mut other) = (waiters.wait(id(1)), waiters.wait(id(2)));
        assert!(!hears(&mut one).await);
        waiters.tell([id(1), id(3)]);
        assert!(hears(&mut one).await && hears(&mut again).await);
        assert!(!hears(&mut one).await, "heard once");
        assert!(!hears(&mut other).await);
        waiters.tell_all();
        assert!(hears(&mut one).await && hears(&mut other).await);
    }

    #[test]
    fn nobody_is_remembered_who_has_gone() {
        let waiters = Waiters::default();
        let (one, again) = (waiters.wait(id(1)), waiters.wait(id(1)));
        let other = waiters.wait(id(2));
        drop(one);
        assert_eq!(waiters.all().len(), 2);
        drop(again);
        assert_eq!(waiters.all().len(), 1);
        drop(other);
        assert!(waiters.all().is_empty());
    }
}

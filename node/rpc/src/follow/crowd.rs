//! Changes of transactions come in crowds: one look is for all that come within a while.
//!
//! Always holds: the longer nothing that is looked at has changed, the longer that while is; a block ends it.

use std::time::Duration;

use argosy_primitives::Height;
use tokio::sync::watch;
use tokio::time::sleep;

const WHILE_MIN: Duration = Duration::from_millis(10);
const WHILE_MAX: Duration = Duration::from_millis(320);

/// Waits for changes.
pub(super) struct Crowd {
    changes: watch::Receiver<u64>,
    within: Duration,
}

impl Crowd {
    pub(super) fn new(changes: watch::Receiver<u64>) -> Crowd {
        Crowd {
            changes,
            within: WHILE_MIN,
        }
    }

    /// What was looked at has changed: more may come soon.
    pub(super) fn found_news(&mut self) {
        self.within = WHILE_MIN;
    }

    /// What has come until now is looked at.
    pub(super) fn mark_unchanged(&mut self) {
        self.changes.mark_unchanged();
    }

    /// Until there is a block, or something has changed; `None`: the node is gone.
    pub(super) async fn first(&mut self, heads: &mut watch::Receiver<Height>) -> Option<First> {
        tokio::select! {
            biased;
            block = heads.changed() => block.ok().map(|()| First::Block),
            change = self.changes.changed() => change.ok().map(|()| First::Change),
        }
    }

    /// Until those that come with a change are there, too, or there is a block; `None`: the node is gone.
    pub(super) async fn rest(&mut self, heads: &mut watch::Receiver<Height>) -> Option<()> {
        tokio::select! {
            biased;
            block = heads.changed() => block.ok()?,
            () = sleep(self.within) => {}
        }
        self.within = (self.within * 2).min(WHILE_MAX);
        Some(())
    }
}

/// What came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// There is no use in waiting for more.
    Block,
    /// Others may come with it.
    Change,
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    /// The clock is the test's: it stands unless somebody sleeps.
    #[tokio::test(start_paused = true)]
    async fn the_while_grows_until_there_is_news_and_a_block_ends_it() {
        let (changes, heads) = (watch::Sender::new(0), watch::Sender::new(0));
        let (mut crowd, mut seen) = (Crowd::new(changes.subscribe()), heads.subscribe());
        for expected_ms in [10, 20, 40, 80, 160, 320, 320] {
            // A hundred are one.
            for _ in 0..100 {
                changes.send_modify(|it| *it += 1);
            }
            let begin = Instant::now();
            assert_eq!(crowd.first(&mut seen).await, Some(First::Change));
            crowd.rest(&mut seen).await.unwrap();
            assert_eq!(begin.elapsed(), Duration::from_millis(expected_ms));
        }
        changes.send_modify(|it| *it += 1);
        let begin = Instant::now();
        assert_eq!(crowd.first(&mut seen).await, Some(First::Change));
        heads.send_replace(1);
        crowd.rest(&mut seen).await.unwrap();
        assert_eq!(begin.elapsed(), Duration::ZERO);
        heads.send_replace(2);
        changes.send_modify(|it| *it += 1);
        assert_eq!(crowd.first(&mut seen).await, Some(First::Block));
        crowd.found_news();
        let begin = Instant::now();
        crowd.rest(&mut seen).await.unwrap();
        assert_eq!(begin.elapsed(), WHILE_MIN);
        drop((changes, heads));
        assert_eq!(crowd.first(&mut seen).await, None);
    }
}

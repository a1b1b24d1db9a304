//! What peers may send: a share for each, and a bound for all together.
//!
//! Always: in one window all peers together get less than twice the bound; who stays below an equal
//! share of it is heard.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use libp2p::PeerId;

/// Time over which is counted.
const WINDOW: Duration = Duration::from_secs(1);
/// What a message costs besides its bytes: its id is remembered for half a minute.
pub(crate) const MESSAGE_BYTES: usize = 16 * 1024;

/// Counts what came in.
#[derive(Debug)]
pub(crate) struct Budget {
    all_max: usize,
    one_max: usize,
    since: Instant,
    all: usize,
    each: BTreeMap<PeerId, usize>,
}

impl Budget {
    /// Of bytes of messages. Bounds what gossip remembers of them.
    pub(crate) fn of_bytes(now: Instant) -> Budget {
        Budget::new(8 * 1024 * 1024, 4 * 1024 * 1024, now)
    }

    /// Of transactions. Bounds the signatures that are verified.
    pub(crate) fn of_transactions(now: Instant) -> Budget {
        Budget::new(10_000, 4_000, now)
    }

    fn new(all_max: usize, one_max: usize, now: Instant) -> Budget {
        Budget {
            all_max,
            one_max,
            since: now,
            all: 0,
            each: BTreeMap::new(),
        }
    }

    /// Whether something that costs so much is within what `peer`, one of `peers` connected ones, may send.
    pub(crate) fn allow(&mut self, peer: PeerId, cost: usize, peers: usize, now: Instant) -> bool {
        if now.duration_since(self.since) >= WINDOW {
            self.since = now;
            self.all = 0;
            self.each.clear();
        }
        let used = self.each.entry(peer).or_default();
        let share = match self.all < self.all_max {
            true => self.one_max,
            // Whatever the greedy have used up: an equal part for each.
            false => self.all_max / peers.max(1),
        };
        // The first of a window may be larger than a share: it has to come through at all.
        let is_first = *used == 0 && self.all < self.all_max.saturating_mul(2);
        let is_allowed = is_first || used.saturating_add(cost) <= share;
        if is_allowed {
            *used = used.saturating_add(cost);
            self.all = self.all.saturating_add(cost);
        }
        is_allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_peer_has_a_bound_and_a_new_window_a_new_one() {
        let (begin, peer) = (Instant::now(), PeerId::random());
        let mut budget = Budget::new(1_000, 400, begin);
        let mut used = 0;
        while budget.allow(peer, 30, 1, begin) {
            used += 30;
        }
        assert!(used <= 400 && used > 300, "{used}");
        assert!(budget.allow(peer, 30, 1, begin + WINDOW));
    }

    #[test]
    fn greedy_peers_do_not_silence_a_modest_one() {
        let begin = Instant::now();
        let mut budget = Budget::new(1_000, 400, begin);
        let greedy: Vec<_> = (0..9).map(|_| PeerId::random()).collect();
        let mut used = 0;
        for _ in 0..1_000 {
            for peer in &greedy {
                if budget.allow(*peer, 30, 10, begin) {
                    used += 30;
                }
            }
        }
        assert!(used < 2_000, "{used}");
        let modest = PeerId::random();
        for _ in 0..10 {
            assert!(budget.allow(modest, 10, 10, begin));
        }
    }
}

//! What peers may send: a share for each, and a bound for all together.
//!
//! Always: in one window all peers together get less than twice [`ALL_BYTES`]; who stays below an
//! equal share of it is always heard.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use libp2p::PeerId;

/// Time over which is counted.
const WINDOW: Duration = Duration::from_secs(1);
/// What all may send in one window. Bounds what gossip remembers of messages, with its history.
const ALL_BYTES: usize = 8 * 1024 * 1024;
/// What one may send in one window.
const ONE_BYTES: usize = 4 * 1024 * 1024;
/// What a message costs besides its bytes: it is remembered for a while.
pub(crate) const MESSAGE_BYTES: usize = 4 * 1024;

/// Counts what came in.
#[derive(Debug)]
pub(crate) struct Budget {
    since: Instant,
    all: usize,
    each: BTreeMap<PeerId, usize>,
}

impl Budget {
    pub(crate) fn new(now: Instant) -> Budget {
        Budget {
            since: now,
            all: 0,
            each: BTreeMap::new(),
        }
    }

    /// Whether a message of `bytes` is within what `peer`, one of `peers` connected ones, may send.
    pub(crate) fn allow(&mut self, peer: PeerId, bytes: usize, peers: usize, now: Instant) -> bool {
        if now.duration_since(self.since) >= WINDOW {
            self.since = now;
            self.all = 0;
            self.each.clear();
        }
        let cost = bytes.saturating_add(MESSAGE_BYTES);
        let used = self.each.entry(peer).or_default();
        let share = match self.all < ALL_BYTES {
            true => ONE_BYTES,
            // Whatever the greedy have used up: an equal part for each.
            false => ALL_BYTES / peers.max(1),
        };
        // The first message of a window may be larger than a share: it has to come through at all.
        let is_allowed = *used == 0 || used.saturating_add(cost) <= share;
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
        let mut budget = Budget::new(begin);
        let mut bytes = 0;
        while budget.allow(peer, 60_000, 1, begin) {
            bytes += 60_000;
        }
        assert!(bytes <= ONE_BYTES && bytes > ONE_BYTES / 2, "{bytes}");
        assert!(budget.allow(peer, 60_000, 1, begin + WINDOW));
    }

    #[test]
    fn greedy_peers_do_not_silence_a_modest_one() {
        let begin = Instant::now();
        let mut budget = Budget::new(begin);
        let greedy: Vec<_> = (0..9).map(|_| PeerId::random()).collect();
        let mut bytes = 0;
        for _ in 0..1_000 {
            for peer in &greedy {
                if budget.allow(*peer, 60_000, 10, begin) {
                    bytes += 60_000;
                }
            }
        }
        assert!(bytes < 2 * ALL_BYTES, "{bytes}");
        let modest = PeerId::random();
        for _ in 0..50 {
            assert!(budget.allow(modest, 300, 10, begin));
        }
    }
}

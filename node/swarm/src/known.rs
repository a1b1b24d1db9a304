//! Nodes that the operator named: looked up and called, again and again, ever more seldom.
//!
//! ```text
//! waiting ──► looking up ──► calling ──► connected ──► waiting …
//! ```
//!
//! Always: a name is looked up anew at each attempt, so that a node may move; the index of a name stays
//! its own while something is being done about it.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use libp2p::PeerId;
use libp2p::swarm::ConnectionId;

/// Between two attempts, at first.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Who stayed for so long is called at once when it is gone.
const STAYED: Duration = Duration::from_secs(60);
/// Between two attempts, at last.
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(30);

/// Addresses of one name that are remembered.
const ADDRESSES_MAX: usize = 16;

/// What is being done about a node.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Waiting { until: Instant },
    LookingUp,
    Calling(ConnectionId),
    Connected(PeerId, Instant),
}

/// A node by its name.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) name: String,
    /// The operator names it; if not any more, its place is for another name when nothing is being done.
    is_named: bool,
    /// Kept connected; the others are called only while there are few peers.
    stays: bool,
    state: State,
    attempts: u32,
    /// Where it was found last.
    lives: Vec<IpAddr>,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Book(Vec<Known>);

impl Book {
    pub(crate) fn new(peers: &[String], bootnodes: &[String], now: Instant) -> Book {
        let mut book = Book(Vec::new());
        book.rename(peers, bootnodes, now);
        book
    }

    /// From now on these are the names. One that stays is not called anew; a node that is named no more
    /// keeps its connection, and is not called again.
    pub(crate) fn rename(&mut self, peers: &[String], bootnodes: &[String], now: Instant) {
        let peers = peers.iter().map(|it| (it, true));
        let mut left: Vec<_> = peers
            .chain(bootnodes.iter().map(|it| (it, false)))
            .collect();
        for known in &mut self.0 {
            let is_it = |it: &(&String, bool)| *it.0 == known.name && it.1 == known.stays;
            match left.iter().position(is_it) {
                Some(found) => {
                    left.remove(found);
                    if !known.is_named {
                        known.begin_anew(now);
                    }
                }
                None => {
                    known.is_named = false;
                    known.lives.clear();
                }
            }
        }
        for (name, stays) in left {
            let new = Known {
                name: name.clone(),
                is_named: true,
                stays,
                state: State::Waiting { until: now },
                attempts: 0,
                lives: Vec::new(),
            };
            match self.0.iter_mut().find(|it| it.is_free()) {
                Some(place) => *place = new,
                None => self.0.push(new),
            }
        }
    }

    /// Names whose turn it is to be looked up.
    pub(crate) fn due(&mut self, has_few: bool, now: Instant) -> Vec<(usize, String)> {
        let mut due = Vec::new();
        for (index, known) in self.0.iter_mut().enumerate() {
            let is_due = matches!(known.state, State::Waiting { until } if until <= now);
            if is_due && known.is_named && (known.stays || has_few) {
                known.state = State::LookingUp;
                due.push((index, known.name.clone()));
            }
        }
        due
    }

    /// Which of the addresses of a name to call: another one at each attempt.
    pub(crate) fn choose(&self, index: usize, found: &[SocketAddr]) -> Option<SocketAddr> {
        let attempts = self.0.get(index)?.attempts as usize;
        found.get(attempts % found.len().max(1)).copied()
    }

    /// A name was looked up.
    pub(crate) fn lives_at(&mut self, index: usize, found: impl Iterator<Item = IpAddr>) {
        if let Some(known) = self.0.get_mut(index).filter(|it| it.is_named) {
            known.lives = found.take(ADDRESSES_MAX).collect();
        }
    }

    /// Where all of them live.
    pub(crate) fn addresses(&self) -> BTreeSet<IpAddr> {
        self.0
            .iter()
            .flat_map(|it| it.lives.iter().copied())
            .collect()
    }

    /// A call was begun.
    pub(crate) fn calls(&mut self, index: usize, connection: ConnectionId) {
        if let Some(known) = self.0.get_mut(index) {
            known.state = State::Calling(connection);
        }
    }

    /// A name has no address, or cannot be called: says how often in a row.
    pub(crate) fn failed(&mut self, index: usize, now: Instant) -> u32 {
        let Some(known) = self.0.get_mut(index) else {
            return 0;
        };
        let wait = AGAIN_AFTER.saturating_mul(1 << known.attempts.min(5));
        known.attempts = known.attempts.saturating_add(1);
        known.state = State::Waiting {
            until: now + wait.min(AGAIN_AFTER_MAX),
        };
        known.attempts
    }

    /// Which name a connection was called by.
    pub(crate) fn called_by(&self, connection: ConnectionId) -> Option<usize> {
        let is_it = |it: &Known| it.state == State::Calling(connection);
        self.0.iter().position(is_it)
    }

    /// A call was answered; gives the name, if the operator still names it.
    pub(crate) fn connected(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        now: Instant,
    ) -> Option<&str> {
        let index = self.called_by(connection)?;
        let known = self.0.get_mut(index)?;
        known.state = State::Connected(peer, now);
        known.is_named.then_some(known.name.as_str())
    }

    /// A name is this node's own, for now.
    pub(crate) fn is_own(&mut self, index: usize, now: Instant) {
        if let Some(known) = self.0.get_mut(index) {
            known.state = State::Waiting {
                until: now + AGAIN_AFTER_MAX,
            };
        }
    }

    /// The last connection with a peer is gone; gives the names by which to call it again.
    pub(crate) fn lost(&mut self, peer: &PeerId, now: Instant) -> Vec<String> {
        let mut names = Vec::new();
        for index in 0..self.0.len() {
            let known = &mut self.0[index];
            let State::Connected(who, since) = known.state else {
                continue;
            };
            if who != *peer {
                continue;
            }
            if known.is_named {
                names.push(known.name.clone());
            }
            if now.saturating_duration_since(since) >= STAYED {
                known.attempts = 0;
            }
            self.failed(index, now);
        }
        names
    }

    pub(crate) fn name(&self, index: usize) -> &str {
        self.0.get(index).map_or("", |it| &it.name)
    }

    /// Whether the operator still names it.
    pub(crate) fn is_named(&self, index: usize) -> bool {
        self.0.get(index).is_some_and(|it| it.is_named)
    }

    /// Whether the operator names a node so.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|it| it.is_named && it.name == name)
    }
}

impl Known {
    /// Nobody asks for it by its index any more.
    fn is_free(&self) -> bool {
        !self.is_named && matches!(self.state, State::Waiting { .. })
    }

    /// It is named again: what is being done goes on, and a wait is over.
    fn begin_anew(&mut self, now: Instant) {
        self.is_named = true;
        self.attempts = 0;
        if matches!(self.state, State::Waiting { .. }) {
            self.state = State::Waiting { until: now };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_again_ever_more_seldom_and_at_once_after_a_loss() {
        let begin = Instant::now();
        let mut book = Book::new(&["a:1".into()], &["b:1".into()], begin);
        let due: Vec<_> = book.due(false, begin).into_iter().map(|it| it.0).collect();
        assert_eq!(
            due,
            [0],
            "bootnodes are asked only while there are few peers"
        );
        assert!(book.due(false, begin).is_empty(), "it is being looked up");
        let mut now = begin;
        let mut waits = Vec::new();
        for attempt in 1..8 {
            assert_eq!(book.failed(0, now), attempt);
            let before = now;
            while book.due(false, now).is_empty() {
                now += Duration::from_secs(1);
            }
            waits.push((now - before).as_secs());
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
        let (connection, peer) = (ConnectionId::new_unchecked(1), PeerId::random());
        book.calls(0, connection);
        assert_eq!(book.connected(connection, peer, now), Some("a:1"));
        assert!(book.due(false, now + AGAIN_AFTER_MAX).is_empty());
        // One that lets go at once is not called any sooner.
        assert_eq!(book.lost(&peer, now), ["a:1"]);
        assert!(book.due(false, now + AGAIN_AFTER).is_empty());
        now += AGAIN_AFTER_MAX;
        assert_eq!(book.due(false, now).len(), 1);
        book.calls(0, connection);
        assert_eq!(book.connected(connection, peer, now), Some("a:1"));
        now += STAYED;
        assert_eq!(book.lost(&peer, now), ["a:1"]);
        assert_eq!(book.due(false, now + AGAIN_AFTER).len(), 1);
        assert_eq!(book.due(true, now).len(), 1, "the bootnode");
    }

    #[test]
    fn tries_every_address_of_a_name() {
        let now = Instant::now();
        let mut book = Book::new(&["a:1".into()], &[], now);
        let found: Vec<SocketAddr> =
            ["10.0.0.1:1".parse().unwrap(), "10.0.0.2:1".parse().unwrap()].into();
        assert_eq!(book.choose(0, &found), Some(found[0]));
        book.failed(0, now);
        assert_eq!(book.choose(0, &found), Some(found[1]));
        assert_eq!(book.choose(0, &[]), None);
        book.is_own(0, now);
        assert!(book.due(true, now + AGAIN_AFTER).is_empty());
        assert_eq!(
            book.due(true, now + AGAIN_AFTER_MAX).len(),
            1,
            "a name may move"
        );
    }

    #[test]
    fn names_change_while_calls_go_on() {
        let now = Instant::now();
        let names = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let due = |book: &mut Book| {
            let due = book.due(true, now).into_iter();
            due.map(|it| it.1).collect::<Vec<_>>()
        };
        let mut book = Book::new(&names(&["a:1", "b:1"]), &names(&["c:1"]), now);
        assert_eq!(due(&mut book), ["a:1", "b:1", "c:1"]);
        let (connection, peer) = (ConnectionId::new_unchecked(1), PeerId::random());
        book.calls(0, connection);
        book.connected(connection, peer, now);
        book.lives_at(1, ["10.0.0.2".parse().unwrap()].into_iter());

        // `b:1` is still being looked up, under its index.
        book.rename(&names(&["a:1", "d:1"]), &[], now);
        assert_eq!(due(&mut book), ["d:1"], "nobody is called anew");
        assert!(book.addresses().is_empty(), "`b:1` has no friends here");
        assert!(!book.is_named(1) && book.has("a:1") && !book.has("b:1"));
        book.failed(1, now);
        book.failed(2, now);
        assert_eq!(due(&mut book), [""; 0], "it is not called again");
        // Their places are taken, one by one, and no more than were.
        book.rename(&names(&["a:1", "d:1", "e:1", "f:1"]), &[], now);
        assert_eq!(due(&mut book), ["e:1", "f:1"]);
        assert_eq!(book.0.len(), 4);

        // A node that is named no more keeps its connection, and nobody misses it.
        book.rename(&names(&["f:1"]), &[], now);
        assert!(book.lost(&peer, now).is_empty());
        assert_eq!(due(&mut book), [""; 0]);
        book.rename(&names(&["a:1", "f:1"]), &[], now);
        assert_eq!(
            due(&mut book),
            ["a:1"],
            "it is named again, and called at once"
        );
    }
}

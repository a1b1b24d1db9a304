//! How a network's peers stand: who is connected, who was sent away and why, for operators.
//!
//! Always: what is told is at most a second or so old; nothing follows from it.
//! Not here: judging peers (each network has its own measure).

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use libp2p::PeerId;

/// A peer that is connected.
#[derive(Clone, Debug, PartialEq)]
pub struct PeerStanding {
    /// Its id.
    pub peer: PeerId,
    /// Where it is, as connections are counted: of IPv6 its site.
    pub address: Option<IpAddr>,
    /// What the operator calls it; empty: nobody named it.
    pub names: Vec<String>,
    /// How it is judged, below zero for what it did wrong; `None`: this network gives no scores.
    pub score: Option<f64>,
    /// What there is to say of it.
    pub remarks: Vec<&'static str>,
}

/// A peer that was sent away, and may not come for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentAway {
    /// Its id.
    pub peer: PeerId,
    /// What it did.
    pub reason: &'static str,
    /// For how many more seconds.
    pub seconds: u64,
}

/// How all of them stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Connected, by their ids.
    pub peers: Vec<PeerStanding>,
    /// Sent away, by their ids.
    pub sent_away: Vec<SentAway>,
}

/// Where a network keeps it for others to read. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Standings(Arc<Mutex<Standing>>);

impl Standings {
    /// This is how they stand now.
    pub fn put(&self, standing: Standing) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = standing;
    }

    /// How they stood last.
    pub fn get(&self) -> Standing {
        let standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        standing.clone()
    }
}

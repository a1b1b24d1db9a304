//! What links tell about themselves.

use argosy_swarm::{Standing, Standings};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// What became of a frame.
pub(crate) const TAKEN: &str = "taken";
pub(crate) const IGNORED: &str = "ignored";
pub(crate) const FALSE: &str = "false";
const RESULTS: [&str; 3] = [TAKEN, IGNORED, FALSE];

/// Metrics of a node's links; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Peers that take frames.
    pub(crate) peers: Gauge,
    received: Family<Labels, Counter>,
    received_bytes: Counter,
    pub(crate) published: Counter,
    pub(crate) sent_bytes: Counter,
    /// Peers that did not take frames in time.
    pub(crate) deaf: Counter,
    /// Peers that were sent away.
    pub(crate) banned: Counter,
    /// Questions that were not passed on, since too many came.
    pub(crate) refused_questions: Counter,
    /// Answers that were not sent, since too much was on its way.
    pub(crate) dropped_answers: Counter,
    pub(crate) standings: Standings,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    result: &'static str,
}

impl Metrics {
    /// How the peers stand.
    pub fn standing(&self) -> Standing {
        self.standings.get()
    }

    /// Adds them to a registry, under names that begin with `p2p`.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("p2p");
        let peers = "Nodes linked with this one for consensus";
        registry.register("peers", peers, self.peers.clone());
        for result in RESULTS {
            // Told from the beginning, so that the first one is seen as a change.
            drop(self.received.get_or_create(&Labels { result }));
        }
        registry.register(
            "received_frames",
            "Frames of others (votes, proposals, parts of blocks, status), by what became of them",
            self.received.clone(),
        );
        registry.register_with_unit(
            "received",
            "Content of the frames of others",
            Unit::Bytes,
            self.received_bytes.clone(),
        );
        registry.register(
            "published_frames",
            "Frames that this node made, each counted once",
            self.published.clone(),
        );
        registry.register_with_unit(
            "sent",
            "Frames of this node, counted for each peer",
            Unit::Bytes,
            self.sent_bytes.clone(),
        );
        registry.register(
            "deaf_peers",
            "Connections closed since the peer did not take frames in time",
            self.deaf.clone(),
        );
        registry.register(
            "banned_peers",
            "Peers sent away for what no honest node sends",
            self.banned.clone(),
        );
        registry.register(
            "refused_questions",
            "Questions for blocks that were not passed on, since too many came",
            self.refused_questions.clone(),
        );
        registry.register(
            "dropped_answers",
            "Blocks that were asked for and not sent, since too many are on their way",
            self.dropped_answers.clone(),
        );
    }

    pub(crate) fn received(&self, result: &'static str, bytes: usize) {
        self.received.get_or_create(&Labels { result }).inc();
        self.received_bytes.inc_by(bytes as u64);
    }
}

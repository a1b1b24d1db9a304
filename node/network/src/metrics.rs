//! What gossip tells about itself.

use argosy_swarm::{Standing, Standings};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::inbox::Taken;

/// Metrics of one network; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Peers that gossip here.
    pub(crate) peers: Gauge,
    /// Transactions that came, by what became of them.
    received: Family<TakenLabels, Counter>,
    /// Transactions that came again.
    pub(crate) repeated: Counter,
    /// Transactions that this node sent.
    pub(crate) published: Counter,
    /// Bytes of its messages.
    pub(crate) published_bytes: Counter,
    /// Transactions that nobody was there to take.
    pub(crate) unheard: Counter,
    /// Messages that were dropped unseen, since too many came.
    pub(crate) dropped: Counter,
    /// Peers that were sent away.
    pub(crate) banned: Counter,
    pub(crate) standings: Standings,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TakenLabels {
    result: Taken,
}

impl EncodeLabelValue for Taken {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        let text = match self {
            Taken::Waits => "waits",
            Taken::Useless => "useless",
            Taken::False => "false",
            Taken::Busy => "busy",
        };
        EncodeLabelValue::encode(&text, encoder)
    }
}

impl Metrics {
    /// How the peers stand.
    pub fn standing(&self) -> Standing {
        self.standings.get()
    }

    /// Adds them to a registry, under names that begin with `gossip`.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("gossip");
        registry.register("peers", "Peers that gossip", self.peers.clone());
        for result in Taken::ALL {
            // Told from the beginning, so that the first one is seen as a change.
            drop(self.received.get_or_create(&TakenLabels { result }));
        }
        registry.register(
            "received_transactions",
            "Transactions of others, by what became of them",
            self.received.clone(),
        );
        registry.register(
            "repeated_transactions",
            "Transactions that came once more",
            self.repeated.clone(),
        );
        registry.register(
            "published_transactions",
            "Transactions that this node sent",
            self.published.clone(),
        );
        registry.register_with_unit(
            "published",
            "Messages that this node sent",
            Unit::Bytes,
            self.published_bytes.clone(),
        );
        registry.register(
            "unheard_transactions",
            "Transactions sent while no peer was there; they are sent again",
            self.unheard.clone(),
        );
        registry.register(
            "dropped_messages",
            "Messages dropped unseen, since too many came",
            self.dropped.clone(),
        );
        registry.register("banned_peers", "Peers sent away", self.banned.clone());
    }

    pub(crate) fn received(&self, taken: Taken) {
        let labels = TakenLabels { result: taken };
        self.received.get_or_create(&labels).inc();
    }
}

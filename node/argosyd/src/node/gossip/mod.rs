//! Transactions between nodes: what clients hand in here goes out, what others send comes in.
//!
//! Not here: the swarm (`argosy_network`).

mod inbox; // transactions of others
mod own; // transactions of this node's clients

use std::sync::Arc;

use argosy_driver::{Driver, Relay};
use argosy_network::{Metrics, Network, NetworkConfig, NetworkError};
use argosy_primitives::GenesisHash;
use tokio::sync::watch;

use crate::config::GossipConfig;
use crate::failure::{Exit, Failure};
use crate::node::reload::Named;
use crate::node::tasks::Stop;
use inbox::NodeInbox;
use own::Own;

/// Gossip that runs.
pub(super) struct Gossip {
    network: Network,
    own: Arc<Own>,
}

impl Gossip {
    /// Listens and calls the peers.
    pub(super) async fn start(
        config: &GossipConfig,
        node_seed: [u8; 32],
        driver: &Driver,
    ) -> Result<Gossip, Failure> {
        let view = driver.view();
        let (chain, limits) = (view.genesis_hash(), &view.spec().limits);
        let network = network(config, node_seed, chain, limits.tx_size_bytes_max as usize);
        let inbox = Arc::new(NodeInbox::new(
            driver.clone(),
            network.transaction_bytes_max,
        ));
        let network = Network::start(&network, inbox).await.map_err(failed)?;
        tracing::info!(
            target: "network",
            code = "gossip.started",
            listen = %network.address(),
            peers = config.peers.len(),
            bootnodes = config.bootnodes.len(),
            "hands transactions to other nodes"
        );
        let own = Arc::new(Own::new(driver.clone(), network.publisher()));
        Ok(Gossip { network, own })
    }

    /// What takes note of clients' transactions.
    pub(super) fn relay(&self) -> Arc<dyn Relay> {
        Arc::clone(&self.own) as _
    }

    /// What it counts.
    pub(super) fn metrics(&self) -> &Metrics {
        self.network.metrics()
    }

    /// How many peers there are.
    pub(super) fn peers(&self) -> watch::Receiver<usize> {
        self.network.peers()
    }

    /// Until it is told to stop, or is broken. `named` tells of other nodes.
    pub(super) async fn run(
        mut self,
        mut named: watch::Receiver<Named>,
        mut stop: Stop,
    ) -> Result<(), Failure> {
        let ended = loop {
            tokio::select! {
                biased;
                () = stop.asked() => break Ok(()),
                Ok(()) = named.changed() => {
                    let named = named.borrow_and_update();
                    self.network.set_peers(&named.gossip_peers, &named.bootnodes);
                }
                () = self.own.keep_sending(self.network.arrivals()) => break Ok(()),
                () = self.network.ended() => {
                    break Err(Failure::new(Exit::Fault, "gossip between nodes died"));
                }
            }
        };
        self.network.stop().await;
        ended
    }
}

fn network(
    config: &GossipConfig,
    node_seed: [u8; 32],
    chain: GenesisHash,
    transaction_bytes_max: usize,
) -> NetworkConfig {
    NetworkConfig {
        chain,
        node_seed,
        listen: config.listen,
        announce: config.announce,
        peers: config.peers.clone(),
        bootnodes: config.bootnodes.clone(),
        inbound_max: config.inbound_max,
        connections_per_ip_max: config.connections_per_ip_max,
        transaction_bytes_max,
    }
}

fn failed(error: NetworkError) -> Failure {
    match error {
        NetworkError::Listen(_) => {
            Failure::new(Exit::Listen, format!("{error}; set gossip.listen"))
        }
        NetworkError::Setup(_) => Failure::other(error),
    }
}

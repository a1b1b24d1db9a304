//! Transactions between nodes: a libp2p swarm of its own, beside the engine's.
//!
//! ```text
//! RPC ─► mempool ─► Network::publish ─► batch ─► gossipsub ─► peers
//! peers ─► Guard (budget, topics) ─► gossipsub ─► Inbox::take (signatures, mempool) ─► verdict ─► relay
//! ```
//!
//! Start reading at [`Network::start`]; the loop is `Task::run`.
//!
//! Always: nothing is handed on before the node has taken it; each transaction is looked at once; who
//! sends what no honest node sends is sent away; everything a peer can fill has a bound. Names of
//! protocols carry the chain, so that nodes of two chains have nothing to say to each other.
//! Not here: blocks and votes (`consensus`), what a transaction is (the node's [`Inbox`]).

mod batch; // messages
mod behaviour; // parts of the swarm and their settings
mod budget; // how much peers may send
mod config; // what an operator decides
mod guard; // gossipsub behind a filter
mod inbox; // where transactions go
mod judge; // messages that wait for the node's verdict
mod messages; // sent, and looked at
mod metrics; // counters
mod peers; // called, judged
mod seen; // what was here lately
mod task; // the loop

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use argosy_swarm::multiaddr;
use libp2p::identity::Keypair;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

pub use argosy_swarm::{PeerStanding, SentAway, Standing};
pub use batch::BATCH_COUNT_MAX;
pub use config::{NetworkConfig, NetworkError};
pub use inbox::{Inbox, Taken};
pub use metrics::Metrics;

use behaviour::Behaviour;
use judge::Judge;
use task::{Ends, Names, Task};

/// Transactions that may wait to be sent.
const ORDERS_MAX: usize = 4_096;
/// A connection on which nothing happens is closed after this; those of the mesh stay.
const IDLE_FOR: Duration = Duration::from_secs(600);

/// Hands transactions to the network. Clones share it.
#[derive(Clone, Debug)]
pub struct Publisher(mpsc::Sender<Vec<u8>>);

/// Too many transactions wait to be sent, or the network has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("gossip takes no more transactions for now")]
pub struct Full;

impl Publisher {
    /// Sends an encoded transaction, which this node has taken, to the peers: soon, and once.
    ///
    /// Whether anybody hears it is not known: who wants it in a block sends it again while it waits,
    /// after half a minute or more.
    pub fn publish(&self, transaction: Vec<u8>) -> Result<(), Full> {
        self.0.try_send(transaction).map_err(|_| Full)
    }
}

/// A network that runs. Ended with its value.
#[derive(Debug)]
pub struct Network {
    publisher: Publisher,
    address: SocketAddr,
    peers: watch::Receiver<usize>,
    arrivals: watch::Receiver<u64>,
    metrics: Metrics,
    names: watch::Sender<Names>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    judging: JoinHandle<()>,
}

impl Network {
    /// Listens, calls the configured peers, and gives what comes to `inbox`.
    ///
    /// To be called on a tokio runtime, which then drives it.
    pub async fn start(
        config: &NetworkConfig,
        inbox: Arc<dyn Inbox>,
    ) -> Result<Network, NetworkError> {
        let mut seed = config.node_seed;
        let key = Keypair::ed25519_from_bytes(&mut seed);
        let key = key.map_err(|error| NetworkError::Setup(error.to_string()))?;
        let behaviour = Behaviour::new(config, &key).map_err(NetworkError::Setup)?;
        let mut swarm =
            argosy_swarm::swarm(key, behaviour, IDLE_FOR).map_err(NetworkError::Setup)?;
        let address = argosy_swarm::listen(&mut swarm, config.listen).await?;
        if let Some(announced) = config.announce {
            swarm.add_external_address(multiaddr(announced));
        }
        let (publish, orders) = mpsc::channel(ORDERS_MAX);
        let (judge, outcomes, judging) = Judge::start(inbox);
        let (count, peers) = watch::channel(0);
        let (came, arrivals) = watch::channel(0);
        let (stop, stopped) = oneshot::channel();
        let (names, renamed) = watch::channel(Names::default());
        let metrics = Metrics::default();
        let ends = Ends {
            orders,
            judge,
            outcomes,
            peers: count,
            arrivals: came,
            metrics: metrics.clone(),
        };
        let task = Task::new(config, swarm, ends);
        Ok(Network {
            publisher: Publisher(publish),
            address,
            peers,
            arrivals,
            metrics,
            names,
            stop: Some(stop),
            task: tokio::spawn(task.run(renamed, stopped)),
            judging,
        })
    }

    /// The way in for this node's transactions.
    pub fn publisher(&self) -> Publisher {
        self.publisher.clone()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many peers gossip with this node; changes are told.
    pub fn peers(&self) -> watch::Receiver<usize> {
        self.peers.clone()
    }

    /// How often a peer began to gossip with this node; changes are told.
    pub fn arrivals(&self) -> watch::Receiver<u64> {
        self.arrivals.clone()
    }

    /// What it counts.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// From now on these are the nodes that the operator names, as [`NetworkConfig`] has them. Whoever is
    /// connected stays so.
    pub fn set_peers(&self, peers: &[String], bootnodes: &[String]) {
        self.names.send_replace(Names {
            peers: peers.to_vec(),
            bootnodes: bootnodes.to_vec(),
        });
    }

    /// Until the task has ended by itself, which it does not unless it is broken.
    pub async fn ended(&mut self) {
        // A panic was logged where it happened.
        let _ = (&mut self.task).await;
    }

    /// Closes every connection, and lets go of the inbox.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // It may have ended by itself.
            let _ = stop.send(());
        }
        if !self.task.is_finished() {
            self.ended().await;
        }
        // It had its last message from the task; a panic was logged where it happened.
        let _ = self.judging.await;
    }
}

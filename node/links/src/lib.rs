//! Frames between nodes that agree on blocks: one stream each way to every peer, and questions with
//! answers beside them. What is in them is the consensus engine's affair.
//!
//! ```text
//! Wire::publish ─► queue of each peer ─► writer ─► stream ═══► reader ─► Inbox::take ─► verdict
//! Wire::ask ═════► request-response ═════════════════════════► Inbox::asked ─► Wire::answer
//! ```
//!
//! Start reading at [`Links::start`]; the loop is `Task::run`.
//!
//! Always: a reader takes a frame only when the one before it was looked at, so that a flood waits in the
//! sender's machine; who is not trusted sends small frames, and few; who does not take frames in time
//! loses the connection; what is sent is held once, however many peers wait for it.
//! Nothing is relayed: a frame comes from who made it, or from who vouches for it.
//! Not here: what frames mean (`consensus`), who may connect (`swarm`).

mod asking; // questions of the task
mod behaviour; // parts of the swarm and their settings
mod config; // what the node decides
mod frame; // bytes on a stream
mod inbox; // where frames go
mod metrics; // counters
mod pace; // how much a peer may send
mod questions; // questions and answers
mod reader; // a stream that comes in
mod streams; // one stream each way
mod task; // the loop
mod wire; // what is sent
mod writer; // a stream that goes out

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use libp2p::identity::Keypair;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

pub use argosy_swarm::{PeerStanding, SentAway, Standing};
pub use bytes::Bytes;
pub use libp2p::PeerId;

pub use config::{LinksConfig, LinksError};
pub use frame::Topic;
pub use inbox::{Inbox, Verdict};
pub use metrics::Metrics;
pub use questions::{AskError, AskId, QUESTION_BYTES_MAX, QuestionId};
pub use wire::{Gone, Wire};

use behaviour::Behaviour;
use task::Task;

/// Orders of this node that may wait.
const ORDERS_MAX: usize = 256;
/// A connection on which nothing is open is closed after this.
const IDLE_FOR: Duration = Duration::from_secs(60);

/// A network that runs. Ended with its value.
#[derive(Debug)]
pub struct Links {
    address: SocketAddr,
    wire: Wire,
    names: watch::Sender<Vec<String>>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Links {
    /// Listens, calls the configured peers for ever, and gives what comes to `inbox`.
    ///
    /// To be called on a tokio runtime, which then drives it.
    pub async fn start(
        config: &LinksConfig,
        inbox: Arc<dyn Inbox>,
        metrics: Metrics,
    ) -> Result<Links, LinksError> {
        let mut seed = config.node_seed;
        let key = Keypair::ed25519_from_bytes(&mut seed);
        let key = key.map_err(|error| LinksError::Setup(error.to_string()))?;
        let behaviour = Behaviour::new(config).map_err(LinksError::Setup)?;
        let mut swarm = argosy_swarm::swarm(key, behaviour, IDLE_FOR).map_err(LinksError::Setup)?;
        let address = argosy_swarm::listen(&mut swarm, config.listen).await?;
        let (orders, ordered) = mpsc::channel(ORDERS_MAX);
        let (stop, stopped) = oneshot::channel();
        let (names, renamed) = watch::channel(Vec::new());
        let task = Task::new(config, swarm, inbox, metrics);
        Ok(Links {
            address,
            wire: Wire(orders),
            names,
            stop: Some(stop),
            task: tokio::spawn(task.run(ordered, renamed, stopped)),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The way out.
    pub fn wire(&self) -> Wire {
        self.wire.clone()
    }

    /// From now on these are the configured peers, as [`LinksConfig::peers`] has them. Whoever is connected
    /// stays so.
    pub fn set_peers(&self, peers: &[String]) {
        self.names.send_replace(peers.to_vec());
    }

    /// Closes every connection, and lets go of the inbox and of the address.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // It may have ended by itself.
            let _ = stop.send(());
        }
        // A panic was logged where it happened.
        let _ = self.task.await;
    }
}

/// The id of the node with this key.
pub fn peer_id(node_seed: [u8; 32]) -> Result<PeerId, LinksError> {
    let mut seed = node_seed;
    let key = Keypair::ed25519_from_bytes(&mut seed);
    let key = key.map_err(|error| LinksError::Setup(error.to_string()))?;
    Ok(key.public().to_peer_id())
}

//! Starting and stopping the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use argosy_bft::{BftContext, BftVerifier, Ed25519, ValidatorAddress};
use argosy_links::{Inbox, Links, LinksError};
use argosy_primitives::{Address, Height, PublicKey};
use argosy_signer::Sign;
use bytes::Bytes;
use malachitebft_app_channel::app::types::PeerId;
use malachitebft_app_channel::app::types::codec::Codec as _;
use malachitebft_app_channel::app::types::core::SigningScheme as _;
use malachitebft_app_channel::{
    ConsensusContext, EngineBuilder, EngineHandle, NetworkMsg, RequestContext, SyncContext,
    WalContext,
};
use malachitebft_engine::network::NetworkRef;
use malachitebft_network::PeerIdExt as _;
use malachitebft_signing::Signer as _;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::agent::Agent;
use crate::application::Application;
use crate::codec::BftCodec;
use crate::config::{ConsensusConfig, EngineConfig, links};
use crate::ear::Ear;
use crate::gate::Gate;
use crate::metrics::Metrics;
use crate::network::{Ends, NetworkActor};
use crate::sign::EngineSigner;

/// How long the engine's parts may take to end.
const STOP_WITHIN: Duration = Duration::from_secs(3);
/// Requests to the engine that may wait.
const REQUESTS_MAX: usize = 32;
/// Parts of blocks on their way to the network.
const ORDERS_MAX: usize = 1;

/// Who this node is to others.
#[derive(Clone)]
pub struct Identity {
    /// Seed of the ed25519 key that names the node in the network.
    pub node_seed: [u8; 32],
    /// Signs votes; none: the node only follows.
    pub signer: Option<Arc<dyn Sign>>,
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The node's links with others cannot be made.
    #[error(transparent)]
    Links(#[from] LinksError),
    /// The signer did not sign that this node is the validator's.
    #[error("the signer does not answer for this node: {0}")]
    Signer(String),
    /// The engine says why.
    #[error("the consensus engine does not start: {0}")]
    Engine(String),
}

/// How the engine ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsensusEnd {
    /// It was asked to.
    Asked,
    /// It stopped by itself, and holds still for an operator: going on might sign twice.
    Safety,
    /// A part of it failed; starting again may help.
    Failed(String),
    /// The node went away first.
    NodeGone,
}

/// A running engine.
pub struct Consensus {
    handle: EngineHandle,
    agent: JoinHandle<ConsensusEnd>,
    stop: Option<oneshot::Sender<()>>,
    refused: Arc<AtomicU64>,
    links: Option<Links>,
}

/// Starts the engine at the height that the application says.
pub async fn start(
    config: &ConsensusConfig,
    identity: Identity,
    application: Arc<dyn Application>,
    metrics: Metrics,
) -> Result<Consensus, StartError> {
    let context = BftContext {
        chain: config.chain,
    };
    let verifier = Box::new(BftVerifier {
        chain: config.chain,
    });
    let refused = Arc::new(AtomicU64::new(0));
    let signer = identity.signer.map(|signer| EngineSigner {
        chain: config.chain,
        signer,
        log: config.log.as_path().into(),
        refused: Arc::clone(&refused),
    });
    let own = argosy_links::peer_id(identity.node_seed)?;
    let (proof, consensus) = match &signer {
        Some(signer) => {
            let address = ValidatorAddress(signer.address());
            let proof = proof(signer, own.to_bytes()).await?;
            let signer = Box::new(signer.clone());
            let consensus = ConsensusContext::new_validator(address, verifier, signer);
            (Some(proof), consensus)
        }
        None => {
            // A full node votes for nobody; its address is in no set.
            let address = ValidatorAddress(Address::from_bytes([0; 32]));
            (None, ConsensusContext::new_full_node(address, verifier))
        }
    };
    let gate = Arc::new(Gate::new(
        config.chain,
        config.block_bytes_max,
        metrics.clone(),
    ));
    let ear = Arc::new(Ear::new(Arc::clone(&gate)));
    let settings = links(config, identity.node_seed, proof);
    let inbox = Arc::clone(&ear) as Arc<dyn Inbox>;
    let links = Links::start(&settings, inbox, metrics.links.clone()).await?;
    let (actor, network) = network_actor(&links, ear, own).await?;
    let built = EngineBuilder::new(context, EngineConfig::new(config))
        .with_default_wal(WalContext::new(config.log.clone(), BftCodec))
        .with_custom_network(actor, network)
        .with_default_consensus(consensus)
        .with_default_sync(SyncContext::new(BftCodec))
        .with_default_request(RequestContext::new(REQUESTS_MAX))
        .build()
        .await;
    let (channels, handle) = built.map_err(|error| StartError::Engine(format!("{error:#}")))?;
    let (stop, stopped) = oneshot::channel();
    let agent = Agent::new(config, channels, application, signer, (gate, metrics));
    Ok(Consensus {
        handle,
        agent: tokio::spawn(agent.run(stopped)),
        stop: Some(stop),
        refused,
        links: Some(links),
    })
}

/// That the node with this key is the validator's, as peers are told.
async fn proof(signer: &EngineSigner, peer: Vec<u8>) -> Result<Bytes, StartError> {
    let key: PublicKey = signer.signer.public_key();
    let proof = signer
        .sign_validator_proof(Ed25519::encode_public_key(&key), peer)
        .await
        .map_err(|error| StartError::Signer(error.to_string()))?;
    BftCodec
        .encode(&proof)
        .map_err(|error| StartError::Signer(error.to_string()))
}

/// The engine's network: its actor, and the agent's way to it.
async fn network_actor(
    links: &Links,
    ear: Arc<Ear>,
    own: argosy_links::PeerId,
) -> Result<(NetworkRef<BftContext>, mpsc::Sender<NetworkMsg<BftContext>>), StartError> {
    let ends = Ends {
        ear,
        wire: links.wire(),
        address: links.address(),
        own: PeerId::from_libp2p(&own),
    };
    let spawned = ractor::Actor::spawn(None, NetworkActor, ends).await;
    let (actor, _) = spawned.map_err(|error| StartError::Engine(error.to_string()))?;
    let (orders, mut ordered) = mpsc::channel(ORDERS_MAX);
    tokio::spawn({
        let actor = actor.clone();
        async move {
            while let Some(message) = ordered.recv().await {
                if actor.cast(NetworkMsg::into(message)).is_err() {
                    return; // It has ended, and who orders hears of it.
                }
            }
        }
    });
    Ok((actor, orders))
}

impl Consensus {
    /// Until it ends by itself, or after [`Consensus::stop`].
    pub async fn ended(&mut self) -> ConsensusEnd {
        let ended = (&mut self.agent).await;
        let ended = match ended {
            Ok(ended) => ended,
            Err(error) => return ConsensusEnd::Failed(error.to_string()),
        };
        if !matches!(ended, ConsensusEnd::Failed(_)) {
            return ended;
        }
        // The engine has closed its channel: its supervisor goes, too, unless it holds still.
        match tokio::time::timeout(STOP_WITHIN, &mut self.handle.handle).await {
            Ok(_) => ended,
            Err(_) => ConsensusEnd::Safety,
        }
    }

    /// The height for which the signer gave no signature, if that is why the engine ended: it cannot
    /// live without one, but may follow until others have decided that height.
    pub fn refused_at(&self) -> Option<Height> {
        let height = self.refused.load(Ordering::SeqCst);
        (height > 0).then_some(height)
    }

    /// From now on these are the configured peers, as [`ConsensusConfig::peers`] has them. Whoever is
    /// connected stays so.
    pub fn set_peers(&self, peers: &[String]) {
        if let Some(links) = &self.links {
            links.set_peers(peers);
        }
    }

    /// Ends it; no signature is asked for from then on.
    pub async fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // An agent that is gone has ended already.
            let _ = stop.send(());
        }
        // One that is gone has ended, and one that does not end in time was told to.
        let _ = self.handle.actor.kill_and_wait(Some(STOP_WITHIN)).await;
        if let Some(links) = self.links.take() {
            // Its address is free from here on.
            links.stop().await;
        }
    }
}

//! This node's part in agreement between validators: engine, signer, and the node between them.
//!
//! Always: a validator's engine starts only with a signer whose record is whole; when the engine holds
//! still for safety's sake the node stays up, red, and signs nothing more.

mod application; // what the engine asks, answered by the replica's thread
mod blocks_first; // a signer elsewhere signs on durable blocks only
mod keeper; // the second copy of the signer's record
mod keys; // the node's key, the validator's signer
mod peers; // names of other nodes, looked up

use std::sync::Arc;
use std::time::Duration;

use argosy_chain::Chain;
use argosy_consensus::{Consensus, ConsensusConfig, ConsensusEnd, Identity};
use argosy_driver::Driver;
use argosy_kv::Store;
use argosy_primitives::{Address, Height};
use argosy_signer::Sign;
use argosy_spec::ChainSpec;

use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::node::status::Status;
use crate::node::tasks::Stop;
use application::NodeApplication;

/// Between two attempts to start an engine whose address was in use just now.
const AGAIN_AFTER: Duration = Duration::from_millis(250);
/// So many attempts: some ten seconds.
const ATTEMPTS_MAX: u32 = 40;
/// A node whose replica has ended is told to stop within this.
const TOLD_WITHIN: Duration = Duration::from_secs(5);
/// Room for what a block has besides its body.
const HEADER_BYTES_MAX: usize = 4 * 1024;

/// What agreement needs, opened and not started yet.
pub(super) struct Agreement {
    config: ConsensusConfig,
    identity: Identity,
    own: Option<Address>,
    /// The key signs nothing up to this height.
    held_until: Height,
}

impl Agreement {
    /// Opens keys and record, compares them with the chain, and says what was found.
    pub(super) fn open(
        config: &Config,
        spec: &ChainSpec,
        chain: &Chain,
        store: &Arc<dyn Store>,
    ) -> Result<Agreement, Failure> {
        let settings = &config.agreement;
        let node_seed = keys::node_seed(&settings.node_key)?;
        let genesis = chain.view().genesis_hash();
        let signer = match &settings.validator {
            None => None,
            Some(file) => Some(keys::signer(settings, file, genesis, store)?),
        };
        let (signer, held_until) = signer.map_or((None, 0), |(it, held)| (Some(it), held));
        // A key that has signed far above the head follows until the head is there.
        let mark = match &signer {
            Some(signer) => signer.mark().map_err(keys::no_signer)?,
            None => None,
        };
        let head = chain.head().header.height;
        let signed = mark.map_or(0, |it| it.at.height);
        let held_until = match signed > head.saturating_add(1) {
            true => held_until.max(signed),
            false => held_until,
        };
        let own = signer.as_ref().map(|it| Address::of_key(&it.public_key()));
        tell(chain, own.as_ref(), signer.as_deref())?;
        let consensus = ConsensusConfig {
            chain: genesis,
            moniker: own.map_or("follower".into(), |it| it.to_text(spec.network.hrp)),
            listen: settings.listen,
            peers: peers::look_up(&settings.peers),
            peers_only: settings.peers_only,
            connections_per_ip_max: settings.connections_per_ip_max,
            inbound_max: settings.inbound_max,
            log: config.data_dir.join("consensus.wal"),
            block_bytes_max: (spec.limits.block_size_bytes_max as usize)
                .saturating_add(HEADER_BYTES_MAX),
            times: spec.consensus.clone(),
        };
        Ok(Agreement {
            config: consensus,
            identity: Identity { node_seed, signer },
            own,
            held_until,
        })
    }

    /// Whether this node never proposes.
    pub(super) fn is_follower(&self) -> bool {
        self.own.is_none()
    }

    /// Whether the key must wait for heights that are not decided yet.
    fn sits_out(&self, driver: &Driver) -> bool {
        self.own.is_some() && driver.view().head().header.height < self.held_until
    }

    /// Until those heights are decided.
    async fn may_sign(&self, driver: &Driver) {
        let mut changes = driver.changes();
        while self.sits_out(driver) {
            // A node that is gone decides nothing more; who waits for this is told elsewhere.
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Who this node is as a proposer; a follower never proposes.
    pub(super) fn proposer(&self) -> Address {
        self.own.unwrap_or(Address::SYSTEM)
    }

    /// Starts the engine; as a follower it has no key.
    async fn start(&self, driver: &Driver, as_follower: bool) -> Result<Consensus, Failure> {
        let application = Arc::new(NodeApplication::new(driver.clone()));
        let identity = Identity {
            node_seed: self.identity.node_seed,
            signer: self.identity.signer.clone().filter(|_| !as_follower),
        };
        let mut config = self.config.clone();
        if identity.signer.is_none() {
            // The engine empties the log of who does not vote: a validator's holds what it is locked on.
            config.log.set_file_name("consensus-follower.wal");
        }
        let started = argosy_consensus::start(&config, identity, application).await;
        let consensus = started.map_err(|error| {
            let hint = format!("; is {} free? set p2p.listen", self.config.listen);
            Failure::new(Exit::Listen, format!("{error}{hint}"))
        })?;
        tracing::info!(
            target: "consensus",
            listen = %self.config.listen,
            peers = self.config.peers.len(),
            validator = self.own.is_some() && !as_follower,
            "taking part in agreement"
        );
        Ok(consensus)
    }

    /// As [`Agreement::start`], after an engine that has just ended and may still hold its address.
    async fn start_again(&self, driver: &Driver, as_follower: bool) -> Result<Consensus, Failure> {
        let mut attempt = 0;
        loop {
            tokio::time::sleep(AGAIN_AFTER).await;
            attempt += 1;
            match self.start(driver, as_follower).await {
                Err(_) if attempt < ATTEMPTS_MAX => {}
                started => return started,
            }
        }
    }
}

/// Heights of chain and signer, and what follows from them.
fn tell(chain: &Chain, own: Option<&Address>, signer: Option<&dyn Sign>) -> Result<(), Failure> {
    let head = chain.head().header.height;
    let Some(signer) = signer else {
        tracing::info!(target: "consensus", head, "follows the others, without a key");
        return Ok(());
    };
    let mark = signer.mark().map_err(keys::no_signer)?;
    let (signed, round) = mark.map_or((0, 0), |it| (it.at.height, it.at.round));
    let member = own.is_some_and(|own| chain.validators().get(own).is_some());
    let decision = match (member, signed > head.saturating_add(1)) {
        (false, _) => "is not in the validator set: follows until it is",
        (true, true) => "signs again above what it has signed, which the others are ahead of",
        (true, false) => "takes part from the next height on",
    };
    tracing::info!(target: "consensus", head, signed, round, decision, "chain and signer compared");
    Ok(())
}

/// An engine that runs, and with what it was started.
pub(super) struct Running {
    agreement: Agreement,
    consensus: Consensus,
    driver: Driver,
}

impl Running {
    /// Starts the engine. A key that must sit out some heights follows until they are decided.
    pub(super) async fn start(agreement: Agreement, driver: &Driver) -> Result<Running, Failure> {
        let as_follower = agreement.sits_out(driver);
        Ok(Running {
            consensus: agreement.start(driver, as_follower).await?,
            agreement,
            driver: driver.clone(),
        })
    }

    /// Until the engine ends, or is told to.
    pub(super) async fn run(mut self, status: Arc<Status>, mut stop: Stop) -> Result<(), Failure> {
        loop {
            let as_follower = self.agreement.sits_out(&self.driver);
            let ended = tokio::select! {
                biased;
                () = stop.asked() => {
                    self.consensus.stop().await;
                    return Ok(());
                }
                ended = self.consensus.ended() => ended,
                () = self.agreement.may_sign(&self.driver), if as_follower => {
                    tracing::info!(target: "consensus", height = self.agreement.held_until, "decided by the others: signs again");
                    self.consensus.stop().await;
                    self.consensus = self.agreement.start_again(&self.driver, false).await?;
                    continue;
                }
            };
            match (ended, self.consensus.refused_at()) {
                (ConsensusEnd::Asked, _) => return Ok(()),
                (ConsensusEnd::NodeGone, _) => {
                    self.consensus.stop().await;
                    // Whoever stopped the replica says why, and soon.
                    let told = tokio::time::timeout(TOLD_WITHIN, stop.asked()).await;
                    return told.map_err(|_| {
                        let message =
                            "consensus cannot read the chain, and has ended: read the log";
                        Failure::new(Exit::Fault, message)
                    });
                }
                (ConsensusEnd::Safety, _) => {
                    return hold_still(self.consensus, &status, stop).await;
                }
                (_, Some(height)) => {
                    tracing::warn!(target: "consensus", height, "has no signature to give: follows until the others have decided that height");
                    self.agreement.held_until = self.agreement.held_until.max(height);
                    self.consensus.stop().await;
                    self.consensus = self.agreement.start_again(&self.driver, true).await?;
                }
                (ConsensusEnd::Failed(reason), None) => {
                    let message =
                        format!("the consensus engine has ended: {reason}; start the node again");
                    return Err(Failure::new(Exit::Other, message));
                }
            }
        }
    }
}

/// Until the node is told to stop: starting the engine again might sign twice.
async fn hold_still(
    mut consensus: Consensus,
    status: &Status,
    mut stop: Stop,
) -> Result<(), Failure> {
    tracing::error!(
        target: "consensus",
        "the consensus engine holds still: going on might sign twice. This node answers reads and signs nothing more; see docs/validators.md before you start it again"
    );
    status.set_consensus_failure("the engine holds still for safety's sake");
    stop.asked().await;
    consensus.stop().await;
    Ok(())
}

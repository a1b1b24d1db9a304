//! This node's part in agreement between validators: engine, signer, and the node between them.
//!
//! Always: a validator's engine starts only with a signer whose record is whole; when the engine holds
//! still for safety's sake the node stays up, red, and signs nothing more.

mod application; // what the engine asks, answered by the replica's thread
mod blocks_first; // a signer elsewhere signs on durable blocks only
mod compare; // what a validator finds when it starts
mod keeper; // the second copy of the signer's record
mod keys; // the node's key, the validator's signer
mod twin; // a wait that looks for another node with the key

pub(crate) use keys::passphrase;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use argosy_chain::Chain;
use argosy_consensus::{Consensus, ConsensusConfig, ConsensusEnd, Identity, Metrics, log_height};
use argosy_driver::Driver;
use argosy_kv::Store;
use argosy_primitives::{Address, Height};
use argosy_spec::ChainSpec;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::node::reload::Named;
use crate::node::status::Status;
use crate::node::tasks::Stop;
use application::NodeApplication;
use compare::Found;
use twin::TwinWatch;

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
    metrics: Metrics,
    own: Option<Address>,
    /// The key signs nothing up to this height.
    held_until: Height,
    /// Whether another node has the key is being looked at.
    twin: Option<TwinWatch>,
}

/// The engine's log, of a validator.
fn log_file(config: &Config) -> PathBuf {
    config.data_dir.join("consensus.wal")
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
        let (signer, mut held_until) = signer.map_or((None, 0), |(it, held)| (Some(it), held));
        let own = signer.as_ref().map(|it| Address::of_key(&it.public_key()));
        let mut twin = None;
        match (&signer, &own) {
            (Some(signer), Some(own)) => {
                let mark = signer.mark().map_err(keys::no_signer)?;
                let found = Found::look(chain, config, own, mark)?;
                found.tell();
                held_until = held_until.max(found.hold());
                let heights = (found.head, found.signed.max(held_until));
                twin = (settings.watch_blocks > 0)
                    .then(|| TwinWatch::new(*own, heights, settings.watch_blocks, &spec.consensus));
            }
            (None, _) | (_, None) => {
                let head = chain.head().header.height;
                tracing::info!(
                    target: "consensus",
                    code = "consensus.without_key",
                    head,
                    "follows the others, without a key"
                );
            }
        }
        let consensus = ConsensusConfig {
            chain: genesis,
            moniker: own.map_or("follower".into(), |it| it.to_text(spec.network.hrp)),
            listen: settings.listen,
            peers: settings.peers.clone(),
            peers_only: settings.peers_only,
            connections_per_ip_max: settings.connections_per_ip_max,
            inbound_max: settings.inbound_max,
            log: log_file(config),
            block_bytes_max: (spec.limits.block_size_bytes_max as usize)
                .saturating_add(HEADER_BYTES_MAX),
            times: spec.consensus.clone(),
        };
        Ok(Agreement {
            config: consensus,
            identity: Identity { node_seed, signer },
            metrics: Metrics::default(),
            own,
            held_until,
            twin,
        })
    }

    /// The seed of the key that names this node, to all other nodes.
    pub(super) fn node_seed(&self) -> [u8; 32] {
        self.identity.node_seed
    }

    /// Whether the key must wait for heights that are not decided yet.
    fn sits_out(&self, driver: &Driver) -> bool {
        let waits = self.twin.is_some() || driver.view().head().header.height < self.held_until;
        self.own.is_some() && waits
    }

    /// Until those heights are decided, and no twin was seen. May be dropped at any time.
    async fn may_sign(&mut self, driver: &Driver) -> Result<(), Failure> {
        let mut changes = driver.changes();
        let mut height = driver.view().head().header.height;
        let mut since = Instant::now();
        while self.sits_out(driver) {
            let still = self.twin.as_ref().map_or(Duration::MAX, TwinWatch::still);
            match timeout(still.saturating_sub(since.elapsed()), changes.changed()).await {
                Ok(Ok(())) => {}
                // A node that is gone decides nothing more; who waits for this is told elsewhere.
                Ok(Err(_)) => std::future::pending::<()>().await,
                Err(_) => {
                    tracing::warn!(
                        target: "consensus",
                        code = "consensus.twin_wait_ended",
                        height,
                        "the chain stands still: waits no longer for a twin to show itself"
                    );
                    self.twin = None;
                }
            }
            let view = driver.view();
            if view.head().header.height > height {
                (height, since) = (view.head().header.height, Instant::now());
            }
            if let Some(twin) = &mut self.twin {
                twin.look(&view)?;
            }
            if self.twin.as_ref().is_some_and(TwinWatch::is_over) {
                tracing::info!(
                    target: "consensus",
                    code = "consensus.no_twin",
                    height,
                    "nobody else votes with this key"
                );
                self.twin = None;
            }
        }
        Ok(())
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
        } else {
            drop_old_log(&config.log, driver.view().next_height())?;
        }
        let refused = |error: &dyn std::fmt::Display| {
            let hint = format!("; is {} free? set p2p.listen", self.config.listen);
            Failure::new(Exit::Listen, format!("{error}{hint}"))
        };
        let metrics = self.metrics.clone();
        let started = argosy_consensus::start(&config, identity, application, metrics).await;
        let consensus = started.map_err(|error| refused(&error))?;
        tracing::info!(
            target: "consensus",
            code = "consensus.engine_started",
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

    /// What it counts.
    pub(super) fn metrics(&self) -> &Metrics {
        &self.agreement.metrics
    }

    /// Until the engine ends, or is told to. `named` tells of other nodes.
    pub(super) async fn run(
        mut self,
        status: Arc<Status>,
        mut named: watch::Receiver<Named>,
        mut stop: Stop,
    ) -> Result<(), Failure> {
        loop {
            let as_follower = self.agreement.sits_out(&self.driver);
            let ended = tokio::select! {
                biased;
                () = stop.asked() => {
                    self.consensus.stop().await;
                    return Ok(());
                }
                Ok(()) = named.changed() => {
                    let peers = named.borrow_and_update().peers.clone();
                    self.consensus.set_peers(&peers);
                    // Also for an engine that is started later.
                    self.agreement.config.peers = peers;
                    continue;
                }
                ended = self.consensus.ended() => ended,
                may = self.agreement.may_sign(&self.driver), if as_follower => {
                    if let Err(failure) = may {
                        self.consensus.stop().await;
                        return Err(failure);
                    }
                    tracing::info!(
                        target: "consensus",
                        code = "consensus.signing_begins",
                        height = self.agreement.held_until,
                        "signs from here on"
                    );
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
                    tracing::warn!(
                        target: "consensus",
                        code = "consensus.sits_out",
                        height,
                        "has no signature to give: follows until the others have decided that height"
                    );
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

/// Removes the engine's log of another height than the next: it keeps nobody to anything, and may be damaged.
fn drop_old_log(log: &Path, next: Height) -> Result<(), Failure> {
    let is_old = !matches!(log_height(log), Ok(None))
        && !matches!(log_height(log), Ok(Some(it)) if it == next);
    if !is_old {
        return Ok(());
    }
    tracing::info!(
        target: "consensus",
        code = "consensus.old_log_removed",
        log = %log.display(),
        next,
        "the engine's log is of another height: begins a new one"
    );
    std::fs::remove_file(log).map_err(Failure::other)
}

/// Until the node is told to stop: starting the engine again might sign twice.
async fn hold_still(
    mut consensus: Consensus,
    status: &Status,
    mut stop: Stop,
) -> Result<(), Failure> {
    tracing::error!(
        target: "consensus",
        code = "consensus.holds_still",
        "the consensus engine holds still: going on might sign twice. This node answers reads and signs nothing more; see docs/validators.md before you start it again"
    );
    status.set_consensus_failure("the engine holds still for safety's sake");
    stop.asked().await;
    consensus.stop().await;
    Ok(())
}

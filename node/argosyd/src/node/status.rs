//! How the node is: the checks behind `/livez`, `/readyz` and `/startupz`.
//!
//! Alive: nothing but a restart would help if it were not. Ready: it does what it is there for.

use std::fmt::Write;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use argosy_driver::Driver;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::disk::Space;

/// The replica's thread looks at its inbox every few milliseconds; a block takes a second or so. One
/// that has not for so long will not again.
const SILENT_MAX: Duration = Duration::from_secs(30);

/// Why the driver is paused of a node that is about to be stopped.
pub(super) const LEAVING: &str =
    "the node is about to be stopped (admin_prepareShutdown); ask another one";

/// A node that is more blocks behind the others is not ready.
const BEHIND_MAX: u64 = 20;

/// What is known of the node; shared by its tasks.
#[derive(Default)]
pub(super) struct Status(RwLock<Inner>);

#[derive(Default)]
struct Inner {
    phase: Phase,
    driver: Option<Driver>,
    space: Option<Space>,
    /// Whoever runs the node is about to stop it.
    is_leaving: bool,
    consensus: ConsensusState,
    /// How many nodes transactions are exchanged with.
    peers: Option<watch::Receiver<usize>>,
    /// What consensus counts.
    figures: Option<argosy_consensus::Metrics>,
}

/// How the consensus engine is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum ConsensusState {
    /// The chain has none.
    #[default]
    None,
    Runs,
    /// It does nothing any more.
    Failed(String),
}

/// Where the node is in its life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// Opening its directory.
    #[default]
    Starting,
    /// Everything runs.
    Serving,
    /// Told to stop, or failed.
    Stopping,
}

/// What is looked at. The words are the labels of `argosy_ready_check`, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Startup,
    Serving,
    Replica,
    Blocks,
    Consensus,
    Sync,
    Gossip,
    Disk,
}

impl Topic {
    /// Of a node that has all of it.
    pub(super) const OF_READY: [Topic; 7] = [
        Topic::Serving,
        Topic::Replica,
        Topic::Blocks,
        Topic::Consensus,
        Topic::Sync,
        Topic::Gossip,
        Topic::Disk,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Topic::Startup => "startup",
            Topic::Serving => "serving",
            Topic::Replica => "replica",
            Topic::Blocks => "blocks",
            Topic::Consensus => "consensus",
            Topic::Sync => "sync",
            Topic::Gossip => "gossip",
            Topic::Disk => "disk",
        }
    }
}

/// One thing that was looked at.
pub(super) struct Check {
    topic: Topic,
    holds: bool,
    told: String,
}

/// What one of the paths answers.
pub(super) struct Answer {
    /// Whether everything holds.
    pub(super) holds: bool,
    checks: Vec<Check>,
}

impl Status {
    pub(super) fn set_phase(&self, phase: Phase) {
        self.write(|inner| inner.phase = phase);
    }

    pub(super) fn set_driver(&self, driver: Driver) {
        self.write(|inner| inner.driver = Some(driver));
    }

    /// The consensus engine holds still, and must not be started again without a look at why.
    pub(super) fn set_consensus_failure(&self, reason: &str) {
        self.write(|inner| inner.consensus = ConsensusState::Failed(reason.into()));
    }

    /// The consensus engine runs, and there are other nodes.
    pub(super) fn set_consensus_runs(
        &self,
        peers: watch::Receiver<usize>,
        consensus: argosy_consensus::Metrics,
    ) {
        self.write(|inner| {
            inner.figures = Some(consensus);
            inner.consensus = ConsensusState::Runs;
            inner.peers = Some(peers);
        });
    }

    pub(super) fn set_leaving(&self, is_leaving: bool) {
        self.write(|inner| inner.is_leaving = is_leaving);
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.read(|inner| inner.is_leaving)
    }

    pub(super) fn set_space(&self, space: Space) {
        self.write(|inner| inner.space = Some(space));
    }

    /// `/livez`.
    pub(super) fn live(&self) -> Answer {
        Answer::of(vec![self.replica()])
    }

    /// `/startupz`.
    pub(super) fn started(&self) -> Answer {
        let phase = self.read(|inner| inner.phase.clone());
        Answer::of(vec![Check {
            topic: Topic::Startup,
            holds: phase != Phase::Starting,
            told: match phase {
                Phase::Starting => "opening the data directory".into(),
                Phase::Serving | Phase::Stopping => "done".into(),
            },
        }])
    }

    /// `/readyz`.
    pub(super) fn ready(&self) -> Answer {
        let mut checks = vec![self.phase(), self.replica(), self.blocks()];
        checks.extend(self.consensus());
        checks.extend(self.sync());
        checks.extend(self.gossip());
        checks.push(self.disk());
        Answer::of(checks)
    }

    /// `/version`: which program this is, and of which chain, once that is known.
    pub(super) fn version(&self) -> Value {
        let mut version = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "os": std::env::consts::OS,
            "arch": std::env::consts::ARCH,
        });
        if let Some(driver) = self.driver() {
            let view = driver.view();
            version["network"] = json!(view.spec().network.name);
            version["genesisHash"] = json!(view.genesis_hash().to_string());
        }
        version
    }

    /// Whether the consensus engine runs, on chains that have one.
    fn consensus(&self) -> Option<Check> {
        let (holds, told) = match self.read(|inner| inner.consensus.clone()) {
            ConsensusState::None => return None,
            ConsensusState::Runs => (true, "well".into()),
            ConsensusState::Failed(reason) => (false, reason),
        };
        Some(Check {
            topic: Topic::Consensus,
            holds,
            told,
        })
    }

    /// How far behind the others this node is.
    fn sync(&self) -> Option<Check> {
        let known = self.read(|inner| inner.figures.as_ref().map(|it| it.known_height()))?;
        let head = self.driver()?.view().head().header.height;
        let behind = known.saturating_sub(head);
        Some(Check {
            topic: Topic::Sync,
            holds: behind <= BEHIND_MAX,
            told: match (known, behind) {
                (0, _) => "no other validators are heard".into(),
                (_, 0..=BEHIND_MAX) => "in step".into(),
                (_, behind) => format!("{behind} blocks behind"),
            },
        })
    }

    /// With how many nodes transactions are exchanged. None is no reason to be red: then consensus
    /// lacks them, too, or will soon.
    fn gossip(&self) -> Option<Check> {
        let peers = self.read(|inner| inner.peers.as_ref().map(|it| *it.borrow()))?;
        Some(Check {
            topic: Topic::Gossip,
            holds: true,
            told: format!("{peers} peers"),
        })
    }

    fn phase(&self) -> Check {
        let phase = self.read(|inner| inner.phase.clone());
        Check {
            topic: Topic::Serving,
            holds: phase == Phase::Serving,
            told: match phase {
                Phase::Starting => "not yet: opening the data directory".into(),
                Phase::Serving => "yes".into(),
                Phase::Stopping => "no: the node is stopping".into(),
            },
        }
    }

    /// Whether the thread that owns the chain is there and well.
    fn replica(&self) -> Check {
        let (holds, told) = match self.driver() {
            None => (true, "not started yet".into()),
            Some(driver) => match (driver.fault(), driver.silent_for()) {
                (Some(fault), _) => (false, format!("failed: {fault}")),
                (None, silent) if silent > SILENT_MAX => {
                    (false, format!("silent for {} s", silent.as_secs()))
                }
                (None, _) => (true, "well".into()),
            },
        };
        Check {
            topic: Topic::Replica,
            holds,
            told,
        }
    }

    fn blocks(&self) -> Check {
        let (holds, told) = match self.driver() {
            None => (false, "none yet".into()),
            Some(driver) => match driver.paused() {
                Some(reason) => (false, format!("paused: {reason}")),
                None => (
                    true,
                    format!("height {}", driver.view().head().header.height),
                ),
            },
        };
        Check {
            topic: Topic::Blocks,
            holds,
            told,
        }
    }

    fn disk(&self) -> Check {
        let space = self.read(|inner| inner.space);
        Check {
            topic: Topic::Disk,
            holds: space.is_none_or(Space::is_enough),
            told: space.map_or("not looked at yet".into(), |it| {
                format!("{} MiB free", it.free_bytes / (1024 * 1024))
            }),
        }
    }

    /// Free bytes on the disk, if somebody looked.
    pub(super) fn free_bytes(&self) -> Option<u64> {
        self.read(|inner| inner.space.map(|it| it.free_bytes))
    }

    fn driver(&self) -> Option<Driver> {
        self.read(|inner| inner.driver.clone())
    }

    fn read<T>(&self, read: impl FnOnce(&Inner) -> T) -> T {
        read(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, write: impl FnOnce(&mut Inner)) {
        write(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Answer {
    fn of(checks: Vec<Check>) -> Answer {
        Answer {
            holds: checks.iter().all(|it| it.holds),
            checks,
        }
    }

    /// What was looked at, and whether it is as it should be.
    pub(super) fn checks(&self) -> impl Iterator<Item = (Topic, bool)> {
        self.checks.iter().map(|it| (it.topic, it.holds))
    }

    /// All checks if `verbose`, otherwise those that fail.
    fn shown(&self, verbose: bool) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |it| verbose || !it.holds)
    }

    /// The same for programs.
    pub(super) fn json(&self, verbose: bool) -> Value {
        let check =
            |it: &Check| json!({"check": it.topic.as_str(), "holds": it.holds, "told": it.told});
        let checks: Vec<Value> = self.shown(verbose).map(check).collect();
        json!({"holds": self.holds, "checks": checks})
    }

    /// A line per check if `verbose`, and one in all.
    pub(super) fn text(&self, verbose: bool) -> String {
        let mut text = String::new();
        for check in self.shown(verbose) {
            let mark = if check.holds { '+' } else { '-' };
            // Writing to a string does not fail.
            let _ = writeln!(text, "[{mark}] {}: {}", check.topic.as_str(), check.told);
        }
        text + if self.holds { "ok\n" } else { "not ok\n" }
    }
}

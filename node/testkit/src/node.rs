//! One validator: the engine's core, the replica, and what is around them, one task at a time.
//!
//! ```text
//! down ──boot──► process ──start──► engine ──refused──► follower ──head is there──► engine
//!   ▲               │                  │
//!   └────crash──────┴──────────────────┘    the disk stays
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use argosy_bft::{BftContext, engine_certificate, target_time, timeouts};
use argosy_chain::{Chain, Engine};
use argosy_primitives::Height;
use argosy_replica::{BlockMode, Config, Event, Replica};
use argosy_spec::ChainSpec;
use malachitebft_core_consensus::{Input, LivenessMsg, PeerId, SignedConsensusMsg, State};
use malachitebft_core_types::ValueResponse;
use malachitebft_metrics::Metrics;

use crate::agenda::Millis;
use crate::agent::Agent;
use crate::disk::{Disk, Memory};
use crate::edge::{Edge, EngineState, Me};
use crate::outcome::Counts;
use crate::random::Random;
use crate::sync::Sync;
use crate::task::{Ask, Message, Out, Synced, Task};

/// Why a node does not go on with what it was at.
pub(crate) enum Stop {
    /// It lost its memory.
    Crash,
    /// Its engine has ended.
    Engine(String),
    /// Its engine holds still for safety's sake, and so does the node from then on.
    Safety(String),
}

/// What all nodes share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) spec: Arc<ChainSpec>,
    pub(crate) engine: Arc<Engine>,
}

/// A validator.
pub(crate) struct Node {
    pub(crate) core: Option<State<BftContext>>,
    pub(crate) metrics: Metrics,
    shared: Shared,
    pub(crate) edge: Edge,
    /// Tells what was meant for an earlier life.
    pub(crate) epoch: u64,
    /// Steps until it crashes, and how long it is down then.
    pub(crate) fuse: Option<(u64, Millis)>,
    pub(crate) as_follower: bool,
    /// The key signs nothing up to there.
    pub(crate) held_until: Height,
}

impl Node {
    pub(crate) fn new(me: Me, shared: Shared) -> Node {
        let times = &shared.spec.consensus;
        let target = target_time(times);
        Node {
            core: None,
            metrics: Metrics::new(),
            edge: Edge {
                agent: Agent::new(me.context.chain, 0),
                me,
                disk: Disk::new(),
                replica: None,
                sync: Sync::default(),
                out: Vec::new(),
                now: 0,
                engine: EngineState::new(timeouts(times), target),
                logs_first: true,
                blocks_first: true,
                misdeed: None,
                failed: None,
                refused_at: None,
                counts: Counts::default(),
            },
            shared,
            epoch: 0,
            fuse: None,
            as_follower: false,
            held_until: 0,
        }
    }

    /// The last height that is committed here; none while the process is down.
    pub(crate) fn head(&self) -> Option<Height> {
        let chain = self.edge.chain().ok()?;
        Some(chain.head().header.height)
    }

    pub(crate) fn is_up(&self) -> bool {
        self.edge.replica.is_some()
    }

    /// Starts the process on what the disk has.
    pub(crate) fn boot(&mut self) -> Result<(), Stop> {
        let Shared { spec, engine } = self.shared.clone();
        let store = Arc::clone(&self.edge.disk.store);
        let chain = match Chain::open_with(store, spec, engine) {
            Ok(chain) => chain,
            Err(error) => {
                self.edge.failed = Some(format!("the chain does not open: {error}"));
                return Ok(());
            }
        };
        let head = chain.head().header.height;
        let signed = self.edge.disk.record.last().map_or(0, |it| it.at.height);
        self.held_until = match signed > head.saturating_add(1) {
            true => signed,
            false => 0,
        };
        if self.held_until > 0 {
            self.edge.out.push(Out::Absent(self.held_until));
        }
        let config = Config {
            blocks: BlockMode::Agreed,
            pool: argosy_mempool::Limits::default(),
            proposer: self.edge.me.address,
            txs_per_block_max: 100,
            verify_own: true,
            quarantined: BTreeSet::new(),
        };
        self.edge.replica = Some(Replica::new(chain, config));
        self.start_engine()
    }

    /// Takes the memory, and from the disk what was not synced.
    pub(crate) fn crash(&mut self, memory: Memory, random: &mut Random) {
        self.core = None;
        self.edge.replica = None;
        self.edge.out.clear();
        self.edge.disk.crash(memory, random);
        self.epoch += 1;
        self.fuse = None;
    }

    /// Does one thing; what follows is in `edge.out`.
    pub(crate) fn handle(&mut self, now: Millis, task: Task) -> Result<(), Stop> {
        self.edge.now = now;
        match self.perform(task) {
            Err(Stop::Engine(why)) => match self.edge.refused_at.take() {
                // It lives on without a key until the others have decided that height.
                Some(height) => {
                    self.held_until = self.held_until.max(height);
                    self.stop_engine();
                    self.edge.out.push(Out::Absent(self.held_until));
                }
                None => self.edge.failed = Some(why),
            },
            Err(Stop::Safety(why)) => self.edge.failed = Some(why),
            Err(Stop::Crash) => return Err(Stop::Crash),
            Ok(()) => {}
        }
        let is_decided = self.head().is_some_and(|it| it >= self.held_until);
        if self.as_follower && is_decided && self.core.is_some() {
            self.stop_engine();
        }
        Ok(())
    }

    fn perform(&mut self, task: Task) -> Result<(), Stop> {
        let height = self.core.as_ref().map(|it| it.height().0);
        match (task, height) {
            (Task::Engine, _) => self.start_engine(),
            (Task::Submit(tx), _) => {
                let done = self.edge.step(Event::Submitted { tx: tx.0 });
                self.note(done.map(drop));
                Ok(())
            }
            // Nobody is there who could take it.
            (_, None) => Ok(()),
            (Task::Deliver { from, message }, Some(height)) => self.deliver(from, message, height),
            (Task::Ask(ask), _) => {
                self.burn()?;
                let done = self.edge.answer(ask);
                self.note(done);
                self.burn()
            }
            (Task::Timeout(key, number), _) => match self.edge.engine.elapsed(key, number) {
                Some(timeout) => self.process(Input::TimeoutElapsed(timeout)),
                None => Ok(()),
            },
            (Task::Start { is_restart }, _) => self.start_height(is_restart),
            (Task::Value(value, origin), _) => self.process(Input::ProposedValue(value, origin)),
            (Task::Propose(value), _) => self.process(Input::Propose(value)),
            (Task::SyncValue(from, value), _) => self.sync_value(from, value),
            (Task::SyncFault(height), _) => {
                self.edge.sync_fault(height);
                Ok(())
            }
            (Task::SyncDeadline(id), Some(height)) => {
                self.edge.sync_deadline(id, height);
                Ok(())
            }
            (Task::Decided(height), _) => {
                self.edge.sync_decided(height);
                Ok(())
            }
            (Task::Status, _) => {
                self.edge.tell_status();
                Ok(())
            }
        }
    }

    fn deliver(&mut self, from: usize, message: Message, height: Height) -> Result<(), Stop> {
        match message {
            Message::Consensus(SignedConsensusMsg::Vote(vote))
            | Message::Liveness(LivenessMsg::Vote(vote)) => self.process(Input::Vote(vote)),
            Message::Consensus(SignedConsensusMsg::Proposal(proposal)) => {
                self.process(Input::Proposal(proposal))
            }
            Message::Liveness(LivenessMsg::PolkaCertificate(certificate)) => {
                self.process(Input::PolkaCertificate(certificate))
            }
            Message::Liveness(LivenessMsg::SkipRoundCertificate(certificate)) => {
                self.process(Input::RoundCertificate(certificate))
            }
            Message::Part(part) => {
                self.edge.out.push(Out::Ask(Ask::Part { from, part }));
                Ok(())
            }
            Message::Status { tip } => {
                self.edge.sync_status(from, tip, height);
                Ok(())
            }
            Message::Request { id, first, last } => {
                self.edge.out.push(Out::Ask(Ask::Blocks {
                    to: from,
                    id,
                    first,
                    last,
                }));
                Ok(())
            }
            Message::Response { id, blocks } => {
                self.edge.sync_response((from, id), blocks, height);
                Ok(())
            }
        }
    }

    fn sync_value(&mut self, from: usize, value: Synced) -> Result<(), Stop> {
        let index = u8::try_from(from).unwrap_or(u8::MAX);
        // A multihash of one byte, as it is.
        let peer = PeerId::from_bytes(&[0, 1, index]).expect("these bytes name a peer");
        let certificate = engine_certificate(value.certificate);
        let response = ValueResponse::new(peer, value.bytes.into(), certificate);
        self.process(Input::SyncValueResponse(response))
    }

    fn burn(&mut self) -> Result<(), Stop> {
        match burns(&mut self.fuse) {
            true => Err(Stop::Crash),
            false => Ok(()),
        }
    }

    fn note(&mut self, done: Result<(), String>) {
        if let Err(why) = done {
            self.edge.failed = Some(why);
        }
    }
}

/// One step more; `true`: the last one.
pub(crate) fn burns(fuse: &mut Option<(u64, Millis)>) -> bool {
    let Some((steps, _)) = fuse else {
        return false;
    };
    *steps = steps.saturating_sub(1);
    *steps == 0
}

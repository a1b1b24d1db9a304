//! The engine of a node around its core: starting and ending it, its log, what goes into it.

use std::time::Duration;

use argosy_bft::{BftContext, BlockHeight, ValidatorAddress};
use malachitebft_core_consensus::{Error, Input, Params, State, process};
use malachitebft_core_types::{ValidatorSet, ValuePayload, VoteExtensionPolicy};
use malachitebft_metrics::Metrics;

use crate::agenda::Millis;
use crate::agent::Agent;
use crate::edge::reason;
use crate::node::{Node, Stop, burns};
use crate::sync::Sync;
use crate::task::{Out, Task};

/// An engine that ended is started again after this.
const AGAIN_AFTER: Millis = 250;
/// The engine measures by a clock of its own when a height is done: for it, never.
const NEVER: Duration = Duration::from_secs(1 << 32);

impl Node {
    /// Starts the engine at the height after the head.
    pub(crate) fn start_engine(&mut self) -> Result<(), Stop> {
        let head = self.head().unwrap_or_default();
        self.as_follower = head < self.held_until;
        self.edge.counts.followed += u64::from(self.as_follower);
        self.edge.agent = Agent::new(self.edge.me.context.chain, self.edge.now);
        self.edge.sync = Sync::default();
        self.metrics = Metrics::new();
        self.edge.clear_timers();
        self.edge.refused_at = None;
        self.edge.tell_status();
        self.start_height(false)
    }

    /// Ends the engine, which is started again soon; the replica goes on.
    pub(crate) fn stop_engine(&mut self) {
        self.core = None;
        self.edge.clear_timers();
        let has_left = |it: &Out| !matches!(it, Out::After(..) | Out::Ask(_));
        self.edge.out.retain(has_left);
        self.epoch += 1;
        self.edge.out.push(Out::After(AGAIN_AFTER, Task::Engine));
    }

    /// The engine begins a height, with what its log has of it.
    pub(crate) fn start_height(&mut self, is_restart: bool) -> Result<(), Stop> {
        let (height, members) = match self.edge.enter() {
            Ok(entered) => entered,
            Err(why) => {
                self.edge.failed = Some(why);
                return Ok(());
            }
        };
        let own = ValidatorAddress(self.edge.me.address);
        let params = Params {
            address: own,
            threshold_params: Default::default(),
            value_payload: ValuePayload::ProposalAndParts,
            enabled: !self.as_follower,
        };
        let (context, at) = (self.edge.me.context, BlockHeight(height));
        self.core.get_or_insert_with(|| {
            // The sizes of its queues are those of `consensus`.
            State::new(context, at, members.clone(), params, 10, 4_096)
        });
        let is_validator = !self.as_follower && members.get_by_address(&own).is_some();
        self.edge.engine.is_validator = is_validator;
        self.edge.engine.height_began = self.edge.now;
        let log = &mut self.edge.disk.log;
        let entries = match (is_validator, is_restart) {
            (true, false) => log.start(height),
            (true, true) => {
                log.reset(height);
                Vec::new()
            }
            // A follower has a log of its own, which stays empty.
            (false, _) => Vec::new(),
        };
        self.edge.counts.begun_anew += u64::from(is_restart);
        self.edge.counts.replayed += entries.len() as u64;
        let target = self.edge.engine.target.map(|_| NEVER);
        let policy = VoteExtensionPolicy::Disabled;
        self.process(Input::StartHeight(at, members, is_restart, target, policy))?;
        if !entries.is_empty() {
            self.replay(entries)?;
        }
        self.edge.sync_started(height);
        Ok(())
    }

    fn replay(&mut self, entries: Vec<Input<BftContext>>) -> Result<(), Stop> {
        if let Some(core) = &mut self.core {
            core.record_recovered_own_precommit_extensions(&entries);
            core.index_wal_entries(&entries);
        }
        self.edge.engine.is_recovering = true;
        let replayed = entries.into_iter().try_for_each(|it| self.process(it));
        self.edge.engine.is_recovering = false;
        if let Some(core) = &mut self.core {
            core.reset_entries_index();
        }
        replayed.map_err(|stop| match stop {
            Stop::Engine(why) => Stop::Safety(format!("the log cannot be applied: {why}")),
            Stop::Crash | Stop::Safety(_) => stop,
        })
    }

    /// Gives the core something, and does what it wants until it is content.
    pub(crate) fn process(&mut self, input: Input<BftContext>) -> Result<(), Stop> {
        let (edge, fuse) = (&mut self.edge, &mut self.fuse);
        let Some(core) = &mut self.core else {
            return Ok(());
        };
        let done: Result<(), Error<BftContext>> = process!(
            input: input,
            state: core,
            metrics: &self.metrics,
            with: effect => {
                if burns(fuse) {
                    return Err(Stop::Crash);
                }
                edge.perform(effect)
            }
        );
        done.map_err(|error| Stop::Engine(reason(&error)))
    }
}

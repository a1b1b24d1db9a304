//! The run: nodes, a network between them, and one agenda for all.

use std::sync::Arc;

use argosy_bft::BftContext;
use argosy_chain::Engine;
use argosy_primitives::{Address, Evidence, Height, blake3};

use crate::agenda::{Agenda, Millis};
use crate::chain::{ACCOUNTS, Deed, spec, transaction, validator_key};
use crate::edge::Me;
use crate::node::{Node, Shared, Stop};
use crate::outcome::{Counts, Outcome};
use crate::plan::{NODES, Plan};
use crate::random::Random;
use crate::task::{Commit, Message, Out, Task, Tx};
use crate::watch::{Violation, Watch};

/// Between two transactions, at most.
const LOAD_EVERY: Millis = 400;
/// Transactions that are large, of a hundred.
const UPLOADS_PERCENT: u64 = 4;
/// Clocks are that far off, at most.
const CLOCK_OFF_MS: u64 = 800;

/// What can happen in a run.
pub(crate) enum Event {
    Node(usize, u64, Task),
    /// On its way, whoever lives there by then.
    Message(usize, usize, Message),
    /// A node is about to crash.
    Doom(usize),
    Up(usize),
    Heal,
    Load,
}

/// Hears each line of a run.
pub type Tell = Box<dyn FnMut(&str)>;

/// A run under way.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) agenda: Agenda<Event>,
    pub(crate) random: Random,
    pub(crate) nodes: Vec<Node>,
    /// When each node's application has time for the next question.
    free: [Millis; NODES],
    pub(crate) watch: Watch,
    pub(crate) counts: Counts,
    trace: [u8; 32],
    /// What all must reach, once all is well.
    goal: Option<Height>,
    violation: Option<Violation>,
    tell: Option<Tell>,
}

/// Runs a plan to its end, or to the first violation.
pub fn run(plan: &Plan) -> Outcome {
    run_told(plan, None)
}

/// As [`run`], and tells each thing that happens, in a line.
pub fn run_told(plan: &Plan, tell: Option<Tell>) -> Outcome {
    let mut world = World::new(plan.clone(), tell);
    world.begin();
    while world.violation.is_none() && !world.is_done() {
        let Some(event) = world.agenda.next() else {
            break;
        };
        world.happen(event);
        world.check_patience();
    }
    world.finish()
}

impl World {
    fn new(plan: Plan, tell: Option<Tell>) -> World {
        let mut random = Random::new(plan.seed ^ 0x5eed);
        let spec = Arc::new(spec(plan.powers));
        let shared = Shared {
            engine: Arc::new(Engine::new(&spec)),
            spec: Arc::clone(&spec),
        };
        let chain = spec.genesis_hash();
        let nodes = plan.misdeeds.iter().enumerate().map(|(index, misdeed)| {
            let key = validator_key(index);
            let me = Me {
                address: Address::of_key(&key.public()),
                key,
                context: BftContext { chain },
                clock_ms: spec.genesis.time_ms + 10_000 + random.below(CLOCK_OFF_MS),
            };
            let mut node = Node::new(me, shared.clone());
            node.edge.misdeed = *misdeed;
            node.edge.logs_first = plan.logs_first;
            node.edge.blocks_first = plan.blocks_first;
            node
        });
        let nodes = nodes.collect();
        World {
            nodes,
            agenda: Agenda::new(),
            random,
            free: [0; NODES],
            watch: Watch::new(chain),
            counts: Counts::default(),
            trace: [0; 32],
            goal: None,
            violation: None,
            tell,
            plan,
        }
    }

    fn begin(&mut self) {
        for node in 0..NODES {
            let at = self.random.below(500);
            self.agenda.at(at, Event::Up(node));
        }
        for (index, crash) in self.plan.crashes.iter().enumerate() {
            self.agenda.at(crash.at_ms, Event::Doom(index));
        }
        self.agenda.at(self.plan.heal_ms, Event::Heal);
        self.agenda.at(0, Event::Load);
    }

    pub(crate) fn is_healed(&self) -> bool {
        self.goal.is_some()
    }

    fn is_done(&self) -> bool {
        let has = |node: &Node, goal| node.head().is_some_and(|it| it >= goal);
        let reached = |goal| self.honest().all(|it| has(it, goal));
        self.goal.is_some_and(reached)
    }

    /// Those who keep to the rules.
    fn honest(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|it| it.edge.misdeed.is_none())
    }

    pub(crate) fn is_honest(&self, node: usize) -> bool {
        self.plan.misdeeds[node].is_none()
    }

    fn happen(&mut self, event: Event) {
        self.counts.events += 1;
        match event {
            Event::Node(node, epoch, task) => {
                if self.nodes[node].epoch == epoch {
                    self.act(node, task);
                }
            }
            Event::Message(from, to, message) => {
                if self.nodes[to].is_up() {
                    self.act(to, Task::Deliver { from, message });
                }
            }
            Event::Doom(index) => {
                let crash = self.plan.crashes[index];
                if self.nodes[crash.node].is_up() && !self.is_healed() {
                    self.nodes[crash.node].fuse = Some((crash.steps, crash.down_ms));
                }
            }
            Event::Up(node) => {
                self.note(&format!("up {node}"));
                self.nodes[node].edge.now = self.agenda.now();
                let done = self.nodes[node].boot();
                self.follow(node, done);
            }
            Event::Heal => self.heal(),
            Event::Load => self.load(),
        }
    }

    fn act(&mut self, node: usize, task: Task) {
        self.note(&format!("{node} {task:?}"));
        let done = self.nodes[node].handle(self.agenda.now(), task);
        self.follow(node, done);
    }

    /// Does what a node wants of the world; a node that crashed wanted it before.
    fn follow(&mut self, node: usize, done: Result<(), Stop>) {
        let wants = std::mem::take(&mut self.nodes[node].edge.out);
        for out in wants {
            self.carry_out(node, out);
        }
        let failed = self.nodes[node].edge.failed.take();
        match done {
            Ok(()) => failed.into_iter().for_each(|it| self.broken(node, it)),
            Err(Stop::Crash) => self.crash(node),
            Err(Stop::Engine(reason) | Stop::Safety(reason)) => self.broken(node, reason),
        }
    }

    /// What a node that is not honest fails of is its own affair.
    fn broken(&mut self, node: usize, reason: String) {
        if self.is_honest(node) {
            self.accuse(Violation::Broken { node, reason });
        }
    }

    fn carry_out(&mut self, node: usize, out: Out) {
        let (now, epoch) = (self.agenda.now(), self.nodes[node].epoch);
        match out {
            Out::After(wait, task) => {
                let at = now.saturating_add(wait);
                self.agenda.at(at, Event::Node(node, epoch, task));
            }
            Out::Ask(ask) => {
                // One question at a time, each takes a while.
                let at = self.free[node].max(now) + self.random.between(1, 4);
                self.free[node] = at;
                self.agenda.at(at, Event::Node(node, epoch, Task::Ask(ask)));
            }
            Out::Send { to, message } => self.send(node, to, message),
            Out::Committed(commit) => self.committed(node, &commit),
            Out::Absent(height) => {
                self.note(&format!("{node} sits out {height}"));
                let is_open = self.watch.agreed(height).is_none();
                self.counts.sat_out_open += u64::from(is_open && self.is_honest(node));
            }
            Out::Tell(line) => self.note(&format!("{node} {line}")),
        }
    }

    fn committed(&mut self, node: usize, commit: &Commit) {
        if !self.is_honest(node) {
            return;
        }
        let header = &commit.header;
        self.note(&format!(
            "{node} committed {} {}",
            header.height,
            header.hash()
        ));
        self.counts.blocks += 1;
        self.counts.transactions += commit.transactions as u64;
        self.counts.evidence += commit.evidence.len() as u64;
        self.counts.synced += u64::from(commit.was_synced);
        self.counts.round_max = self.counts.round_max.max(commit.certificate.round);
        for accused in commit.evidence.iter().map(accused_by) {
            let is_accused = |it: &&Node| it.edge.me.address == accused;
            if self.honest().any(|it| is_accused(&it)) {
                let height = header.height;
                self.accuse(Violation::Framed { height, accused });
            }
        }
        let Commit {
            certificate,
            deciders,
            ..
        } = commit;
        if let Err(violation) = self.watch.committed(node, header, certificate, deciders) {
            self.accuse(violation);
        }
    }

    fn crash(&mut self, node: usize) {
        self.note(&format!("{node} crashes"));
        self.counts.crashes += 1;
        let down_ms = self.nodes[node].fuse.map_or(0, |(_, down_ms)| down_ms);
        self.nodes[node].crash(self.plan.memory, &mut self.random);
        self.free[node] = 0;
        let up = self.agenda.now() + down_ms;
        self.agenda.at(up, Event::Up(node));
    }

    /// From now on nothing goes wrong any more.
    fn heal(&mut self) {
        self.note("heal");
        for node in &mut self.nodes {
            node.fuse = None;
        }
        let highest = self.honest().filter_map(Node::head).max();
        let goal = highest.unwrap_or_default() + self.plan.heights_after;
        self.goal = Some(goal);
    }

    fn check_patience(&mut self) {
        let waited_ms = self.agenda.now().saturating_sub(self.plan.heal_ms);
        if let Some(expected) = self.goal
            && waited_ms > self.plan.patience_ms
        {
            let heights = self.heights();
            self.accuse(Violation::Stalled {
                heights,
                expected,
                waited_ms,
            });
        }
    }

    fn heights(&self) -> Vec<Height> {
        let head = |it: &Node| it.head().unwrap_or_default();
        self.nodes.iter().map(head).collect()
    }

    /// Somebody sends something to everybody who is up.
    fn load(&mut self) {
        let next = self.agenda.now() + self.random.between(1, LOAD_EVERY);
        self.agenda.at(next, Event::Load);
        let from = self.random.index(ACCOUNTS);
        let (to, amount) = (self.random.index(ACCOUNTS), self.random.between(1, 1_000));
        let deed = match self.random.percent(UPLOADS_PERCENT) {
            true => Deed::Upload { byte: amount as u8 },
            false => Deed::Give { to, amount },
        };
        // As the node that is furthest sees it.
        let ahead = self.nodes.iter().max_by_key(|it| it.head());
        let chain = ahead.and_then(|it| it.edge.chain().ok());
        let Some(tx) = chain.and_then(|it| transaction(&it.view(), from, deed)) else {
            return;
        };
        for node in 0..NODES {
            if self.nodes[node].is_up() {
                self.act(node, Task::Submit(Tx(Arc::clone(&tx))));
            }
        }
    }

    fn note(&mut self, line: &str) {
        let line = format!("{} {line}", self.agenda.now());
        let mut bytes = self.trace.to_vec();
        bytes.extend_from_slice(line.as_bytes());
        self.trace = blake3(&bytes);
        if let Some(tell) = &mut self.tell {
            tell(&line);
        }
    }

    pub(crate) fn accuse(&mut self, violation: Violation) {
        self.violation.get_or_insert(violation);
    }

    fn finish(self) -> Outcome {
        let heights = self.heights();
        let honest = self.honest().map(|it| it.edge.counts);
        let counts = honest.fold(self.counts, Counts::and);
        Outcome {
            trace: self.trace,
            heights,
            violation: self.violation,
            ended_ms: self.agenda.now(),
            counts,
        }
    }
}

fn accused_by(evidence: &Evidence) -> Address {
    match evidence {
        Evidence::DuplicateVote { first, .. } => first.vote.validator,
        Evidence::DuplicateProposal { first, .. } => first.proposal.proposer,
    }
}

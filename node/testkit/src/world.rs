//! The run: nodes, a network between them, and one agenda for all.

use std::sync::Arc;

use argosy_bft::BftContext;
use argosy_chain::Engine;
use argosy_primitives::{
    Action, Address, Evidence, Height, Nonce, SecretKey, Transaction, VerifiedTransaction, blake3,
};
use argosy_signer::{Position, Step};
use argosy_spec::{Agreement, ChainSpec, GenesisAccount, GenesisValidator};
use malachitebft_core_consensus::{LivenessMsg, SignedConsensusMsg};

use crate::agenda::{Agenda, Millis};
use crate::edge::Me;
use crate::node::{Node, Shared, Stop, our_proposal, our_vote};
use crate::outcome::{Counts, Outcome};
use crate::plan::{NODES, Plan};
use crate::random::Random;
use crate::task::{Commit, Message, Out, Task, Tx};
use crate::watch::{Violation, Watch};

/// Accounts that send to each other.
const ACCOUNTS: u8 = 6;
/// Between two transactions, at most.
const LOAD_EVERY: Millis = 400;
/// Clocks are that far off, at most.
const CLOCK_OFF_MS: u64 = 800;

enum Event {
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
    plan: Plan,
    agenda: Agenda<Event>,
    random: Random,
    nodes: Vec<Node>,
    /// When each node's application has time for the next question.
    free: [Millis; NODES],
    watch: Watch,
    counts: Counts,
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
        let spec = Arc::new(spec());
        let shared = Shared {
            engine: Arc::new(Engine::new(&spec)),
            spec: Arc::clone(&spec),
        };
        let chain = spec.genesis_hash();
        let nodes = plan.misdeeds.iter().enumerate().map(|(index, misdeed)| {
            let key = key(index);
            let me = Me {
                address: Address::of_key(&key.public()),
                key,
                context: BftContext { chain },
                clock_ms: spec.genesis.time_ms + 10_000 + random.below(CLOCK_OFF_MS),
            };
            let mut node = Node::new(me, shared.clone());
            node.edge.misdeed = *misdeed;
            node.edge.logs_first = plan.logs_first;
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

    fn is_healed(&self) -> bool {
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

    fn is_honest(&self, node: usize) -> bool {
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
            Out::Tell(line) => self.note(&format!("{node} {line}")),
        }
    }

    fn send(&mut self, from: usize, to: Option<usize>, message: Message) {
        if self.is_honest(from) {
            self.check_signed(from, &message);
        }
        let others = (0..NODES).filter(|it| *it != from);
        for to in others.filter(|it| to.is_none_or(|to| to == *it)) {
            for message in self.nodes[from].edge.bend(to, message.clone()) {
                self.transmit(from, to, &message);
            }
        }
    }

    fn transmit(&mut self, from: usize, to: usize, message: &Message) {
        let lost = self.random.percent(self.plan.loss_percent);
        let twice = self.random.percent(self.plan.duplicate_percent);
        let connects = self.plan.connects(from, to, self.agenda.now());
        if !self.is_healed() && (lost || !connects) {
            self.counts.lost += 1;
            return;
        }
        for _ in 0..=usize::from(twice && !self.is_healed()) {
            let at = self.agenda.now() + self.delay();
            self.agenda
                .at(at, Event::Message(from, to, message.clone()));
        }
    }

    fn delay(&mut self) -> Millis {
        let (shortest, longest) = self.plan.delay_ms;
        let usual = self.random.between(shortest, longest);
        match self.random.percent(self.plan.slow_percent) && !self.is_healed() {
            true => usual.saturating_mul(10),
            false => usual,
        }
    }

    /// What a node says by its own key.
    fn check_signed(&mut self, node: usize, message: &Message) {
        let (at, hash) = match message {
            Message::Consensus(SignedConsensusMsg::Vote(vote))
            | Message::Liveness(LivenessMsg::Vote(vote)) => {
                let vote = our_vote(vote).vote;
                let at = (vote.height, vote.round, Step::from(vote.kind));
                (at, vote.sign_hash())
            }
            Message::Consensus(SignedConsensusMsg::Proposal(proposal)) => {
                let proposal = our_proposal(proposal).proposal;
                // Others' proposals are passed on in late rounds.
                if proposal.proposer != self.nodes[node].edge.me.address {
                    return;
                }
                let at = (proposal.height, proposal.round, Step::Proposal);
                (at, proposal.sign_hash())
            }
            Message::Liveness(_)
            | Message::Part(_)
            | Message::Status { .. }
            | Message::Request { .. }
            | Message::Response { .. } => return,
        };
        let (height, round, step) = at;
        let at = Position {
            height,
            round,
            step,
        };
        if let Err(violation) = self.watch.signed(node, at, hash) {
            self.accuse(violation);
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
        let from = self.random.index(usize::from(ACCOUNTS));
        let Some(tx) = self.transfer(from) else {
            return;
        };
        for node in 0..NODES {
            if self.nodes[node].is_up() {
                self.act(node, Task::Submit(Tx(Arc::clone(&tx))));
            }
        }
    }

    /// The next transaction of an account, as the node that is furthest sees it.
    fn transfer(&mut self, from: usize) -> Option<Arc<VerifiedTransaction>> {
        let to = account(self.random.index(usize::from(ACCOUNTS)));
        let amount = u128::from(self.random.between(1, 1_000));
        let ahead = self.nodes.iter().max_by_key(|it| it.head())?;
        let view = ahead.edge.chain().ok()?.view();
        let key = account(from);
        let sender = Address::of_key(&key.public());
        let nonce: Nonce = view.account(&sender).ok()??.nonce;
        let transaction = Transaction {
            chain: view.genesis_hash(),
            signer: key.public(),
            nonce,
            valid_until: view.next_height() + 50,
            gas_limit: 200_000,
            max_gas_price: 1_000_000,
            tip: 1,
            deposit_max: 0,
            actions: vec![Action::Transfer {
                to: Address::of_key(&to.public()),
                amount,
            }],
        };
        transaction.sign(&key).verify().ok().map(Arc::new)
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

    fn accuse(&mut self, violation: Violation) {
        self.violation.get_or_insert(violation);
    }

    fn finish(self) -> Outcome {
        let heights = self.heights();
        let refused = self.nodes.iter().map(|it| it.edge.refusals).sum();
        Outcome {
            trace: self.trace,
            heights,
            violation: self.violation,
            ended_ms: self.agenda.now(),
            counts: Counts {
                refused,
                ..self.counts
            },
        }
    }
}

fn accused_by(evidence: &Evidence) -> Address {
    match evidence {
        Evidence::DuplicateVote { first, .. } => first.vote.validator,
        Evidence::DuplicateProposal { first, .. } => first.proposal.proposer,
    }
}

/// The key of a validator.
fn key(index: usize) -> SecretKey {
    SecretKey::generate_from([u8::try_from(index).unwrap_or(0) + 1; 32])
}

/// The key of an account.
fn account(index: usize) -> SecretKey {
    SecretKey::generate_from([u8::try_from(index).unwrap_or(0) + 101; 32])
}

/// A small, fast chain of four validators.
fn spec() -> ChainSpec {
    let mut spec = ChainSpec::dev();
    spec.protocol.agreement = Agreement::Bft;
    let funded = |index| GenesisAccount {
        name: None,
        address: Address::of_key(&account(index).public()),
        balance: 1 << 70,
    };
    spec.genesis.accounts = (0..usize::from(ACCOUNTS)).map(funded).collect();
    let validator = |index| GenesisValidator {
        name: None,
        key: key(index).public(),
        power: 10,
    };
    spec.genesis.validators = (0..NODES).map(validator).collect();
    let times = &mut spec.consensus;
    times.target_time_ms = 250;
    times.propose_timeout_ms = 500;
    times.propose_timeout_delta_ms = 250;
    times.vote_timeout_ms = 250;
    times.vote_timeout_delta_ms = 125;
    times.absence_blocks = 16;
    spec
}

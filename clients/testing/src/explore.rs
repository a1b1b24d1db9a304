//! Random messages to a contract, after each of which a promise must hold; and the shortest sequence that
//! breaks it.
//!
//! ```text
//! mark ─► message, promise, message, promise, … broken! ─► back, the same without one of them, again …
//! ```
//!
//! Messages that the contract refuses are part of it: a promise must survive them, too.

use std::fmt;

use argosy_primitives::Balance;
use argosy_vm_abi::schema::MessageKind;
use serde_json::Value;

use crate::contract::Contract;
use crate::error::WorldError;
use crate::random::{Maker, Random};
use crate::world::{Person, World};

/// So often a broken sequence is tried with one message less.
const ATTEMPTS_MAX: u32 = 500;

/// Which messages are sent.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// The same seed sends the same messages.
    pub seed: u64,
    /// How many.
    pub steps: u32,
    /// Who sends them.
    pub people: Vec<Person>,
    /// Methods to call, by name; none: all that there are.
    pub methods: Vec<String>,
    /// To methods that take funds, at most so much is sent along.
    pub funds_max: Balance,
    /// Between two messages pass up to so many milliseconds more.
    pub pause_ms_max: u64,
}

/// A message that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// By whom.
    pub by: Person,
    /// Which method.
    pub method: String,
    /// With which arguments.
    pub args: Value,
    /// What was sent along.
    pub funds: Balance,
    /// How long after the message before it, besides a second.
    pub pause_ms: u64,
}

/// What an exploration saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Explored {
    /// Messages that succeeded.
    pub succeeded: u32,
    /// Messages that the contract, or the chain, refused.
    pub failed: u32,
}

/// A promise was broken.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// By these messages, none of which could be left out; without any it was broken from the beginning.
    #[error("{why}, after:{}", lines(.messages))]
    Promise {
        /// What the promise says.
        why: String,
        /// Sent in this order to the contract as it was at first.
        messages: Vec<Sent>,
    },
    /// Proptest could not make a sequence.
    #[error("no messages could be made: {0}")]
    Unmade(String),
    /// The test itself cannot go on.
    #[error(transparent)]
    World(#[from] WorldError),
}

fn lines(messages: &[Sent]) -> String {
    if messages.is_empty() {
        return " nothing at all".to_owned();
    }
    messages.iter().map(|it| format!("\n  {it}")).collect()
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (by, method, args) = (self.by.name(), &self.method, &self.args);
        write!(f, "{by}: {method} {args}")?;
        if self.funds > 0 {
            write!(f, " with {}", self.funds)?;
        }
        match self.pause_ms {
            0 => Ok(()),
            pause_ms => write!(f, " {pause_ms} ms later"),
        }
    }
}

impl World {
    /// Sends random messages, and asks before them and after each whether the promise holds; `Err` says
    /// what is broken.
    /// If it is, the world is where the shortest sequence left it.
    pub fn explore(
        &mut self,
        contract: &Contract,
        plan: &Exploration,
        mut promise: impl FnMut(&World) -> Result<(), String>,
    ) -> Result<Explored, Broken> {
        let (mark, messages) = (self.mark()?, plan.messages(contract));
        let mut explored = Explored::default();
        if let Err(why) = promise(self) {
            let messages = Vec::new();
            return Err(Broken::Promise { why, messages });
        }
        for (index, sent) in messages.iter().enumerate() {
            match self.sent(contract, sent)? {
                true => explored.succeeded += 1,
                false => explored.failed += 1,
            }
            if let Err(why) = promise(self) {
                let broken = messages.get(..=index).unwrap_or_default().to_vec();
                let mut again = |world: &mut World, messages: &[Sent]| {
                    world.back(&mark)?;
                    world.breaks(contract, messages, &mut promise)
                };
                return Err(shortest(self, broken, why, &mut again)?);
            }
        }
        Ok(explored)
    }

    /// Sends a message; whether it succeeded.
    pub(crate) fn sent(&mut self, contract: &Contract, sent: &Sent) -> Result<bool, WorldError> {
        if sent.pause_ms > 0 {
            self.pass(sent.pause_ms)?;
        }
        let done = self.pay(
            &sent.by,
            contract,
            sent.funds,
            &sent.method,
            sent.args.clone(),
        )?;
        Ok(done.is_success())
    }

    /// Why these messages break the promise, and how many of them do; `None`: they do not.
    fn breaks(
        &mut self,
        contract: &Contract,
        messages: &[Sent],
        promise: &mut impl FnMut(&World) -> Result<(), String>,
    ) -> Result<Option<(usize, String)>, WorldError> {
        for (index, sent) in messages.iter().enumerate() {
            self.sent(contract, sent)?;
            if let Err(why) = promise(self) {
                return Ok(Some((index + 1, why)));
            }
        }
        Ok(None)
    }
}

type Again<'a> = dyn FnMut(&mut World, &[Sent]) -> Result<Option<(usize, String)>, WorldError> + 'a;

/// Leaves messages out, one at a time from the end, as long as the promise is still broken.
fn shortest(
    world: &mut World,
    mut messages: Vec<Sent>,
    mut why: String,
    again: &mut Again<'_>,
) -> Result<Broken, WorldError> {
    let (mut attempts, mut at) = (0, messages.len());
    while at > 0 && attempts < ATTEMPTS_MAX {
        at -= 1;
        attempts += 1;
        let mut fewer = messages.clone();
        fewer.remove(at);
        if let Some((count, still)) = again(world, &fewer)? {
            fewer.truncate(count);
            at = at.min(fewer.len());
            (messages, why) = (fewer, still);
        }
    }
    again(world, &messages)?;
    Ok(Broken::Promise { why, messages })
}

impl Exploration {
    /// All calls of a contract, by these people.
    pub fn of(people: &[Person]) -> Exploration {
        Exploration {
            seed: 1,
            steps: 100,
            people: people.to_vec(),
            methods: Vec::new(),
            funds_max: 0,
            pause_ms_max: 0,
        }
    }

    fn messages(&self, contract: &Contract) -> Vec<Sent> {
        let abi = contract.abi();
        let is_wanted = |name: &String| self.methods.is_empty() || self.methods.contains(name);
        let methods: Vec<_> = (abi.messages.iter())
            .filter(|it| it.kind == MessageKind::Call && is_wanted(&it.name))
            .collect();
        let mut names: Vec<String> = self.people.iter().map(|it| it.name().to_owned()).collect();
        names.push(contract.name().to_owned());
        let maker = Maker { names: &names, abi };
        let mut random = Random::new(self.seed);
        let sent = (0..self.steps).filter_map(|_| {
            let method = random.one_of(&methods)?;
            let by = random.one_of(&self.people)?.clone();
            let args = maker.arguments(&method.args, &mut random)?;
            let funds = match method.payable {
                true => up_to(&mut random, self.funds_max),
                false => 0,
            };
            let pause_ms = match random.below(2) {
                0 => 0,
                _ => random.below(self.pause_ms_max.saturating_add(1).max(1)),
            };
            Some(Sent {
                by,
                method: method.name.clone(),
                args,
                funds,
                pause_ms,
            })
        });
        sent.collect()
    }
}

fn up_to(random: &mut Random, max: Balance) -> Balance {
    let any = (u128::from(random.any()) << 64) | u128::from(random.any());
    match max.checked_add(1) {
        Some(end) => any % end,
        None => any,
    }
}

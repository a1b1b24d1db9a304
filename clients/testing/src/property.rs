//! Promises under sequences that proptest makes and shrinks: fewer messages, and plainer arguments in them.
//!
//! ```text
//! case: mark ─► message, promise, message, promise, … ─► back;  the next case
//! broken ─► simplify ─┬─ still broken ─► simplify …
//!                     └─ holds ─► complicate …            └► the plainest that breaks it
//! ```
//!
//! Not here: one long sequence from a seed (`explore`), of which messages are only left out.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use argosy_primitives::blake3;

use crate::contract::Contract;
use crate::explore::{Broken, Exploration, Explored, Sent};
use crate::strategies::messages;
use crate::world::{Mark, World};

/// So many simpler sequences are tried.
const ATTEMPTS_MAX: u32 = 2_000;

impl World {
    /// Tries `cases` sequences of at most `plan.steps` messages, each on the world as it is now, and asks before the
    /// first and after every message whether the promise holds. The same plan tries the same; afterwards the world
    /// is as it was. If the promise is broken, the world is where the plainest sequence that breaks it left it.
    ///
    /// Where the plan fits no method, nothing is sent and [`Explored`] says so.
    pub fn property(
        &mut self,
        contract: &Contract,
        plan: &Exploration,
        cases: u32,
        mut promise: impl FnMut(&World) -> Result<(), String>,
    ) -> Result<Explored, Broken> {
        if let Err(why) = promise(self) {
            let messages = Vec::new();
            return Err(Broken::Promise { why, messages });
        }
        let mut explored = Explored::default();
        let Some(strategy) = messages(contract, plan) else {
            return Ok(explored);
        };
        let mark = self.mark()?;
        let mut runner = runner(plan.seed);
        for _ in 0..cases {
            let tree = strategy.new_tree(&mut runner);
            let mut tree = tree.map_err(|reason| Broken::Unmade(reason.to_string()))?;
            let sent = tree.current();
            if let Some(broken) = self.tried(contract, &sent, &mut promise, &mut explored)? {
                let case = Case {
                    contract,
                    mark: &mark,
                };
                return Err(self.plainest(&case, &mut tree, broken, &mut promise)?);
            }
            self.back(&mark)?;
        }
        Ok(explored)
    }

    /// Sends a sequence and counts; how far it went and why, if it breaks the promise.
    fn tried(
        &mut self,
        contract: &Contract,
        sent: &[Sent],
        promise: &mut impl FnMut(&World) -> Result<(), String>,
        explored: &mut Explored,
    ) -> Result<Option<Plain>, Broken> {
        for (index, message) in sent.iter().enumerate() {
            match self.sent(contract, message)? {
                true => explored.succeeded = explored.succeeded.saturating_add(1),
                false => explored.failed = explored.failed.saturating_add(1),
            }
            if let Err(why) = promise(self) {
                let messages = sent.iter().take(index + 1).cloned().collect();
                return Ok(Some(Plain { messages, why }));
            }
        }
        Ok(None)
    }

    /// Walks down the tree of simpler sequences; the last that breaks the promise, which the world is left at.
    fn plainest(
        &mut self,
        case: &Case<'_>,
        tree: &mut impl ValueTree<Value = Vec<Sent>>,
        mut plain: Plain,
        promise: &mut impl FnMut(&World) -> Result<(), String>,
    ) -> Result<Broken, Broken> {
        let mut uncounted = Explored::default();
        let mut goes_on = tree.simplify();
        for _ in 0..ATTEMPTS_MAX {
            if !goes_on {
                break;
            }
            self.back(case.mark)?;
            let sent = tree.current();
            goes_on = match self.tried(case.contract, &sent, promise, &mut uncounted)? {
                Some(plainer) => {
                    plain = plainer;
                    tree.simplify()
                }
                None => tree.complicate(),
            };
        }
        self.back(case.mark)?;
        self.tried(case.contract, &plain.messages, promise, &mut uncounted)?;
        Ok(Broken::Promise {
            why: plain.why,
            messages: plain.messages,
        })
    }
}

/// What all attempts share.
struct Case<'a> {
    contract: &'a Contract,
    mark: &'a Mark,
}

/// Messages up to the one after which the promise is broken.
struct Plain {
    messages: Vec<Sent>,
    why: String,
}

/// Of a seed, so that whoever runs it again sees the same; nothing is written to disk.
fn runner(seed: u64) -> TestRunner {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &blake3(&seed.to_le_bytes()));
    TestRunner::new_with_rng(config, rng)
}

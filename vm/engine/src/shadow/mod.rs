//! Both tiers at once: the interpreter runs a frame with the chain, compiled code runs it again
//! with a transcript of what the chain answered, and any difference stops the node.
//!
//! Always holds: the chain sees each request once; what counts is what the interpreter did.
//! Not here: what becomes of a report (the node's rim).

mod report; // a difference, and how to see it again
mod transcript; // what a frame asked the chain, and what it was answered

use argosy_primitives::Gas;
use argosy_vm_host::{Code, Execution, Host, HostFault, Invocation, TierError};

pub use report::{Frame, Outcome, Replayed, Report};
pub use transcript::{Answer, Request, Step};
use transcript::{Recorder, Replayer};

/// The same module on both tiers.
pub(crate) struct Pair<'a> {
    pub(crate) interpreted: &'a dyn Code,
    pub(crate) compiled: &'a dyn Code,
}

impl Pair<'_> {
    /// Runs a frame on both. `Err` in the middle: they differ.
    pub(crate) fn run(
        &self,
        invocation: Invocation,
        gas_limit: Gas,
        host: &mut dyn Host,
    ) -> Result<Result<Execution, Difference>, TierError> {
        let mut recorder = Recorder::new(host);
        let execution = self
            .interpreted
            .run(invocation.clone(), gas_limit, &mut recorder)?;
        let steps = recorder.finish();
        let context = host.context();
        let compiled = again(self.compiled, &invocation, gas_limit, context, &steps);
        let interpreted = Outcome::of(&execution);
        if compiled == interpreted || compiled == Outcome::NotRun {
            return Ok(Ok(execution));
        }
        Ok(Err(Difference {
            frame: Frame::new(&invocation, gas_limit, context, steps),
            interpreted,
            compiled,
        }))
    }
}

/// How the tiers differ in a frame.
pub(crate) struct Difference {
    pub(crate) frame: Frame,
    pub(crate) interpreted: Outcome,
    pub(crate) compiled: Outcome,
}

/// Runs a frame with a transcript in place of the chain.
fn again(
    code: &dyn Code,
    invocation: &Invocation,
    gas_limit: Gas,
    context: &argosy_vm_host::CallContext,
    steps: &[Step],
) -> Outcome {
    let mut replayer = Replayer::new(context, steps);
    let ended = code.run(invocation.clone(), gas_limit, &mut replayer);
    match (ended, replayer.finish()) {
        (_, Err(deviation)) => Outcome::Deviated(deviation),
        (Ok(execution), Ok(())) => Outcome::of(&execution),
        // The machine, not the definition of execution: nothing to compare.
        (Err(TierError::NoRoom(_) | TierError::Exhausted), _) => Outcome::NotRun,
        (Err(TierError::Fault(fault)), Ok(())) => Outcome::Failed(fault.to_string()),
    }
}

/// The tiers differ: no node may go on from here.
pub(crate) fn fault(report: &Report) -> HostFault {
    HostFault::new(format!("the tiers differ: {report}"))
}

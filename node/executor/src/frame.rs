//! One run of a contract's code: entered, paid for, undone if it fails.
//!
//! ```text
//! depth ─► mark ─► funds ─► load price ─► engine runs the entry ─► success: keep
//!                                                              └─► else: roll back to the mark
//! ```
//!
//! Invariant: a frame that fails leaves nothing but its gas, and returns a status to whoever called.
//! Not here: what a running contract asks for (`host`), creating and upgrading contracts
//! (`lifecycle`).

use argosy_primitives::{AbiKind, Address, Balance, CodeHash, Gas, StatusCode};
use argosy_state::CodeRecord;
use argosy_vm_abi::{Capabilities, Entry};
use argosy_vm_engine::{LoadedModule, on_big_stack};
use argosy_vm_host::{CallContext, CallOutcome, Execution, HostFault, Invocation, TierError};

use crate::error::Fault;
use crate::host::FrameHost;
use crate::scope::{Halt, RunningFrame, Step, TxScope};
use crate::trace::FailedFrame;

/// A call of a contract.
pub(crate) struct Call<'b> {
    pub(crate) caller: Address,
    pub(crate) to: Address,
    pub(crate) funds: Balance,
    pub(crate) input: &'b [u8],
    /// What it may use, loading of its code included.
    pub(crate) gas: Gas,
    pub(crate) read_only: bool,
}

/// A frame to run: a call, and what serves it.
pub(crate) struct Frame<'b> {
    pub(crate) call: Call<'b>,
    pub(crate) code: CodeHash,
    pub(crate) entry: Entry,
}

/// A frame that the engine ran to its end.
struct Ended {
    execution: Execution,
    /// See [`FailedFrame::after_failure`].
    after_failure: bool,
}

/// What may run a frame.
#[derive(Clone, Copy)]
enum Tiers {
    All,
    InterpreterOnly,
}

impl Call<'_> {
    fn entry(&self) -> Entry {
        if self.read_only {
            Entry::Query
        } else {
            Entry::Call
        }
    }
}

impl TxScope<'_> {
    /// Calls a contract: its `query` entry if the call is read-only, else `call`.
    pub(crate) fn call(&mut self, call: Call<'_>) -> Result<CallOutcome, Fault> {
        let Some(record) = self.state.contract(&call.to)? else {
            let ran = (None, call.entry());
            return Ok(self.refuse(&call, ran, StatusCode::ContractNotFound));
        };
        let (code, entry) = (record.code, call.entry());
        if !self.may_enter(&call.to) {
            return Ok(self.refuse(&call, (Some(code), entry), StatusCode::Reentry));
        }
        self.run(&Frame { call, code, entry })
    }

    /// Tells a contract how a message of its own ended.
    pub(crate) fn reply(&mut self, call: Call<'_>) -> Result<CallOutcome, Fault> {
        let Some(record) = self.state.contract(&call.to)? else {
            let ran = (None, Entry::Reply);
            return Ok(self.refuse(&call, ran, StatusCode::ContractNotFound));
        };
        let (code, entry) = (record.code, Entry::Reply);
        self.run(&Frame { call, code, entry })
    }

    /// Runs one frame.
    pub(crate) fn run(&mut self, frame: &Frame<'_>) -> Result<CallOutcome, Fault> {
        if self.running.len() >= self.env.spec.limits.call_depth_max as usize {
            let ran = (Some(frame.code), frame.entry);
            return Ok(self.refuse(&frame.call, ran, StatusCode::CallDepth));
        }
        // The outermost frame brings the room for all that it may call.
        match self.running.is_empty() {
            true => on_big_stack(|| self.run_here(frame))?,
            false => self.run_here(frame),
        }
    }

    fn run_here(&mut self, frame: &Frame<'_>) -> Result<CallOutcome, Fault> {
        let loaded = self.loaded.clone();
        let (frames, logs) = (self.frames_noted, self.trace.logs.len());
        if let Some(outcome) = self.attempt(frame, Tiers::All)? {
            return Ok(outcome);
        }
        // Once more as if nothing had run: what the frame loaded is not paid yet, either, and what was
        // noted will be noted again.
        self.loaded = loaded;
        let frames = self.frames_noted.saturating_sub(frames);
        self.trace.take_back(frames, logs);
        let outcome = self.attempt(frame, Tiers::InterpreterOnly)?;
        outcome.ok_or(Fault::Invariant("the interpreter did not end a frame"))
    }

    /// Runs a frame; `None`, and nothing done, if compiled code could not run it to its end.
    fn attempt(&mut self, frame: &Frame<'_>, tiers: Tiers) -> Result<Option<CallOutcome>, Fault> {
        let mark = self.mark();
        let (mut gas_left, depth) = (frame.call.gas, self.depth());
        self.tell(|recorder| recorder.enter(frame, depth));
        let ended = match self.enter(frame, tiers, &mut gas_left) {
            Ok(Some(ended)) => ended,
            Ok(None) => {
                self.rollback(mark);
                return Ok(None);
            }
            Err(Halt::Failed(status)) => Ended {
                execution: Execution {
                    status,
                    gas_used: 0,
                    data: Vec::new(),
                    diagnostic: None,
                },
                after_failure: false,
            },
            Err(Halt::Fault(fault)) => return Err(fault),
        };
        let execution = &ended.execution;
        let gas_left = gas_left
            .checked_sub(execution.gas_used)
            .ok_or(Fault::Invariant("a frame used more gas than it had"))?;
        let gas_used = frame.call.gas - gas_left;
        self.tell(|recorder| recorder.leave(execution, gas_used));
        if execution.status.is_success() {
            self.keep(mark);
        } else {
            self.rollback(mark);
            self.trace_failure(frame, gas_used, &ended);
        }
        Ok(Some(CallOutcome {
            status: ended.execution.status,
            gas_used,
            data: ended.execution.data,
        }))
    }

    /// Moves the funds, pays for loading out of `gas_left`, and lets the engine run the entry with
    /// the rest; `None` if compiled code could not run it to its end.
    fn enter(
        &mut self,
        frame: &Frame<'_>,
        tiers: Tiers,
        gas_left: &mut Gas,
    ) -> Step<Option<Ended>> {
        let Frame { call, code, entry } = frame;
        let record = self.state.code(code)?;
        let record = record.ok_or(Fault::Invariant("a contract runs code that is not stored"))?;
        self.transfer(&call.caller, &call.to, call.funds)?;
        self.pay_load(code, &record, gas_left)?;
        let module = match (self.load(code, &record)?, tiers) {
            (module, Tiers::All) => module,
            (module, Tiers::InterpreterOnly) => module.interpreted(),
        };
        let context = self.context(call, &record)?;
        let invocation = Invocation {
            entry: *entry,
            input: call.input.to_vec(),
        };
        let (engine, gas) = (self.env.engine, *gas_left);
        self.running.push(RunningFrame {
            contract: call.to,
            is_open: false,
            is_actor: is_actor(record.abi),
            after_failure: false,
        });
        let mut host = FrameHost {
            scope: self,
            context,
        };
        let execution = engine.execute(&module, invocation, gas, &mut host);
        let after_failure = self.running.pop().is_some_and(|it| it.after_failure);
        match execution {
            Ok(execution) => Ok(Some(Ended {
                execution,
                after_failure,
            })),
            Err(TierError::Exhausted) => Ok(None),
            Err(TierError::Fault(fault)) => Err(fault.into()),
            Err(error @ TierError::NoRoom(_)) => Err(HostFault::new(error).into()),
        }
    }

    fn load(&mut self, code: &CodeHash, record: &CodeRecord) -> Result<LoadedModule, HostFault> {
        if let Some(recorder) = &mut self.recorder {
            return recorder.load((self.env.engine, &*self.state), code, record);
        }
        self.env.engine.load(code, record.abi, || {
            let bytes = self.state.code_instrumented(code).map_err(HostFault::new)?;
            bytes.ok_or_else(|| HostFault::new("a code record has no instrumented bytes"))
        })
    }

    /// Charges for loading `code`: for an instance of it if every node has it loaded, or if this
    /// transaction has paid already, else for reading and translating every byte as well.
    fn pay_load(&mut self, code: &CodeHash, record: &CodeRecord, gas_left: &mut Gas) -> Step<()> {
        let prices = &self.env.spec.load_prices;
        let is_cold = !self.loaded.contains_key(code) && !self.state.hot_contains(code)?;
        let cold = match is_cold {
            true => prices.cold(record.instrumented_bytes),
            false => 0,
        };
        let price = prices
            .instance(record.instrumented_bytes)
            .saturating_add(cold);
        let Some(left) = gas_left.checked_sub(price) else {
            *gas_left = 0;
            return Err(StatusCode::OutOfGas.into());
        };
        *gas_left = left;
        self.loaded.insert(*code, record.instrumented_bytes);
        Ok(())
    }

    fn context(&self, call: &Call<'_>, record: &CodeRecord) -> Result<CallContext, Fault> {
        let block = &self.env.block;
        let capabilities = Capabilities::from_bits(record.capabilities)
            .ok_or(Fault::Invariant("a code record holds unknown capabilities"))?;
        Ok(CallContext {
            chain: block.chain,
            height: block.height,
            time_ms: block.time_ms,
            signer: self.signer,
            caller: call.caller,
            contract: call.to,
            funds: call.funds,
            capabilities,
            read_only: call.read_only,
        })
    }

    /// A call between contracts that did not open a frame is traced, too: its caller may fail of it.
    fn refuse(
        &mut self,
        call: &Call<'_>,
        (code, entry): (Option<CodeHash>, Entry),
        status: StatusCode,
    ) -> CallOutcome {
        let (depth, ran) = (self.depth(), (code, entry.into()));
        self.tell(|recorder| recorder.refuse(call, ran, (depth, status)));
        if !self.running.is_empty() {
            self.note(FailedFrame {
                depth: self.depth(),
                contract: call.to,
                code,
                entry: entry.into(),
                message: Some(call.input.to_vec()),
                status,
                gas_used: 0,
                data: Some(Vec::new()),
                diagnostic: None,
                after_failure: false,
            });
        }
        refused(status)
    }

    /// Depth of the frame that is entered or refused now.
    fn depth(&self) -> u32 {
        u32::try_from(self.running.len()).map_or(u32::MAX, |outer| outer.saturating_add(1))
    }

    fn trace_failure(&mut self, frame: &Frame<'_>, gas_used: Gas, ended: &Ended) {
        let execution = &ended.execution;
        self.note(FailedFrame {
            depth: self.depth(),
            contract: frame.call.to,
            code: Some(frame.code),
            entry: frame.entry.into(),
            message: Some(frame.call.input.to_vec()),
            status: execution.status,
            gas_used,
            data: Some(execution.data.clone()),
            diagnostic: execution.diagnostic.as_ref().map(ToString::to_string),
            after_failure: ended.after_failure,
        });
    }

    /// Notes a failed frame, and that the one around it may fail of it.
    fn note(&mut self, failed: FailedFrame) {
        self.trace.fail(failed);
        self.frames_noted = self.frames_noted.saturating_add(1);
        if let Some(outer) = self.running.last_mut() {
            outer.after_failure = true;
        }
    }
}

/// Whether contracts of an ABI send messages only when their own work is done.
const fn is_actor(abi: AbiKind) -> bool {
    match abi {
        AbiKind::Native | AbiKind::Ink | AbiKind::Near => false,
        AbiKind::CosmWasm => true,
    }
}

/// The outcome of a frame that was not opened: it cost nothing.
pub(crate) fn refused(status: StatusCode) -> CallOutcome {
    CallOutcome {
        status,
        gas_used: 0,
        data: Vec::new(),
    }
}

//! What is kept of frames, within bounds.

use argosy_primitives::{Address, Balance, CodeHash, Gas, StatusCode};
use argosy_vm_host::Execution;

use super::open::{OpenFrame, Served};
use super::{Ask, FRAMES_MAX};
use crate::frame::Call;
use crate::trace::FrameEntry;

/// Steps of all frames that are kept.
pub(super) const STEPS_MAX: usize = 4_096;
/// One message, key, value or text, in bytes; a longer one is left out whole.
const PART_BYTES_MAX: usize = 64 << 10;

/// A frame, as it was executed once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedFrame {
    /// Index of the frame that opened it; `None` for one that an action opened.
    pub parent: Option<u32>,
    /// 1 for a frame that an action opened.
    pub depth: u32,
    /// Who called.
    pub caller: Address,
    /// Whose code ran.
    pub contract: Address,
    /// That code; `None`: it was not looked up.
    pub code: Option<CodeHash>,
    /// Which entry.
    pub entry: FrameEntry,
    /// What was sent along.
    pub funds: Balance,
    /// What it was given; `None` if that was too long to keep.
    pub message: Option<Vec<u8>>,
    /// What it might use.
    pub gas_limit: Gas,
    /// What it used, with the frames that it opened.
    pub gas_used: Gas,
    /// What it used without those of them that are kept.
    pub own_gas: Gas,
    /// How it ended.
    pub status: StatusCode,
    /// What it ended with; `None` if that was too long to keep.
    pub data: Option<Vec<u8>>,
    /// What the virtual machine had to say.
    pub diagnostic: Option<String>,
    /// What it asked of the chain, summed up by import, in the order of the ABI's table; behind them what
    /// its ABI did for it when its code had returned.
    pub imports: Vec<(&'static str, ImportUse)>,
    /// What it asked of the chain that others could see, in order.
    pub steps: Vec<Step>,
}

/// Calls of one import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportUse {
    /// How many.
    pub calls: u64,
    /// What they used, without the frames that they opened.
    pub gas: Gas,
}

/// One thing that a frame asked of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// By which import.
    pub import: &'static str,
    /// What that used, without a frame that it opened.
    pub gas: Gas,
    /// What it was.
    pub action: Action,
}

/// What an import does. Bytes that were too long to keep are `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Reads a value.
    Read {
        /// Its key.
        key: Option<Vec<u8>>,
        /// Whether there is one.
        is_found: bool,
        /// What it is.
        value: Option<Vec<u8>>,
    },
    /// Writes a value, or tries to.
    Write {
        /// Its key.
        key: Option<Vec<u8>>,
        /// The value.
        value: Option<Vec<u8>>,
    },
    /// Removes a value.
    Remove {
        /// Its key.
        key: Option<Vec<u8>>,
    },
    /// Reads the values from a key on.
    Range {
        /// The least key.
        start: Option<Vec<u8>>,
        /// The key behind the greatest, if there is one.
        end: Option<Vec<u8>>,
    },
    /// Moves funds, or tries to.
    Transfer {
        /// To whom.
        to: Address,
        /// How much.
        amount: Balance,
        /// How that ended.
        status: StatusCode,
    },
    /// Calls, creates or upgrades a contract.
    Call {
        /// Index of the frame; `None`: it was not opened, or is not kept.
        frame: Option<u32>,
        /// How that ended.
        status: StatusCode,
    },
    /// Announces an event.
    Event {
        /// Number of topics.
        topics: u32,
        /// Its data.
        data: Option<Vec<u8>>,
    },
    /// Logs a line.
    Log {
        /// The line.
        text: Option<String>,
    },
}

/// Frames that are kept.
pub(super) struct Kept {
    pub(super) frames: Vec<TracedFrame>,
    pub(super) frames_gas: Gas,
    pub(super) is_truncated: bool,
    frames_max: usize,
    steps_left: usize,
    bytes_left: usize,
}

impl Kept {
    pub(super) fn new(ask: Ask, bytes_max: usize) -> Kept {
        let (frames_max, steps_left) = match ask {
            Ask::Frames => (FRAMES_MAX, STEPS_MAX),
            Ask::Profile => (0, 0),
        };
        Kept {
            frames: Vec::new(),
            frames_gas: 0,
            is_truncated: false,
            frames_max,
            steps_left,
            bytes_left: bytes_max,
        }
    }

    /// Makes room for a frame; its index, if there is any.
    pub(super) fn open(
        &mut self,
        call: &Call<'_>,
        (code, entry): (Option<CodeHash>, FrameEntry),
        (depth, parent): (u32, Option<u32>),
    ) -> Option<u32> {
        if self.frames.len() >= self.frames_max {
            // A profile has no frames, and is whole without them.
            self.is_truncated |= self.frames_max > 0;
            return None;
        }
        let index = u32::try_from(self.frames.len()).ok()?;
        let message = self.bytes(call.input);
        self.frames.push(TracedFrame {
            parent,
            depth,
            caller: call.caller,
            contract: call.to,
            code,
            entry,
            funds: call.funds,
            message,
            gas_limit: call.gas,
            gas_used: 0,
            own_gas: 0,
            status: StatusCode::Success,
            data: None,
            diagnostic: None,
            imports: Vec::new(),
            steps: Vec::new(),
        });
        Some(index)
    }

    /// How a frame ended.
    pub(super) fn close(&mut self, open: &OpenFrame, execution: &Execution, gas_used: Gas) {
        let is_kept = open.index.is_some();
        let data = is_kept.then(|| self.bytes(&execution.data)).flatten();
        let Some(frame) = self.frame(open.index) else {
            return;
        };
        frame.gas_used = gas_used;
        frame.own_gas = gas_used.saturating_sub(open.nested);
        frame.status = execution.status;
        frame.data = data;
        frame.diagnostic = execution.diagnostic.as_ref().map(ToString::to_string);
        let imports = open.imports.iter();
        frame.imports = imports.map(|(it, used)| (it.name, *used)).collect();
    }

    /// A frame ended that an action opened. What is not kept is the transaction's own.
    pub(super) fn outermost(&mut self, index: Option<u32>, gas_used: Gas) {
        if index.is_some() {
            self.frames_gas = self.frames_gas.saturating_add(gas_used);
        }
    }

    /// A frame was not opened.
    pub(super) fn refused(&mut self, index: Option<u32>, status: StatusCode) {
        if let Some(frame) = self.frame(index) {
            frame.status = status;
            frame.data = Some(Vec::new());
        }
    }

    /// An import of a frame was served.
    pub(super) fn served(&mut self, frame: Option<u32>, served: Served) {
        // A frame that is not kept was noted as that.
        let (Some(_), Some(action)) = (frame, served.action) else {
            return;
        };
        if self.steps_left == 0 {
            self.is_truncated = true;
            return;
        }
        if let Some(frame) = self.frame(frame) {
            frame.steps.push(Step {
                import: served.import.name,
                gas: served.gas,
                action,
            });
            self.steps_left -= 1;
        }
    }

    /// Whether there is room for another step; that there is none is noted.
    pub(super) fn wants_steps(&mut self) -> bool {
        self.is_truncated |= self.steps_left == 0;
        self.steps_left > 0
    }

    /// Bytes, if there is room for them.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.frames_max == 0 {
            return None;
        }
        if bytes.len() > PART_BYTES_MAX.min(self.bytes_left) {
            self.is_truncated = true;
            return None;
        }
        self.bytes_left -= bytes.len();
        Some(bytes.to_vec())
    }

    fn frame(&mut self, index: Option<u32>) -> Option<&mut TracedFrame> {
        self.frames.get_mut(usize::try_from(index?).ok()?)
    }
}

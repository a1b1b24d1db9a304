//! What a transaction did, frame by frame, while it is executed once more for somebody who asks.
//!
//! Invariant: a recorder changes no result and no gas; it is bounded in entries and bytes, and what it
//! leaves out it says. Gas adds up: a frame's own gas and that of the frames that it opened are what it
//! used. That of a frame that is not kept is its caller's own.
//! Not here: the notes that every execution takes of its failures (`trace`), gas by function (`profile`).

mod frames; // what is kept of frames
mod open; // frames that run

use std::collections::BTreeMap;

use argosy_primitives::{Address, Balance, CodeHash, Gas, StatusCode};
use argosy_state::{CodeRecord, State};
use argosy_vm_engine::{Engine, LoadedModule, WatchedCode};
use argosy_vm_host::{Execution, HostFault, Observed};

use crate::frame::{Call, Frame};
use crate::profile::{Place, Profile};
use crate::trace::FrameEntry;

use frames::Kept;
pub use frames::{Action, ImportUse, Step, TracedFrame};
use open::{Import, OpenFrame};

/// Frames that are kept.
pub(crate) const FRAMES_MAX: usize = 512;
/// Messages, data, keys and values that are kept, together, in bytes.
pub(crate) const BYTES_MAX: usize = 512 << 10;

/// What somebody wants to know of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Frames, and what they asked of the chain.
    Frames,
    /// Gas by function.
    Profile,
}

/// Listens to one transaction.
pub(crate) struct Recorder {
    kept: Kept,
    open: Vec<OpenFrame>,
    profile: Option<Profile>,
    /// Modules that tell what they do, by their code.
    modules: BTreeMap<CodeHash, LoadedModule>,
}

/// What it heard.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    pub(crate) frames: Vec<TracedFrame>,
    /// Gas of the outermost frames that are kept.
    pub(crate) frames_gas: Gas,
    pub(crate) profile: Option<Profile>,
    pub(crate) is_truncated: bool,
}

impl Recorder {
    pub(crate) fn new(ask: Ask) -> Recorder {
        Recorder {
            kept: Kept::new(ask, BYTES_MAX),
            open: Vec::new(),
            profile: (ask == Ask::Profile).then(Profile::new),
            modules: BTreeMap::new(),
        }
    }

    /// A module that tells what it does, in place of the one that runs in blocks.
    pub(crate) fn load(
        &mut self,
        (engine, state): (&Engine, &State),
        code: &CodeHash,
        record: &CodeRecord,
    ) -> Result<LoadedModule, HostFault> {
        if let Some(known) = self.modules.get(code) {
            return Ok(known.clone());
        }
        let module = match self.profile {
            None => state.code_instrumented(code),
            Some(_) => state.code_original(code),
        };
        let module = module.map_err(HostFault::new)?;
        let module = module.ok_or_else(|| HostFault::new("a code record has no bytes"))?;
        let watched = match self.profile {
            None => WatchedCode::Imports(&module),
            Some(_) => WatchedCode::Functions(&module),
        };
        let loaded = engine.load_watched(code, record.abi, watched)?;
        self.modules.insert(*code, loaded.clone());
        Ok(loaded)
    }

    /// A frame is opened.
    pub(crate) fn enter(&mut self, frame: &Frame<'_>, depth: u32) {
        let parent = self.open.last().and_then(|it| it.index);
        let ran = (Some(frame.code), frame.entry.into());
        let index = self.kept.open(&frame.call, ran, (depth, parent));
        let base = self.profile.as_ref().map_or(0, Profile::depth);
        if let Some(profile) = &mut self.profile {
            profile.push(Place::Frame {
                contract: frame.call.to,
                code: Some(frame.code),
                entry: frame.entry.into(),
            });
        }
        self.open
            .push(OpenFrame::new(frame.code, frame.call.gas, index, base));
    }

    /// The frame that was opened last ended.
    pub(crate) fn leave(&mut self, execution: &Execution, gas_used: Gas) {
        let Some(mut frame) = self.open.pop() else {
            return;
        };
        let rest = frame.rest(gas_used);
        if let Some(profile) = &mut self.profile {
            profile.spend(rest);
            profile.cut(frame.base);
        }
        self.kept.close(&frame, execution, gas_used);
        match self.open.last_mut() {
            Some(caller) => caller.called(&frame, gas_used),
            None => self.kept.outermost(frame.index, gas_used),
        }
    }

    /// A frame was not opened.
    pub(crate) fn refuse(
        &mut self,
        call: &Call<'_>,
        ran: (Option<CodeHash>, FrameEntry),
        (depth, status): (u32, StatusCode),
    ) {
        let parent = self.open.last().and_then(|it| it.index);
        let index = self.kept.open(call, ran, (depth, parent));
        self.kept.refused(index, status);
        if let Some(caller) = self.open.last_mut() {
            caller.child = index;
        }
    }

    /// A watched frame tells something.
    pub(crate) fn observe(&mut self, observed: Observed) {
        let Some(frame) = self.open.last_mut() else {
            return;
        };
        let (Observed::Import { gas_left, .. }
        | Observed::Served { gas_left }
        | Observed::Enter { gas_left, .. }
        | Observed::Leave { gas_left }) = observed;
        let used = frame.used_since(gas_left);
        if let Some(profile) = &mut self.profile {
            profile.spend(used);
        }
        match observed {
            Observed::Import { index, name, .. } => {
                frame.begin(Import { index, name });
                if let Some(profile) = &mut self.profile {
                    profile.push(Place::Import(name));
                }
            }
            Observed::Served { .. } => {
                if let Some(served) = frame.served(used) {
                    self.kept.served(frame.index, served);
                }
                frame.end_in(&mut self.profile);
            }
            Observed::Enter { function, .. } => {
                if let Some(profile) = &mut self.profile {
                    profile.push(Place::Function {
                        code: frame.code,
                        index: function,
                    });
                }
            }
            Observed::Leave { .. } => frame.end_in(&mut self.profile),
        }
    }

    /// A value was read.
    pub(crate) fn read(&mut self, key: &[u8], value: Option<&[u8]>) {
        if self.is_listening() {
            let (key, is_found) = (self.kept.bytes(key), value.is_some());
            let value = value.and_then(|it| self.kept.bytes(it));
            self.act(Action::Read {
                key,
                is_found,
                value,
            });
        }
    }

    /// A value is about to be written.
    pub(crate) fn write(&mut self, key: &[u8], value: &[u8]) {
        if self.is_listening() {
            let (key, value) = (self.kept.bytes(key), self.kept.bytes(value));
            self.act(Action::Write { key, value });
        }
    }

    /// A value is about to be removed.
    pub(crate) fn remove(&mut self, key: &[u8]) {
        if self.is_listening() {
            let key = self.kept.bytes(key);
            self.act(Action::Remove { key });
        }
    }

    /// A range of values is about to be read.
    pub(crate) fn range(&mut self, start: &[u8], end: Option<&[u8]>) {
        if self.is_listening() {
            let start = self.kept.bytes(start);
            let end = end.and_then(|it| self.kept.bytes(it));
            self.act(Action::Range { start, end });
        }
    }

    /// Funds were moved, or were to be.
    pub(crate) fn transfer(&mut self, to: Address, amount: Balance, status: StatusCode) {
        self.act(Action::Transfer { to, amount, status });
    }

    /// A call, creation or upgrade came back.
    pub(crate) fn called(&mut self, status: StatusCode) {
        let frame = self.open.last().and_then(|it| it.child);
        self.act(Action::Call { frame, status });
    }

    /// An event is about to be announced.
    pub(crate) fn event(&mut self, topics: &[[u8; 32]], data: &[u8]) {
        if self.is_listening() {
            let count = u32::try_from(topics.len()).unwrap_or(u32::MAX);
            let data = self.kept.bytes(data);
            self.act(Action::Event {
                topics: count,
                data,
            });
        }
    }

    /// A line was logged.
    pub(crate) fn line(&mut self, text: &str) {
        if self.is_listening() {
            let text = self.kept.bytes(text.as_bytes());
            let text = text.map(|it| String::from_utf8_lossy(&it).into_owned());
            self.act(Action::Log { text });
        }
    }

    /// What was heard.
    pub(crate) fn finish(self) -> Recorded {
        let profile_is_truncated = self.profile.as_ref().is_some_and(|it| it.is_truncated);
        Recorded {
            frames_gas: self.kept.frames_gas,
            is_truncated: self.kept.is_truncated || profile_is_truncated,
            frames: self.kept.frames,
            profile: self.profile,
        }
    }

    /// Whether steps of the running frame are kept.
    fn is_listening(&mut self) -> bool {
        let is_kept = self.open.last().is_some_and(|it| it.index.is_some());
        is_kept && self.kept.wants_steps()
    }

    fn act(&mut self, action: Action) {
        if let Some(frame) = self.open.last_mut() {
            frame.action = Some(action);
        }
    }
}

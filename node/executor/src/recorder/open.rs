//! A frame that runs: its gas between two things that it tells.

use std::collections::BTreeMap;

use argosy_primitives::{CodeHash, Gas};
use argosy_vm_abi::Import;

use super::frames::{Action, ImportUse};
use crate::profile::Profile;

/// A frame that runs.
pub(super) struct OpenFrame {
    pub(super) code: CodeHash,
    /// Its place among the frames that are kept.
    pub(super) index: Option<u32>,
    /// How many nodes of the profile ran before it.
    pub(super) base: usize,
    /// What it had left when it last told.
    last: Gas,
    /// What it told of so far, frames that it opened included.
    told: Gas,
    /// What frames used that it opened and has not paid for yet.
    unpaid: Gas,
    /// What all frames used that it opened.
    pub(super) nested: Gas,
    /// The import that is served.
    import: Option<Import>,
    /// What that import does.
    pub(super) action: Option<Action>,
    /// The frame that this import opened.
    pub(super) child: Option<u32>,
    pub(super) imports: BTreeMap<Import, ImportUse>,
}

/// An import that was served.
pub(super) struct Served {
    pub(super) import: Import,
    /// What it used itself.
    pub(super) gas: Gas,
    pub(super) action: Option<Action>,
}

impl OpenFrame {
    pub(super) fn new(code: CodeHash, gas: Gas, index: Option<u32>, base: usize) -> OpenFrame {
        OpenFrame {
            code,
            index,
            base,
            last: gas,
            told: 0,
            unpaid: 0,
            nested: 0,
            import: None,
            action: None,
            child: None,
            imports: BTreeMap::new(),
        }
    }

    /// Its own gas since it last told something.
    pub(super) fn used_since(&mut self, left: Gas) -> Gas {
        let used = self.last.saturating_sub(left);
        self.last = left.min(self.last);
        self.told = self.told.saturating_add(used);
        let paid = self.unpaid.min(used);
        self.unpaid -= paid;
        used - paid
    }

    /// Its own gas that it has not told of, at its end.
    pub(super) fn rest(&mut self, gas_used: Gas) -> Gas {
        let rest = gas_used.saturating_sub(self.told);
        let paid = self.unpaid.min(rest);
        rest - paid
    }

    /// An import is about to be served.
    pub(super) fn begin(&mut self, import: Option<Import>) {
        self.import = import;
        self.action = None;
        self.child = None;
    }

    /// The import was served.
    pub(super) fn served(&mut self, gas: Gas) -> Option<Served> {
        let import = self.import.take()?;
        let used = self.imports.entry(import).or_default();
        used.calls = used.calls.saturating_add(1);
        used.gas = used.gas.saturating_add(gas);
        let action = self.action.take();
        Some(Served {
            import,
            gas,
            action,
        })
    }

    /// A frame that it opened has ended.
    pub(super) fn called(&mut self, frame: &OpenFrame, gas_used: Gas) {
        self.child = frame.index;
        self.nested = self.nested.saturating_add(gas_used);
        self.unpaid = self.unpaid.saturating_add(gas_used);
    }

    /// Ends what ran last in the profile, but not the frame itself.
    pub(super) fn end_in(&self, profile: &mut Option<Profile>) {
        if let Some(profile) = profile {
            let depth = profile.depth().saturating_sub(1);
            profile.cut(depth.max(self.base.saturating_add(1)));
        }
    }
}

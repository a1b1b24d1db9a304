//! A frame that runs: its gas between two things that it tells.

use std::collections::BTreeMap;

use argosy_primitives::{CodeHash, Gas};

use super::frames::{Action, ImportUse};
use crate::profile::Profile;

/// An import of the frame's ABI, or something that the ABI does of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    /// Its place in the ABI's table, or behind it.
    pub(super) index: usize,
    pub(super) name: &'static str,
}

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
    /// What all frames used that it opened and that are kept.
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
    pub(super) fn begin(&mut self, import: Import) {
        self.import = Some(import);
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
        if frame.index.is_some() {
            self.nested = self.nested.saturating_add(gas_used);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(gas: Gas) -> OpenFrame {
        OpenFrame::new(CodeHash::from_bytes([1; 32]), gas, Some(0), 0)
    }

    #[test]
    fn what_was_called_is_not_the_callers_own() {
        let mut caller = frame(1_000);
        assert_eq!(caller.used_since(900), 100);
        let (index, name) = (3, "call");
        caller.begin(Import { index, name });
        assert_eq!(caller.used_since(900), 0);
        caller.called(&frame(500), 300);
        let used = caller.used_since(560);
        let served = caller.served(used).expect("it was begun");
        assert_eq!((served.import, served.gas), (Import { index, name }, 40));
        assert_eq!((caller.nested, caller.child), (300, Some(0)));
        assert_eq!(caller.rest(500), 60);
        let sum = 100 + 40 + 60 + caller.nested;
        assert_eq!(sum, 500);
    }

    #[test]
    fn what_was_not_told_before_the_end_is_its_own_but_for_calls() {
        let mut caller = frame(1_000);
        assert_eq!(caller.used_since(900), 100);
        caller.called(&frame(500), 300);
        // It ran out before it could pay for that.
        assert_eq!(caller.rest(1_000), 600);
        // A counter that rises is none of ours.
        assert_eq!(frame(5).used_since(9), 0);
    }

    #[test]
    fn what_a_frame_used_that_is_not_kept_is_its_callers_own() {
        let mut caller = frame(1_000);
        let lost = OpenFrame::new(CodeHash::from_bytes([1; 32]), 500, None, 1);
        caller.called(&lost, 300);
        caller.called(&frame(500), 200);
        assert_eq!((caller.nested, caller.child), (200, Some(0)));
    }
}

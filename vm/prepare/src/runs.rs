//! Runs: stretches of operators that execute all or not at all, and so pay together at their start.
//!
//! ```text
//! function entry ─ ops ─ loop │ ops ─ br_if │ ops ─ end(loop) ─ ops ─ if │ ops ─ else │ ops ─ end │ ops
//!                             └ a run begins at each bar
//! ```
//!
//! A run begins at the function's entry, inside a `loop`, in both arms of an `if`, after `br_if`,
//! and after the `end` of a block that is left by a branch or of an `if`. The end of a loop, or of
//! a block that nothing branches to, does not break a run.
//!
//! Not every charge looks whether the counter is below zero: a check is owed on a path that came
//! through a `loop` or back from a call since the last one, or was charged [`UNCHECKED_GAS_MAX`]
//! since. So a frame without gas executes no more than that before it is stopped, which is far less
//! than any frame costs; and imports and the frame's end look for themselves. Nor does every charge load the counter: only what came back from a call since the
//! last one, or comes from the entry, finds another value there than in the local that keeps it, or
//! where that local was used for something else.
//! Invariant: a jump lands only where a run begins; the same walk gives the same runs, in
//! `measure`, `body` and `emit_body` alike.
//! Not here: what operators cost (`price`).

use argosy_primitives::Gas;
use wasmparser::Operator;

use crate::plan::{StoredAs, far_store};

/// Gas that may be charged on any path, all runs together, before the counter is looked at.
pub(crate) const UNCHECKED_GAS_MAX: Gas = 1_000;

/// Follows a body's control flow.
pub(crate) struct Runs {
    frames: Vec<Frame>,
    /// `false` between an unconditional jump and the end of its block: nothing executes.
    live: bool,
    /// On some path to the next operator; nothing if not live.
    owed: Owed,
    /// For each run whether its charge must load the counter.
    loads: Vec<bool>,
    loops: u32,
    leaves_function: bool,
}

/// What a charge owes besides itself.
#[derive(Clone, Copy, Default)]
struct Owed {
    /// To look whether the counter is below zero.
    check: bool,
    /// To load the counter: the local does not have it.
    load: bool,
    /// What was charged since the counter was looked at.
    unchecked: Gas,
}

impl Owed {
    const ALL: Owed = Owed {
        check: true,
        load: true,
        unchecked: 0,
    };
}

impl std::ops::BitOrAssign for Owed {
    fn bitor_assign(&mut self, other: Owed) {
        self.check |= other.check;
        self.load |= other.load;
        self.unchecked = self.unchecked.max(other.unchecked);
    }
}

struct Frame {
    kind: FrameKind,
    /// Some branch leaves through this frame's end.
    is_left: bool,
    /// Owed on some path to this frame's end that has been walked already.
    at_end: Owed,
    /// Owed where the other arm of an `if` begins; until there is one, that is its end.
    in_other_arm: Owed,
    /// The run with which a loop begins.
    run: usize,
}

impl Frame {
    fn new(kind: FrameKind) -> Frame {
        Frame {
            kind,
            is_left: false,
            at_end: Owed::default(),
            in_other_arm: Owed::default(),
            run: 0,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FrameKind {
    Function,
    Block,
    Loop,
    If,
}

impl Runs {
    /// At the entry of a function: the first run has begun.
    pub(crate) fn new() -> Runs {
        Runs {
            frames: vec![Frame::new(FrameKind::Function)],
            live: true,
            owed: Owed::ALL,
            loads: vec![true],
            loops: 0,
            leaves_function: false,
        }
    }

    /// Whether the next operator can execute.
    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// Loops around the next operator.
    pub(crate) fn loops(&self) -> u32 {
        self.loops
    }

    /// A charge is written here. Whether it is to be checked in any case, and what was charged before
    /// it and not checked; behind it nothing is owed until the charge is known.
    pub(crate) fn charged(&mut self) -> (bool, Gas) {
        let owed = std::mem::take(&mut self.owed);
        (owed.check, owed.unchecked)
    }

    /// What is charged and not checked where the present run ends.
    pub(crate) fn leaves_unchecked(&mut self, gas: Gas) {
        self.owed.unchecked = if self.live { gas } else { 0 };
    }

    /// For each run, whether its charge must load the counter. True once the body has been walked.
    pub(crate) fn loads(&self) -> &[bool] {
        &self.loads
    }

    /// Whether some branch went to the function's own label.
    pub(crate) fn leaves_function(&self) -> bool {
        self.leaves_function
    }

    /// Steps over an operator; `true` if a run begins behind it.
    ///
    /// Total on unbalanced input, which the validator refuses later.
    pub(crate) fn step(&mut self, operator: &Operator<'_>) -> bool {
        let begins = match operator {
            Operator::Block { .. } => {
                self.frames.push(Frame::new(FrameKind::Block));
                false
            }
            Operator::Loop { .. } => {
                self.loops = self.loops.saturating_add(1);
                self.frames.push(Frame {
                    run: self.loads.len(),
                    ..Frame::new(FrameKind::Loop)
                });
                true
            }
            Operator::If { .. } => {
                self.frames.push(Frame {
                    in_other_arm: self.owed,
                    ..Frame::new(FrameKind::If)
                });
                true
            }
            Operator::Else => self.other_arm(),
            Operator::End => self.pop(),
            Operator::Call { .. } | Operator::CallIndirect { .. } => {
                self.owe(true);
                false
            }
            Operator::MemoryGrow { .. } => {
                self.owe(false);
                false
            }
            Operator::BrIf { relative_depth } => {
                self.leave(*relative_depth);
                true
            }
            Operator::Br { relative_depth } => {
                self.leave(*relative_depth);
                self.die()
            }
            Operator::BrTable { targets } => {
                self.leave(targets.default());
                targets.targets().flatten().for_each(|it| self.leave(it));
                self.die()
            }
            Operator::Return | Operator::Unreachable => self.die(),
            operator if far_store(operator) == Some(StoredAs::I64) => {
                self.owe(false);
                false
            }
            _ => false,
        };
        if begins {
            self.live = true;
            self.loads.push(self.owed.load);
        }
        if matches!(operator, Operator::Loop { .. }) {
            // What comes around owes at most this; what it owes of the load is added as it is met.
            self.owed = Owed::ALL;
        }
        begins
    }

    /// The counter was somebody else's for a while, or its local was.
    fn owe(&mut self, check: bool) {
        let load = self.live;
        self.owed |= Owed {
            check: check && load,
            load,
            unchecked: 0,
        };
    }

    fn die(&mut self) -> bool {
        self.live = false;
        self.owed = Owed::default();
        false
    }

    fn other_arm(&mut self) -> bool {
        if let Some(frame) = self.frames.last_mut() {
            frame.at_end |= self.owed;
            self.owed = std::mem::take(&mut frame.in_other_arm);
        }
        true
    }

    fn pop(&mut self) -> bool {
        let Some(frame) = self.frames.pop() else {
            return false;
        };
        self.owed |= frame.at_end;
        self.owed |= frame.in_other_arm;
        match frame.kind {
            FrameKind::If => true,
            FrameKind::Block => frame.is_left || !self.live,
            FrameKind::Loop => {
                self.loops = self.loops.saturating_sub(1);
                !self.live
            }
            FrameKind::Function => false,
        }
    }

    /// A branch to the frame `depth` levels out; branches to a loop go to its start.
    fn leave(&mut self, depth: u32) {
        let index = self.frames.len().checked_sub(depth as usize + 1);
        if let Some(frame) = index.and_then(|it| self.frames.get_mut(it)) {
            frame.is_left = true;
            self.leaves_function |= frame.kind == FrameKind::Function;
            match (frame.kind, self.loads.get_mut(frame.run)) {
                // The check at its start comes anyway.
                (FrameKind::Loop, Some(loads)) => *loads |= self.owed.load,
                _ => frame.at_end |= self.owed,
            }
        }
    }
}

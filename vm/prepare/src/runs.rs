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
//! Not every charge looks whether the counter is below zero: a check is *due* on a path that came
//! through a `loop` or back from a call since the last one. So a frame without gas executes at most
//! one pass over a body, without a call, before it is stopped; and imports and the frame's end look
//! for themselves.
//! Invariant: a jump lands only where a run begins; the same walk gives the same runs, in
//! `measure`, `body` and `emit_body` alike.
//! Not here: what operators cost (`price`).

use wasmparser::Operator;

/// Follows a body's control flow.
pub(crate) struct Runs {
    frames: Vec<Frame>,
    /// `false` between an unconditional jump and the end of its block: nothing executes.
    live: bool,
    /// On some path to the next operator the next charge must be checked; `false` if not live.
    due: bool,
    loops: u32,
    leaves_function: bool,
}

struct Frame {
    kind: FrameKind,
    /// Some branch leaves through this frame's end.
    is_left: bool,
    /// A check is due on some path to this frame's end that has been walked already.
    due_at_end: bool,
    /// A check is due where the other arm of an `if` begins; until there is one, that is its end.
    due_in_other_arm: bool,
}

impl Frame {
    fn new(kind: FrameKind) -> Frame {
        Frame {
            kind,
            is_left: false,
            due_at_end: false,
            due_in_other_arm: false,
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
            due: false,
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

    /// Whether a check is due where a charge is about to be written; it is not any more behind it.
    pub(crate) fn take_due(&mut self) -> bool {
        std::mem::take(&mut self.due)
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
                self.frames.push(Frame::new(FrameKind::Loop));
                self.due = true;
                true
            }
            Operator::If { .. } => {
                let mut frame = Frame::new(FrameKind::If);
                frame.due_in_other_arm = self.due;
                self.frames.push(frame);
                true
            }
            Operator::Else => self.other_arm(),
            Operator::End => self.pop(),
            Operator::Call { .. } | Operator::CallIndirect { .. } => {
                self.due = self.live;
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
            _ => false,
        };
        self.live |= begins;
        begins
    }

    fn die(&mut self) -> bool {
        self.live = false;
        self.due = false;
        false
    }

    fn other_arm(&mut self) -> bool {
        if let Some(frame) = self.frames.last_mut() {
            frame.due_at_end |= self.due;
            self.due = std::mem::take(&mut frame.due_in_other_arm);
        }
        true
    }

    fn pop(&mut self) -> bool {
        let Some(frame) = self.frames.pop() else {
            return false;
        };
        self.due |= frame.due_at_end | frame.due_in_other_arm;
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
            // Whoever branches to a loop meets the check at its start.
            frame.due_at_end |= self.due && frame.kind != FrameKind::Loop;
            self.leaves_function |= frame.kind == FrameKind::Function;
        }
    }
}

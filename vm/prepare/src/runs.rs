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
//! Invariant: a jump lands only where a run begins; the same walk gives the same runs, in
//! `measure`, `body` and `emit_body` alike.
//! Not here: what operators cost (`price`).

use wasmparser::Operator;

/// Follows a body's control flow.
pub(crate) struct Runs {
    frames: Vec<Frame>,
    /// `false` between an unconditional jump and the end of its block: nothing executes.
    live: bool,
    loops: u32,
    leaves_function: bool,
}

struct Frame {
    kind: FrameKind,
    /// Some branch leaves through this frame's end.
    is_left: bool,
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
        let function = Frame {
            kind: FrameKind::Function,
            is_left: false,
        };
        Runs {
            frames: vec![function],
            live: true,
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

    /// Whether some branch went to the function's own label.
    pub(crate) fn leaves_function(&self) -> bool {
        self.leaves_function
    }

    /// Steps over an operator; `true` if a run begins behind it.
    ///
    /// Total on unbalanced input, which the validator refuses later.
    pub(crate) fn step(&mut self, operator: &Operator<'_>) -> bool {
        let begins = match operator {
            Operator::Block { .. } => self.push(FrameKind::Block, false),
            Operator::Loop { .. } => {
                self.loops = self.loops.saturating_add(1);
                self.push(FrameKind::Loop, true)
            }
            Operator::If { .. } => self.push(FrameKind::If, true),
            Operator::Else => true,
            Operator::End => self.pop(),
            Operator::BrIf { relative_depth } => {
                self.leave(*relative_depth);
                true
            }
            Operator::Br { relative_depth } => {
                self.leave(*relative_depth);
                self.live = false;
                false
            }
            Operator::BrTable { targets } => {
                self.leave(targets.default());
                targets.targets().flatten().for_each(|it| self.leave(it));
                self.live = false;
                false
            }
            Operator::Return | Operator::Unreachable => {
                self.live = false;
                false
            }
            _ => false,
        };
        self.live |= begins;
        begins
    }

    fn push(&mut self, kind: FrameKind, begins: bool) -> bool {
        self.frames.push(Frame {
            kind,
            is_left: false,
        });
        begins
    }

    fn pop(&mut self) -> bool {
        match self.frames.pop() {
            Some(frame) => match frame.kind {
                FrameKind::If => true,
                FrameKind::Block => frame.is_left || !self.live,
                FrameKind::Loop => {
                    self.loops = self.loops.saturating_sub(1);
                    !self.live
                }
                FrameKind::Function => false,
            },
            None => false,
        }
    }

    /// A branch to the frame `depth` levels out; branches to a loop go to its start.
    fn leave(&mut self, depth: u32) {
        let index = self.frames.len().checked_sub(depth as usize + 1);
        if let Some(frame) = index.and_then(|it| self.frames.get_mut(it)) {
            frame.is_left = true;
            self.leaves_function |= frame.kind == FrameKind::Function;
        }
    }
}

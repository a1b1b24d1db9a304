//! Runs: operators that execute all or not at all, unless there is a trap, and so pay together.
//!
//! ```text
//! function entry ─ ops ─ loop │ ops ─ br_if │ ops ─ end(loop) ─ ops ─ if │ ops ─ else │ ops ─ end ─ ops
//!                             └ a run begins at each bar                                         │
//!                                                the run before the `if` goes on, if it is closed ┘
//! ```
//!
//! A run begins at the function's entry, inside a `loop`, in both arms of an `if`, and after `br_if`.
//! The end of a loop, or of a block that nothing branches to, does not break a run. Behind the end of
//! any other block, and of an `if`, the run goes on in which it began, if it is *closed*: no branch
//! inside leads farther than to its end, and there is no `return` and no `unreachable`, so that whoever
//! comes in comes out there. Else a run begins.
//!
//! The walk carries notes along every path, and joins them where paths meet; the writer sets them as
//! it charges. Not every charge looks at what is left: a check is due on a path that came through a
//! `loop` or back from a call since the last one, or would be charged more than [`UNCHECKED_GAS_MAX`]
//! since. So a frame without gas executes no more than that unpaid before it is stopped, which is less
//! than a frame costs; and imports and the frame's end look for themselves. A charge that does not
//! look leaves the counter behind the local; before anyone else looks, it is brought up to date.
//! Invariant: a jump lands only where a run begins or goes on; the same walk gives the same runs, in
//! `measure`, `body` and `emit_body` alike.
//! Not here: what operators cost (`price`).

use std::ops::BitOrAssign;

use argosy_primitives::Gas;
use wasmparser::Operator;

/// Gas that may be charged on any path, all runs together, before the counter is looked at.
pub(crate) const UNCHECKED_GAS_MAX: Gas = 1_000;

/// What is known of the paths to a place. The default: none leads there, or nothing happened on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notes {
    /// The next charge must look whether the counter is below zero.
    pub(crate) is_due: bool,
    /// What was charged since the counter was looked at.
    pub(crate) unchecked: Gas,
    /// The counter may be behind the local that keeps what is left.
    pub(crate) is_behind: bool,
}

impl Notes {
    /// Where a loop begins, whatever comes around it.
    const IN_LOOP: Notes = Notes {
        is_due: true,
        unchecked: 0,
        is_behind: true,
    };

    /// Takes a charge into account; whether it must look.
    pub(crate) fn charge(&mut self, gas: Gas) -> bool {
        let unchecked = self.unchecked.saturating_add(gas);
        let is_checked = self.is_due || unchecked > UNCHECKED_GAS_MAX;
        *self = Notes {
            is_due: false,
            unchecked: if is_checked { 0 } else { unchecked },
            is_behind: !is_checked,
        };
        is_checked
    }
}

impl BitOrAssign for Notes {
    fn bitor_assign(&mut self, other: Notes) {
        self.is_due |= other.is_due;
        self.unchecked = self.unchecked.max(other.unchecked);
        self.is_behind |= other.is_behind;
    }
}

/// Follows a body's control flow.
pub(crate) struct Runs {
    frames: Vec<Frame>,
    /// `false` between an unconditional jump and the end of its block: nothing executes.
    live: bool,
    /// Of the paths to the next operator; the default if not live.
    notes: Notes,
    /// The run of the next operator, by number.
    run: usize,
    /// How many have begun.
    count: usize,
    loops: u32,
    leaves_function: bool,
}

struct Frame {
    kind: FrameKind,
    /// Some branch leaves through this frame's end.
    is_left: bool,
    /// At this frame's end, of paths that have been walked already.
    at_end: Notes,
    /// Where the other arm of an `if` begins; until there is one, that is its end.
    in_other_arm: Notes,
    /// The run in which it began, if anything executed there.
    run: Option<usize>,
    /// The outermost frame, by index, to which a branch inside leads.
    reach: usize,
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
        let mut runs = Runs {
            frames: Vec::new(),
            live: true,
            notes: Notes::default(),
            run: 0,
            count: 1,
            loops: 0,
            leaves_function: false,
        };
        runs.open(FrameKind::Function);
        runs
    }

    /// Whether the next operator can execute.
    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// The run of the next operator: they are numbered as they begin.
    pub(crate) fn current(&self) -> usize {
        self.run
    }

    /// Whether no label but the function's own is open.
    pub(crate) fn is_outermost(&self) -> bool {
        self.frames.len() <= 1
    }

    /// Loops around the next operator.
    pub(crate) fn loops(&self) -> u32 {
        self.loops
    }

    /// Of the paths to the next operator.
    pub(crate) fn notes(&mut self) -> &mut Notes {
        &mut self.notes
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
                self.open(FrameKind::Block);
                false
            }
            Operator::Loop { .. } => {
                self.loops = self.loops.saturating_add(1);
                self.open(FrameKind::Loop);
                self.notes = Notes::IN_LOOP;
                true
            }
            Operator::If { .. } => {
                self.open(FrameKind::If);
                true
            }
            Operator::Else => self.other_arm(),
            Operator::End => self.close(),
            Operator::Call { .. } | Operator::CallIndirect { .. } => {
                self.notes.is_due = self.live;
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
            Operator::Return | Operator::Unreachable => {
                self.reaches(0);
                self.die()
            }
            _ => false,
        };
        if begins {
            self.live = true;
            self.run = self.count;
            self.count = self.count.saturating_add(1);
        }
        begins
    }

    fn open(&mut self, kind: FrameKind) {
        let in_other_arm = match kind {
            FrameKind::If => self.notes,
            FrameKind::Function | FrameKind::Block | FrameKind::Loop => Notes::default(),
        };
        self.frames.push(Frame {
            kind,
            is_left: false,
            at_end: Notes::default(),
            in_other_arm,
            run: self.live.then_some(self.run),
            reach: usize::MAX,
        });
    }

    fn die(&mut self) -> bool {
        self.live = false;
        self.notes = Notes::default();
        false
    }

    fn other_arm(&mut self) -> bool {
        if let Some(frame) = self.frames.last_mut() {
            frame.at_end |= self.notes;
            self.notes = std::mem::take(&mut frame.in_other_arm);
        }
        true
    }

    fn close(&mut self) -> bool {
        let Some(frame) = self.frames.pop() else {
            return false;
        };
        self.reaches(frame.reach);
        self.notes |= frame.at_end;
        self.notes |= frame.in_other_arm;
        let breaks = match frame.kind {
            FrameKind::If => true,
            FrameKind::Block => frame.is_left || !self.live,
            FrameKind::Loop => {
                self.loops = self.loops.saturating_sub(1);
                return !self.live;
            }
            FrameKind::Function => return false,
        };
        // Its own index is now that of the next frame.
        let is_closed = frame.reach >= self.frames.len();
        match frame.run.filter(|_| breaks && is_closed) {
            Some(run) => {
                self.live = true;
                self.run = run;
                false
            }
            None => breaks,
        }
    }

    /// A branch to the frame `depth` levels out; branches to a loop go to its start, where what comes
    /// around is noted already.
    fn leave(&mut self, depth: u32) {
        let index = self.frames.len().checked_sub(depth as usize + 1);
        if let Some(frame) = index.and_then(|it| self.frames.get_mut(it)) {
            frame.is_left = true;
            self.leaves_function |= frame.kind == FrameKind::Function;
            if frame.kind != FrameKind::Loop {
                frame.at_end |= self.notes;
            }
        }
        // A label that does not exist, in a module that is refused later, is outside of all.
        self.reaches(index.unwrap_or_default());
    }

    /// Something inside the innermost frame leads to the frame at `index`.
    fn reaches(&mut self, index: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.reach = frame.reach.min(index);
        }
    }
}

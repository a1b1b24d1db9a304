//! The plan by which a body is instrumented: what each run charges, what the frame weighs.
//!
//! Invariant: the plan is a function of the operators and prices alone, so `emit_body`, which walks
//! the same operators, meets the runs in the order of [`BodyPlan::charges`].
//! Not here: limits (`body`).

use argosy_primitives::Gas;
use argosy_spec::InstructionPrices;
use wasmparser::Operator;

use crate::{
    float::nan_rule,
    price::{is_bulk, is_free, operator_price},
    runs::{Runs, UNCHECKED_GAS_MAX},
};

/// Words of a frame besides locals and operands: up to three locals and three operands of the
/// instrumentation's own, and what engines keep per call.
const FRAME_WORDS: u32 = 8;
/// Words of a frame for the rules of floats: two locals and four operands.
const FLOAT_WORDS: u32 = 6;

/// What is written at the start of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Charge {
    /// Gas of the run, its header included; 0 where nothing is charged.
    pub(crate) gas: Gas,
    /// Whether it is looked at what is left.
    pub(crate) is_checked: bool,
    /// Whether the counter is loaded, in place of the local that keeps it.
    pub(crate) loads: bool,
}

/// How to instrument one body.
#[derive(Debug)]
pub(crate) struct BodyPlan {
    /// What each run is charged, in order.
    pub(crate) charges: Vec<Charge>,
    /// What the frame takes from the stack's depth.
    pub(crate) frame_words: u32,
    /// Whether it calls: only then do other frames stand on its own.
    pub(crate) calls: bool,
    /// Whether a branch goes to the function's own label.
    pub(crate) leaves_by_branch: bool,
    /// Whether the instrumentation must put an `i32` aside.
    pub(crate) needs_scratch: bool,
    /// Whether the rules of floats need locals of theirs.
    pub(crate) needs_floats: bool,
    /// Parameters and locals.
    pub(crate) locals: u32,
}

/// Builds a plan, operator by operator.
pub(crate) struct Planner<'p> {
    prices: &'p InstructionPrices,
    runs: Runs,
    plan: BodyPlan,
    /// Runs that charge, and operators that charge by themselves.
    blocks: u32,
    /// Charged before the present run and not checked.
    unchecked_before: Gas,
    select_is_safe: bool,
}

impl<'p> Planner<'p> {
    /// At the entry of a function, which always charges, unless a table of prices has no header.
    pub(crate) fn new(prices: &'p InstructionPrices, locals: u32) -> Planner<'p> {
        let entry = prices
            .entry_per_8_locals
            .saturating_mul(u64::from(locals.div_ceil(8)));
        let mut runs = Runs::new();
        let gas = prices.block_header.saturating_add(entry);
        let first = Charge {
            gas,
            is_checked: gas > 0 && runs.charged().0,
            loads: true,
        };
        let plan = BodyPlan {
            charges: vec![first],
            frame_words: 0,
            calls: false,
            leaves_by_branch: false,
            needs_scratch: false,
            needs_floats: false,
            locals,
        };
        Planner {
            prices,
            runs,
            plan,
            blocks: 1,
            unchecked_before: 0,
            select_is_safe: true,
        }
    }

    /// Takes the next operator into the plan.
    pub(crate) fn step(&mut self, operator: &Operator<'_>) {
        if self.runs.is_live() && !is_free(operator) {
            self.charge(operator_price(operator, self.prices));
        }
        match operator {
            operator if is_bulk(operator) => {
                self.plan.needs_scratch = true;
                self.blocks = self.blocks.saturating_add(1);
            }
            Operator::Select if !self.select_is_safe => self.plan.needs_scratch = true,
            operator if far_store(operator) == Some(StoredAs::I32) => {
                self.plan.needs_scratch = true;
            }
            Operator::Call { .. } | Operator::CallIndirect { .. } => self.plan.calls = true,
            operator if nan_rule(operator).is_some() => {
                self.plan.needs_floats = true;
                self.plan.needs_scratch = true;
            }
            _ => {}
        }
        self.select_is_safe = is_safe_before_select(operator);
        if self.runs.step(operator) {
            self.plan.charges.push(Charge::default());
        }
    }

    /// Metered blocks so far.
    pub(crate) fn blocks(&self) -> u32 {
        self.blocks
    }

    /// Loops around the next operator.
    pub(crate) fn loops(&self) -> u32 {
        self.runs.loops()
    }

    /// The plan of a whole body whose operand stack was at most `operands_max` high.
    pub(crate) fn finish(mut self, operands_max: u32) -> BodyPlan {
        self.plan.leaves_by_branch = self.runs.leaves_function();
        for (run, loads) in self.plan.charges.iter_mut().zip(self.runs.loads()) {
            run.loads = *loads;
        }
        self.plan.frame_words = self
            .plan
            .locals
            .saturating_add(operands_max)
            .saturating_add(FRAME_WORDS);
        if self.plan.needs_floats {
            self.plan.frame_words = self.plan.frame_words.saturating_add(FLOAT_WORDS);
        }
        self.plan
    }

    /// Adds to the current run, whose first charge also pays for the header.
    fn charge(&mut self, price: Gas) {
        let Some(run) = self.plan.charges.last_mut() else {
            return;
        };
        if run.gas == 0 {
            run.gas = self.prices.block_header;
            let (is_checked, before) = self.runs.charged();
            run.is_checked |= is_checked;
            self.unchecked_before = before;
            self.blocks = self.blocks.saturating_add(1);
        }
        run.gas = run.gas.saturating_add(price);
        let unchecked = self.unchecked_before.saturating_add(run.gas);
        run.is_checked |= unchecked > UNCHECKED_GAS_MAX;
        self.runs
            .leaves_unchecked(if run.is_checked { 0 } else { unchecked });
    }
}

/// How an integer is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoredAs {
    I32,
    I64,
}

/// Whether an operator stores an integer at an offset that wasmi 2.0.0 may not be able to translate,
/// and as what.
///
/// It panics if address and value are the same register (`local.tee 0; local.get 0`) and the offset
/// has more than 16 bits. So the value takes a detour through a local, which moves the register to
/// the value: as an `i32` through one of its own, as an `i64` through the one that keeps the gas
/// left, which the next charge then loads anew.
pub(crate) fn far_store(operator: &Operator<'_>) -> Option<StoredAs> {
    let (memarg, stored_as) = match operator {
        Operator::I32Store { memarg }
        | Operator::I32Store8 { memarg }
        | Operator::I32Store16 { memarg } => (memarg, StoredAs::I32),
        Operator::I64Store { memarg }
        | Operator::I64Store8 { memarg }
        | Operator::I64Store16 { memarg }
        | Operator::I64Store32 { memarg } => (memarg, StoredAs::I64),
        _ => return None,
    };
    (memarg.offset > u64::from(u16::MAX)).then_some(stored_as)
}

/// Whether wasmi 2.0.0 translates a `select` right whose condition comes from this operator.
///
/// It folds a compare with zero into the `select` that follows, and then reads the condition from
/// a register that nobody wrote. The compare may hide behind an operator that translates to
/// nothing (a shift by zero, the end of a block), so only what certainly leaves no such compare
/// behind counts as safe; before any other, the condition takes a detour through a local.
pub(crate) fn is_safe_before_select(operator: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(
        operator,
        LocalGet { .. }
            | GlobalGet { .. }
            | I32Const { .. }
            | Call { .. }
            | CallIndirect { .. }
            | I32Load { .. }
            | I32Load8S { .. }
            | I32Load8U { .. }
            | I32Load16S { .. }
            | I32Load16U { .. }
            | I32LtS
            | I32LtU
            | I32GtS
            | I32GtU
            | I32LeS
            | I32LeU
            | I32GeS
            | I32GeU
            | I64LtS
            | I64LtU
            | I64GtS
            | I64GtU
            | I64LeS
            | I64LeU
            | I64GeS
            | I64GeU
    )
}

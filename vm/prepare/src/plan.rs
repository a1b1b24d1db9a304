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
    runs::Runs,
};

/// Words of a frame besides locals and operands: up to three locals and three operands of the
/// instrumentation's own, and what engines keep per call.
const FRAME_WORDS: u32 = 8;
/// Words of a frame for the rules of floats: two locals and four operands.
const FLOAT_WORDS: u32 = 6;

/// How to instrument one body.
#[derive(Debug)]
pub(crate) struct BodyPlan {
    /// What each run is charged, its header included, in order; 0 where nothing is.
    pub(crate) charges: Vec<Gas>,
    /// For each operator that hands the counter over, in order: whether the local that keeps what is
    /// left must be loaded behind it.
    pub(crate) loads: Vec<bool>,
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

impl BodyPlan {
    /// What a run is charged.
    pub(crate) fn charge_of(&self, run: usize) -> Gas {
        self.charges.get(run).copied().unwrap_or_default()
    }
}

/// Builds a plan, operator by operator.
pub(crate) struct Planner<'p> {
    prices: &'p InstructionPrices,
    runs: Runs,
    plan: BodyPlan,
    /// Runs that charge, and operators that charge by themselves.
    blocks: u32,
    /// The counter was handed over since the local was loaded: the last of [`BodyPlan::loads`] tells
    /// whether the local is needed again.
    is_stale: bool,
    select_is_safe: bool,
}

impl<'p> Planner<'p> {
    /// At the entry of a function, which always charges, unless a table of prices has no header.
    pub(crate) fn new(prices: &'p InstructionPrices, locals: u32) -> Planner<'p> {
        let entry = prices
            .entry_per_8_locals
            .saturating_mul(u64::from(locals.div_ceil(8)));
        let gas = prices.block_header.saturating_add(entry);
        let plan = BodyPlan {
            charges: vec![gas],
            loads: Vec::new(),
            frame_words: 0,
            calls: false,
            leaves_by_branch: false,
            needs_scratch: false,
            needs_floats: false,
            locals,
        };
        Planner {
            prices,
            runs: Runs::new(),
            plan,
            blocks: 1,
            is_stale: false, // The first charge is never 0: a header is not.
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
        if self.is_stale && needs_local(operator, self.runs.is_outermost()) {
            self.is_stale = false;
            if let Some(loads) = self.plan.loads.last_mut() {
                *loads = true;
            }
        }
        if hands_over(operator) {
            self.is_stale = self.runs.is_live();
            self.plan.loads.push(false);
        }
        if self.runs.step(operator) {
            self.plan.charges.push(0);
        }
        self.is_stale &= self.runs.is_live();
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
        let Some(run) = self.plan.charges.get_mut(self.runs.current()) else {
            return;
        };
        if *run == 0 {
            *run = self.prices.block_header;
            self.blocks = self.blocks.saturating_add(1);
        }
        *run = run.saturating_add(price);
    }
}

/// Whether an operator, or what takes its place, hands the counter to somebody else, or uses the local
/// that keeps what is left.
pub(crate) fn hands_over(operator: &Operator<'_>) -> bool {
    match operator {
        Operator::Call { .. } | Operator::CallIndirect { .. } | Operator::MemoryGrow { .. } => true,
        operator => far_store(operator) == Some(StoredAs::I64),
    }
}

/// Whether the local must have what is left before an operator: control goes elsewhere, or bytes are
/// charged.
fn needs_local(operator: &Operator<'_>, is_outermost: bool) -> bool {
    use Operator::*;
    match operator {
        Loop { .. } | If { .. } | Else | Br { .. } | BrIf { .. } | BrTable { .. } => true,
        End => !is_outermost,
        operator => is_bulk(operator),
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

//! A function's body: its rules.
//!
//! Invariant: a plan exists only for a body that wasmparser found valid and that obeys every limit.
//! Not here: what the plan says (`plan`) and how it is carried out (`emit_body`).

use argosy_spec::{AbiLimits, InstructionPrices};
use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, Operator, OperatorsReader,
    ValidatorResources,
};

use crate::{
    Limit, Reason, Refusal, Section,
    feature::{operator_name, refused_feature},
    limit::at_most,
    plan::{BodyPlan, Planner},
};

/// Checks bodies one by one and keeps the sums that have limits of their own.
pub(crate) struct Bodies<'l> {
    limits: &'l AbiLimits,
    prices: &'l InstructionPrices,
    allocations: FuncValidatorAllocations,
    locals: u32,
    blocks: u32,
    br_table_targets: u32,
    grows_memory: bool,
}

impl<'l> Bodies<'l> {
    pub(crate) fn new(limits: &'l AbiLimits, prices: &'l InstructionPrices) -> Bodies<'l> {
        Bodies {
            limits,
            prices,
            allocations: FuncValidatorAllocations::default(),
            locals: 0,
            blocks: 0,
            br_table_targets: 0,
            grows_memory: false,
        }
    }

    /// Locals of all bodies, parameters included.
    pub(crate) fn locals(&self) -> u32 {
        self.locals
    }

    /// Metered blocks of all bodies.
    pub(crate) fn blocks(&self) -> u32 {
        self.blocks
    }

    /// Whether some body grows the memory.
    pub(crate) fn grows_memory(&self) -> bool {
        self.grows_memory
    }

    /// Validates a body and plans its instrumentation.
    pub(crate) fn plan(
        &mut self,
        function: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) -> Result<BodyPlan, Refusal> {
        let (limits, range) = (self.limits, body.range());
        let at = |offset| (Section::Code, offset);
        at_most(
            Limit::BodyBytes,
            range.len(),
            limits.body_bytes_max,
            at(range.start),
        )?;
        let mut validator = function.into_validator(std::mem::take(&mut self.allocations));
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader).map_err(refused)?;
        let locals = validator.len_locals();
        self.locals = self.locals.saturating_add(locals);
        at_most(
            Limit::LocalsFunction,
            locals,
            limits.locals_function_max,
            at(range.start),
        )?;
        at_most(
            Limit::Locals,
            self.locals,
            limits.locals_max,
            at(range.start),
        )?;

        let mut planner = Planner::new(self.prices, locals);
        let mut operators = OperatorsReader::new(reader);
        let mut operands_max = 0;
        while !operators.eof() {
            let offset = operators.original_position();
            // Operators are large: this does not copy them around.
            let operator = match operators.read() {
                Ok(operator) => operator,
                Err(error) => return Err(refused(error)),
            };
            accepted(&operator, limits, at(offset))?;
            validator.op(offset, &operator).map_err(refused)?;
            planner.step(&operator);
            self.count(&operator, at(offset))?;
            // The function itself is the first frame of the control stack.
            let nesting = validator.control_stack_height().saturating_sub(1);
            operands_max = operands_max.max(validator.operand_stack_height());
            at_most(Limit::Nesting, nesting, limits.nesting_max, at(offset))?;
            at_most(
                Limit::NestingLoops,
                planner.loops(),
                limits.nesting_loops_max,
                at(offset),
            )?;
            at_most(
                Limit::OperandsFunction,
                operands_max,
                limits.operands_function_max,
                at(offset),
            )?;
            at_most(
                Limit::BlocksFunction,
                planner.blocks(),
                limits.blocks_function_max,
                at(offset),
            )?;
        }
        operators.finish().map_err(refused)?;
        self.blocks = self.blocks.saturating_add(planner.blocks());
        at_most(
            Limit::Blocks,
            self.blocks,
            limits.blocks_max,
            at(range.start),
        )?;
        self.allocations = validator.into_allocations();
        Ok(planner.finish(operands_max))
    }

    /// What an operator adds to the sums of the module.
    fn count(&mut self, operator: &Operator<'_>, at: (Section, usize)) -> Result<(), Refusal> {
        match operator {
            Operator::MemoryGrow { .. } => self.grows_memory = true,
            Operator::BrTable { targets } => {
                let limits = self.limits;
                let targets = targets.len().saturating_add(1);
                self.br_table_targets = self.br_table_targets.saturating_add(targets);
                at_most(
                    Limit::BrTableTargets,
                    targets,
                    limits.br_table_targets_max,
                    at,
                )?;
                let (sum, max) = (self.br_table_targets, limits.br_table_targets_module_max);
                at_most(Limit::BrTableTargetsModule, sum, max, at)?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Refuses an operator by name if its feature is off.
fn accepted(
    operator: &Operator<'_>,
    limits: &AbiLimits,
    (section, offset): (Section, usize),
) -> Result<(), Refusal> {
    let Some(feature) = refused_feature(operator, limits) else {
        return Ok(());
    };
    let used_by = operator_name(operator);
    let reason = Reason::Feature { feature, used_by };
    Err(Refusal::at(section, offset, reason))
}

fn refused(error: wasmparser::Error) -> Refusal {
    Refusal::of_parser(Section::Code, &error)
}

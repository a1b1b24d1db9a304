//! Writes an instrumented body.
//!
//! ```text
//! block $stop                    where a call ends that may not go on
//!   charge the first run         global.get g; i64.const n; i64.sub; local.tee l; global.set g;
//!                                local.get l; i64.const 0; i64.lt_s; br_if $stop
//!   enter the frame              global.get d; local.tee b; i32.const words; i32.lt_s; br_if $stop;
//!                                local.get b; i32.const words; i32.sub; global.set d
//!   block (result …)             takes the place of the function's label, so that every way out
//!     the body                   passes behind it; further runs charge like the first, or plainly
//!   end
//!   leave the frame              local.get b; global.set d
//!   return
//! end
//! i32.const -1; global.set d; unreachable
//! ```
//!
//! A body that calls nothing only compares the depth: no frame ever stands on its own, so it has
//! nothing to take and to give back.
//! Further charges take what is left from the local, and a plain one keeps it there:
//! `local.get l; i64.const n; i64.sub; local.set l`. The counter is brought up to date, if it may be
//! behind, before somebody else looks at it; and the local behind whoever may have changed the counter,
//! if it is needed before that happens again.
//! Invariant: whoever finds a call ended, in whatever way, looks at the gas first: below zero, it
//! ran out; else, if it trapped, at the depth: below zero, it was too deep; else the guest's own
//! code trapped. Where control goes elsewhere, the local has what is left; the counter has more only
//! by what was charged plainly.

use std::convert::Infallible;

use argosy_spec::InstructionPrices;
use wasm_encoder::{
    BlockType, Function, ValType,
    reencode::{Error, Reencode},
};
use wasmparser::{FunctionBody, Operator};

use crate::{
    emit::{Hooks, Renumber},
    float::{FloatLocals, NanRule, nan_rule, write_nan_rule},
    plan::{BodyPlan, StoredAs, far_store, hands_over, is_safe_before_select},
    price::is_bulk,
    runs::Runs,
    sequences::{charge, charge_bulk, enter, leave, load_gas, store_gas},
};

/// What the writer of one body must know.
pub(crate) struct BodyContext<'a> {
    pub(crate) plan: &'a BodyPlan,
    pub(crate) prices: &'a InstructionPrices,
    /// The block with the function's results, where one stands for the function's label.
    pub(crate) block_type: Option<BlockType>,
    /// The import that replaces `memory.grow`.
    pub(crate) memory_grow: Option<u32>,
    /// The imports that are told where the function begins and returns, for a profile.
    pub(crate) hooks: Option<Hooks>,
    /// The function's index in the module as uploaded.
    pub(crate) function: u32,
    pub(crate) gas_global: u32,
    pub(crate) depth_global: u32,
    pub(crate) renumber: &'a mut Renumber,
}

impl BodyContext<'_> {
    /// The `i64` in which a charge keeps the gas left.
    pub(crate) fn gas_local(&self) -> u32 {
        self.plan.locals
    }

    /// The `i32` in which a frame keeps the depth before it, and a body that calls nothing keeps
    /// nothing.
    pub(crate) fn depth_local(&self) -> u32 {
        self.plan.locals.saturating_add(1)
    }

    /// The `i32` for a value that must be put aside.
    pub(crate) fn scratch_local(&self) -> u32 {
        let after = if self.plan.calls { 2 } else { 1 };
        self.plan.locals.saturating_add(after)
    }

    /// Where the rules of floats put things aside.
    fn float_locals(&self) -> FloatLocals {
        let scratch = self.scratch_local();
        FloatLocals {
            scratch,
            f32: scratch.saturating_add(1),
            f64: scratch.saturating_add(2),
        }
    }

    /// Labels between a place inside `nesting` of the body's own blocks and `$stop`.
    fn stop_label(&self, nesting: u32) -> u32 {
        nesting.saturating_add(u32::from(self.block_type.is_some()))
    }

    pub(crate) fn frame_words(&self) -> i32 {
        i32::try_from(self.plan.frame_words).unwrap_or(i32::MAX)
    }
}

/// Writes the instrumented form of a body.
pub(crate) fn emit_body(
    body: &FunctionBody<'_>,
    context: &mut BodyContext<'_>,
) -> Result<Function, Error<Infallible>> {
    let mut function = Function::new(locals(body, context)?);
    let mut loads = context.plan.loads.iter().copied();
    enter(&mut function.instructions(), context);

    let mut runs = Runs::new();
    let mut nesting = 0_u32;
    let mut select_is_safe = true;
    for operator in body.get_operators_reader()? {
        let operator = operator?;
        if runs.notes().is_behind && needs_counter(&operator, nesting) {
            store_gas(&mut function.instructions(), context);
            runs.notes().is_behind = false;
        }
        if matches!(operator, Operator::Select) && !select_is_safe {
            let scratch = context.scratch_local();
            function
                .instructions()
                .local_set(scratch)
                .local_get(scratch);
        }
        if let Some(stored_as) = far_store(&operator) {
            let through = match stored_as {
                StoredAs::I32 => context.scratch_local(),
                StoredAs::I64 => context.gas_local(),
            };
            function
                .instructions()
                .local_set(through)
                .local_get(through);
        }
        select_is_safe = is_safe_before_select(&operator);
        let begins = runs.step(&operator);
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => nesting += 1,
            Operator::End if nesting == 0 => break,
            Operator::End => nesting -= 1,
            _ => {}
        }
        if is_bulk(&operator) {
            runs.notes().is_behind = false; // It charges for its bytes, and looks.
        }
        let is_handed_over = hands_over(&operator);
        write(&mut function, operator, nesting, context)?;
        if is_handed_over && loads.next().unwrap_or_default() {
            load_gas(&mut function.instructions(), context);
        }
        if begins {
            let gas = context.plan.charge_of(runs.current());
            if gas > 0 {
                let stop = runs
                    .notes()
                    .charge(gas)
                    .then(|| context.stop_label(nesting));
                charge(&mut function.instructions(), context, gas, stop);
            }
        }
    }
    leave(&mut function.instructions(), context);
    Ok(function)
}

/// The body's own locals, then those of the instrumentation.
fn locals(
    body: &FunctionBody<'_>,
    context: &mut BodyContext<'_>,
) -> Result<Vec<(u32, ValType)>, Error<Infallible>> {
    let mut locals = Vec::new();
    for group in body.get_locals_reader()? {
        let (count, ty) = group?;
        locals.push((count, context.renumber.val_type(ty)?));
    }
    locals.push((1, ValType::I64));
    let words = u32::from(context.plan.calls) + u32::from(context.plan.needs_scratch);
    if words > 0 {
        locals.push((words, ValType::I32));
    }
    if context.plan.needs_floats {
        locals.push((1, ValType::F32));
        locals.push((1, ValType::F64));
    }
    Ok(locals)
}

/// Whether somebody else looks at the counter at an operator inside `nesting` of the body's own blocks.
fn needs_counter(operator: &Operator<'_>, nesting: u32) -> bool {
    match operator {
        Operator::Return => true,
        Operator::End => nesting == 0,
        Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
            *relative_depth == nesting
        }
        Operator::BrTable { targets } => {
            let mut inner = targets.targets().flatten();
            targets.default() == nesting || inner.any(|it| it == nesting)
        }
        operator => hands_over(operator),
    }
}

/// Writes one operator, or what takes its place.
fn write(
    function: &mut Function,
    operator: Operator<'_>,
    nesting: u32,
    context: &mut BodyContext<'_>,
) -> Result<(), Error<Infallible>> {
    if is_bulk(&operator) {
        charge_bulk(
            &mut function.instructions(),
            context,
            context.stop_label(nesting),
        );
    }
    match operator {
        // Where the depth must be given back, or the end told, a return is a branch to where that is done.
        Operator::Return if context.plan.calls || context.hooks.is_some() => {
            function.instructions().br(nesting);
        }
        Operator::MemoryGrow { .. } => {
            let host = context.memory_grow.expect("planned when the body was read");
            function.instructions().call(host);
        }
        operator => {
            let rule = nan_rule(&operator);
            // These two rules begin with the operator itself.
            if !matches!(rule, Some(NanRule::Promote | NanRule::Demote)) {
                function.instruction(&context.renumber.instruction(operator)?);
            }
            if let Some(rule) = rule {
                write_nan_rule(&mut function.instructions(), rule, context.float_locals());
            }
        }
    }
    Ok(())
}

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
//! A plain charge does not look at what is left; a charge that need not load the counter begins with
//! `local.get l` in place of `global.get g` (`runs` says where that is enough).
//! Invariant: whoever finds a call ended, in whatever way, looks at the gas first: below zero, it
//! ran out; else, if it trapped, at the depth: below zero, it was too deep; else the guest's own
//! code trapped.

use std::convert::Infallible;

use argosy_spec::InstructionPrices;
use wasm_encoder::{
    BlockType, Function, InstructionSink, ValType,
    reencode::{Error, Reencode},
};
use wasmparser::{FunctionBody, Operator};

use crate::{
    emit::Renumber,
    float::{FloatLocals, NanRule, nan_rule, write_nan_rule},
    plan::{BodyPlan, Charge, StoredAs, far_store, is_safe_before_select},
    price::is_bulk,
    runs::Runs,
};

/// Bytes that `memory.copy` and `memory.fill` charge together, as a power of two.
const BULK_BYTES_LOG2: i64 = 6;

/// What the writer of one body must know.
pub(crate) struct BodyContext<'a> {
    pub(crate) plan: &'a BodyPlan,
    pub(crate) prices: &'a InstructionPrices,
    /// The block with the function's results, where one stands for the function's label.
    pub(crate) block_type: Option<BlockType>,
    /// The import that replaces `memory.grow`.
    pub(crate) memory_grow: Option<u32>,
    pub(crate) gas_global: u32,
    pub(crate) depth_global: u32,
    pub(crate) renumber: &'a mut Renumber,
}

impl BodyContext<'_> {
    /// The `i64` in which a charge keeps the gas left.
    fn gas_local(&self) -> u32 {
        self.plan.locals
    }

    /// The `i32` in which a frame keeps the depth before it, and a body that calls nothing keeps
    /// nothing.
    fn depth_local(&self) -> u32 {
        self.plan.locals.saturating_add(1)
    }

    /// The `i32` for a value that must be put aside.
    fn scratch_local(&self) -> u32 {
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

    fn frame_words(&self) -> i32 {
        i32::try_from(self.plan.frame_words).unwrap_or(i32::MAX)
    }
}

/// Writes the instrumented form of a body.
pub(crate) fn emit_body(
    body: &FunctionBody<'_>,
    context: &mut BodyContext<'_>,
) -> Result<Function, Error<Infallible>> {
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
    let mut function = Function::new(locals);
    let mut charges = context.plan.charges.iter().copied();
    enter(
        &mut function.instructions(),
        context,
        charges.next().unwrap_or_default(),
    );

    let mut runs = Runs::new();
    let mut nesting = 0_u32;
    let mut select_is_safe = true;
    for operator in body.get_operators_reader()? {
        let operator = operator?;
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
        write(&mut function, operator, nesting, context)?;
        if begins {
            let due = charges.next().unwrap_or_default();
            let stop = context.stop_label(nesting);
            charge(&mut function.instructions(), context, due, stop);
        }
    }
    leave(&mut function.instructions(), context);
    Ok(function)
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
        // Where the depth must be given back, a return is a branch to where that is done.
        Operator::Return if context.plan.calls => {
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

/// Opens `$stop`, charges the first run, checks and takes the depth, opens the body's block.
fn enter(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>, first: Charge) {
    let (depth, words) = (context.depth_global, context.frame_words());
    sink.block(BlockType::Empty);
    charge(sink, context, first, 0);
    sink.global_get(depth);
    if context.plan.calls {
        let before = context.depth_local();
        sink.local_tee(before)
            .i32_const(words)
            .i32_lt_s()
            .br_if(0)
            .local_get(before)
            .i32_const(words)
            .i32_sub()
            .global_set(depth);
    } else {
        sink.i32_const(words).i32_lt_s().br_if(0);
    }
    if let Some(block_type) = context.block_type {
        sink.block(block_type);
    }
}

/// Closes the body's block, gives the depth back, closes `$stop`.
fn leave(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>) {
    let depth = context.depth_global;
    if context.block_type.is_some() {
        sink.end();
    }
    if context.plan.calls {
        sink.local_get(context.depth_local()).global_set(depth);
    }
    sink.return_().end();
    sink.i32_const(-1).global_set(depth).unreachable().end();
}

/// Takes a run's gas from the counter; writes nothing if that is 0.
fn charge(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>, run: Charge, stop: u32) {
    if run.gas == 0 {
        return;
    }
    // Cut so that no number of plain charges brings the counter from below zero around to above.
    let gas = i32::try_from(run.gas).unwrap_or(i32::MAX);
    match run.loads {
        true => sink.global_get(context.gas_global),
        false => sink.local_get(context.gas_local()),
    };
    sink.i64_const(gas.into());
    subtract_gas(sink, context);
    if run.is_checked {
        check_gas(sink, context, stop);
    }
}

/// Charges for the bytes whose number is on the stack, and leaves it there.
fn charge_bulk(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>, stop: u32) {
    let length = context.scratch_local();
    let price = i64::try_from(context.prices.bulk_per_64_bytes).unwrap_or(i64::MAX);
    sink.local_set(length)
        .global_get(context.gas_global)
        .local_get(length)
        .i64_extend_i32_u()
        .i64_const((1 << BULK_BYTES_LOG2) - 1)
        .i64_add()
        .i64_const(BULK_BYTES_LOG2)
        .i64_shr_u();
    if price != 1 {
        sink.i64_const(price).i64_mul();
    }
    subtract_gas(sink, context);
    check_gas(sink, context, stop);
    sink.local_get(length);
}

/// Subtracts the price on the stack from the gas below it and keeps the rest.
fn subtract_gas(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>) {
    sink.i64_sub()
        .local_tee(context.gas_local())
        .global_set(context.gas_global);
}

/// Stops if less than nothing is left.
fn check_gas(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>, stop: u32) {
    sink.local_get(context.gas_local())
        .i64_const(0)
        .i64_lt_s()
        .br_if(stop);
}

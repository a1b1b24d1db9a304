//! Writes an instrumented body.
//!
//! ```text
//! charge the first run         global.get g; i64.const n; i64.sub; global.set g;
//!                              global.get g; i64.const 0; i64.lt_s; if unreachable end
//! enter the frame              the same on the depth, with the frame's words
//! block (result …)             takes the place of the function's label, so that `return`
//!   the body                   becomes a branch and every way out passes
//! end
//! leave the frame              global.get d; i32.const words; i32.add; global.set d
//! ```
//!
//! A body that calls nothing only compares the depth: no frame ever stands on its own, so it has
//! nothing to settle and needs no block.
//! Invariant: gas below zero means out of gas, depth below zero means too deep; both end in
//! `unreachable`, and a trap leaves both as they are.

use std::convert::Infallible;

use argosy_primitives::Gas;
use argosy_spec::InstructionPrices;
use wasm_encoder::{
    BlockType, Function, InstructionSink, ValType,
    reencode::{Error, Reencode},
};
use wasmparser::{FunctionBody, Operator};

use crate::{
    emit::Renumber,
    plan::{BodyPlan, is_safe_before_select},
    price::is_bulk,
    runs::Runs,
};

/// Bytes that `memory.copy` and `memory.fill` charge together, as a power of two.
const BULK_BYTES_LOG2: i64 = 6;

/// What the writer of one body must know.
pub(crate) struct BodyContext<'a> {
    pub(crate) plan: &'a BodyPlan,
    pub(crate) prices: &'a InstructionPrices,
    /// The block around a body that settles its depth.
    pub(crate) block_type: Option<BlockType>,
    /// The import that replaces `memory.grow`.
    pub(crate) memory_grow: Option<u32>,
    pub(crate) gas_global: u32,
    pub(crate) depth_global: u32,
    pub(crate) renumber: &'a mut Renumber,
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
    if context.plan.needs_scratch {
        locals.push((1, ValType::I32));
    }
    let mut function = Function::new(locals);
    let mut charges = context.plan.charges.iter().copied();
    charge(&mut function, context, charges.next().unwrap_or(0));
    enter_frame(&mut function.instructions(), context);

    let mut runs = Runs::new();
    let mut nesting = 0_u32;
    let mut select_is_safe = true;
    for operator in body.get_operators_reader()? {
        let operator = operator?;
        if matches!(operator, Operator::Select) && !select_is_safe {
            let scratch = context.plan.locals;
            function
                .instructions()
                .local_set(scratch)
                .local_get(scratch);
        }
        select_is_safe = is_safe_before_select(&operator);
        let begins = runs.step(&operator);
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => nesting += 1,
            Operator::End if nesting == 0 => {
                leave_frame(&mut function.instructions(), context);
                break;
            }
            Operator::End => nesting -= 1,
            _ => {}
        }
        write(&mut function, operator, nesting, context)?;
        if begins {
            charge(&mut function, context, charges.next().unwrap_or(0));
        }
    }
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
        charge_bulk(&mut function.instructions(), context);
    }
    match operator {
        Operator::Return if context.block_type.is_some() => {
            function.instructions().br(nesting);
        }
        Operator::MemoryGrow { .. } => {
            let host = context.memory_grow.expect("planned when the body was read");
            function.instructions().call(host);
        }
        operator => {
            function.instruction(&context.renumber.instruction(operator)?);
        }
    }
    Ok(())
}

/// Takes `gas` from the counter; nothing if it is 0.
fn charge(function: &mut Function, context: &BodyContext<'_>, gas: Gas) {
    if gas == 0 {
        return;
    }
    let gas = i64::try_from(gas).unwrap_or(i64::MAX);
    let mut sink = function.instructions();
    sink.global_get(context.gas_global).i64_const(gas).i64_sub();
    settle_gas(&mut sink, context);
}

/// Stores the gas on the stack and ends the call if it is below zero.
fn settle_gas(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>) {
    sink.global_set(context.gas_global)
        .global_get(context.gas_global)
        .i64_const(0)
        .i64_lt_s()
        .if_(BlockType::Empty)
        .unreachable()
        .end();
}

/// Charges for the bytes whose number is on the stack, and leaves it there.
fn charge_bulk(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>) {
    let length = context.plan.locals;
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
    sink.i64_sub();
    settle_gas(sink, context);
    sink.local_get(length);
}

/// Takes the frame's words from the depth, or ends the call.
fn enter_frame(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>) {
    let words = i32::try_from(context.plan.frame_words).unwrap_or(i32::MAX);
    let depth = context.depth_global;
    match context.block_type {
        Some(block_type) => {
            sink.global_get(depth)
                .i32_const(words)
                .i32_sub()
                .global_set(depth)
                .global_get(depth)
                .i32_const(0)
                .i32_lt_s()
                .if_(BlockType::Empty)
                .unreachable()
                .end()
                .block(block_type);
        }
        None => {
            sink.global_get(depth)
                .i32_const(words)
                .i32_lt_s()
                .if_(BlockType::Empty)
                .i32_const(-1)
                .global_set(depth)
                .unreachable()
                .end();
        }
    }
}

/// Gives the frame's words back where they were taken, and ends the function.
fn leave_frame(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>) {
    let words = i32::try_from(context.plan.frame_words).unwrap_or(i32::MAX);
    let depth = context.depth_global;
    if context.block_type.is_some() {
        sink.end()
            .global_get(depth)
            .i32_const(words)
            .i32_add()
            .global_set(depth);
    }
    sink.end();
}

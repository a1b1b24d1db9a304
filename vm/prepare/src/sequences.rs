//! The sequences of operators that the instrumentation adds: entering and leaving a frame, charges.
//!
//! Not here: where they stand (`emit_body`), and why (`plan`, `runs`).

use wasm_encoder::{BlockType, InstructionSink};

use argosy_primitives::Gas;

use crate::emit_body::BodyContext;

/// Bytes that `memory.copy` and `memory.fill` charge together, as a power of two.
const BULK_BYTES_LOG2: i64 = 6;

/// Opens `$stop`, charges the first run, checks and takes the depth, opens the body's block.
pub(crate) fn enter(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>) {
    let (depth, words) = (context.depth_global, context.frame_words());
    if let Some(hooks) = context.hooks {
        // Cannot be negative: functions are limited.
        sink.i32_const(context.function.cast_signed())
            .call(hooks.enter);
    }
    sink.block(BlockType::Empty);
    sink.global_get(context.gas_global);
    take(sink, context, context.plan.charge_of(0), Some(0));
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
pub(crate) fn leave(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>) {
    let depth = context.depth_global;
    if context.block_type.is_some() {
        sink.end();
    }
    if context.plan.calls {
        sink.local_get(context.depth_local()).global_set(depth);
    }
    if let Some(hooks) = context.hooks {
        sink.call(hooks.leave);
    }
    sink.return_().end();
    sink.i32_const(-1).global_set(depth).unreachable().end();
}

/// Takes gas from what is left; with a label to stop at, writes the counter and looks at it.
pub(crate) fn charge(
    sink: &mut InstructionSink<'_>,
    context: &BodyContext<'_>,
    gas: Gas,
    stop: Option<u32>,
) {
    sink.local_get(context.gas_local());
    take(sink, context, gas, stop);
}

/// As [`charge`], from what is on the stack.
fn take(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>, gas: Gas, stop: Option<u32>) {
    // Cut so that no number of plain charges brings the counter from below zero around to above.
    let gas = i32::try_from(gas).unwrap_or(i32::MAX);
    sink.i64_const(gas.into()).i64_sub();
    match stop {
        Some(stop) => keep_and_check(sink, context, stop),
        None => {
            sink.local_set(context.gas_local());
        }
    }
}

/// Charges for the bytes whose number is on the stack, and leaves it there.
pub(crate) fn charge_bulk(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>, stop: u32) {
    let length = context.scratch_local();
    let price = i64::try_from(context.prices.bulk_per_64_bytes).unwrap_or(i64::MAX);
    sink.local_set(length)
        .local_get(context.gas_local())
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
    keep_and_check(sink, context, stop);
    sink.local_get(length);
}

/// Keeps what is on the stack as what is left, and stops if that is less than nothing.
fn keep_and_check(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>, stop: u32) {
    let left = context.gas_local();
    sink.local_tee(left)
        .global_set(context.gas_global)
        .local_get(left)
        .i64_const(0)
        .i64_lt_s()
        .br_if(stop);
}

/// Brings the local up to date.
pub(crate) fn load_gas(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>) {
    sink.global_get(context.gas_global)
        .local_set(context.gas_local());
}

/// Brings the counter up to date.
pub(crate) fn store_gas(sink: &mut InstructionSink<'_>, context: &BodyContext<'_>) {
    sink.local_get(context.gas_local())
        .global_set(context.gas_global);
}

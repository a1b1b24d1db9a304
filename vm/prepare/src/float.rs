//! Floats that are the same on every CPU: the bits of a NaN are ours, not the machine's.
//!
//! WebAssembly leaves sign and payload of most NaN results open, and CPUs differ. So every
//! operator with such a result is followed by code that replaces a NaN by the canonical one
//! (quiet, positive, payload 0); `promote` and `demote` keep sign and payload as x86-64 and Arm do,
//! with the quiet bit set, written out in integers. What moves bits (`neg`, `abs`, `copysign`,
//! `reinterpret`, loads) is exact by the standard and stays as it is.
//!
//! Source: WebAssembly core specification, "NaN propagation"; CosmWasm chains canonicalise likewise.

use wasm_encoder::{Ieee32, Ieee64, InstructionSink};
use wasmparser::Operator;

/// Bits of the canonical NaNs.
const NAN_32: u32 = 0x7fc0_0000;
const NAN_64: u64 = 0x7ff8_0000_0000_0000;
/// The payload of an `f32` below the quiet bit, and how far `f64` puts it to the left.
const PAYLOAD_32: i64 = 0x003f_ffff;
const PAYLOAD_SHIFT: i64 = 29;

/// What must be done about an operator's NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NanRule {
    Canonical32,
    Canonical64,
    Promote,
    Demote,
}

/// Locals that the rules use.
#[derive(Clone, Copy)]
pub(crate) struct FloatLocals {
    pub(crate) f32: u32,
    pub(crate) f64: u32,
    /// An `i32`.
    pub(crate) scratch: u32,
}

/// The rule for an operator; `None` if the standard fixes every bit of its result.
pub(crate) fn nan_rule(operator: &Operator<'_>) -> Option<NanRule> {
    use Operator::*;
    match operator {
        F32Add | F32Sub | F32Mul | F32Div | F32Min | F32Max | F32Sqrt | F32Ceil | F32Floor
        | F32Trunc | F32Nearest => Some(NanRule::Canonical32),
        F64Add | F64Sub | F64Mul | F64Div | F64Min | F64Max | F64Sqrt | F64Ceil | F64Floor
        | F64Trunc | F64Nearest => Some(NanRule::Canonical64),
        F64PromoteF32 => Some(NanRule::Promote),
        F32DemoteF64 => Some(NanRule::Demote),
        _ => None,
    }
}

/// Writes an operator's rule behind it, or, for `promote` and `demote`, in its place.
pub(crate) fn write_nan_rule(sink: &mut InstructionSink<'_>, rule: NanRule, locals: FloatLocals) {
    let FloatLocals { f32, f64, scratch } = locals;
    match rule {
        NanRule::Canonical32 => {
            sink.local_tee(f32).f32_const(Ieee32::new(NAN_32));
            sink.local_get(f32).local_get(f32).f32_eq();
        }
        NanRule::Canonical64 => {
            sink.local_tee(f64).f64_const(Ieee64::new(NAN_64));
            sink.local_get(f64).local_get(f64).f64_eq();
        }
        NanRule::Promote => {
            sink.local_tee(f32).f64_promote_f32();
            promoted_nan(sink, f32);
            sink.local_get(f32).local_get(f32).f32_eq();
        }
        NanRule::Demote => {
            sink.local_tee(f64).f32_demote_f64();
            demoted_nan(sink, f64);
            sink.local_get(f64).local_get(f64).f64_eq();
        }
    }
    // The condition takes the detour of every unsafe select (`plan`).
    sink.local_set(scratch).local_get(scratch).select();
}

/// The `f64` NaN with sign and payload of an `f32` NaN.
fn promoted_nan(sink: &mut InstructionSink<'_>, f32: u32) {
    sink.local_get(f32)
        .i32_reinterpret_f32()
        .i64_extend_i32_s()
        .i64_const(i64::MIN)
        .i64_and();
    sink.local_get(f32)
        .i32_reinterpret_f32()
        .i64_extend_i32_u()
        .i64_const(PAYLOAD_32)
        .i64_and()
        .i64_const(PAYLOAD_SHIFT)
        .i64_shl();
    sink.i64_or()
        .i64_const(NAN_64.cast_signed())
        .i64_or()
        .f64_reinterpret_i64();
}

/// The `f32` NaN with sign and payload of an `f64` NaN, as far as it fits.
fn demoted_nan(sink: &mut InstructionSink<'_>, f64: u32) {
    sink.local_get(f64)
        .i64_reinterpret_f64()
        .i64_const(32)
        .i64_shr_u()
        .i32_wrap_i64()
        .i32_const(i32::MIN)
        .i32_and();
    sink.local_get(f64)
        .i64_reinterpret_f64()
        .i64_const(PAYLOAD_SHIFT)
        .i64_shr_u()
        .i64_const(PAYLOAD_32)
        .i64_and()
        .i32_wrap_i64();
    sink.i32_or()
        .i32_const(NAN_32.cast_signed())
        .i32_or()
        .f32_reinterpret_i32();
}

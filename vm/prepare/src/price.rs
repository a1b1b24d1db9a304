//! Prices of operators, from the chain's table.
//!
//! Invariant: what does work costs at least 1; `block`, `loop`, `else` and `end` do none.
//! Not here: the price of a run's header (`body`), of copied bytes (`emit_body`), of grown memory
//! (the host).

use argosy_primitives::Gas;
use argosy_spec::InstructionPrices;
use wasmparser::Operator;

/// Whether an operator is structure only.
pub(crate) fn is_free(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Block { .. } | Operator::Loop { .. } | Operator::Else | Operator::End
    )
}

/// What one execution of an operator costs.
pub(crate) fn operator_price(operator: &Operator<'_>, prices: &InstructionPrices) -> Gas {
    match operator {
        operator if is_free(operator) => 0,
        // `memory.grow` becomes a call to the host, which charges the pages.
        Operator::Call { .. } | Operator::MemoryGrow { .. } => prices.call,
        Operator::CallIndirect { .. } => prices.call_indirect,
        Operator::BrTable { .. } => prices.br_table,
        Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => prices.bulk,
        Operator::I32DivS
        | Operator::I32DivU
        | Operator::I32RemS
        | Operator::I32RemU
        | Operator::I64DivS
        | Operator::I64DivU
        | Operator::I64RemS
        | Operator::I64RemU => prices.div_rem,
        operator if is_float(operator) => prices.float,
        _ => prices.simple,
    }
}

/// Whether an operator computes with floats. What only moves them is as cheap as with integers.
#[rustfmt::skip]
fn is_float(operator: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(
        operator,
        F32Eq | F32Ne | F32Lt | F32Gt | F32Le | F32Ge | F64Eq | F64Ne | F64Lt | F64Gt | F64Le | F64Ge
        | F32Add | F32Sub | F32Mul | F32Div | F32Min | F32Max | F32Copysign
        | F32Abs | F32Neg | F32Sqrt | F32Ceil | F32Floor | F32Trunc | F32Nearest
        | F64Add | F64Sub | F64Mul | F64Div | F64Min | F64Max | F64Copysign
        | F64Abs | F64Neg | F64Sqrt | F64Ceil | F64Floor | F64Trunc | F64Nearest
        | I32TruncF32S | I32TruncF32U | I32TruncF64S | I32TruncF64U
        | I64TruncF32S | I64TruncF32U | I64TruncF64S | I64TruncF64U
        | I32TruncSatF32S | I32TruncSatF32U | I32TruncSatF64S | I32TruncSatF64U
        | I64TruncSatF32S | I64TruncSatF32U | I64TruncSatF64S | I64TruncSatF64U
        | F32ConvertI32S | F32ConvertI32U | F32ConvertI64S | F32ConvertI64U
        | F64ConvertI32S | F64ConvertI32U | F64ConvertI64S | F64ConvertI64U
        | F32DemoteF64 | F64PromoteF32
    )
}

/// Whether an operator pays by the byte in addition, in code of its own.
pub(crate) fn is_bulk(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::MemoryCopy { .. } | Operator::MemoryFill { .. }
    )
}

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
        Operator::I32DivS
        | Operator::I32DivU
        | Operator::I32RemS
        | Operator::I32RemU
        | Operator::I64DivS
        | Operator::I64DivU
        | Operator::I64RemS
        | Operator::I64RemU => prices.div_rem,
        _ => prices.simple,
    }
}

/// Whether an operator pays by the byte in addition, in code of its own.
pub(crate) fn is_bulk(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::MemoryCopy { .. } | Operator::MemoryFill { .. }
    )
}

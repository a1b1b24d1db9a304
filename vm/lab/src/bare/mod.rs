//! Engines without the chain around them: any module, any export, any values. For the testsuite and
//! the benches, which run modules that are no contracts, as they are and instrumented.

mod interpreted; // wasmi
mod native_code; // wasmtime

pub use interpreted::{FOREIGN_METER, Interpreted};
pub use native_code::NativeCode;

/// A number of WebAssembly, by its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the four types")]
pub enum Number {
    I32(u32),
    I64(u64),
    F32(u32),
    F64(u64),
}

/// Why a call did not return.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// A trap, in the engine's words.
    #[error("trap: {0}")]
    Trap(String),
    /// There is no such export.
    #[error("no export {0}")]
    Missing(String),
}

/// An instance on some engine.
pub trait Bare {
    /// Calls an exported function.
    fn call(&mut self, name: &str, arguments: &[Number]) -> Result<Vec<Number>, Stopped>;

    /// The value of an exported global.
    fn global(&mut self, name: &str) -> Option<Number>;

    /// Sets an exported mutable global, if it is there.
    fn set_global(&mut self, name: &str, value: Number);

    /// The exported memory.
    fn memory(&mut self) -> Vec<u8>;

    /// Fills both counters of an instrumented module.
    fn refuel(&mut self);

    /// Gas used since [`Bare::refuel`].
    fn gas_used(&mut self) -> u64;
}

fn fill_counters(bare: &mut dyn Bare) {
    bare.set_global(argosy_vm_prepare::GAS_GLOBAL, Number::I64(GAS));
    bare.set_global(argosy_vm_prepare::DEPTH_GLOBAL, Number::I32(DEPTH));
}

/// By our counter; `None` if the module has none.
fn counted(bare: &mut dyn Bare) -> Option<u64> {
    match bare.global(argosy_vm_prepare::GAS_GLOBAL) {
        Some(Number::I64(left)) => Some(GAS.wrapping_sub(left)),
        _ => None,
    }
}

/// More than any call of a test uses.
const GAS: u64 = 1 << 50;
/// Depth in words, as on the development chain.
const DEPTH: u32 = 16_384;

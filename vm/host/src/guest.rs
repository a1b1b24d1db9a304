//! The `Guest` port: what a tier offers to an import of the instance that it runs.
//!
//! Always holds: gas never rises while a frame runs; a failed charge leaves the meter empty.

use argosy_primitives::Gas;

use crate::adapter::Stop;

/// The running instance, as an import sees it.
pub trait Guest {
    /// The whole linear memory.
    fn memory(&mut self) -> &mut [u8];

    /// What the frame has left.
    fn gas_left(&mut self) -> Gas;

    /// Pays, or empties the meter and fails.
    fn charge(&mut self, amount: Gas) -> Result<(), OutOfGas>;

    /// How many parameters an exported function has; `None` if there is no such function.
    fn params_of(&mut self, export: &str) -> Option<usize>;

    /// Calls an export of the instance, such as an allocator, while an import or the adapter runs.
    /// Imports are refused (trap) inside. The argument words are cut to the parameters' types; a
    /// missing export or another count of parameters is a trap.
    fn invoke(&mut self, export: &str, args: &[i64]) -> Result<Option<i64>, Stop>;
}

/// The frame's gas is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("out of gas")]
pub struct OutOfGas;

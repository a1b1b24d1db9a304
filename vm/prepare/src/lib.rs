//! Turns an uploaded module into one that any engine may run: validate, then instrument, once.
//!
//! ```text
//! upload ─ measure ─► price ─ prepare ─► sections · bodies ─► plans ─► instrumented bytes + facts
//!                                             └► Refusal: what, where, how to avoid it
//! ```
//!
//! The instrumented bytes *are* the contract: they meter gas and stack depth by themselves, so that
//! every engine gives the same result for the same gas. Start reading at [`prepare`].
//!
//! Invariant: time and memory are linear in the upload's size; no input makes it panic; equal input
//! gives equal bytes, which are consensus and change only with [`INSTRUMENTATION_VERSION`].
//! Not here: limits and prices (`argosy-spec`), the import table (`argosy-vm-abi`), running modules
//! (`argosy-vm-interpreter`), who pays (`argosy-executor`).

mod body; // rules of a function's body
mod emit; // writes the instrumented module
mod emit_body; // writes an instrumented body
mod feature; // names of what is switched off
mod float; // floats that are the same on every CPU
mod inspect; // walks the module, one payload at a time
mod interface; // rules of imports, exports and custom sections
mod limit; // names of limits
mod look; // whose byte that is, what is imported
mod measure; // what an upload is charged for, before the expensive part
mod names; // what functions are called
mod plan; // what a body charges and weighs
mod prepare; // the entry point
mod price; // what an operator costs
mod refusal; // why a module is refused
mod rules; // what an ABI lets a module be
mod runs; // where metered runs begin
mod sections; // rules of each section
mod segments; // rules of data and element segments
mod sequences; // what the instrumentation adds to a body
mod signs; // which ABI a module is of

pub use feature::Feature;
pub use limit::Limit;
pub use look::{
    defined_functions, function_around, function_at, function_bodies, imported_functions,
};
pub use measure::{Measure, measure};
pub use names::{FunctionNames, NamesError, function_names, functions_hash};
pub use prepare::{
    DEPTH_GLOBAL, ENTER_IMPORT, GAS_GLOBAL, INSTRUMENTATION_VERSION, LEAVE_IMPORT,
    MEMORY_GROW_IMPORT, ModuleFacts, PreparedModule, prepare, prepare_profiled,
};
pub use refusal::{Reason, Refusal, Section};
pub use rules::Rules;
pub use signs::has_signs;

//! Running contracts: from an upload to an outcome, whatever the ABI and the tier.
//!
//! ```text
//! upload ─prepare─► instrumented bytes + facts          (stored by the chain)
//! instrumented bytes ─load─► LoadedModule ─execute─► Execution { status, gas_used, data }
//!                     └ cache, bounded by bytes
//! ```
//!
//! Start reading at [`Engine`].
//!
//! Always holds: a result depends on code, input, gas, host and terms; never on the cache, the
//! thread or the tier.
//! Not here: who pays for uploading and loading, storage and rollback (`argosy-executor`).

mod cache; // loaded modules, least recently used out first
mod engine; // the entry point
mod fast; // where faster code comes from
mod shadow; // both tiers at once, compared
mod stack; // room for calls from contract to contract

/// For the records of uploads, which are also known by this hash.
pub use argosy_vm_crypto::sha256;
pub use argosy_vm_prepare::{
    Feature, FunctionNames, Limit, Measure, ModuleFacts, NamesError, PreparedModule, Reason,
    Refusal, Section, defined_functions, function_around, function_at, function_bodies,
    function_names, functions_hash, imported_functions,
};
pub use engine::{Engine, LoadedModule, WatchedCode, adapter_of, likely_abi};
pub use fast::{FastCode, FastUse, FetchCode, ModuleKey};
pub use shadow::{Answer, Frame, Outcome, Replayed, Report, Request, Step};
pub use stack::{STACK_BYTES, StackError, on_big_stack};

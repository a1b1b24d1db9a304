//! The ABI of CosmWasm 1 to 3 (`interface_version_8`): unmodified contracts of Cosmos chains.
//!
//! ```text
//! begin   env, info, msg as JSON ──allocate──► regions ──► instantiate · execute · query · migrate · reply
//! import  region ──► key, value, address, request ──► Host port ──► region or code
//! end     ContractResult<Response> ──► events, then messages one by one, depth first
//!                                      each undone by itself if it fails; `reply` hears of it
//! ```
//!
//! Start reading at [`CosmWasm`], then `session`.
//!
//! Always holds: an import pays before it acts; what a contract hands over lies inside its memory and
//! within a limit before it is copied; texts that a contract can see are constants of this crate or
//! another contract's own.
//! Not here: balances, storage and rollback (the executor, behind the `Host` port), floats (the
//! instrumentation makes their NaNs canonical).

mod adapter; // the entry point
mod address; // addresses as contracts write them
mod ask; // questions to the chain
mod begin; // what an entry is given
mod bls; // points of BLS12-381
mod coins; // the native token as coins
mod desk; // checks and payments common to all imports
mod dispatch; // messages, one by one
mod document; // JSON that contracts write
mod end; // what an entry left
mod event; // events as wasmd builds them
mod message; // what a single message does
mod protobuf; // the little of it that replies contain
mod query; // queries of a contract
mod region; // data in the contract's memory
mod reply; // how a message ended, told to its sender
mod scan; // iterators
mod session; // dispatch by import
mod signatures; // signatures
mod storage; // the contract's own storage
mod table; // imports, exports, markers

pub use adapter::CosmWasm;
pub use table::{Import, SIGNS};

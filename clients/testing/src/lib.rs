//! Tests of contracts on the real executor, in the process of the test: modules, gas, fees, deposits,
//! blocks, several contracts at once. No sockets, no clock; a call takes milliseconds.
//!
//! ```no_run
//! use argosy_testing::World;
//! use serde_json::json;
//!
//! # fn main() -> Result<(), argosy_testing::WorldError> {
//! let mut world = World::new()?;
//! let alice = world.person("alice")?;
//! let wasm = std::fs::read("contracts/artifacts/counter.wasm").expect("built");
//! let counter = world.deploy(&alice, &wasm, "init", json!({ "start": 40 }))?;
//! let added = world.call(&alice, &counter, "add", json!({ "add": 2 }))?;
//! assert_eq!(added.ok(), json!("42"));
//! assert_eq!(world.query(&counter, "value", json!({}))?, json!("42"));
//! # Ok(())
//! # }
//! ```
//!
//! Arguments are JSON by the contract's own ABI, as on the command line; the names of people and contracts
//! stand for their addresses. Start reading at [`World`].
//!
//! Always: what happens here happens on a chain of the same spec, block by block; a failed call is a value
//! ([`Outcome`]), an impossible one an error ([`WorldError`]).
//! Not here: contracts without a module, as plain Rust (`argosy_contract::testing`, far quicker).

mod contract; // a contract and its words
mod costs; // what methods cost over all tests
mod coverage; // which functions ran over all tests
mod error;
mod explore; // random messages, and the shortest of them that break a promise
mod gas; // what methods cost
mod outcome; // what came of a call
mod property; // sequences that proptest makes and shrinks
mod random; // arguments out of nothing
mod report; // files for `argosy test`
pub mod strategies; // messages as proptest makes them
mod world; // the chain of a test

pub use argosy_chain::{Chain, Engine};
pub use argosy_primitives::{Address, Balance, Gas, Header, Height, StatusCode, TimestampMs};
pub use argosy_spec::ChainSpec;
pub use contract::{Contract, Deploy};
pub use error::WorldError;
pub use explore::{Broken, Exploration, Explored, Sent};
pub use gas::{GasTable, GasUse};
pub use outcome::{Announced, Outcome};
pub use report::{COVERAGE, GAS_REPORT};
pub use world::{Mark, Person, World};

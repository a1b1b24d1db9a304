//! The SDK as its users meet it: contracts written with the macros, on the played chain, and the
//! sample contracts as built modules, on the engine of the chain.

mod access; // owners, roles, pauses
mod chain; // the port behind the engine, faked
mod handle; // other contracts by their interface
mod interface; // what the macros describe
mod math; // amounts against exact numbers
mod messages; // from bytes to methods
mod modules; // artifacts/*.wasm: limits, sizes, schema
mod probe; // every import, from inside a module
mod rules; // what the played chain refuses
mod samples; // samples as modules: what they cost
mod security; // mistakes, and how they are mended
mod storage; // maps, sets and lists against models
mod token; // the token as a module
mod vault; // a contract that uses everything

//! Chain spec: everything the nodes of one chain must agree on before the first block.
//!
//! A chain is described by a TOML file (`chain-spec/networks/*.toml`) that is read once into a
//! [`ChainSpec`], checked as a whole, and hashed. Start reading at [`ChainSpec`].
//!
//! Invariant: a `ChainSpec` that [`ChainSpec::from_toml`] returned obeys every range and every
//! rule between values; the genesis hash depends on the values only, never on the file's text.
//! Not here: node configuration (ports, paths, pools) and parameters changed after genesis.

#[macro_use]
mod bounded; // a number beside its range
mod amount; // "1000 ARGO" -> smallest units
mod chain_spec; // the whole: start here
mod check; // rules between values
mod error; // why a spec is refused
mod fees; // what a transaction pays and locks
mod limits; // what blocks, transactions and contracts may be at most
mod prices; // what execution costs in gas
mod raw; // the file's shape

pub use chain_spec::{
    Agreement, ChainSpec, Genesis, GenesisAccount, GenesisValidator, Network, Protocol,
    ProtocolVersion,
};
pub use error::SpecError;
pub use fees::{ActionGas, Fees};
pub use limits::{AbiLimits, ChainLimits, ConsensusTimes};
pub use prices::{HostPrices, InstructionPrices, LoadPrices, Price, UploadPrices};

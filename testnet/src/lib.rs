//! Real networks of processes: faults, load, audit.
//!
//! Start reading at [`crash`]: a daemon is killed again and again under load, and everything that
//! its clients were told is looked for after every restart. [`faults`] does the same to a network of
//! validators, and reads in their logs what they signed. [`damage`] harms the files of one of them.
//!
//! Always: what is judged was asked of the node over RPC; every choice follows from a seed that is
//! printed first; every request goes to this machine; nothing runs without a bound in time.
//! Not here: the node (`argosyd`), which is a program like any other.

mod audit; // asks a node for all that was told
pub mod bench; // figures of a network
mod book; // what clients were told
mod commits; // when blocks were committed
pub mod crash; // kills, restarts
pub mod damage; // one validator with damaged files
mod dice; // choices by seed
mod door; // where clients find a node, and whether it has to answer
pub mod faults; // kills in a network of validators
mod flood; // connections that do nothing but ask
mod folder; // of one run
mod load; // clients that send
mod network; // validators as processes
mod ops; // what nodes tell their operators
mod ports; // of networks
mod process; // a daemon as a process
mod signatures; // what logs say of signatures
mod wound; // harm to files

pub use bench::BenchOptions;
pub use bench::cost::CostOptions;
pub use bench::rpc::RpcOptions;
pub use bench::rpc::storm::{StormOptions, StormReport};
pub use book::Finding;
pub use crash::{CrashOptions, CrashReport};
pub use damage::{DamageOptions, DamageReport, Fate};
pub use faults::{FaultOptions, FaultReport};
pub use flood::Sent;
pub use ports::free_base_port;

use folder::in_folder;

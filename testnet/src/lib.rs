//! Real networks of processes: faults, load, audit.
//!
//! Start reading at [`crash`]: a daemon is killed again and again under load, and everything that
//! its clients were told is looked for after every restart.
//!
//! Always: what is judged was asked of the node over RPC; every choice follows from a seed that is
//! printed first; every request goes to this machine; nothing runs without a bound in time.
//! Not here: the node (`argosyd`), which is a program like any other.

mod audit; // asks a node for all that was told
mod book; // what clients were told
pub mod crash; // kills, restarts
mod dice; // choices by seed
mod load; // clients that send
mod process; // a daemon as a process

pub use book::Finding;
pub use crash::{CrashOptions, CrashReport};

//! The native ABI against a fake guest and a fake chain.

mod costs; // what each import costs
mod effects; // what each import does
mod fake; // guest and chain that record
mod pointers; // any arguments
mod reference; // docs/reference/host-functions.md
mod rules; // what ends a frame

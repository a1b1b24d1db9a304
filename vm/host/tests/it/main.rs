//! The native ABI against a fake guest and a fake chain.

mod effects; // what each import does
mod fake; // guest and chain that record
mod pointers; // any arguments
mod rules; // what ends a frame

//! Whole runs.

mod misdeeds; // validators that are not honest
mod noticed; // the checks can fail
mod seeds; // fifty seeds, and thousands on demand

//! Whole runs.

mod seeds; // fifty seeds, and thousands on demand

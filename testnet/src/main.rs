//! Real networks of processes: faults, load, audit.
fn main() {}

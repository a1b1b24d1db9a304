//! The argosy command line.

fn main() {}

//! The compiling child by itself, for the tests of this crate; `argosyd` is its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    match argosy_tiers::run_worker() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

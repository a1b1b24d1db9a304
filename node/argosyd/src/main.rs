//! `argosyd`: the daemon of validators and full nodes, a chain on disk behind the RPC server.
//!
//! Start reading at `commands::run`, then `node`. One configuration in one vocabulary (`config`),
//! one way to stop, and an exit code that says what the operator has to do (`failure`).
//! Not here: the rules of the chain (`argosy-replica` and below), keys and agreement.

mod args; // what one can ask for
mod commands; // doing it
mod config; // file, environment, flags
#[cfg(debug_assertions)]
mod crash; // where tests end the process
mod failure; // what can go wrong, exit codes
mod node; // the running node
mod reference; // pages of docs/reference
mod security; // who did what, in a file that only grows

use std::process::ExitCode;

fn main() -> ExitCode {
    // Tests end the process at named places; nothing of this is in an optimised build.
    #[cfg(debug_assertions)]
    let _crash_points = crash::setup();
    let matches = match args::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => error.exit(),
    };
    match commands::run(&matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print();
            failure.exit_code()
        }
    }
}

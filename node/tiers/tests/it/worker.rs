//! The child process.

use argosy_spec::ChainSpec;
use argosy_tiers::{CompileFailure, Worker};

use crate::kit::{CONTRACT, instrumented, worker};

#[test]
fn a_module_that_is_none_gives_no_code() {
    let failure = worker().compile(ChainSpec::dev().native_limits(), b"not wasm");
    assert!(matches!(failure, Err(CompileFailure::NoCode(_))));
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let nowhere = Worker {
        program: "/nowhere/at/all".into(),
        arguments: Vec::new(),
    };
    let failure = nowhere.compile(ChainSpec::dev().native_limits(), &instrumented(CONTRACT));
    assert!(matches!(failure, Err(CompileFailure::Process(_))));
}

#[test]
fn a_child_that_says_nothing_gives_no_code() {
    let silent = Worker {
        program: "/bin/true".into(),
        arguments: Vec::new(),
    };
    let failure = silent.compile(ChainSpec::dev().native_limits(), &instrumented(CONTRACT));
    assert!(matches!(failure, Err(CompileFailure::NoCode(_))));
}

#[test]
fn a_child_that_never_stops_talking_is_cut_off() {
    let flood = Worker {
        program: "/bin/cat".into(),
        arguments: vec!["/dev/zero".into()],
    };
    let failure = flood.compile(ChainSpec::dev().native_limits(), &instrumented(CONTRACT));
    assert!(
        matches!(failure, Err(CompileFailure::Process(_))),
        "{failure:?}"
    );
}

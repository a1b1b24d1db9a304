//! What a process of tests writes for `argosy test`: this program itself, run once more with one test.

use std::path::Path;
use std::process::Command;

use argosy_testing::{COVERAGE, GAS_REPORT};
use serde_json::{Value, json};

/// Runs these tests with a folder for a report; the report, if there is one.
fn report(tests: &[&str], name: &str) -> Option<Value> {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("reports");
    run(tests, &[(name, folder.as_path())]);
    let files = std::fs::read_dir(&folder).ok()?;
    let files: Vec<_> = files.map(|it| it.unwrap().path()).collect();
    let [file] = files.as_slice() else {
        panic!("one file of one process: {files:?}");
    };
    assert!(file.extension().is_some_and(|it| it == "json"), "{file:?}");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

fn run(tests: &[&str], env: &[(&str, &Path)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(tests).args(["--exact", "--quiet"]);
    command.env_remove(GAS_REPORT).env_remove(COVERAGE);
    let ran = command.envs(env.iter().copied()).output().unwrap();
    let words = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{words}");
    assert!(
        words.contains(&format!("{} passed", tests.len())),
        "{words}"
    );
}

const COUNTS: &str = "counter::a_contract_counts_and_says_so";
const FAILS: &str = "counter::a_failure_has_its_reason_and_its_frames";

#[test]
fn the_gas_of_all_tests_of_a_process_is_in_one_file() {
    let told = report(&[COUNTS, FAILS], GAS_REPORT).expect("it was asked for");
    let messages = told["messages"].as_array().unwrap();
    let of = |method: &str| {
        let found = messages.iter().find(|it| it["method"] == method);
        found.unwrap_or_else(|| panic!("{method}: {messages:?}"))
    };
    assert!(
        messages.iter().all(|it| it["contract"] == "counter"),
        "{messages:?}"
    );
    // Both tests create a counter; one adds, one fails twice.
    assert_eq!(
        (&of("init")["calls"], &of("init")["failed"]),
        (&json!(2), &json!(0))
    );
    let add = of("add");
    assert_eq!((&add["calls"], &add["failed"]), (&json!(1), &json!(2)));
    assert!(add["min"].as_u64().is_some_and(|it| it > 45_000), "{add}");
    assert_eq!((&add["min"], &add["median"]), (&add["max"], &add["max"]));
    // Whoever runs them once more gets the same.
    assert_eq!(report(&[COUNTS, FAILS], GAS_REPORT), Some(told));
}

#[test]
fn functions_that_ran_are_told_and_those_that_did_not() {
    let told = report(&[COUNTS], COVERAGE).expect("it was asked for");
    let [module] = told["modules"].as_array().unwrap().as_slice() else {
        panic!("one module: {told}");
    };
    assert_eq!(module["contract"], "counter");
    let functions = module["functions"].as_array().unwrap();
    let calls = |name: &str| {
        let found = functions.iter().find(|it| it["name"] == name);
        found
            .and_then(|it| it["calls"].as_u64())
            .unwrap_or_else(|| panic!("{name}: {told}"))
    };
    // It was created once, asked once, called once.
    assert_eq!(["init", "query", "call"].map(calls), [1, 1, 1]);
    let ran = functions.iter().filter(|it| it["calls"] != 0).count();
    assert!(ran >= 3 && ran < functions.len(), "{told}");
    let unasked = report(&[FAILS], COVERAGE).expect("it was asked for");
    let of_query = unasked["modules"][0]["functions"]
        .as_array()
        .unwrap()
        .iter();
    let of_query: Vec<_> = of_query.filter(|it| it["name"] == "query").collect();
    assert_eq!(of_query[0]["calls"], 0);
}

#[test]
fn nothing_is_written_that_nobody_asked_for() {
    let place = tempfile::tempdir().unwrap();
    run(&[COUNTS], &[("ARGOSY_OTHER", place.path())]);
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    // A folder that cannot be made fails no test.
    let file = place.path().join("file");
    std::fs::write(&file, b"").unwrap();
    run(&[COUNTS], &[(GAS_REPORT, file.as_path())]);
}

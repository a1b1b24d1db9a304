//! The command line of the harness: what it takes, and what it says when a daemon cannot be started.

#![allow(clippy::unwrap_used)] // a test may panic

use std::process::{Command, Output};

fn harness(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_argosy-testnet"));
    command.args(words).output().unwrap()
}

#[track_caller]
fn fails(words: &[&str], says: &str) {
    let output = harness(words);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{words:?}");
    assert!(said.contains(says), "{words:?}: {said}");
}

#[test]
fn three_validators_cannot_lose_one() {
    let words = ["faults", "--daemon", "argosyd", "--validators"];
    fails(&[&words[..], &["3"]].concat(), "3 is not in 4..=9");
}

#[test]
fn no_kills_are_no_run() {
    for verb in ["crash", "faults"] {
        fails(
            &[verb, "--daemon", "argosyd", "--kills", "0"],
            "0 is not in 1..",
        );
    }
}

#[test]
fn few_transactions_say_nothing_of_one() {
    let words = ["cost", "--daemon", "argosyd", "--count", "99"];
    fails(&words, "99 is not in 100..");
}

#[test]
fn floods_have_bounds_and_parts_have_names() {
    let words = ["rpc", "--daemon", "argosyd", "--argosy", "argosy"];
    fails(&[&words[..], &["--flood", "4"]].concat(), "4 is not in 5..");
    fails(
        &[&words[..], &["--only", "calls,storm"]].concat(),
        "invalid value 'storm'",
    );
}

#[test]
fn a_program_that_is_not_there_is_named_with_the_seed_and_the_folder() {
    for verb in ["crash", "faults", "damage"] {
        let words = [verb, "--daemon", "/no/such/argosyd", "--seed", "77"];
        let output = harness(&words);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{verb}");
        let names_all = said.contains("/no/such/argosyd") && said.contains("seed 77");
        assert!(names_all, "{verb}: {said}");
        // It says where it kept what there is: nothing, here.
        let kept = said
            .split(" kept in ")
            .nth(1)
            .and_then(|it| it.split(':').next());
        std::fs::remove_dir_all(kept.unwrap()).unwrap();
    }
}

/// `$TESTNET` may name a folder in which there is something else.
#[cfg(unix)]
#[test]
fn a_network_in_containers_goes_with_its_own_files_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = tempfile::tempdir().unwrap();
    let (bin, net) = (place.path().join("bin"), place.path().join("net"));
    std::fs::create_dir(&bin).unwrap();
    std::fs::create_dir_all(net.join("node0/keys")).unwrap();
    for file in ["chain.toml", "node0/keys/node.pem", "letters"] {
        std::fs::write(net.join(file), "").unwrap();
    }
    // An engine that has nothing.
    let engine = bin.join("docker");
    std::fs::write(&engine, "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(&engine, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let down = |words: &[&str]| {
        let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/containers.sh"));
        command.arg("down").args(words);
        command.env("PATH", &path).env("TESTNET", &net);
        let output = command.output().unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (is_done, said) = down(&["--wip"]);
    assert!(!is_done && said.contains("not '--wip'"), "{said}");
    let (is_done, said) = down(&[]);
    assert!(is_done && net.join("chain.toml").exists(), "{said}");
    let (is_done, said) = down(&["--wipe"]);
    assert!(is_done && said.contains("what else is in"), "{said}");
    assert!(!net.join("chain.toml").exists() && !net.join("node0").exists());
    assert!(net.join("letters").exists());
    std::fs::remove_file(net.join("letters")).unwrap();
    let (is_done, said) = down(&["--wipe"]);
    assert!(is_done && !net.exists(), "{said}");
}

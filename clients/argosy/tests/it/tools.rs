//! Raw calls, completions, manual pages, the doctor.

use std::process::{Command, Stdio};

use crate::world::{Dev, argosy, artifact, command};

#[test]
fn any_method_can_be_called_as_it_is() {
    let dev = Dev::start();
    let alice = dev.banner["accounts"][0]["address"].as_str().unwrap();
    let named = format!("{{\"address\":\"{alice}\"}}");
    let by_name = dev
        .run(&["rpc", "account_get", &named, "-o", "json"])
        .ok()
        .json();
    assert_eq!(by_name["balance"], "1000000000000000000");
    let placed = format!("[\"{alice}\"]");
    assert_eq!(
        dev.run(&["rpc", "account_get", &placed, "-o", "json"])
            .ok()
            .json(),
        by_name
    );
    dev.line("rpc system_chainInfo --get tokenSymbol")
        .ok()
        .shows(&["ARGO\n"]);
    dev.line("rpc system_health")
        .ok()
        .shows(&["{\n", "  \"status\": \"ok\""]);

    dev.line("rpc acount_get {}")
        .fails(1, &["does not exist", "did you mean account_get?"]);
    dev.line("rpc frobnicate").fails(1, &["argosy rpc --list"]);
    dev.line("rpc account_get {}")
        .fails(1, &["account_get '{\"address\": …, \"at\"?: …}'"]);
    dev.line("rpc account_get {address}").fails(2, &["no JSON"]);
    dev.line("rpc account_get 7")
        .fails(2, &["a JSON object or a JSON array"]);
    dev.line("rpc --rpc-url http://127.0.0.1:9 system_health")
        .fails(4, &["cannot be reached"]);
    argosy(&["rpc", "--list"])
        .ok()
        .shows(&["tx_submitAndWait", "account_get '{\"address\": …"]);
    argosy(&["rpc"]).fails(2, &["<METHOD>"]);
}

/// What the shell offers for a line whose last word is being typed.
fn offered(dev: &Dev, line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let index = (words.len() - 1).to_string();
    let mut asked = command(&[&["--"][..], &words].concat());
    asked
        .env("ARGOSY_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", index)
        .env("_CLAP_IFS", "\n")
        .env("ARGOSY_RPC_URL", &dev.url)
        .env("ARGOSY_KEYS_DIR", dev.keys_dir.path());
    let output = asked.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|it| it.trim().to_owned()).collect()
}

#[test]
fn names_and_methods_complete() {
    let dev = Dev::start();
    let file = artifact("counter.wasm");
    let deploy = format!("contract deploy {file} --from alice --get contract -- --start 40");
    let id = dev.line(&deploy).ok().stdout.trim().to_owned();
    let check = |line: &str, expected: &[&str]| {
        let found = offered(&dev, line);
        for text in expected {
            assert!(
                found.iter().any(|it| it == text),
                "no {text:?} for {line:?}: {found:?}"
            );
        }
    };
    check("argosy contr", &["contract"]);
    check("argosy tx transfer --from al", &["alice"]);
    check("argosy rpc account_", &["account_get"]);
    check(
        &format!("argosy contract call {id} -- "),
        &["add", "increment"],
    );
    check(&format!("argosy contract call {id} -- add --a"), &["--add"]);
    check(&format!("argosy contract query {id} -- v"), &["value"]);
    check(
        &format!("argosy contract deploy {file} -- --s"),
        &["--start"],
    );
    // A node that is not there, or an address that is none, offers nothing and fails nothing.
    let away = format!("argosy contract call {id} --rpc-url http://127.0.0.1:9 -- ");
    assert!(!offered(&dev, &away).iter().any(|it| it == "add"));
    offered(&dev, "argosy contract call nobody -- ");
}

#[test]
fn contracts_complete_where_an_index_lists_them() {
    let dev = Dev::start_with(&["--index"]);
    let file = artifact("counter.wasm");
    let deploy = format!("contract deploy {file} --from alice --get contract -- --start 40");
    let id = dev.line(&deploy).ok().stdout.trim().to_owned();
    for line in [
        "argosy contract call dargo1",
        "argosy contract info ",
        "argosy events query --contract dargo1",
        "argosy dev set-storage dargo1",
    ] {
        let found = offered(&dev, line);
        assert!(found.contains(&id), "{line}: {found:?}");
    }
    let other = offered(&dev, "argosy contract call argo1");
    assert!(!other.contains(&id), "{other:?}");
    // Without an index there is nothing to offer, and no failure.
    offered(&Dev::start(), "argosy contract call dargo1");
}

#[test]
fn shells_that_are_here_read_their_script() {
    for shell in ["bash", "zsh", "fish"] {
        let script = argosy(&["completions", shell]).ok().stdout;
        assert!(script.contains("argosy"), "{shell}");
        let told = argosy(&["completions", shell, "-o", "json"]).ok().json();
        assert_eq!(
            told["script"].as_str().unwrap().trim_end(),
            script.trim_end(),
            "{shell}"
        );
        let mut child = match Command::new(shell).stdin(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(_) => continue, // Not installed here.
        };
        // zsh's own functions come with a set-up that scripts do not have; its syntax is checked.
        let line = match shell {
            "zsh" => format!("check() {{\n{script}\n}}\n"),
            _ => format!("{script}\ncomplete >/dev/null\n"),
        };
        let mut stdin = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut stdin, line.as_bytes()).unwrap();
        drop(stdin);
        assert!(child.wait().unwrap().success(), "{shell}");
    }
    argosy(&["completions", "tcsh"]).fails(2, &["invalid value"]);
}

#[test]
fn every_command_has_a_manual_page() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let page = argosy(&["man"]).ok().shows(&[".TH argosy", "contract"]);
    let told = argosy(&["man", "-o", "json"]).ok().json();
    assert_eq!(
        told["page"].as_str().unwrap().trim_end(),
        page.stdout.trim_end()
    );
    argosy(&["man", "--dir", path]).ok().shows(&["pages in"]);
    for page in [
        "argosy.1",
        "argosy-contract-call.1",
        "argosy-tx-sign.1",
        "argosy-keys-import.1",
    ] {
        let text = std::fs::read_to_string(dir.path().join(page)).unwrap();
        assert!(text.contains(".SH"), "{page}");
    }
}

#[test]
fn the_doctor_looks_at_everything() {
    let dev = Dev::start();
    dev.line("doctor")
        .ok()
        .shows(&["node", "argosy:", "well", "keys", "none yet in"]);
    let found = dev.json("doctor");
    let state = |name: &str| {
        let checks = found["checks"].as_array().unwrap();
        checks.iter().find(|it| it["check"] == name).unwrap()["state"].clone()
    };
    assert_eq!(
        [state("node"), state("health"), state("clock")],
        ["well", "well", "well"]
    );
    dev.line("doctor --rpc-url http://127.0.0.1:9")
        .fails(1, &["1 of", "something wrong"])
        .shows(&["wrong", "cannot be reached", "-> start a chain"]);
    dev.file("bad.pem", b"no key");
    dev.line("doctor")
        .fails(1, &["something wrong"])
        .shows(&["bad"]);
}

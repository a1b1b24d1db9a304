//! `argosyd doctor` and `support-bundle`, well and unwell.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use tempfile::tempdir;

use crate::network::Network;
use crate::world::{Daemon, Ended, argosyd};

/// A development chain on ports that are free.
const FREE: &[&str] = &[
    "--chain",
    "dev",
    "--dev",
    "--rpc.listen",
    "127.0.0.1:0",
    "--ops.listen",
    "127.0.0.1:0",
];

/// What it finds, as `check found text`.
fn doctor(words: &[&str]) -> (Ended, Vec<String>) {
    let asked = Ended::of(argosyd().args(["doctor", "--json"]).args(words));
    let found: Vec<Value> = serde_json::from_str(&asked.stdout).expect(&asked.stderr);
    let line = |it: &Value| {
        let part = |name: &str| it[name].as_str().unwrap().to_owned();
        format!("{} {} {}", part("check"), part("found"), part("text"))
    };
    let lines = found.iter().map(line).collect();
    (asked, lines)
}

#[track_caller]
fn says(lines: &[String], begins: &str, contains: &str) {
    let is_it = |it: &&String| it.starts_with(begins) && it.contains(contains);
    assert!(
        lines.iter().any(|it| is_it(&it)),
        "{begins}, {contains}: {lines:#?}"
    );
}

#[tokio::test]
async fn before_and_while_a_node_runs_all_is_well() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let (before, lines) = doctor(&[&["--data-dir", data], FREE].concat());
    assert_eq!(before.code, Some(0), "{lines:#?}");
    says(&lines, "disk.database well", "none yet");
    says(&lines, "chain.spec well", "dev");
    says(&lines, "node.running doubt", "");
    assert!(!folder.path().join("data").exists(), "it changes nothing");
    let daemon = Daemon::start(folder.path(), &["--dev"]);
    let path = folder.path().display().to_string();
    let (_, lines) = doctor(&["--data-dir", &path, "--chain", "dev", "--dev"]);
    says(&lines, "node.running well", "yes");
    says(&lines, "node.ready well", "blocks: height 0");
    says(&lines, "disk.database well", "in use");
    daemon.stop();
    let (after, lines) = doctor(&[&["--data-dir", &path], FREE].concat());
    assert_eq!(after.code, Some(0), "{lines:#?}");
    says(&lines, "disk.database well", "height 0");
}

#[test]
fn what_is_wrong_is_named_with_what_to_do() {
    let folder = tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let path = folder.path().display().to_string();
    let words = [
        "--data-dir",
        &path,
        "--chain",
        "dev",
        "--dev",
        "--rpc.listen",
        &address,
        "--ops.listen",
        "127.0.0.1:0",
        "--store.min-free-mib",
        "1000000000",
        "--store.max-open-files",
        "1000000",
    ];
    let (asked, lines) = doctor(&words);
    asked.fails(1, &["things are wrong"]);
    says(&lines, "network.ports wrong", "ss -ltnp");
    says(&lines, "disk.space wrong", "free some space");
    says(&lines, "machine.open_files wrong", "ulimit -n");
    let (none, lines) = doctor(&["--data-dir", &path]);
    none.fails(1, &["one thing is wrong"]);
    says(&lines, "chain.spec wrong", "--chain FILE");
}

#[tokio::test]
async fn a_validator_hears_what_is_the_matter_with_its_keys_and_its_peers() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(1).await;
    network.kill(0);
    let place = network.place(0);
    let file = place.join("config.toml").display().to_string();
    let (_, lines) = doctor(&["--config", &file]);
    says(&lines, "keys.validator well", "");
    says(&lines, "keys.passphrase well", "unlocks");
    says(&lines, "keys.record well", "");
    says(&lines, "keys.node well", "node.pem");
    says(&lines, "network.peers well", "answers");
    says(&lines, "disk.database well", "height");
    network.kill(1);
    fs::write(place.join("keys/passphrase"), "another\n").unwrap();
    let node_key = place.join("keys/node.pem");
    fs::set_permissions(&node_key, Permissions::from_mode(0o644)).unwrap();
    let (asked, lines) = doctor(&["--config", &file]);
    asked.fails(1, &["things are wrong"]);
    says(&lines, "keys.passphrase wrong", "passphrase");
    says(&lines, "network.peers wrong", "cannot be reached");
    let elsewhere = ["--config", &file, "--signer.socket", "/nowhere/signer"];
    let (_, lines) = doctor(&elsewhere);
    says(
        &lines,
        "keys.signer wrong",
        "cannot connect to the signer at /nowhere/signer",
    );
}

#[tokio::test]
async fn a_support_bundle_holds_what_helps_and_no_secret() {
    let network = Network::start(4, 0, &[]);
    network.reach(1).await;
    let place = network.place(0);
    let file = place.join("config.toml").display().to_string();
    let log = network.folder.path().join("some.log");
    let key = fs::read_to_string(place.join("keys/validator.pem")).unwrap();
    fs::write(&log, format!("called 10.9.8.7:1\n{key}the last line\n")).unwrap();
    let out = network.folder.path().join("bundle.txt");
    let bundle = || {
        let mut command = argosyd();
        command
            .args(["support-bundle", "--config", &file, "--out"])
            .arg(&out);
        Ended::of(command.arg("--log").arg(&log))
    };
    let made = bundle();
    assert_eq!(made.code, Some(0), "{made:#?}");
    let text = fs::read_to_string(&out).unwrap();
    for part in [
        "## doctor",
        "[+] chain.spec",
        "## configuration",
        "## ready",
        "[+] blocks",
        "## metrics",
        "argosy_chain_height",
        "## files",
        "CURRENT",
        "the last line",
        "called ip-1:1",
    ] {
        assert!(text.contains(part), "no {part:?}");
    }
    let secret = key.lines().nth(1).unwrap();
    let passphrase = fs::read_to_string(place.join("keys/passphrase")).unwrap();
    for part in [secret, passphrase.trim(), "10.9.8.7"] {
        assert!(!text.contains(part), "there is {part:?}");
    }
    let mode = fs::metadata(&out).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    bundle().fails(2, &["bundle.txt"]);
}

//! A network for one machine: what is written, what is refused, and how all of it starts and stops.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use argosy_spec::{Agreement, ChainSpec};
use serde_json::Value;
use tempfile::tempdir;
use toml::Table;

use crate::world::{Ended, argosyd};

fn testnet(folder: &Path, words: &[&str]) -> Ended {
    let mut command = argosyd();
    command.arg("testnet").args(words).arg("--out").arg(folder);
    Ended::of(&mut command)
}

/// Writes a network; its nodes as they were told.
#[track_caller]
fn made(folder: &Path, words: &[&str]) -> Vec<Value> {
    let ended = testnet(folder, words);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert!(ended.stderr.contains("start.sh"), "{ended:#?}");
    let lines = ended.stdout.lines();
    lines.map(|it| serde_json::from_str(it).unwrap()).collect()
}

fn spec(folder: &Path) -> ChainSpec {
    ChainSpec::from_toml(&fs::read_to_string(folder.join("chain.toml")).unwrap()).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn config(folder: &Path, node: &str) -> Table {
    let text = fs::read_to_string(folder.join(node).join("config.toml")).unwrap();
    text.parse().unwrap()
}

/// The value of a dotted key.
#[track_caller]
fn text<'a>(config: &'a Table, key: &str) -> &'a str {
    let (section, name) = key.split_once('.').unwrap_or(("", key));
    let table = match section {
        "" => config,
        section => config[section].as_table().unwrap(),
    };
    table[name].as_str().unwrap_or_else(|| panic!("no {key}"))
}

fn list(config: &Table, section: &str) -> BTreeSet<String> {
    let list = config[section]["peers"].as_array().unwrap();
    list.iter()
        .map(|it| it.as_str().unwrap().to_owned())
        .collect()
}

/// What the configurations of a network say, against each other and against what was told.
#[track_caller]
fn check_configs(folder: &Path, nodes: &[Value]) {
    let mut ports = BTreeSet::new();
    let address = |section: &str, at: usize| {
        let name = nodes[at]["name"].as_str().unwrap();
        text(&config(folder, name), &format!("{section}.listen")).to_owned()
    };
    for (index, node) in nodes.iter().enumerate() {
        let name = node["name"].as_str().unwrap();
        assert_eq!(name, format!("node{index}"));
        let config = config(folder, name);
        let place = folder.join(name);
        assert_eq!(Path::new(text(&config, "chain")), folder.join("chain.toml"));
        assert_eq!(Path::new(text(&config, "data_dir")), place.join("data"));
        assert!(place.join("data").is_dir());
        let node_key = place.join("keys/node.pem");
        assert_eq!(Path::new(text(&config, "p2p.node_key")), node_key);
        assert_eq!(mode(&node_key), 0o600);
        let others = (0..nodes.len()).filter(|it| *it != index);
        let others = others.map(|it| address("p2p", it)).collect();
        assert_eq!(list(&config, "p2p"), others, "{name}");
        let others = (0..nodes.len()).filter(|it| *it != index);
        let others = others.map(|it| address("gossip", it)).collect();
        assert_eq!(list(&config, "gossip"), others, "{name}");
        for section in ["p2p", "gossip", "rpc", "ops"] {
            let listen = address(section, index);
            let told = node[section].as_str().unwrap();
            assert_eq!(told.trim_start_matches("http://"), listen);
            assert!(listen.starts_with("127.0.0.1:"), "{listen}");
            assert!(ports.insert(listen.clone()), "{listen} twice");
        }
        let keys: Vec<&str> = config.keys().map(String::as_str).collect();
        let expected: &[&str] = match node.get("validator") {
            Some(_) => &[
                "chain",
                "data_dir",
                "gossip",
                "ops",
                "p2p",
                "rpc",
                "signer",
                "validator",
            ],
            None => &["chain", "data_dir", "gossip", "ops", "p2p", "rpc"],
        };
        assert_eq!(
            BTreeSet::from_iter(keys),
            BTreeSet::from_iter(expected.iter().copied())
        );
    }
}

#[test]
fn one_validator_or_seven_are_networks_too() {
    for (count, power) in [(1, 1), (7, 5)] {
        let folder = tempdir().unwrap();
        let folder = fs::canonicalize(folder.path()).unwrap();
        let nodes = made(&folder, &["--validators", &count.to_string()]);
        assert_eq!(nodes.len(), count);
        let spec = spec(&folder);
        assert_eq!(spec.genesis.validators.len(), count);
        assert!(spec.genesis.validators.iter().all(|it| it.power == 1));
        check_configs(&folder, &nodes);
        let summary = argosyd()
            .args(["genesis", "check"])
            .arg(folder.join("chain.toml"))
            .output()
            .unwrap();
        let summary: Value = serde_json::from_slice(&summary.stdout).unwrap();
        assert_eq!(summary["powerToDecide"], power.to_string());
    }
}

#[test]
fn four_validators_have_keys_that_open_and_funds_that_people_can_use() {
    let folder = tempdir().unwrap();
    let folder = fs::canonicalize(folder.path()).unwrap();
    let nodes = made(&folder, &["--validators", "4", "--target-time", "250ms"]);
    check_configs(&folder, &nodes);
    let (spec, dev) = (spec(&folder), ChainSpec::dev());
    assert_eq!(spec.protocol.agreement, Agreement::Bft);
    assert_eq!(spec.genesis.accounts, dev.genesis.accounts);
    assert_eq!(spec.consensus.target_time_ms, 250);
    assert_eq!((spec.limits, spec.fees), (dev.limits, dev.fees));
    // The usual ports of the instance.
    assert_eq!(nodes[0]["rpc"], "http://127.0.0.1:9533");
    assert_eq!(nodes[3]["p2p"], "127.0.0.1:30563");

    let node = folder.join("node2");
    let config = config(&folder, "node2");
    let validator = node.join("keys/validator.pem");
    let passphrase = node.join("keys/passphrase");
    assert_eq!(Path::new(text(&config, "validator")), validator);
    assert_eq!(
        Path::new(text(&config, "signer.passphrase_file")),
        passphrase
    );
    assert_eq!((mode(&validator), mode(&passphrase)), (0o600, 0o600));
    assert_eq!(mode(&folder.join("start.sh")), 0o755);
    let mut inspect = argosyd();
    inspect
        .args(["keys", "inspect"])
        .arg(&validator)
        .arg("--passphrase-file")
        .arg(&passphrase);
    let opened = Ended::of(&mut inspect);
    let key = spec.genesis.validators[2].key.to_string();
    assert!(opened.stdout.contains(&key), "{opened:#?}");
    assert_eq!(nodes[2]["validator"], key);
    let node_key = Ended::of(
        argosyd()
            .args(["keys", "inspect"])
            .arg(node.join("keys/node.pem")),
    );
    assert!(
        node_key
            .stdout
            .contains(nodes[2]["peerId"].as_str().unwrap()),
        "{node_key:#?}"
    );
}

#[test]
fn powers_full_nodes_ports_names_and_accounts_are_as_asked() {
    let folder = tempdir().unwrap();
    let folder = folder.path().join("deep/net");
    let words = "--validators 2 --full-nodes 1 --power 3,7 --base-port 20000 --chain-name pond --hrp targo --accounts 2";
    let nodes = made(&folder, &words.split(' ').collect::<Vec<_>>());
    let folder = fs::canonicalize(folder).unwrap();
    check_configs(&folder, &nodes);
    assert_eq!(nodes[2].get("validator"), None);
    assert!(!folder.join("node2/keys/validator.pem").exists());
    let told = ["p2p", "rpc", "ops"].map(|it| nodes[2][it].as_str().unwrap());
    assert_eq!(
        told,
        [
            "127.0.0.1:20020",
            "http://127.0.0.1:20022",
            "http://127.0.0.1:20023"
        ]
    );
    let spec = spec(&folder);
    let powers: Vec<u64> = spec.genesis.validators.iter().map(|it| it.power).collect();
    assert_eq!(powers, [3, 7]);
    assert_eq!(
        (spec.network.name.as_str(), spec.genesis.accounts.len()),
        ("pond", 2)
    );
    assert_eq!(spec.network.hrp.as_str(), "targo");
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_written() {
    let parent = tempdir().unwrap();
    let folder = parent.path().join("net");
    let refuse = |words: &str, says: &[&str]| {
        testnet(&folder, &words.split(' ').collect::<Vec<_>>()).fails(2, says);
        assert!(!folder.exists(), "{words}");
    };
    refuse("--validators 0", &["0", "--validators"]);
    refuse("--validators 101", &["101", "--validators"]);
    refuse("--validators 99 --full-nodes 2", &["more than 100 nodes"]);
    refuse(
        "--validators 2 --power 1",
        &["--power has 1 numbers for 2 validators"],
    );
    refuse(
        "--validators 2 --power 4611686018427387903,1",
        &["`genesis.validators[].power`"],
    );
    refuse(
        "--validators 2 --base-port 65523",
        &["node1 would need ports above 65535"],
    );
    refuse(
        "--validators 1 --target-time 61s",
        &["`consensus.target_time_ms` is 61000"],
    );
    refuse(
        "--validators 1 --target-time soon",
        &["soon", "--target-time", "1s or 500ms"],
    );
    refuse("--validators 1 --chain-name a_b", &["`network.name`"]);
    refuse("--validators 1 --hrp argo", &["argo", "--hrp"]);
    refuse("--validators 1 --accounts 11", &["11", "--accounts"]);
}

#[test]
fn a_folder_with_other_things_is_left_alone() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "years of work").unwrap();
    testnet(folder.path(), &["--validators", "1"]).fails(2, &["is not empty", "thesis.tex"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    testnet(&folder.path().join("thesis.tex"), &["--validators", "1"]).fails(2, &["thesis.tex"]);
}

/// A node of a few lines: it says which file it got, and ends when it is asked to.
const FAKE_NODE: &str = "#!/bin/sh
trap 'echo asked to stop; exit 0' TERM
echo \"$@\"
case $3 in *node1*) exit 4;; esac
while :; do sleep 0.05; done
";

#[test]
fn one_script_starts_all_tells_of_those_that_end_and_stops_the_others() {
    let folder = tempdir().unwrap();
    let net = folder.path().join("it's a net");
    made(&net, &["--validators", "3"]);
    let fake = folder.path().join("fake");
    fs::write(&fake, FAKE_NODE).unwrap();
    fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).unwrap();
    let mut script = Command::new(net.join("start.sh"))
        .env("ARGOSYD", &fake)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(script.stderr.take().unwrap()).lines();
    let mut line = || lines.next().unwrap().unwrap();
    assert!(line().starts_with("3 nodes; RPC of node0: http://127.0.0.1:9533"));
    let ended = line();
    assert!(
        ended.starts_with("node1 ended with exit code 4; see "),
        "{ended}"
    );
    let log = |node: &str| fs::read_to_string(net.join(node).join("log")).unwrap();
    for node in ["node0/", "node2/"] {
        let begin = Instant::now();
        while !log(node).contains(&format!("run --config {node}config.toml")) {
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "{node}: {}",
                log(node)
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    let pid = script.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(script.wait().unwrap().code(), Some(1), "since one failed");
    assert!(log("node0").contains("asked to stop") && log("node2").contains("asked to stop"));
}

#[test]
fn the_script_starts_the_program_that_wrote_it() {
    let folder = tempdir().unwrap();
    made(folder.path(), &["--validators", "1"]);
    let script = fs::read_to_string(folder.path().join("start.sh")).unwrap();
    let program = format!("argosyd=${{ARGOSYD:-'{}'}}", env!("CARGO_BIN_EXE_argosyd"));
    assert!(script.contains(&program), "no {program} in {script}");
}

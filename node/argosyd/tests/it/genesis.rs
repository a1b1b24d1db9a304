//! A chain spec from its first line to its hash, and every word that is refused on the way.

use std::fs;
use std::path::{Path, PathBuf};

use argosy_primitives::{Address, Hrp};
use argosy_spec::ChainSpec;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::world::{Ended, argosyd};

/// The basepoint: a point for sure.
const KEY: &str = "ed25519:0x5866666666666666666666666666666666666666666666666666666666666666";
const OTHER_KEY: &str =
    "ed25519:0xd7d1b535fa56c699facb92dcb61ec6cdc2777bfa3e825144ce35c32d0c6017ce";

fn address(last: u8) -> String {
    Address::from_bytes([last; 32]).to_text(Hrp::Test)
}

/// A folder with `chain.toml` in it.
struct Folder(TempDir);

impl Folder {
    /// Of a chain without accounts and validators.
    fn begin() -> Folder {
        let folder = Folder(tempdir().unwrap());
        let words = [
            "new",
            "--network",
            "harbour",
            "--hrp",
            "targo",
            "--out",
            "chain.toml",
        ];
        let made = folder.line(&words);
        assert_eq!(made["next"], "argosyd genesis add-account");
        folder
    }

    /// Of a chain that nodes accept.
    fn whole() -> Folder {
        let folder = Folder::begin();
        folder.line(&[
            "add-account",
            "--file",
            "chain.toml",
            "--address",
            &address(1),
            "--balance",
            "1000 ARGO",
        ]);
        folder.line(&[
            "add-validator",
            "--file",
            "chain.toml",
            "--key",
            KEY,
            "--power",
            "1",
        ]);
        folder
    }

    /// `argosyd genesis …` in it.
    fn run(&self, words: &[&str]) -> Ended {
        let mut command = argosyd();
        command
            .current_dir(self.0.path())
            .arg("genesis")
            .args(words);
        Ended::of(&mut command)
    }

    /// The same, which prints a line of JSON.
    #[track_caller]
    fn line(&self, words: &[&str]) -> Value {
        let ended = self.run(words);
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        serde_json::from_str(&ended.stdout).unwrap()
    }

    fn add_account(&self, address: &str, balance: &str, more: &[&str]) -> Ended {
        let words = [
            "add-account",
            "--file",
            "chain.toml",
            "--address",
            address,
            "--balance",
            balance,
        ];
        self.run(&[&words, more].concat())
    }

    fn add_validator(&self, key: &str, power: &str, more: &[&str]) -> Ended {
        let words = [
            "add-validator",
            "--file",
            "chain.toml",
            "--key",
            key,
            "--power",
            power,
        ];
        self.run(&[&words, more].concat())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("chain.toml")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }
}

fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).unwrap();
    entries
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_spec_is_begun_filled_checked_and_hashed_and_keeps_its_comments() {
    let folder = Folder::begin();
    folder.run(&["check", "chain.toml"]).fails(
        2,
        &["`genesis.accounts` is empty", "argosyd genesis add-account"],
    );
    let noted = folder
        .text()
        .replace("[limits]\n", "# Agreed on in March.\n[limits]\n")
        + "# The end.\n";
    fs::write(folder.path(), &noted).unwrap();

    let added = folder.add_account(&address(1), "1000 ARGO", &["--name", "ann"]);
    assert!(added.stdout.contains("add-validator"), "{added:#?}");
    folder.run(&["check", "chain.toml"]).fails(
        2,
        &[
            "`genesis.validators` is empty",
            "argosyd genesis add-validator",
        ],
    );
    folder
        .run(&["hash", "chain.toml"])
        .fails(2, &["`genesis.validators` is empty"]);
    let added = folder.add_validator(KEY, "10", &["--name", "one"]);
    assert_eq!(added.code, Some(0), "{added:#?}");
    folder.line(&[
        "add-validator",
        "--file",
        "chain.toml",
        "--key",
        OTHER_KEY,
        "--power",
        "5",
    ]);
    folder.line(&[
        "add-account",
        "--file",
        "chain.toml",
        "--address",
        &address(2),
        "--balance",
        "25 units",
    ]);

    // Line for line what it was, but for the two lists.
    let text = folder.text();
    let mut lines = text.lines();
    for line in noted
        .lines()
        .filter(|it| !it.contains("= []") && !it.is_empty())
    {
        assert!(
            lines.any(|it| it == line),
            "no {line:?} in its place in {text}"
        );
    }
    assert_eq!(
        names(folder.0.path()),
        ["chain.toml"],
        "no scratch file stays"
    );

    let spec = ChainSpec::from_toml(&text).unwrap();
    let summary = folder.line(&["check", "chain.toml"]);
    let hash = spec.genesis_hash().to_string();
    for (key, value) in [
        ("network", Value::from("harbour")),
        ("hrp", "targo".into()),
        ("agreement", "bft".into()),
        ("accounts", 2.into()),
        ("supply", "1000000000000025".into()),
        ("validators", 2.into()),
        ("power", "15".into()),
        ("powerToDecide", "11".into()),
        ("genesisHash", hash.as_str().into()),
    ] {
        assert_eq!(summary[key], value, "{key}");
    }
    assert_eq!(
        folder.run(&["hash", "chain.toml"]).stdout,
        format!("{hash}\n")
    );
    assert_eq!(spec.genesis.accounts[0].name.as_deref(), Some("ann"));
    assert_eq!(spec.genesis.validators[0].name.as_deref(), Some("one"));
}

#[test]
fn a_wrong_account_is_refused_and_the_file_stays() {
    let folder = Folder::whole();
    let before = folder.text();
    let (known, new) = (address(1), address(2));
    let dev = Address::from_bytes([1; 32]).to_text(Hrp::Dev);
    let (rest, last) = new.split_at(new.len() - 1);
    let misread = format!("{rest}{}", if last == "q" { "p" } else { "q" });
    let edge = "1329227995784915872903807060280344575 units"; // 2^120 - 1
    for (address, balance, more, says) in [
        (
            known.as_str(),
            "1 ARGO",
            &[][..],
            &["accounts[1].address", "repeats", &known][..],
        ),
        (
            &dev,
            "1 ARGO",
            &[],
            &["an address of `dargo` networks", "begin with `targo1`"],
        ),
        (
            &misread,
            "1 ARGO",
            &[],
            &["accounts[1].address", "checksum"],
        ),
        (
            "alice",
            "1 ARGO",
            &[],
            &["accounts[1].address", "alice", "targo1…"],
        ),
        (
            &new,
            "1",
            &[],
            &["accounts[1].balance", "\"1.5 ARGO\"", "\"25 units\""],
        ),
        (&new, "1 EUR", &[], &["accounts[1].balance", "1 EUR"]),
        (
            &new,
            "0.0000000000001 ARGO",
            &[],
            &["accounts[1].balance", "at most 12 decimals"],
        ),
        (
            &new,
            edge,
            &[],
            &["the sum of `genesis.accounts[].balance` is above"],
        ),
        (
            &new,
            "1 ARGO",
            &["--name", "Ann"],
            &["accounts[1].name", "Ann"],
        ),
    ] {
        let ended = folder.add_account(address, balance, more);
        ended.fails(2, says);
        assert!(
            ended.stderr.contains("chain.toml stays as it was"),
            "{ended:#?}"
        );
    }
    assert_eq!(folder.text(), before);
}

#[test]
fn a_wrong_validator_is_refused_and_the_file_stays() {
    let folder = Folder::whole();
    let before = folder.text();
    let not_a_point = format!("ed25519:0x02{}", "00".repeat(31));
    let half = "4611686018427387903";
    for (key, power, says) in [
        (KEY, "1", &["validators[1].key", "repeats", KEY][..]),
        (
            "0x5866",
            "1",
            &["validators[1].key", "ed25519:0x and 64 hex digits"],
        ),
        (
            &KEY[..KEY.len() - 1],
            "1",
            &["validators[1].key", "64 hex digits"],
        ),
        (&not_a_point, "1", &["no point of its curve", &not_a_point]),
        (
            OTHER_KEY,
            half,
            &["the sum of `genesis.validators[].power` is above"],
        ),
        (
            OTHER_KEY,
            "18446744073709551615",
            &["`power` is 18446744073709551615"],
        ),
        (OTHER_KEY, "0", &["'0'", "--power"]),
        (OTHER_KEY, "-1", &["-1"]),
        (OTHER_KEY, "1.5", &["1.5", "--power"]),
    ] {
        folder.add_validator(key, power, &[]).fails(2, says);
    }
    assert_eq!(folder.text(), before);
    // One less is as much as there can be.
    let most = folder.add_validator(OTHER_KEY, "4611686018427387902", &[]);
    assert_eq!(most.code, Some(0), "{most:#?}");
    assert_eq!(folder.line(&["check", "chain.toml"])["power"], half);
}

#[test]
fn a_chain_without_others_is_no_excuse() {
    let folder = Folder::begin();
    let before = folder.text();
    folder
        .add_validator(KEY, "4611686018427387904", &[])
        .fails(2, &["sum of `genesis.validators[].power`"]);
    folder
        .add_account(&address(1), "1 EUR", &[])
        .fails(2, &["accounts[0].balance"]);
    assert_eq!(folder.text(), before);
}

#[test]
fn a_beginning_needs_a_name_a_prefix_and_a_free_place() {
    let folder = Folder::whole();
    let new = |name: &str, hrp: &str, out: &str, more: &[&str]| {
        folder.run(
            &[
                &["new", "--network", name, "--hrp", hrp, "--out", out],
                more,
            ]
            .concat(),
        )
    };
    new("x", "eth", "x.toml", &[]).fails(2, &["eth", "argo, targo or dargo"]);
    new("", "argo", "x.toml", &[]).fails(2, &["`network.name`"]);
    new("a\nb = 1", "argo", "x.toml", &[]).fails(2, &["`network.name`"]);
    new("x", "argo", "chain.toml", &[]).fails(2, &["chain.toml is there already"]);
    new("x", "argo", "no/such/x.toml", &[]).fails(2, &["cannot write no/such/x.toml"]);
    new("x", "argo", "x.toml", &["--from", "none.toml"]).fails(2, &["cannot read none.toml"]);
    fs::write(
        folder.0.path().join("bad.toml"),
        folder.text().replace("tx_gas = ", "tx_gsa = "),
    )
    .unwrap();
    let ended = new("x", "argo", "x.toml", &["--from", "bad.toml"]);
    ended.fails(2, &["chain spec bad.toml"]);
    assert!(ended.stderr.contains("tx_gsa"), "{ended:#?}");
    assert!(!folder.0.path().join("x.toml").exists());

    // Limits of another chain, but nobody of it; and a time of its own.
    let mine = folder.text().replace(
        "block_gas_max = 300_000_000 ",
        "block_gas_max = 600_000_000 ",
    );
    fs::write(folder.path(), mine).unwrap();
    let ended = new(
        "bay",
        "argo",
        "bay.toml",
        &["--from", "chain.toml", "--time-ms", "5"],
    );
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let text = fs::read_to_string(folder.0.path().join("bay.toml")).unwrap();
    for said in [
        "name = \"bay\"",
        "time_ms = 5 ",
        "block_gas_max = 600_000_000 ",
        "accounts = []",
    ] {
        assert!(text.contains(said), "no {said} in {text}");
    }
}

#[test]
fn what_is_no_chain_spec_is_said_to_be_none() {
    let folder = Folder::whole();
    let spec = |text: &str| fs::write(folder.path(), text).unwrap();
    for command in ["check", "hash"] {
        folder
            .run(&[command, "none.toml"])
            .fails(2, &["cannot read none.toml"]);
    }
    let good = folder.text();
    spec("[network\n");
    folder
        .run(&["check", "chain.toml"])
        .fails(2, &["chain spec chain.toml", "not valid TOML"]);
    folder
        .add_validator(OTHER_KEY, "1", &[])
        .fails(2, &["chain spec chain.toml"]);
    spec(&good.replace("block_gas_max = ", "block_gas_mx = "));
    let ended = folder.run(&["check", "chain.toml"]);
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    assert!(ended.stderr.contains("block_gas_mx"), "{ended:#?}");
    spec(&good.replace("\"bft\"", "\"poa\""));
    folder
        .run(&["hash", "chain.toml"])
        .fails(2, &["`protocol.agreement`", "poa"]);
}

//! One key, two nodes; logs and records that were lost: nobody votes twice, and all go on.

use std::fs;

use serde_json::Value;

use crate::network::{Network, head};
use crate::world::{Daemon, Ended, argosyd, pay};

/// Copies a validator's node into a folder beside it, with a record as if it had signed nothing since
/// the head, and gives what starts it.
fn copy(network: &Network, number: usize, at_height: u64) -> std::process::Command {
    let (from, to) = (network.place(number), network.place(9));
    fs::create_dir_all(to.join("keys")).unwrap();
    for file in ["keys/validator.pem", "keys/passphrase"] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
    let config = fs::read_to_string(from.join("config.toml")).unwrap();
    let config = config.replace(&format!("node{number}"), "node9");
    let listen = |line: &str| match line.starts_with("listen") {
        true => "listen = \"127.0.0.1:0\"\n".to_owned(),
        false => format!("{line}\n"),
    };
    let config: String = config.lines().map(listen).collect();
    fs::write(to.join("config.toml"), config).unwrap();
    let mut init = argosyd();
    init.args([
        "signer",
        "init",
        "--at-height",
        &at_height.to_string(),
        "--config",
    ])
    .arg(to.join("config.toml"));
    let made = Ended::of(&mut init);
    assert_eq!(made.code, Some(0), "{made:#?}");
    network.command(9)
}

#[tokio::test]
async fn a_second_node_with_the_same_key_finds_the_first_and_stops() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(3).await;
    let height = head(&network.client(0).await).await;
    let mut command = copy(&network, 3, height);
    let ended = match Daemon::spawn(command.args(["--signer.watch-blocks", "20"])) {
        Ok(daemon) => daemon.ended(),
        Err(ended) => ended,
    };
    ended.fails(2, &["another node runs with the same key"]);
    // The first one is there and votes: without it two are left.
    network.kill(1);
    let height = head(&network.client(3).await).await;
    network.reach(height + 4).await;
}

#[tokio::test]
async fn a_validator_that_looks_for_twins_votes_when_there_are_none() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(3).await;
    network.kill(3);
    network.spawn_with(3, &["--signer.watch-blocks", "5"]);
    let height = head(&network.client(0).await).await;
    network.reach(height + 8).await;
    network.kill(1);
    network.reach(height + 12).await;
}

#[tokio::test]
#[ignore = "30 s; ./x test --full"]
async fn validators_that_all_look_for_twins_do_not_wait_for_ever() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(3).await;
    (0..4).for_each(|it| network.kill(it));
    (0..4).for_each(|it| network.spawn_with(it, &["--signer.watch-blocks", "5"]));
    let height = head(&network.client(0).await).await;
    network.reach(height + 3).await;
    network.agree(height + 3).await;
}

#[tokio::test]
async fn a_log_that_is_lost_or_damaged_costs_a_height_and_no_more() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(3).await;
    let log = network.place(2).join("data/consensus.wal");
    for damage in ["removed", "emptied", "rubbish", "of another height"] {
        network.kill(2);
        match damage {
            "removed" => fs::remove_file(&log).unwrap(),
            "emptied" => fs::write(&log, []).unwrap(),
            "rubbish" => fs::write(&log, vec![0xa5; 700]).unwrap(),
            _ => {
                let mut bytes = fs::read(&log).unwrap();
                bytes[11] ^= 1;
                fs::write(&log, bytes).unwrap();
            }
        }
        network.spawn(2);
        let height = head(&network.client(0).await).await;
        network.reach(height + 4).await;
    }
    // It votes: without it two are left.
    network.kill(0);
    let height = head(&network.client(1).await).await;
    network.reach(height + 4).await;
    network.agree(height + 4).await;
}

#[tokio::test]
async fn a_log_of_a_height_that_nobody_came_to_is_refused_with_the_way_out() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(3).await;
    network.kill(2);
    let log = network.place(2).join("data/consensus.wal");
    let mut bytes = fs::read(&log).unwrap();
    bytes[8] ^= 1 << 3;
    fs::write(&log, bytes).unwrap();
    let refused = Ended::of(&mut network.command(2));
    refused.fails(3, &["consensus.wal", "signer init --at-height"]);
    // It is damaged: without it the validator sits out a height, and votes.
    fs::remove_file(&log).unwrap();
    network.spawn(2);
    let height = head(&network.client(0).await).await;
    network.reach(height + 3).await;
    network.kill(0);
    network.reach(height + 6).await;
    network.agree(height + 6).await;
}

#[tokio::test]
async fn a_validator_without_its_database_begins_with_a_snapshot_of_another_and_votes() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(3).await;
    let paid = pay(&network.client(0).await).await;
    network.reach(paid.at.height.0).await;
    (2..4).for_each(|it| network.kill(it));
    let snapshot = |number: usize, words: &[&str]| {
        let mut command = argosyd();
        command.arg("snapshot").args(words).arg("--config");
        let ended = Ended::of(command.arg(network.place(number).join("config.toml")));
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        serde_json::from_str::<Value>(&ended.stdout).unwrap()
    };
    let made = snapshot(2, &["create"]);
    // Everything but the record of what was signed is gone.
    let data = network.place(3).join("data");
    for entry in fs::read_dir(&data).unwrap() {
        let entry = entry.unwrap();
        match (entry.file_name() == "signer", entry.path().is_dir()) {
            (true, _) => {}
            (false, true) => fs::remove_dir_all(entry.path()).unwrap(),
            (false, false) => fs::remove_file(entry.path()).unwrap(),
        }
    }
    let text = |key: &str| made[key].as_str().unwrap().to_owned();
    let (path, hash) = (text("path"), text("blockHash"));
    snapshot(3, &["restore", "--from", &path, "--block-hash", &hash]);
    // What it has signed the database does not know: it follows at first.
    network.spawn(2);
    network.spawn(3);
    let height = head(&network.client(0).await).await;
    network.reach(height + 4).await;
    // It votes: without it two are left.
    network.kill(1);
    network.reach(height + 10).await;
    network.agree_from(paid.at.height.0, height + 10).await;
}

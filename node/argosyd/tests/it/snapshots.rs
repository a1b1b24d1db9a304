//! Snapshots by the real binary: made, given to others over a real socket, spoilt, begun with, and
//! broken off at every step.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use argosy_sdk::api::{BlockDetail, BlockSelector};
use serde_json::Value;
use tempfile::tempdir;

use crate::crash::points::{RESTORING_SNAPSHOT, SNAPSHOT};
use crate::world::{Daemon, Ended, argosyd, pay};

/// Longer than anything takes, even on a busy machine.
const SOON: Duration = Duration::from_secs(25);

/// `argosyd snapshot …` on a data directory.
fn snapshot(data: &Path, words: &[&str]) -> std::process::Command {
    let mut command = argosyd();
    command.arg("snapshot").args(words);
    command.args(["--chain", "dev", "--data-dir"]).arg(data);
    command
}

fn run(data: &Path, words: &[&str]) -> Ended {
    Ended::of(&mut snapshot(data, words))
}

/// What a command printed, which must have succeeded: its only line of JSON.
#[track_caller]
fn told(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    serde_json::from_str(&ended.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A stopped node with so many blocks.
async fn filled(data: &Path, blocks: u64) {
    let daemon = Daemon::start(data, &["--dev"]);
    let client = daemon.client().await;
    for _ in 0..blocks {
        pay(&client).await;
    }
    daemon.stop();
}

fn check(data: &Path) -> Ended {
    let mut command = argosyd();
    command.args(["db", "check", "--chain", "dev", "--data-dir"]);
    Ended::of(command.arg(data))
}

/// The snapshot that a folder holds, and its block's hash.
fn made(data: &Path) -> (PathBuf, String) {
    let made = told(&run(data, &["create"]));
    let path = made["path"].as_str().unwrap().into();
    (path, made["blockHash"].as_str().unwrap().to_owned())
}

/// A server; killed when dropped.
struct Serving {
    child: Child,
    url: String,
}

impl Serving {
    fn of(folder: &Path) -> Serving {
        let words = ["serve", "--listen", "127.0.0.1:0", "--in", text(folder)];
        let mut command = snapshot(folder, &words);
        command.stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let url = told["url"].as_str().unwrap().to_owned();
        Serving { child, url }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_node_begins_with_the_snapshot_of_another() {
    let folder = tempdir().unwrap();
    let (data, new) = (folder.path().join("data"), folder.path().join("new"));
    filled(&data, 35).await;
    let (path, hash) = made(&data);
    assert_eq!(path, data.join("snapshots").join(path.file_name().unwrap()));
    let listed = told(&run(&data, &["list"]));
    assert_eq!(
        (&listed["height"], &listed["blockHash"]),
        (&35.into(), &hash.clone().into())
    );
    let verified = told(&run(
        &new,
        &["verify", "--from", text(&path), "--block-hash", &hash],
    ));
    assert_eq!(verified["blockHash"], hash);
    assert!(!new.exists(), "a check makes nothing");

    // The first source has a chunk wrong; the second is a server of the whole folder.
    let spoilt = folder.path().join("spoilt");
    fs::create_dir(&spoilt).unwrap();
    for entry in fs::read_dir(&path).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), spoilt.join(entry.file_name())).unwrap();
    }
    fs::write(spoilt.join("chunk-000000"), b"rubbish").unwrap();
    let server = Serving::of(&data.join("snapshots"));
    let words = [
        "restore",
        "--from",
        text(&spoilt),
        "--from",
        &server.url,
        "--block-hash",
        &hash,
    ];
    let ended = run(&new, &words);
    assert!(
        ended.stderr.contains("refused a part of a snapshot"),
        "{ended:#?}"
    );
    let restored = told(&ended);
    assert_eq!(
        (&restored["height"], &restored["refused"]),
        (&35.into(), &1.into())
    );
    let checked = told(&check(&new));
    assert_eq!(
        (&checked["height"], &checked["blockHash"]),
        (&35.into(), &hash.clone().into())
    );
    run(&new, &words).fails(3, &["has a database already"]);
    let mut again = words.to_vec();
    again.push("--if-empty");
    let nothing = run(&new, &again);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (Some(0), ""));

    let daemon = Daemon::start(&new, &["--dev"]);
    let client = daemon.client().await;
    assert_eq!(pay(&client).await.at.height.0, 36);
    let block = client
        .block(BlockSelector::Height(4), BlockDetail::Full)
        .await
        .unwrap();
    assert_eq!(block.at.height.0, 4);
    let error = client.header(BlockSelector::Earliest).await.unwrap_err();
    assert!(error.to_string().contains("oldest"), "{error}");
    daemon.stop();
    told(&check(&new));
    let mut export = argosyd();
    export
        .args(["export-blocks", "--chain", "dev", "--data-dir"])
        .arg(&new);
    let exported = told(&Ended::of(
        export.arg("--to").arg(folder.path().join("blocks")),
    ));
    assert_eq!(
        (&exported["from"], &exported["blocks"]),
        (&4.into(), &33.into())
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_snapshot_is_said_and_nothing_is_left() {
    let folder = tempdir().unwrap();
    let (data, new) = (folder.path().join("data"), folder.path().join("new"));
    filled(&data, 2).await;
    let (path, hash) = made(&data);
    let from = text(&path);
    run(&data, &["create"]).fails(2, &["is there already"]);
    let nowhere = text(&new);
    run(&data, &["list", "--in", nowhere]).fails(2, &["there is no folder", nowhere]);
    let serve = ["serve", "--listen", "127.0.0.1:0", "--in", nowhere];
    run(&data, &serve).fails(2, &["there is no folder", nowhere]);
    run(&new, &["restore", "--from", from]).fails(2, &["--block-hash", &hash]);
    let other = hash.replace(&hash[2..6], "abcd");
    run(&new, &["restore", "--from", from, "--block-hash", &other]).fails(2, &["it is of block 2"]);
    run(&new, &["restore", "--from", from, "--block-hash", "0x12"])
        .fails(2, &["--block-hash 0x12"]);
    run(
        &new,
        &["restore", "--from", "https://a", "--block-hash", &hash],
    )
    .fails(2, &["only http://"]);
    run(&new, &["restore", "--from", text(&new)]).fails(2, &["it has no snapshot"]);
    let archive = [
        "restore",
        "--from",
        from,
        "--block-hash",
        &hash,
        "--state.mode",
        "archive",
    ];
    run(&new, &archive).fails(2, &["an archive cannot be made from a snapshot"]);
    assert!(!new.exists(), "nothing was made");

    let chunk = path.join("chunk-000000");
    let whole = fs::read(&chunk).unwrap();
    fs::write(&chunk, &whole[..whole.len() / 2]).unwrap();
    let restore = ["restore", "--from", from, "--block-hash", &hash];
    run(&new, &restore).fails(2, &["chunk 0", "the manifest says", from]);
    run(&new, &["verify", "--from", from, "--block-hash", &hash]).fails(2, &["chunk 0"]);
    assert!(!new.join("db").exists() && !new.join("db.new").exists());
    assert!(!new.join("RESTORING").exists());
    check(&new).fails(3, &["holds no chain"]);
    fs::write(&chunk, whole).unwrap();
    told(&run(&new, &restore));
    told(&check(&new));
    fs::write(path.join("manifest"), b"rubbish").unwrap();
    let listed = told(&run(&data, &["list"]));
    assert!(
        listed["error"].as_str().unwrap().contains("no manifest"),
        "{listed}"
    );
}

#[tokio::test]
async fn a_running_node_makes_snapshots_and_keeps_the_newest() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    let words = [
        "--dev",
        "--snapshot.every-blocks",
        "2",
        "--snapshot.keep",
        "2",
    ];
    let daemon = Daemon::start(&data, &words);
    let client = daemon.client().await;
    let begin = Instant::now();
    for height in 1..=7_u64 {
        pay(&client).await;
        let made = format!("argosy_snapshot_height {}\n", height - height % 2);
        while height > 1 && !daemon.ops("/metrics").1.contains(&made) {
            assert!(
                begin.elapsed() < SOON,
                "no {made}: {}",
                daemon.ops("/metrics").1
            );
        }
    }
    let hash = client
        .header(BlockSelector::Height(6))
        .await
        .unwrap()
        .at
        .hash
        .to_string();
    let log = daemon.stop();
    assert!(log.contains("made a snapshot"), "{log}");
    let names: Vec<_> = fs::read_dir(data.join("snapshots")).unwrap().collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let new = folder.path().join("new");
    let from = data.join("snapshots");
    let restored = told(&run(
        &new,
        &["restore", "--from", text(&from), "--block-hash", &hash],
    ));
    assert_eq!(restored["height"], 6);
    told(&check(&new));
}

/// Killed at each step; what is left does not count, and the same command does it all again.
#[tokio::test]
async fn whatever_step_a_snapshot_is_killed_at_it_is_made_again() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    filled(&data, 2).await;
    for point in SNAPSHOT {
        let killed = Ended::of(snapshot(&data, &["create"]).env("CRASH_POINT", point));
        assert_eq!(killed.code, None, "{point}: not killed: {killed:#?}");
        let listed = run(&data, &["list"]).stdout;
        assert_eq!(
            listed.is_empty(),
            *point != "snapshot::named",
            "{point}: {listed}"
        );
        if *point == "snapshot::named" {
            run(&data, &["create"]).fails(2, &["is there already"]);
        } else {
            let (path, hash) = made(&data);
            let words = ["verify", "--from", text(&path), "--block-hash", &hash];
            told(&run(&data, &words));
        }
        fs::remove_dir_all(data.join("snapshots")).unwrap();
    }
}

#[tokio::test]
async fn a_node_that_is_killed_while_it_makes_one_takes_away_what_is_left() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    let words = ["--dev", "--snapshot.every-blocks", "1"];
    let mut command = crate::world::run_command(&data, &words);
    command.env("CRASH_POINT", "snapshot::manifest_written");
    let daemon = Daemon::spawn(&mut command).unwrap_or_else(|ended| panic!("{ended:#?}"));
    let client = daemon.client().await;
    // The node may be gone before it has answered.
    let _ = client.submit(&crate::world::transfer(&client, 0)).await;
    assert_eq!(daemon.ended().code, None);
    let unfinished = |data: &Path| {
        let names = fs::read_dir(data.join("snapshots")).unwrap();
        let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
        names.filter(|it| it.ends_with(".unfinished")).count()
    };
    assert_eq!(unfinished(&data), 1);
    let daemon = Daemon::start(&data, &words);
    let begin = Instant::now();
    while !daemon
        .ops("/metrics")
        .1
        .contains("argosy_snapshot_height 1\n")
    {
        assert!(begin.elapsed() < SOON, "{}", daemon.ops("/metrics").1);
    }
    daemon.stop();
    assert_eq!(unfinished(&data), 0);
    assert_eq!(told(&run(&data, &["list"]))["height"], 1);
}

#[tokio::test]
async fn whatever_step_a_restore_is_killed_at_it_opens_whole_or_not_at_all() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    filled(&data, 2).await;
    let (path, hash) = made(&data);
    let words = ["restore", "--from", text(&path), "--block-hash", &hash];
    for point in RESTORING_SNAPSHOT {
        let new = folder.path().join(point.replace(':', "-"));
        let killed = Ended::of(snapshot(&new, &words).env("CRASH_POINT", point));
        assert_eq!(killed.code, None, "{point}: not killed: {killed:#?}");
        if *point == "restore::named" {
            run(&new, &words).fails(3, &["has a database already"]);
        } else {
            let says = ["holds no chain", "argosyd snapshot restore", "RESTORING"];
            check(&new).fails(3, &says);
            // Nor does a node begin a chain of its own.
            Ended::of(&mut crate::world::run_command(&new, &["--dev"])).fails(3, &says);
            told(&run(&new, &words));
        }
        assert_eq!(new.join("RESTORING").exists(), *point == "restore::named");
        let checked = told(&check(&new));
        assert_eq!(
            (&checked["height"], &checked["blockHash"]),
            (&2.into(), &hash.clone().into())
        );
        assert!(!new.join("db.new").exists());
    }
}

/// Whatever a restore wrote before the disk was full is gone, so that it is not full any more.
#[tokio::test]
async fn a_restore_for_which_the_disk_is_too_small_leaves_nothing() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    filled(&data, 2).await;
    let (path, hash) = made(&data);
    let words = ["restore", "--from", text(&path), "--block-hash", &hash];
    for blocks in [1, 4, 12] {
        let new = folder.path().join(blocks.to_string());
        let inner = snapshot(&new, &words);
        let mut shell = std::process::Command::new("sh");
        // The signal that would kill it is ignored, so that the write fails as on a full disk.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        shell.args(["-c", &script]).arg(inner.get_program());
        shell.args(inner.get_args());
        Ended::of(&mut shell).fails(5, &["no space left"]);
        assert!(!new.join("db").exists() && !new.join("db.new").exists());
        assert!(!new.join("RESTORING").exists());
        told(&run(&new, &words));
    }
}

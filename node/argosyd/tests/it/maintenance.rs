//! What an operator does with a stopped node: look at it, check it, copy it, carry its blocks away.

use std::fs;
use std::path::Path;

use argosy_sdk::api::BlockSelector;
use serde_json::Value;
use tempfile::tempdir;

use crate::world::{Daemon, Ended, argosyd, history, pay};

/// A command of several words on a data directory.
fn on(data: &Path, words: &[&str], paths: &[(&str, &Path)]) -> Ended {
    let mut command = argosyd();
    command.args(words).args(["--chain", "dev", "--data-dir"]);
    command.arg(data);
    for (flag, path) in paths {
        command.arg(flag).arg(path);
    }
    Ended::of(&mut command)
}

/// The lines of JSON that a command printed, which must have succeeded.
#[track_caller]
fn lines(ended: &Ended) -> Vec<Value> {
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let lines = ended.stdout.lines();
    lines.map(|it| serde_json::from_str(it).unwrap()).collect()
}

/// A directory with three blocks of one payment each; answers what clients know of it.
async fn filled(data: &Path) -> (u64, String) {
    let daemon = Daemon::start(data, &["--dev"]);
    let client = daemon.client().await;
    for _ in 0..3 {
        pay(&client).await;
    }
    let head = client.header(BlockSelector::Latest).await.unwrap();
    daemon.stop();
    (head.header.height.0, head.at.hash.to_string())
}

fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).unwrap();
    let mut names: Vec<_> = entries
        .map(|it| it.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_database_is_measured_checked_and_compacted() {
    let folder = tempdir().unwrap();
    let (height, hash) = filled(folder.path()).await;
    let before = names(&folder.path().join("db"));
    let columns = lines(&on(folder.path(), &["db", "stats"], &[]));
    assert!(columns.iter().any(|it| it["column"] == "state"));
    let checked = lines(&on(folder.path(), &["db", "check"], &[]));
    assert_eq!(checked[0]["height"], height);
    assert_eq!(checked[0]["blockHash"], hash);
    assert_eq!(checked[0]["blocks"], height + 1);
    assert_eq!(checked[0]["transactions"], 3);
    assert_eq!(
        names(&folder.path().join("db")),
        before,
        "nothing was written"
    );
    let compacted = lines(&on(folder.path(), &["db", "compact"], &[]));
    assert!(compacted[0]["fileBytes"].as_u64().unwrap() > 0);
    assert_eq!(
        lines(&on(folder.path(), &["db", "check"], &[])),
        checked,
        "compaction changes nothing"
    );
    assert_eq!(
        Daemon::start(folder.path(), &["--dev"]).endpoints["height"],
        height
    );
}

#[tokio::test]
async fn a_check_names_what_is_damaged() {
    let folder = tempdir().unwrap();
    filled(folder.path()).await;
    lines(&on(folder.path(), &["db", "compact"], &[]));
    let db = folder.path().join("db");
    let tables: Vec<_> = names(&db)
        .into_iter()
        .filter(|it| it.ends_with(".sst"))
        .collect();
    assert!(tables.len() > 3, "{tables:?}");
    for table in tables {
        let path = db.join(&table);
        let whole = fs::read(&path).unwrap();
        let mut harmed = whole.clone();
        harmed[10] ^= 1;
        fs::write(&path, harmed).unwrap();
        on(folder.path(), &["db", "check"], &[])
            .fails(3, &["column", ".sst", "argosyd backup restore"]);
        fs::write(&path, whole).unwrap();
    }
    lines(&on(folder.path(), &["db", "check"], &[]));
}

#[tokio::test]
async fn backups_bring_back_what_was_there() {
    let folder = tempdir().unwrap();
    let (data, kept) = (folder.path().join("data"), folder.path().join("backups"));
    let (height, hash) = filled(&data).await;
    let made = lines(&on(&data, &["backup", "create"], &[("--to", &kept)]));
    assert_eq!(made[0]["id"], 1);
    let daemon = Daemon::start(&data, &["--dev"]);
    let client = daemon.client().await;
    pay(&client).await;
    let later = history(&client).await;
    daemon.stop();
    lines(&on(&data, &["backup", "create"], &[("--to", &kept)]));
    let listed = lines(&on(&data, &["backup", "list"], &[("--in", &kept)]));
    assert_eq!(listed.len(), 2);

    let old = folder.path().join("old");
    let mut command = argosyd();
    command.args(["backup", "restore", "--chain", "dev", "--id", "1"]);
    command.arg("--data-dir").arg(&old).arg("--from").arg(&kept);
    lines(&Ended::of(&mut command));
    let checked = lines(&on(&old, &["db", "check"], &[]));
    assert_eq!(
        (&checked[0]["height"], &checked[0]["blockHash"]),
        (&height.into(), &hash.into())
    );
    let new = folder.path().join("new");
    lines(&on(&new, &["backup", "restore"], &[("--from", &kept)]));
    let daemon = Daemon::start(&new, &["--dev"]);
    assert_eq!(history(&daemon.client().await).await, later);
    daemon.stop();

    let again = on(&new, &["backup", "restore"], &[("--from", &kept)]);
    again.fails(3, &["has a database already"]);
    let nowhere = folder.path().join("nowhere");
    let fresh = folder.path().join("fresh");
    let missing = on(&fresh, &["backup", "restore"], &[("--from", &nowhere)]);
    missing.fails(3, &["no backups", "check the path"]);
    assert!(!fresh.exists() && !nowhere.exists());
}

#[tokio::test]
async fn blocks_travel_as_a_file() {
    let folder = tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    let file = folder.path().join("chain.blocks");
    let (height, hash) = filled(&data).await;
    let exported = lines(&on(&data, &["export-blocks"], &[("--to", &file)]));
    assert_eq!(exported[0]["blocks"], height + 1);
    assert_eq!(names(folder.path()), ["chain.blocks", "data"]);
    let imported = lines(&on(&copy, &["import-blocks"], &[("--from", &file)]));
    assert_eq!(
        (&imported[0]["new"], &imported[0]["known"]),
        (&3.into(), &1.into())
    );
    assert_eq!(
        (&imported[0]["height"], &imported[0]["blockHash"]),
        (&height.into(), &hash.into())
    );
    let daemon = Daemon::start(&copy, &["--dev"]);
    assert_eq!(pay(&daemon.client().await).await.at.height.0, height + 1);
    daemon.stop();

    on(&data, &["export-blocks"], &[("--to", &file)]).fails(2, &["is there already"]);
    on(&data, &["export-blocks", "--from", "9"], &[("--to", &copy)])
        .fails(2, &["the chain has blocks 0 to 3"]);
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 30]).unwrap();
    let torn = folder.path().join("torn");
    on(&torn, &["import-blocks"], &[("--from", &file)])
        .fails(2, &["ends too early, behind block 3"]);
    fs::write(&file, whole).unwrap();
    let rest = lines(&on(&torn, &["import-blocks"], &[("--from", &file)]));
    assert_eq!(rest[0]["new"], 0);
}

#[tokio::test]
async fn a_chain_goes_when_somebody_says_so_and_all_else_stays() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    filled(&data).await;
    for name in ["keys", "signer", "snapshots"] {
        fs::create_dir_all(data.join(name)).unwrap();
        fs::write(data.join(name).join("file"), name).unwrap();
    }
    on(&data, &["reset"], &[]).fails(2, &["nobody confirmed", "--yes"]);
    let daemon = Daemon::start(&data, &["--dev"]);
    on(&data, &["reset", "--yes"], &[]).fails(3, &["is in use"]);
    assert_eq!(pay(&daemon.client().await).await.at.height.0, 4);
    daemon.stop();
    let mut before = names(&data);
    let done = lines(&on(&data, &["reset", "--yes"], &[]));
    assert_eq!(done[0]["removed"], true);
    before.retain(|it| it != "db");
    assert_eq!(names(&data), before);
    for name in ["keys", "signer", "snapshots"] {
        let text = fs::read_to_string(data.join(name).join("file"));
        assert_eq!(text.unwrap(), name);
    }
    on(&data, &["db", "stats"], &[]).fails(3, &["holds no chain"]);
    let again = lines(&on(&data, &["reset", "--yes"], &[]));
    assert_eq!(again[0]["removed"], false);
    // A restore that was broken off keeps no node from beginning any more, either.
    fs::write(data.join("RESTORING"), "argosyd snapshot restore\n").unwrap();
    lines(&on(&data, &["reset", "--yes"], &[]));
    let daemon = Daemon::start(&data, &["--dev"]);
    assert_eq!(pay(&daemon.client().await).await.at.height.0, 1);
    daemon.stop();
}

#[test]
fn a_directory_without_a_chain_is_left_alone() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("file");
    for words in [&["db", "stats"][..], &["db", "check"], &["db", "compact"]] {
        on(&data, words, &[]).fails(3, &["there is no data directory"]);
    }
    on(&data, &["reset", "--yes"], &[]).fails(3, &["there is no data directory"]);
    on(&data, &["backup", "create"], &[("--to", &file)]).fails(3, &["there is no data directory"]);
    on(&data, &["export-blocks"], &[("--to", &file)]).fails(3, &["there is no data directory"]);
    on(&data, &["import-blocks"], &[("--from", &file)]).fails(5, &["file"]);
    assert!(names(folder.path()).is_empty());
}

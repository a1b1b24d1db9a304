//! The node's own bugs: a panic while a transaction runs is a failed node, not a failed transaction.

use tempfile::tempdir;

use crate::world::{Daemon, history, pay, run_command, transfer};

#[tokio::test]
async fn a_panic_stops_the_node_which_then_leaves_the_transaction_out() {
    let folder = tempdir().unwrap();
    let mut command = run_command(folder.path(), &["--dev=manual"]);
    // The second execution: the first transaction's own check by a second run.
    command.env("FAILPOINTS", "execute::transaction=2*off->panic(injected)");
    let daemon = Daemon::spawn(&mut command).unwrap_or_else(|it| panic!("{it:#?}"));
    let client = daemon.client().await;
    client.submit(&transfer(&client, 0)).await.unwrap();
    client.mine().await.unwrap();
    let before = history(&client).await;
    let bad = transfer(&client, 1);
    let id = client.submit(&bad).await.unwrap().to_string();
    assert!(client.mine().await.is_err());
    let ended = daemon.ended();
    assert_eq!(ended.code, Some(6), "{ended:#?}");
    let error = ended
        .stderr
        .lines()
        .rfind(|it| it.starts_with("error:"))
        .unwrap();
    for text in [
        "stopped itself",
        "panicked while it ran transaction",
        &id,
        "injected",
        "report",
    ] {
        assert!(error.contains(text), "no {text:?} in {error}");
    }
    let quarantine = std::fs::read_to_string(folder.path().join("quarantine")).unwrap();
    assert!(quarantine.lines().any(|it| it == id), "{quarantine}");

    let daemon = Daemon::manual(folder.path());
    let client = daemon.client().await;
    assert_eq!(history(&client).await, before);
    let error = client.submit(&bad).await.unwrap_err().to_string();
    assert!(error.contains("leaves it out"), "{error}");
    // The chain goes on, and another transaction takes its place.
    client.mine().await.unwrap();
    let log = daemon.stop();
    assert!(log.contains("leaves out transactions"), "{log}");
    let daemon = Daemon::start(folder.path(), &["--dev"]);
    assert_eq!(pay(&daemon.client().await).await.index, 0);
}

#[tokio::test]
async fn a_panic_outside_a_transaction_blames_none() {
    let folder = tempdir().unwrap();
    let mut command = run_command(folder.path(), &["--dev=manual"]);
    command.env("FAILPOINTS", "commit::batched=panic(injected)");
    let daemon = Daemon::spawn(&mut command).unwrap_or_else(|it| panic!("{it:#?}"));
    let client = daemon.client().await;
    client.submit(&transfer(&client, 0)).await.unwrap();
    assert!(client.mine().await.is_err());
    assert_eq!(daemon.ended().code, Some(6));
    assert!(!folder.path().join("quarantine").exists());
    let daemon = Daemon::start(folder.path(), &["--dev"]);
    pay(&daemon.client().await).await;
}

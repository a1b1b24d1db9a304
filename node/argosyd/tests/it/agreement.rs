//! Validators as processes: they agree, survive kills, and others follow.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use argosy_kv::{Batch, Column, Direction, Durability, KeyRange, Store};
use argosy_primitives::{CommitCertificate, ValidatorSet};
use argosy_proof::verify_certificate;
use argosy_sdk::Client;
use argosy_sdk::api::BlockSelector;
use argosy_store::{DataDir, RocksStore, StoreConfig};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::crash::points::AGREEING;
use crate::network::{Network, SOON, head, until};
use crate::ops::all_are_on_the_page;
use crate::world::{Daemon, Ended, argosyd, pay};

#[tokio::test]
async fn four_agree_a_fifth_follows_and_kills_lose_nothing() {
    let mut network = Network::start(4, 1, &[]);
    network.reach(5).await;
    check_deciders(&network.client(0).await).await;
    pay(&network.client(0).await).await;
    // A full node that comes late gets everything from the others, and hands on what it is given.
    network.spawn(4);
    network.reach(head(&network.client(0).await).await).await;
    let paid = pay(&network.client(4).await).await;
    network.reach(paid.at.height.0 + 2).await;
    network.agree(paid.at.height.0 + 2).await;

    // One dies: the others go on; it comes back and is where they are.
    network.kill(2);
    let before = head(&network.client(0).await).await;
    network.reach(before + 5).await;
    network.spawn(2);
    network.reach(before + 8).await;

    // All die at once.
    (0..5).for_each(|it| network.kill(it));
    (0..5).for_each(|it| network.spawn(it));
    network.reach(before + 12).await;
    network.agree(before + 12).await;
    for number in 0..5 {
        let receipt = network.client(number).await.receipt(paid.tx_id.0).await;
        assert_eq!(receipt.unwrap(), paid, "node{number}");
    }
}

/// Who decides blocks is in their headers, and what they signed shows it, of the newest block, too.
async fn check_deciders(client: &Client) {
    let newest = head(client).await;
    for height in [1, 2, newest] {
        let at = BlockSelector::Height(height);
        let header = client.header(at).await.unwrap().header;
        let found = client.validators(at).await.unwrap();
        let deciders = ValidatorSet::from(&found.deciders);
        assert_eq!(deciders.0.len(), 4);
        assert_eq!(deciders.hash(), header.validators.0);
        let next = ValidatorSet::from(&found.next);
        assert_eq!(next.hash(), header.next_validators.0);
        let certificate = client.certificate(at).await.unwrap();
        let signed = CommitCertificate::from(&certificate.certificate);
        assert_eq!(signed.block, certificate.at.hash.0);
        verify_certificate(&signed, &deciders, &header.chain.0).unwrap();
    }
}

#[tokio::test]
async fn metrics_say_who_votes_and_who_does_not() {
    let mut network = Network::start(4, 1, &[]);
    network.spawn_with(4, &["--snapshot.every-blocks", "1000"]);
    network.reach(5).await;
    let validator = network.figures(0);
    assert_eq!(validator("argosy_consensus_validators"), 4);
    assert_eq!(validator("argosy_p2p_peers"), 4);
    assert!(validator("argosy_validator_signed_blocks_total") > 0);
    assert!(validator("argosy_consensus_judged_proposals_total{verdict=\"valid\"}") > 0);
    let proposed = async || network.figures(0)("argosy_validator_proposed_blocks_total") > 0;
    until(proposed).await;
    let knows = async || network.figures(4)("argosy_consensus_known_height") > 4;
    until(knows).await;
    // Who follows misses nothing.
    let follower = network.figures(4);
    assert!(follower("argosy_consensus_height") > 4);
    let missed = "argosy_validator_missed_blocks_total";
    assert_eq!((follower(missed), follower("argosy_p2p_peers")), (0, 4));
    // What alerts and dashboards ask for, a validator tells, and a node that makes snapshots.
    let told = &network.metric_names(0) | &network.metric_names(4);
    for name in asked_for() {
        assert!(told.contains(&name), "no metric {name}");
    }
    for number in [0, 4] {
        all_are_on_the_page(&network.daemon(number).ops("/metrics").1);
    }
    // One dies: the others see it in what they decide.
    network.kill(3);
    let height = head(&network.client(0).await).await;
    network.reach(height + 3).await;
    until(async || network.figures(0)("argosy_consensus_missing_votes") == 1).await;
    until(async || network.figures(0)("argosy_p2p_peers") == 3).await;
}

/// Names of metrics in the alerts and dashboards that come with the manifests.
fn asked_for() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docker/kubernetes/overlays/observability");
    let dashboards = fs::read_dir(folder.join("dashboards")).unwrap();
    let mut files: Vec<PathBuf> = dashboards.map(|it| it.unwrap().path()).collect();
    assert_eq!(files.len(), 7);
    files.push(folder.join("rules.yaml"));
    let text: Vec<String> = (files.iter().map(fs::read_to_string))
        .collect::<Result<_, _>>()
        .unwrap();
    let words = text
        .iter()
        .flat_map(|it| it.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')));
    let names = words.filter(|it| it.starts_with("argosy_") || it.starts_with("process_"));
    let names: BTreeSet<String> = names.map(str::to_owned).collect();
    assert!(names.len() > 60);
    names
}

#[tokio::test]
async fn a_transaction_waits_for_validators_that_were_away() {
    let mut network = Network::start(4, 1, &[]);
    network.spawn(4);
    network.reach(2).await;
    (0..4).for_each(|it| network.kill(it));
    // Nobody is there to hear of it; the validators come back with nothing in their mempools.
    let follower = network.client(4).await;
    let paying = tokio::spawn(async move { pay(&follower).await });
    let client = network.client(4).await;
    until(async || client.health().await.unwrap().pool.transactions == 1).await;
    (0..4).for_each(|it| network.spawn(it));
    let paid = paying.await.unwrap();
    network.reach(paid.at.height.0 + 1).await;
    network.agree(paid.at.height.0 + 1).await;
}

#[tokio::test]
async fn strangers_fill_no_more_than_their_share_of_the_ports() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(2).await;
    for section in ["p2p", "gossip"] {
        let port = network.listen(0, section);
        let connect = || async move {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
            socket.connect(port).await.unwrap()
        };
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS_PER_IP {
            held.push(connect().await);
        }
        // One more is closed at once; those that say nothing are, after a while.
        let mut more = connect().await;
        let read = tokio::time::timeout(SOON, read_to_end(&mut more)).await;
        assert!(read.is_ok(), "{section}: it is still open");
    }
    // Meanwhile a validator comes back, and is needed: without it only two are left.
    network.kill(3);
    network.spawn(3);
    network.kill(2);
    let height = head(&network.client(0).await).await;
    network.reach(height + 4).await;
}

/// What `argosyd` allows when nothing is said.
const CONNECTIONS_PER_IP: usize = 8;

async fn read_to_end(stream: &mut TcpStream) {
    let mut bytes = [0; 1024];
    while !matches!(stream.read(&mut bytes).await, Ok(0) | Err(_)) {}
}

#[tokio::test]
async fn a_validator_that_dies_while_it_proposes_goes_on() {
    dies_at(&AGREEING[..4]).await;
}

#[tokio::test]
async fn a_validator_that_dies_between_verdict_and_decision_goes_on() {
    dies_at(&AGREEING[4..]).await;
}

/// One of four ends at each place in turn, and is where the others are after its restart.
async fn dies_at(points: &[&str]) {
    let mut network = Network::start(4, 0, &[]);
    network.reach(2).await;
    for point in points {
        network.kill(1);
        let mut command = network.command(1);
        match Daemon::spawn(command.env("CRASH_POINT", point)) {
            Ok(daemon) => {
                let log = daemon.ended();
                assert_eq!(log.code, None, "{point}: {log:#?}");
            }
            // It was quicker than its own announcement.
            Err(ended) => assert_eq!(ended.code, None, "{point}: {ended:#?}"),
        }
        network.spawn(1);
        let height = head(&network.client(0).await).await;
        network.reach(height + 1).await;
    }
    let height = head(&network.client(0).await).await;
    network.reach(height).await;
    network.agree(height).await;
}

#[tokio::test]
async fn a_node_whose_state_is_wrong_stops_and_says_so() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(3).await;
    network.kill(3);
    change_a_balance(&network.place(3).join("data"));
    // Whoever pays in the next block finds less than everybody else: the first to notice is node3.
    let mut command = network.command(3);
    let daemon = Daemon::spawn(&mut command).unwrap_or_else(|ended| panic!("{ended:#?}"));
    pay(&network.client(0).await).await;
    let ended = daemon.ended();
    ended.fails(6, &["the node has stopped itself", "than it was certified"]);
    let height = head(&network.client(0).await).await;
    network.reach(height + 3).await;
}

/// Changes one byte of every account's record, behind the back of the trie.
fn change_a_balance(data_dir: &Path) {
    let directory = DataDir::open(data_dir).unwrap();
    let store = RocksStore::open(directory, &StoreConfig::default()).unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let mut batch = Batch::new();
    let alice = crate::world::account("alice").address();
    let range = KeyRange::prefix(alice.as_bytes());
    for entry in store
        .view()
        .range(Column::State, range, Direction::Ascending)
    {
        let (key, value) = entry.unwrap();
        let mut value = value.to_vec();
        // The last bytes of a record are those of a large number: it stays one that decodes.
        let last = value.len() - 20;
        value[last] ^= 1;
        batch.put(Column::State, key, value);
    }
    assert!(!batch.is_empty());
    store.commit(batch, Durability::Synced).unwrap();
}

#[tokio::test]
async fn no_validator_signs_without_its_record() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(3).await;
    network.kill(3);
    let record = network.place(3).join("data/signer");
    fs::remove_dir_all(&record).unwrap();
    let ended = Ended::of(&mut network.command(3));
    ended.fails(2, &["cannot sign", "signer"]);
    // Told plainly, from which height on; a record is never made over one that is there.
    let config = network.place(3).join("config.toml");
    let init = |words: &[&str]| {
        let mut command = argosyd();
        Ended::of(
            command
                .args(["signer", "init", "--config"])
                .arg(&config)
                .args(words),
        )
    };
    let above = head(&network.client(0).await).await + 10;
    let made = init(&["--at-height", &above.to_string()]);
    assert_eq!(made.code, Some(0), "{made:#?}");
    init(&[]).fails(2, &["signer"]);
    // It follows until the others are there, and then signs again: without it nothing is decided.
    network.spawn(3);
    network.reach(above + 2).await;
    network.kill(0);
    network.reach(above + 8).await;
    network.agree(above + 8).await;
}

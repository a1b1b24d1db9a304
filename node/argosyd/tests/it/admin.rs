//! The port of whoever runs the node: who may use it, what it does, and that it is told.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::network::{Network, SOON, head, until};
use crate::reload::name_peers;
use crate::world::{Daemon, Ended, argosyd, run_command, transfer};

const LISTEN: [&str; 2] = ["--admin.listen", "127.0.0.1:0"];

fn start(directory: &Path, words: &[&str]) -> Daemon {
    Daemon::start(directory, &[&["--dev=manual"][..], &LISTEN, words].concat())
}

fn token(directory: &Path) -> String {
    let text = fs::read_to_string(directory.join("admin.token")).unwrap();
    text.trim_end().to_owned()
}

/// One request on a connection; its status, 0 if it was broken off, and its answer.
fn request(mut stream: impl Read + Write, line: &str, headers: &str, body: &str) -> (u16, Value) {
    let length = body.len();
    let head = format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}");
    let sent = format!("{head}Content-Length: {length}\r\n\r\n{body}");
    // A server that has seen enough may close before it has read everything.
    let _ = stream.write_all(sent.as_bytes());
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let answer = String::from_utf8(bytes).unwrap();
    let Some((head, body)) = answer.split_once("\r\n\r\n") else {
        return (0, Value::Null);
    };
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

fn tcp(url: &Value) -> TcpStream {
    let address = url.as_str().unwrap().strip_prefix("http://").unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream
}

fn call(method: &str, params: Value) -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// A call with the token; the whole response.
fn ask(daemon: &Daemon, directory: &Path, method: &str, params: Value) -> Value {
    let stream = tcp(&daemon.endpoints["admin"]);
    let body = call(method, params);
    let (status, answer) = request(stream, "POST /", &bearer(&token(directory)), &body);
    assert_eq!(status, 200, "{answer}");
    answer
}

/// What the security log has of a code.
fn told(directory: &Path, code: &str) -> Vec<Value> {
    let text = fs::read_to_string(directory.join("security.log")).unwrap();
    let lines = text.lines().map(|it| serde_json::from_str(it).unwrap());
    let lines = lines.filter(|it: &Value| it["code"] == code);
    lines.map(|it| it["fields"].clone()).collect()
}

#[test]
fn who_does_not_show_the_token_is_refused_and_each_call_is_told() {
    let folder = tempdir().unwrap();
    let daemon = start(folder.path(), &[]);
    let token = token(folder.path());
    let file = fs::metadata(folder.path().join("admin.token")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    assert_eq!(token.len(), 64);

    let peers = call("admin_peers", json!([]));
    let post = |headers: &str, body: &str| {
        let stream = tcp(&daemon.endpoints["admin"]);
        request(stream, "POST /", headers, body)
    };
    let wrong = token.replace(|it: char| it.is_ascii_hexdigit(), "0");
    let twice = bearer(&token).repeat(2);
    let basic = format!("Authorization: Basic {token}\r\n");
    let refused = [
        String::new(),
        bearer(&wrong),
        bearer(""),
        bearer(&token[1..]),
        twice,
        basic,
    ];
    for headers in &refused {
        let begin = Instant::now();
        let (status, answer) = post(headers, &peers);
        assert_eq!(status, 401, "{headers}");
        // At least: no machine is slow enough to break this.
        let waited = begin.elapsed();
        assert!(waited >= Duration::from_millis(100), "{waited:?}");
        assert_eq!(answer["error"]["code"], 1303, "{answer}");
        assert_eq!(answer["error"]["data"]["kind"], "UNAUTHORIZED");
    }
    let right = bearer(&token);
    let (status, answer) = post(&right, &peers);
    assert_eq!((status, &answer["result"]), (200, &json!({})), "{answer}");
    let (status, answer) = post(&right, &call("admin_none", json!([])));
    assert_eq!(status, 200);
    assert_eq!(answer["error"]["data"]["kind"], "METHOD_NOT_FOUND");
    assert!(matches!(post(&right, &"x".repeat(70_000)).0, 413 | 0));
    let batch = format!("[{peers}]");
    assert_eq!(post(&right, &batch).1["error"]["code"], -32600);
    let got = request(tcp(&daemon.endpoints["admin"]), "GET /", &right, "");
    assert_eq!(got.0, 405);

    // The clients' port knows none of it, token or not.
    let json_type = "Content-Type: application/json\r\n";
    let headers = format!("{right}{json_type}");
    let (_, answer) = request(tcp(&daemon.endpoints["rpc"]), "POST /", &headers, &peers);
    assert_eq!(answer["error"]["code"], -32601, "{answer}");

    let calls = told(folder.path(), "admin.called");
    let results: Vec<_> = calls
        .iter()
        .map(|it| it["result"].as_str().unwrap())
        .collect();
    assert_eq!(results, ["ok", "METHOD_NOT_FOUND"]);
    assert_eq!(calls[0]["method"], "admin_peers");
    assert!(calls[0]["from"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert_eq!(told(folder.path(), "admin.refused").len(), refused.len());
    assert_eq!(told(folder.path(), "admin.token_made").len(), 1);
    let log = daemon.stop();
    let security = fs::read_to_string(folder.path().join("security.log")).unwrap();
    assert!(!log.contains(&token) && !security.contains(&token));

    // The token stays.
    let daemon = start(folder.path(), &[]);
    assert_eq!(self::token(folder.path()), token);
    ask(&daemon, folder.path(), "admin_peers", json!({}));
}

#[test]
fn it_is_for_this_machine_and_only_where_somebody_wants_it() {
    let folder = tempdir().unwrap();
    let words = ["--dev", "--admin.listen", "0.0.0.0:0"];
    Ended::of(&mut run_command(folder.path(), &words)).fails(2, &["admin.listen", "this machine"]);
    let daemon = Daemon::start(folder.path(), &["--dev"]);
    assert!(daemon.endpoints.get("admin").is_none());
    assert!(!folder.path().join("admin.token").exists());
    daemon.stop();

    fs::write(folder.path().join("admin.token"), "short").unwrap();
    let words = [&["--dev"][..], &LISTEN].concat();
    let refused = Ended::of(&mut run_command(folder.path(), &words));
    refused.fails(2, &["admin.token"]);
}

#[test]
fn a_socket_file_is_for_the_nodes_user_and_goes_with_the_node() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("s");
    let words = ["--dev", "--admin.socket", path.to_str().unwrap()];
    let daemon = Daemon::start(&folder.path().join("data"), &words);
    let place = daemon.endpoints["admin"].as_str().unwrap();
    assert_eq!(place, format!("unix:{}", path.display()));
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let token = token(&folder.path().join("data"));
    let ask = |headers: &str| {
        let stream = UnixStream::connect(&path).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        request(stream, "POST /", headers, &call("admin_peers", json!([]))).0
    };
    assert_eq!((ask(""), ask(&bearer(&token))), (401, 200));
    daemon.stop();
    assert!(!path.exists());
}

#[tokio::test]
async fn another_filter_holds_from_the_next_line_on() {
    let folder = tempdir().unwrap();
    let daemon = start(folder.path(), &["--log.filter", "warn"]);
    let client = daemon.client().await;
    let set = |filter: &str| {
        let params = json!({"filter": filter});
        ask(&daemon, folder.path(), "admin_setLogFilter", params)
    };
    client.finalized_head().await.unwrap();
    assert_eq!(set("warn,rpc=debug")["result"]["before"], "warn");
    client.mine().await.unwrap();
    assert_eq!(set("warn")["result"]["before"], "warn,rpc=debug");
    client.finalized_head().await.unwrap();
    for wrong in [json!({"filter": "rpc=loud"}), json!([7]), json!([])] {
        let answer = ask(&daemon, folder.path(), "admin_setLogFilter", wrong);
        let kind = &answer["error"]["data"]["kind"];
        assert_eq!(kind, "INVALID_PARAMS", "{answer}");
    }
    let log = daemon.stop();
    let served: Vec<_> = log
        .lines()
        .filter(|it| it.contains("served a call"))
        .collect();
    assert!(!served.is_empty(), "{log}");
    assert!(
        served.iter().all(|it| it.contains("dev_mine")),
        "{served:#?}"
    );
}

#[tokio::test]
async fn a_snapshot_of_the_head_is_made_when_it_is_ordered() {
    let folder = tempdir().unwrap();
    let daemon = start(folder.path(), &["--store.min-free-mib", "0"]);
    daemon.client().await.mine().await.unwrap();
    let order = || ask(&daemon, folder.path(), "admin_createSnapshot", json!([]));
    let begun = order();
    assert_eq!(begun["result"]["height"], 1, "{begun}");
    assert_eq!(begun["result"]["isThere"], false);
    until(async || order()["result"]["isThere"] == true).await;
    daemon.stop();
    let mut list = argosyd();
    list.args(["snapshot", "list", "--in"]);
    let listed = Ended::of(list.arg(folder.path().join("snapshots")));
    assert_eq!(listed.stdout.lines().count(), 1, "{listed:#?}");
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed["height"], 1);
}

#[tokio::test]
async fn a_node_that_prepares_its_end_takes_nothing_more_until_it_is_told_to_go_on() {
    let folder = tempdir().unwrap();
    let daemon = start(folder.path(), &["--store.min-free-mib", "0"]);
    let client = daemon.client().await;
    let prepare = |params: Value| ask(&daemon, folder.path(), "admin_prepareShutdown", params);
    client.submit(&transfer(&client, 0)).await.unwrap();
    let prepared = prepare(json!([]));
    let expected = json!({"isPrepared": true, "height": 0, "waitingTransactions": 1});
    assert_eq!(prepared["result"], expected);
    let refused = client.submit(&transfer(&client, 1)).await.unwrap_err();
    assert!(
        refused.to_string().contains("about to be stopped"),
        "{refused}"
    );
    assert!(client.mine().await.is_err());
    let (status, text) = daemon.ops("/readyz");
    assert_eq!(status, 503, "{text}");
    assert_eq!(daemon.ops("/livez").0, 200);
    assert_eq!(client.finalized_head().await.unwrap().at.height.0, 0);

    let cancelled = prepare(json!({"cancel": true}));
    assert_eq!(cancelled["result"]["isPrepared"], false, "{cancelled}");
    assert_eq!(daemon.ops("/readyz").0, 200);
    assert_eq!(client.mine().await.unwrap().at.height.0, 1);
    prepare(json!({"cancel": false}));
    assert!(client.mine().await.is_err());
    daemon.stop();
}

#[tokio::test]
async fn peers_are_told_by_their_names_and_scores() {
    let mut network = Network::written(1, 1, &[]);
    network.spawn(0);
    network.spawn_with(1, &LISTEN);
    let directory = network.place(1).join("data");
    let peers = || ask(network.daemon(1), &directory, "admin_peers", json!([]))["result"].clone();
    let named = |network_name: &str, port: &str| {
        let peers = peers();
        let expected = network.listen(0, port).to_string();
        let known = peers[network_name]["peers"].as_array().unwrap().clone();
        known.into_iter().find(|it| {
            let names = it["names"].as_array().unwrap();
            names.iter().any(|name| *name == expected)
        })
    };
    until(async || named("consensus", "p2p").is_some()).await;
    until(async || named("gossip", "gossip").is_some()).await;
    let gossips = named("gossip", "gossip").unwrap();
    assert!(gossips["score"].is_number(), "{gossips}");
    assert_eq!(peers()["consensus"]["sentAway"], json!([]));
}

#[tokio::test]
async fn peers_are_added_and_removed_while_the_node_runs() {
    let mut network = Network::written(1, 1, &[]);
    name_peers(&network, 0, &[]);
    name_peers(&network, 1, &[]);
    network.spawn(0);
    network.spawn_with(1, &LISTEN);
    let (validator, follower) = (network.client(0).await, network.client(1).await);
    until(async || head(&validator).await >= 2).await;
    assert_eq!(head(&follower).await, 0, "it knows nobody");
    let directory = network.place(1).join("data");
    let change = |method: &str, address: &str| {
        let params = json!({"network": "consensus", "address": address});
        ask(network.daemon(1), &directory, method, params)
    };
    let peer = network.listen(0, "p2p").to_string();
    let added = change("admin_addPeer", &peer);
    assert_eq!(
        added["result"],
        json!({"peers": [peer], "isChanged": true}),
        "{added}"
    );
    assert_eq!(change("admin_addPeer", &peer)["result"]["isChanged"], false);
    until(async || head(&follower).await >= 2).await;

    // Nobody is let go of by being named no more.
    let removed = change("admin_removePeer", &peer);
    assert_eq!(removed["result"], json!({"peers": [], "isChanged": true}));
    let height = head(&follower).await;
    until(async || head(&follower).await > height + 2).await;
    let wrong = change("admin_addPeer", "nowhere");
    assert_eq!(wrong["error"]["data"]["kind"], "INVALID_PARAMS", "{wrong}");

    let calls = told(&directory, "admin.called");
    let calls: Vec<_> = calls
        .iter()
        .map(|it| {
            (
                it["method"].as_str().unwrap(),
                it["result"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("admin_addPeer", "ok"),
        ("admin_addPeer", "ok"),
        ("admin_removePeer", "ok"),
        ("admin_addPeer", "INVALID_PARAMS"),
    ];
    assert_eq!(calls, expected);
}

#[test]
fn a_node_without_others_has_no_peers_to_change() {
    let folder = tempdir().unwrap();
    let daemon = start(folder.path(), &[]);
    let params = json!({"network": "gossip", "address": "127.0.0.1:30533"});
    for method in ["admin_addPeer", "admin_removePeer"] {
        let answer = ask(&daemon, folder.path(), method, params.clone());
        let kind = &answer["error"]["data"]["kind"];
        assert_eq!(kind, "METHOD_DISABLED", "{answer}");
    }
    // Keys are not changed here: docs/operations/admin.md says where.
    let answer = ask(&daemon, folder.path(), "admin_rotateKeys", json!([]));
    assert_eq!(answer["error"]["data"]["kind"], "METHOD_NOT_FOUND");
}

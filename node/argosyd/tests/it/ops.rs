//! What operators ask: health, metrics, logs.

use std::fs;

use serde_json::Value;
use tempfile::tempdir;

use crate::world::{Daemon, Ended, argosyd, http, pay};

#[tokio::test]
async fn a_serving_node_is_alive_ready_and_started() {
    let folder = tempdir().unwrap();
    let daemon = Daemon::start(folder.path(), &["--dev"]);
    for path in ["/livez", "/readyz", "/startupz"] {
        assert_eq!(daemon.ops(path), (200, "ok\n".into()), "{path}");
    }
    let (status, text) = daemon.ops("/readyz?verbose");
    assert_eq!(status, 200);
    for line in [
        "[+] serving",
        "[+] replica",
        "[+] blocks: height 0",
        "[+] disk",
        "MiB free",
    ] {
        assert!(text.contains(line), "no {line:?} in {text}");
    }
    // The same for programs: what fails, or all of it.
    let json = |path: &str| -> Value { serde_json::from_str(&daemon.ops(path).1).unwrap() };
    assert_eq!(
        json("/readyz?format=json"),
        serde_json::json!({"holds": true, "checks": []})
    );
    let all = json("/readyz?verbose&format=json");
    let told: Vec<_> = all["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["check"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["serving", "replica", "blocks", "disk"], "{all}");
    assert_eq!(all["checks"][2]["told"], "height 0");
    let (status, text) = daemon.ops("/version");
    let version: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (status, &version["version"]),
        (200, &env!("CARGO_PKG_VERSION").into())
    );
    for fact in ["network", "genesisHash"] {
        assert_eq!(version[fact], daemon.endpoints[fact], "{version}");
    }
    assert_eq!(daemon.ops("/nothing").0, 404);
    let address = daemon.endpoints["ops"]
        .as_str()
        .unwrap()
        .strip_prefix("http://")
        .unwrap();
    assert_eq!(http(address, "DELETE /metrics HTTP/1.1").0, 405);
}

#[tokio::test]
async fn metrics_follow_the_chain() {
    let folder = tempdir().unwrap();
    let daemon = Daemon::start(folder.path(), &["--dev"]);
    pay(&daemon.client().await).await;
    let (status, text) = daemon.ops("/metrics");
    assert_eq!(status, 200);
    for line in [
        "argosy_chain_height 1",
        "argosy_chain_blocks_total 1",
        "argosy_chain_transactions_total 1",
        "argosy_chain_submissions_total{result=\"admitted\"} 1",
        "argosy_chain_block_seconds_count 1",
        "argosy_store_commits_total",
        "argosy_value_cache_hits_total",
        "argosy_store_commit_seconds_bucket",
        "argosy_mempool_transactions 0",
        "argosy_rpc_calls_total{method=\"tx_submitAndWait\",result=\"ok\"} 1",
        "argosy_rpc_call_seconds_count{method=\"tx_submitAndWait\"} 1",
        "argosy_rpc_sockets ",
        "argosy_rpc_cut_sockets_total{reason=\"room\"} 0",
        "argosy_ready 1",
        "argosy_ready_check{check=\"disk\"} 1",
        "argosy_ready_check{check=\"blocks\"} 1",
        "argosy_disk_free_bytes",
        "argosy_build_info{version=",
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "# EOF",
    ] {
        assert!(text.contains(line), "no {line:?} in {text}");
    }
    all_are_on_the_page(&text);
}

/// Whether each figure of a node that runs is in the reference, with the labels that it has.
pub(crate) fn all_are_on_the_page(text: &str) {
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/reference/metrics.md"
    );
    let page = fs::read_to_string(page).unwrap();
    let figures = argosy_pages::figures(text);
    assert!(figures.len() > 40, "{text}");
    for figure in figures {
        let row = format!("| `{}` | {} |", figure.name, figure.kind);
        let row = page.lines().find(|it| it.starts_with(&row));
        let row = row.unwrap_or_else(|| panic!("{} is not on the page", figure.name));
        for name in figure.labels.keys() {
            assert!(row.contains(&format!("`{name}`:")), "{name} in {row}");
        }
    }
}

#[tokio::test]
async fn argosyd_health_says_by_its_exit_code_how_the_node_is() {
    let folder = tempdir().unwrap();
    let ask = |words: &[&str]| {
        let mut command = argosyd();
        Ended::of(
            command
                .arg("health")
                .arg("--data-dir")
                .arg(folder.path())
                .args(words),
        )
    };
    let free = ["--ops.listen", "127.0.0.1:1"];
    ask(&free).fails(1, &["no node answers on 127.0.0.1:1"]);
    let daemon = Daemon::start(folder.path(), &["--dev"]);
    let well = ask(&free);
    assert_eq!(well.code, Some(0), "{well:#?}");
    assert!(well.stdout.contains("[+] blocks: height 0"), "{well:#?}");
    assert_eq!(ask(&["--live"]).code, Some(0));
    daemon.kill();
    // Its endpoints.json is still there.
    ask(&free).fails(1, &["no node answers"]);
}

#[tokio::test]
async fn too_little_space_pauses_the_node_and_says_so_everywhere() {
    let folder = tempdir().unwrap();
    let daemon = Daemon::start(
        folder.path(),
        &["--dev=manual", "--store.min-free-mib", "1000000000"],
    );
    let (status, text) = daemon.ops("/readyz");
    assert_eq!(status, 503);
    assert!(
        text.contains("[-] blocks: paused") && text.contains("store.min_free_mib"),
        "{text}"
    );
    assert_eq!(daemon.ops("/livez").0, 200, "a restart would not help");
    let (status, text) = daemon.ops("/readyz?format=json");
    let failing: Value = serde_json::from_str(&text).unwrap();
    let topics = ["blocks", "disk"];
    assert_eq!((status, &failing["holds"]), (503, &false.into()), "{text}");
    for (number, topic) in topics.into_iter().enumerate() {
        assert_eq!(failing["checks"][number]["check"], topic, "{text}");
        let line = format!("argosy_ready_check{{check=\"{topic}\"}} 0");
        assert!(daemon.ops("/metrics").1.contains(&line), "no {line}");
    }
    let client = daemon.client().await;
    let error = client.mine().await.unwrap_err().to_string();
    assert!(error.contains("paused"), "{error}");
    assert_eq!(
        client.finalized_head().await.unwrap().at.height.0,
        0,
        "reads are answered"
    );
    let mut health = argosyd();
    Ended::of(health.arg("health").arg("--data-dir").arg(folder.path())).fails(1, &["not well"]);
    let log = daemon.stop();
    assert!(log.contains("no more blocks are made"), "{log}");
}

#[test]
fn logs_are_json_or_logfmt_when_asked() {
    let folder = tempdir().unwrap();
    let daemon = Daemon::start(folder.path(), &["--dev", "--log.format", "json"]);
    let log = daemon.stop();
    let lines: Vec<Value> = log
        .lines()
        .map(|it| serde_json::from_str(it).expect(it))
        .collect();
    let serving = lines
        .iter()
        .find(|it| it["message"] == "serving" && it["target"] == "node")
        .expect(&log);
    assert_eq!(
        (&serving["level"], &serving["target"]),
        (&"INFO".into(), &"node".into())
    );

    let daemon = Daemon::start(folder.path(), &["--dev", "--log.format", "logfmt"]);
    let log = daemon.stop();
    let serving = log
        .lines()
        .find(|it| it.contains("message=serving") && it.contains("target=node"))
        .expect(&log);
    assert!(
        serving.contains("level=info") && serving.contains("rpc=http://"),
        "{serving}"
    );
}

#[tokio::test]
async fn a_log_that_nobody_takes_does_not_stop_the_node() {
    for format in ["pretty", "logfmt", "json"] {
        let folder = tempdir().unwrap();
        let words = ["--dev=manual", "--log.format", format];
        let mut command = crate::world::run_command(folder.path(), &words);
        let daemon = Daemon::spawn_mute(&mut command);
        let client = daemon.client().await;
        for height in 1..=3 {
            assert_eq!(client.mine().await.unwrap().at.height.0, height, "{format}");
        }
        daemon.stop();
    }
}

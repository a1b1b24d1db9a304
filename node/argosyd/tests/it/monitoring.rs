//! A network as operators watch it: by Prometheus itself, with our configuration, our alerts, and what the panels of
//! our dashboards ask.
//!
//! Not here: whether each alert comes when it should (`cargo xtask kubernetes` has them tested), and what a dashboard
//! looks like.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;

use serde_json::Value;

use crate::network::Network;
use crate::prometheus::{Prometheus, list, observability, rules};
use crate::world::{pay, transfer};

/// Alerts that may be on their way in a network that is well.
const EXCUSED: [&str; 5] = [
    "ArgosyDiskLow",         // the disk is that of whoever runs the test,
    "ArgosySlowCommits",     // and is as fast as it is
    "ArgosyValidatorMisses", // on a busy machine votes come late,
    "ArgosyVotesMissing",    // and one of four is a quarter,
    "ArgosyRoundsFail",      // or blocks take another attempt
];

/// Panels, by dashboard and title, that have nothing to show in a network that is well and young.
const MAY_BE_EMPTY: [(&str, &str); 4] = [
    ("argosy-rpc", "Share of internal errors"), // nobody met a bug
    ("argosy-storage", "Blocks since the last snapshot"), // none is due yet
    ("argosy-storage", "Files per live byte"),  // all is in memory still
    ("argosy-validator", "Proposals of others, refused or late"), // none was
];

/// What Grafana puts in for variables of its own.
const VARIABLES: [(&str, &str); 3] = [
    ("__rate_interval", "5m"),
    ("__interval", "15s"),
    ("__range", "1h"),
];

#[tokio::test]
async fn prometheus_knows_our_alerts_answers_our_panels_and_says_who_is_down() {
    let mut network = Network::written(4, 0, &[]);
    let targets: Vec<SocketAddr> = (0..4).map(|it| operators_port(&network, it)).collect();
    let mut prometheus = Prometheus::start(&targets).await;
    for (number, target) in targets.iter().enumerate() {
        let listen = format!("--ops.listen={target}");
        network.spawn_with(number, &[listen.as_str(), "--snapshot.every-blocks=1000"]);
    }
    network.reach(2).await;
    clients_call(&network).await;

    all_are_up(&mut prometheus, &targets).await;
    panels_are_answered(&mut prometheus).await;
    rules_are_evaluated(&mut prometheus).await;
    no_alert_waits(&mut prometheus).await;

    network.kill(3);
    is_down(&mut prometheus, targets[3]).await;
    rules_are_well(&prometheus);
    // Each waits as long as it should: none has fired, then or before.
    let fired = prometheus.query("max_over_time(ALERTS{alertstate=\"firing\"}[1h])");
    assert_eq!(fired, Ok(Vec::new()));
}

/// Where a node is asked: at an address of its own, by which alerts and panels tell nodes apart.
fn operators_port(network: &Network, number: usize) -> SocketAddr {
    let port = network.listen(number, "ops").port();
    let last = u8::try_from(number + 2).unwrap();
    SocketAddr::from(([127, 0, 0, last], port))
}

/// A payment comes into a block, and a transaction is refused.
async fn clients_call(network: &Network) {
    let client = network.client(0).await;
    pay(&client).await;
    let refused = client.submit(&transfer(&client, u64::MAX)).await;
    assert!(refused.is_err());
}

/// Prometheus reaches all nodes, and calls them what alerts and dashboards call them.
async fn all_are_up(prometheus: &mut Prometheus, targets: &[SocketAddr]) {
    let are_up = |it: &Prometheus| -> Result<Vec<Value>, String> {
        let known = list(&it.ask("targets")?["activeTargets"]);
        let up = known.iter().filter(|it| it["health"] == "up").count();
        if up < targets.len() {
            return Err(format!("{known:#?}"));
        }
        Ok(known)
    };
    let known = prometheus.until("all targets are up", are_up).await;
    assert_eq!(known.len(), targets.len());
    let pods = known.iter().map(|it| text(&it["labels"]["pod"]));
    let pods: BTreeSet<String> = pods.collect();
    let expected: BTreeSet<String> = targets.iter().map(|it| it.ip().to_string()).collect();
    assert_eq!(pods, expected);
}

/// One expression of a panel.
#[derive(Debug)]
struct Question {
    dashboard: String,
    panel: String,
    expression: String,
    legend: String,
}

/// All that our dashboards ask.
fn questions() -> Vec<Question> {
    let mut questions = Vec::new();
    for file in fs::read_dir(observability().join("dashboards")).unwrap() {
        let json = fs::read_to_string(file.unwrap().path()).unwrap();
        let dashboard: Value = serde_json::from_str(&json).unwrap();
        for panel in list(&dashboard["panels"]) {
            for target in list(&panel["targets"]) {
                questions.push(Question {
                    dashboard: text(&dashboard["uid"]),
                    panel: text(&panel["title"]),
                    expression: without_variables(&text(&target["expr"])),
                    legend: text(&target["legendFormat"]),
                });
            }
        }
    }
    assert!(questions.len() > 100);
    questions
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn without_variables(expression: &str) -> String {
    let mut text = expression.to_owned();
    for (name, value) in VARIABLES {
        text = text.replace(&format!("${{{name}}}"), value);
        text = text.replace(&format!("${name}"), value);
    }
    assert!(!text.contains('$'), "what is put in here? {expression}");
    text
}

async fn panels_are_answered(prometheus: &mut Prometheus) {
    let questions = questions();
    for (dashboard, panel) in MAY_BE_EMPTY {
        let is_it = |it: &Question| it.dashboard == dashboard && it.panel == panel;
        assert!(questions.iter().any(is_it), "{dashboard} has no {panel}");
    }
    let are_answered = |it: &Prometheus| -> Result<(), String> {
        questions
            .iter()
            .try_for_each(|question| is_answered(it, question))
    };
    prometheus.until("panels are answered", are_answered).await;
}

/// Prometheus takes the expression and has series for it, which have what their legend names.
fn is_answered(prometheus: &Prometheus, question: &Question) -> Result<(), String> {
    let series = prometheus.query(&question.expression)?;
    let panel = (question.dashboard.as_str(), question.panel.as_str());
    if series.is_empty() && !MAY_BE_EMPTY.contains(&panel) {
        return Err(format!("nothing for {question:?}"));
    }
    let legend = question.legend.split("{{").skip(1);
    let labels = legend.filter_map(|it| Some(it.split_once("}}")?.0.trim()));
    for label in labels {
        let all = series.iter().all(|it| it["metric"][label].is_string());
        assert!(all, "no {label}: {question:?}, {series:#?}");
    }
    Ok(())
}

/// Rules are evaluated on what Prometheus knows when this is called.
async fn rules_are_evaluated(prometheus: &mut Prometheus) {
    // The first evaluation that ends may have begun before.
    for _ in 0..2 {
        let before = evaluation(prometheus);
        let is_over = |it: &Prometheus| -> Result<(), String> {
            let last = evaluation(it);
            let is_new = last != before;
            is_new.then_some(()).ok_or(last)
        };
        prometheus.until("rules are evaluated", is_over).await;
    }
    rules_are_well(prometheus);
}

/// When rules were evaluated last.
fn evaluation(prometheus: &Prometheus) -> String {
    let known = prometheus.ask("rules").unwrap();
    text(&known["groups"][0]["lastEvaluation"])
}

/// Prometheus has all of our rules, and each can be evaluated.
fn rules_are_well(prometheus: &Prometheus) {
    let groups = list(&prometheus.ask("rules").unwrap()["groups"]);
    let known: Vec<Value> = groups.iter().flat_map(|it| list(&it["rules"])).collect();
    let names: Vec<String> = known.iter().map(|it| text(&it["name"])).collect();
    let rules = rules();
    let lines = rules.lines().map(str::trim);
    let ours: Vec<&str> = lines
        .filter_map(|it| it.strip_prefix("- alert: "))
        .collect();
    assert!(!ours.is_empty());
    assert_eq!(names, ours);
    for rule in known {
        assert_eq!(rule["health"], "ok", "{rule:#}");
        let error = rule["lastError"].as_str().unwrap_or_default();
        assert_eq!(error, "", "{rule:#}");
    }
}

fn alerts(prometheus: &Prometheus) -> Result<Vec<Value>, String> {
    Ok(list(&prometheus.ask("alerts")?["alerts"]))
}

/// What came up while nodes started and found each other is over.
async fn no_alert_waits(prometheus: &mut Prometheus) {
    let is_none = |it: &Prometheus| -> Result<(), String> {
        let mut alerts = alerts(it)?;
        alerts.retain(|it| !EXCUSED.contains(&text(&it["labels"]["alertname"]).as_str()));
        let is_none = alerts.is_empty();
        is_none.then_some(()).ok_or_else(|| format!("{alerts:#?}"))
    };
    prometheus.until("no alert waits", is_none).await;
}

/// The alert for the node that is down is on its way.
async fn is_down(prometheus: &mut Prometheus, node: SocketAddr) {
    let pod = node.ip().to_string();
    let its_alert = |it: &Prometheus| -> Result<Value, String> {
        let mut alerts = alerts(it)?.into_iter();
        let its = alerts.find(|it| {
            let labels = &it["labels"];
            labels["alertname"] == "ArgosyNodeDown" && labels["pod"] == pod.as_str()
        });
        its.ok_or_else(|| format!("none of {pod}"))
    };
    let alert = prometheus.until("its alert waits", its_alert).await;
    assert_eq!(alert["state"], "pending", "{alert:#}");
    assert_eq!(alert["labels"]["severity"], "critical");
    let summary = text(&alert["annotations"]["summary"]);
    assert_eq!(summary, format!("{pod} does not answer monitoring"));
}

//! Dashboards as Grafana takes them: the files, and how those of `./x testnet up --monitoring` come to it.
//!
//! Always: a panel says what it shows and in which unit, and asks a source that there is.
//! Not here: what Prometheus answers (a test of the daemon asks it).

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

/// The variable of each dashboard that stands for a Prometheus.
const SOURCE: &str = "source";
/// The kind of source that is asked.
const KIND: &str = "prometheus";
/// Units of Grafana that we use; it takes any other word for a unit, too, and writes it behind the figure.
const UNITS: [&str; 7] = [
    "binBps",
    "bytes",
    "none",
    "ops",
    "percentunit",
    "s",
    "short",
];
/// Longer ones it does not take.
const UID_LENGTH_MAX: usize = 40;

const PROVIDERS: &str = "testnet/monitoring/grafana/dashboards/argosy.yml";
const SOURCES: &str = "testnet/monitoring/grafana/datasources/prometheus.yml";
const COMPOSE: &str = "testnet/compose.yml";

/// Says what is wrong with dashboards, given by name and text.
pub(super) fn check<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let (mut problems, mut uids) = (Vec::new(), BTreeSet::new());
    for (name, text) in files {
        let parsed: Value = serde_json::from_str(text).unwrap_or_default();
        let found = of_dashboard(&parsed).into_iter();
        problems.extend(found.map(|it| format!("dashboard {name}: {it}")));
        if !uids.insert(string(&parsed["uid"]).to_owned()) {
            problems.push(format!("dashboard {name}: another one has its uid"));
        }
    }
    if uids.is_empty() {
        problems.push("there are no dashboards".into());
    }
    problems
}

fn of_dashboard(dashboard: &Value) -> Vec<String> {
    let uid = string(&dashboard["uid"]);
    let is_plain = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
    let is_source = |it: &&Value| it["name"] == SOURCE && it["type"] == "datasource";
    let source = list(&dashboard["templating"]["list"]).find(is_source);
    let ids: BTreeSet<String> = list(&dashboard["panels"])
        .map(|it| it["id"].to_string())
        .collect();
    let panels = list(&dashboard["panels"]).count();
    let holds = [
        (
            !uid.is_empty() && uid.len() <= UID_LENGTH_MAX && uid.chars().all(is_plain),
            "its uid is none",
        ),
        (!string(&dashboard["title"]).is_empty(), "it has no title"),
        (
            source.is_some_and(|it| it["query"] == KIND),
            "no variable for its source",
        ),
        (panels > 0, "it has no panels"),
        (ids.len() == panels, "two panels have one id"),
    ];
    let mut problems = broken(&holds);
    for panel in list(&dashboard["panels"]) {
        let title = string(&panel["title"]);
        let found = of_panel(panel).into_iter();
        problems.extend(found.map(|it| format!("panel {title:?}: {it}")));
    }
    problems
}

fn of_panel(panel: &Value) -> Vec<String> {
    let unit = string(&panel["fieldConfig"]["defaults"]["unit"]);
    let source = &panel["datasource"];
    let queries = || list(&panel["targets"]);
    let names: BTreeSet<&str> = queries().map(|it| string(&it["refId"])).collect();
    let holds = [
        (!string(&panel["title"]).is_empty(), "it has no title"),
        (
            !string(&panel["description"]).is_empty(),
            "it does not say what it shows",
        ),
        (
            UNITS.contains(&unit),
            "its unit is none of those that we use",
        ),
        (
            source["type"] == KIND && source["uid"] == format!("${{{SOURCE}}}"),
            "it does not ask the source of its dashboard",
        ),
        (
            names.len() == queries().count() && !names.is_empty(),
            "it asks nothing, or two queries have one name",
        ),
        (
            queries().all(|it| !string(&it["expr"]).is_empty()),
            "a query is empty",
        ),
        (
            queries().all(|it| !string(&it["legendFormat"]).is_empty()),
            "a query has no legend",
        ),
    ];
    broken(&holds)
}

/// What does not hold.
fn broken(holds: &[(bool, &str)]) -> Vec<String> {
    let broken = holds.iter().filter(|(holds, _)| !holds);
    broken.map(|(_, what)| (*what).to_owned()).collect()
}

/// Says what is wrong with what a test network gives Grafana.
pub(super) fn check_provisioning() -> Result<Vec<String>> {
    let read = |path: &str| fs::read_to_string(path).with_context(|| format!("cannot read {path}"));
    Ok(provisioning(
        &read(PROVIDERS)?,
        &read(SOURCES)?,
        &read(COMPOSE)?,
    ))
}

/// Containers find each file where another one says it is, and the source under the name of its container.
fn provisioning(providers: &str, sources: &str, compose: &str) -> Vec<String> {
    let folder = field(providers, "path");
    let dashboards = format!("observability/dashboards:{folder}:ro\"");
    let url = field(sources, "url");
    let host = url.strip_prefix("http://").unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    let holds = [
        (
            field(providers, "apiVersion") == "1" && field(sources, "apiVersion") == "1",
            "a file is of another version",
        ),
        (
            field(providers, "type") == "file" && compose.contains(&dashboards),
            "dashboards are not where Grafana looks for them",
        ),
        (
            compose.contains("./monitoring/grafana:/etc/grafana/provisioning:ro"),
            "Grafana does not get its files",
        ),
        (
            field(sources, "type") == KIND && !field(sources, "uid").is_empty(),
            "the source is no Prometheus, or has no uid",
        ),
        (
            field(sources, "isDefault") == "true",
            "the source is not the one that dashboards begin with",
        ),
        (
            !host.is_empty() && compose.contains(&format!("\n  {host}:\n")),
            "the source is no container of the network",
        ),
    ];
    let found = broken(&holds).into_iter();
    found
        .map(|it| format!("testnet/monitoring: {it}"))
        .collect()
}

/// The plain value of a key in YAML that has it once; empty if it is not there.
fn field<'a>(text: &'a str, key: &str) -> &'a str {
    let begin = format!("{key}: ");
    let is_begin = |at: usize| {
        text[..at]
            .chars()
            .next_back()
            .is_none_or(|it| " \n".contains(it))
    };
    let place = text.match_indices(&begin).find(|(at, _)| is_begin(*at));
    let value = place.map_or("", |(at, found)| &text[at + found.len()..]);
    let value = value.trim_start_matches('"');
    value.split([',', '}', '"', ' ', '\n']).next().unwrap_or("")
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use serde_json::json;

    use super::*;

    const FOLDER: &str = "docker/kubernetes/overlays/observability";

    fn repository() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    fn read(path: &str) -> String {
        fs::read_to_string(repository().join(path)).unwrap()
    }

    #[test]
    fn ours_are_well_and_handed_to_grafana() {
        let resources = read(&format!("{FOLDER}/kustomization.yaml"));
        let mut files = Vec::new();
        for entry in fs::read_dir(repository().join(FOLDER).join("dashboards")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            assert!(
                resources.contains(&format!("- dashboards/{name}\n")),
                "{name}"
            );
            files.push((name, fs::read_to_string(path).unwrap()));
        }
        let given = files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()));
        assert_eq!(check(given), Vec::<String>::new());
        let found = provisioning(&read(PROVIDERS), &read(SOURCES), &read(COMPOSE));
        assert_eq!(found, Vec::<String>::new());
    }

    fn dashboard() -> Value {
        json!({
            "uid": "argosy-a",
            "title": "A",
            "templating": { "list": [{ "name": "source", "type": "datasource", "query": "prometheus" }] },
            "panels": [{
                "id": 1,
                "title": "B",
                "description": "C.",
                "datasource": { "type": "prometheus", "uid": "${source}" },
                "fieldConfig": { "defaults": { "unit": "s" } },
                "targets": [{ "refId": "A", "expr": "up", "legendFormat": "{{pod}}" }],
            }],
        })
    }

    /// With one value changed, this and nothing else is said.
    #[track_caller]
    fn check_change(pointer: &str, value: Value, says: &str) {
        let mut dashboard = dashboard();
        *dashboard.pointer_mut(pointer).unwrap() = value;
        let found = of_dashboard(&dashboard);
        assert!(found.len() == 1 && found[0].ends_with(says), "{found:?}");
    }

    #[test]
    fn what_a_dashboard_or_a_panel_lacks_is_told() {
        assert_eq!(of_dashboard(&dashboard()), Vec::<String>::new());
        check_change("/uid", json!("a b"), "its uid is none");
        check_change("/uid", json!("a".repeat(41)), "its uid is none");
        check_change("/title", json!(""), "it has no title");
        check_change("/templating/list", json!([]), "no variable for its source");
        check_change("/panels", json!([]), "it has no panels");
        check_change("/panels/0/title", json!(""), "it has no title");
        check_change("/panels/0/description", json!(""), "what it shows");
        let unit = "/panels/0/fieldConfig/defaults/unit";
        check_change(unit, json!("seconds"), "that we use");
        let source = "/panels/0/datasource/uid";
        check_change(source, json!("prometheus"), "source of its dashboard");
        check_change("/panels/0/targets", json!([]), "have one name");
        check_change("/panels/0/targets/0/expr", json!(""), "a query is empty");
        let legend = "/panels/0/targets/0/legendFormat";
        check_change(legend, json!(""), "a query has no legend");
    }

    #[test]
    fn two_with_one_uid_and_none_at_all_are_told() {
        let text = dashboard().to_string();
        let twice = [("a.json", text.as_str()), ("b.json", text.as_str())];
        assert_eq!(
            check(twice.into_iter()),
            ["dashboard b.json: another one has its uid"]
        );
        assert_eq!(check(std::iter::empty()), ["there are no dashboards"]);
    }

    #[test]
    fn a_grafana_that_would_find_nothing_is_told() {
        let (providers, sources, compose) = (read(PROVIDERS), read(SOURCES), read(COMPOSE));
        let elsewhere = providers.replace("/var/lib", "/srv");
        assert_eq!(provisioning(&elsewhere, &sources, &compose).len(), 1);
        let elsewhere = sources.replace("//prometheus", "//elsewhere");
        assert_eq!(provisioning(&providers, &elsewhere, &compose).len(), 1);
        let nameless = sources.replace("uid: prometheus, ", "");
        assert_eq!(provisioning(&providers, &nameless, &compose).len(), 1);
    }
}

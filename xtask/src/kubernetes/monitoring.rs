//! Alerts and dashboards: by Prometheus itself, and by the page that says what to do about each alert.
//!
//! Not here: whether a node has the metrics that they name (a test of the daemon asks a running one).

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::dashboards;

const PAGE: &str = "docs/operations/alerts.md";
const TESTS: &str = "docker/kubernetes/overlays/observability/rules.test.yaml";

/// Says what is wrong with alerts and dashboards.
pub(crate) fn check(resources: &[Value]) -> Result<Vec<String>> {
    let page = fs::read_to_string(PAGE).with_context(|| format!("cannot read {PAGE}"))?;
    let mut problems = Vec::new();
    let rules = resources.iter().filter(|it| it["kind"] == "PrometheusRule");
    let rules: Vec<&Value> = rules.collect();
    let [rules] = rules.as_slice() else {
        return Ok(vec!["not one PrometheusRule".into()]);
    };
    let tests = fs::read_to_string(TESTS).with_context(|| format!("cannot read {TESTS}"))?;
    for alert in alerts(rules) {
        problems.extend(of_alert(alert, &page, &tests));
    }
    problems.extend(by_prometheus(rules, &tests)?);
    problems.extend(of_dashboards(resources)?);
    Ok(problems)
}

fn alerts(rules: &Value) -> impl Iterator<Item = &Value> {
    let groups = rules["spec"]["groups"].as_array().into_iter().flatten();
    groups.flat_map(|it| it["rules"].as_array().into_iter().flatten())
}

/// An alert has a severity, a section that it points to, and a test in which it comes.
fn of_alert(alert: &Value, page: &str, tests: &str) -> Vec<String> {
    let name = alert["alert"].as_str().unwrap_or_default();
    let url = alert["annotations"]["runbook_url"].as_str();
    let anchor = format!("{PAGE}#{}", name.to_lowercase());
    let holds = [
        (
            ["critical", "warning"]
                .iter()
                .any(|it| alert["labels"]["severity"] == *it),
            "its severity is neither critical nor warning",
        ),
        (url == Some(&anchor), "it does not point to its section"),
        (
            page.lines().any(|it| it == format!("## {name}")),
            "there is no section about it",
        ),
        (
            tests.contains(&format!("alertname=\"{name}\"")),
            "no test in which it comes",
        ),
    ];
    let broken = holds.iter().filter(|(holds, _)| !holds);
    broken
        .map(|(_, what)| format!("alert {name}: {what}"))
        .collect()
}

/// Prometheus reads the rules and runs their tests.
fn by_prometheus(rules: &Value, tests: &str) -> Result<Vec<String>> {
    let folder = std::env::temp_dir().join(format!("argosy-rules-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    // JSON is YAML.
    fs::write(folder.join("rules.yaml"), rules["spec"].to_string())?;
    fs::write(folder.join("rules.test.yaml"), tests)?;
    let checked = promtool(&folder, &["check", "rules", "rules.yaml"]);
    let tested = promtool(&folder, &["test", "rules", "rules.test.yaml"]);
    fs::remove_dir_all(&folder)?;
    Ok([checked?, tested?].into_iter().flatten().collect())
}

fn promtool(folder: &Path, words: &[&str]) -> Result<Option<String>> {
    let output = Command::new("promtool")
        .args(words)
        .current_dir(folder)
        .output()
        .context("cannot start promtool: install it (Debian: prometheus)")?;
    let said = || {
        let (out, error) = (&output.stdout, &output.stderr);
        format!(
            "promtool: {}{}",
            String::from_utf8_lossy(out),
            String::from_utf8_lossy(error)
        )
    };
    Ok((!output.status.success()).then(said))
}

/// Those that come to Grafana by a cluster, and the way on which others come to it.
fn of_dashboards(resources: &[Value]) -> Result<Vec<String>> {
    let maps = resources.iter().filter(|it| it["kind"] == "ConfigMap");
    let files = maps.flat_map(|it| it["data"].as_object().into_iter().flatten());
    let files = files.map(|(name, text)| (name.as_str(), text.as_str().unwrap_or_default()));
    let mut problems = dashboards::check(files);
    problems.extend(dashboards::check_provisioning()?);
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_alert_without_a_section_a_test_or_a_severity_is_told() {
        let mut alert = json!({
            "alert": "TooHot",
            "labels": { "severity": "warning" },
            "annotations": { "runbook_url": "docs/operations/alerts.md#toohot" },
        });
        let (page, tests) = ("# Alerts\n\n## TooHot\n", "{alertname=\"TooHot\"}");
        assert_eq!(of_alert(&alert, page, tests), Vec::<String>::new());
        assert_eq!(of_alert(&alert, "", "").len(), 2);
        alert["labels"]["severity"] = json!("page");
        alert["annotations"]["runbook_url"] = json!("elsewhere");
        assert_eq!(of_alert(&alert, page, tests).len(), 2);
    }
}

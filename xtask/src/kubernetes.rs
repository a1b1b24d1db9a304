//! `cargo xtask kubernetes`: every overlay in docker/kubernetes rendered, held against the schemas of
//! Kubernetes, and against what our own documents promise of it.
//!
//! Needs `kubectl` and a Python with the package `kubernetes-validate`, which brings the schemas and a
//! YAML reader: `./x ci` sets both up and names the second in `KUBERNETES_PYTHON`.
//! Not here: a cluster.

mod dashboards; // as Grafana takes them
mod monitoring; // alerts, and the dashboards beside them
mod promises; // what must hold of which overlay

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::Report;

const FOLDER: &str = "docker/kubernetes/overlays";
/// Reads YAML documents on stdin, and writes them as one JSON list.
const TO_JSON: &str =
    "import json, sys, yaml; print(json.dumps([it for it in yaml.safe_load_all(sys.stdin) if it]))";
/// Resources of the monitoring operator have no schema in Kubernetes itself.
const FOREIGN: &str = "monitoring.coreos.com/";

/// Checks all overlays.
pub(crate) fn run() -> Result<Report> {
    let mut names: Vec<String> = std::fs::read_dir(FOLDER)
        .with_context(|| format!("cannot read {FOLDER}"))?
        .map(|it| Ok(it?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_>>()?;
    names.sort();
    let (mut problems, mut count) = (Vec::new(), 0);
    for name in &names {
        let rendered = render(name)?;
        let resources = to_json(&rendered)?;
        count += resources.len();
        let of_it = |problem: String| format!("{FOLDER}/{name}: {problem}");
        problems.extend(against_schemas(&resources)?.into_iter().map(of_it));
        let found = match name.as_str() {
            "observability" => monitoring::check(&resources)?,
            _ => promises::check(name, &resources),
        };
        problems.extend(found.into_iter().map(of_it));
    }
    let checked = format!(
        "{count} resources in {} overlays keep what they promise",
        names.len()
    );
    Ok(Report { checked, problems })
}

fn render(name: &str) -> Result<String> {
    let output = Command::new("kubectl")
        .arg("kustomize")
        .arg(Path::new(FOLDER).join(name))
        .output()
        .context("cannot start kubectl: install it (Debian: kubernetes-client)")?;
    ensure!(
        output.status.success(),
        "kubectl kustomize {name} failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).context("kubectl: not UTF-8")
}

fn python() -> Command {
    Command::new(std::env::var("KUBERNETES_PYTHON").unwrap_or_else(|_| "python3".to_owned()))
}

fn to_json(yaml: &str) -> Result<Vec<Value>> {
    let output = fed(python().args(["-c", TO_JSON]), yaml)?;
    serde_json::from_str(&output).context("what kubectl renders is no list of resources")
}

fn fed(command: &mut Command, input: &str) -> Result<String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start Python")?;
    child
        .stdin
        .take()
        .context("no way in")?
        .write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "Python failed");
    String::from_utf8(output.stdout).context("Python: not UTF-8")
}

fn against_schemas(resources: &[Value]) -> Result<Vec<String>> {
    let is_ours = |it: &&Value| !it["apiVersion"].as_str().unwrap_or("").starts_with(FOREIGN);
    let ours: Vec<&Value> = resources.iter().filter(is_ours).collect();
    let list = serde_json::to_string(&ours)?;
    let script = "\
import json, sys, kubernetes_validate as k
for it in json.load(sys.stdin):
    try:
        k.validate(it, k.latest_version(), strict=True)
    except k.ValidationError as error:
        print(f\"{it['kind']} {it['metadata']['name']}: {error.message}\")
    except (k.SchemaNotFoundError, k.InvalidSchemaError) as error:
        print(f\"{it['kind']} {it['metadata']['name']}: no schema: {error}\")
print('end')
";
    let output = fed(python().args(["-c", script]), &list)?;
    let Some(problems) = output.strip_suffix("end\n") else {
        bail!("the schemas were not looked at to the end");
    };
    Ok(problems.lines().map(str::to_owned).collect())
}

//! When blocks were committed, as a node's log says.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use argosy_primitives::{Height, TimestampMs};
use serde::Deserialize;

/// What a node has to log for it.
pub(crate) const LOG_FILTER: &str = "warn,node=info,consensus=info,driver=info";

#[derive(Deserialize)]
struct Line {
    timestamp: String,
    target: String,
    message: String,
    height: Option<Height>,
}

/// By height; a block that was committed again, after a kill, counts the first time.
pub(crate) fn read(log: &Path) -> Result<BTreeMap<Height, TimestampMs>> {
    let file = std::fs::File::open(log).with_context(|| log.display().to_string())?;
    let mut commits = BTreeMap::new();
    for line in BufReader::new(file).lines() {
        let Ok(line) = serde_json::from_str::<Line>(&line?) else {
            continue; // Another kind of line, or half of one.
        };
        let is_commit = line.target == "driver" && line.message == "committed block";
        if let (true, Some(height)) = (is_commit, line.height) {
            let at = humantime::parse_rfc3339(&line.timestamp)?;
            let since = at.duration_since(UNIX_EPOCH)?;
            let at_ms = TimestampMs::try_from(since.as_millis())?;
            commits.entry(height).or_insert(at_ms);
        }
    }
    Ok(commits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_told_from_everything_else() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let line = |second: u32, message: &str| {
            format!(
                r#"{{"timestamp":"2026-11-27T17:10:{second}.881635Z","level":"INFO","message":"{message}","height":7,"target":"driver"}}"#
            )
        };
        let text = [
            "error: no JSON".to_owned(),
            line(10, "something else"),
            line(11, "committed block"),
            line(12, "committed block"),
            line(13, "committed block")[..90].to_owned(),
        ];
        std::fs::write(&log, text.join("\n")).unwrap();
        let commits = read(&log).unwrap();
        assert_eq!(commits.len(), 1);
        assert_eq!(commits[&7] % 60_000, 11_881);
    }
}

//! The dev chain as a process: how fast it is ready, what it weighs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::table::Table;

/// What the issue names as the tool to beat, on a machine like this.
const READY_MS: f64 = 60.0;
const IDLE_MB: f64 = 19.0;
/// Starts that are measured; the best counts, since the others measure the machine's mood.
const STARTS: usize = 10;

/// A running `argosy dev`; killed when dropped.
pub(crate) struct DevChain {
    child: Child,
    pub(crate) url: String,
    pub(crate) ready: Duration,
}

impl DevChain {
    /// Starts it and waits for the line that says that it is ready. Blocks of an interval are larger
    /// than usual, which hold 4 300 transfers however fast the machine is.
    pub(crate) fn start(block_time: &str) -> Result<DevChain> {
        let larger: &[&str] = match block_time {
            "instant" | "manual" => &[],
            _ => &["--block-gas", "3000000000"],
        };
        let begin = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_argosy"))
            .args([
                "dev",
                "--port",
                "0",
                "--output",
                "json",
                "--block-time",
                block_time,
            ])
            .args(larger)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("argosy dev does not start")?;
        let stdout = child.stdout.take().context("no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let ready = begin.elapsed();
        let banner: serde_json::Value =
            serde_json::from_str(&line).context("no JSON from argosy dev")?;
        let url = banner["url"]
            .as_str()
            .context("no url in the banner")?
            .to_owned();
        Ok(DevChain { child, url, ready })
    }

    /// Resident memory in MB, where the system tells.
    pub(crate) fn resident_mb(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib / 1024.0)
    }
}

impl Drop for DevChain {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Adds the rows of this file.
pub(crate) fn measure(table: &mut Table) -> Result<()> {
    let mut best = Duration::MAX;
    for _ in 0..STARTS {
        best = best.min(DevChain::start("instant")?.ready);
    }
    let reference = "60 ms, the tool to beat (reference of the issue)";
    table.compared(
        "argosy dev: from start to ready, best of 10",
        best.as_secs_f64() * 1e3,
        "ms",
        READY_MS,
        reference,
    );
    let chain = DevChain::start("instant")?;
    if let Some(mb) = chain.resident_mb() {
        table.compared(
            "argosy dev: memory when idle",
            mb,
            "MB",
            IDLE_MB,
            "19 MB, the tool to beat (reference of the issue)",
        );
    }
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_argosy"))?.len();
    table.baseline("size of the argosy binary", size as f64 / 1e6, "MB");
    Ok(())
}

//! A chain as a process: the daemon on disk, or the dev chain in memory beside it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// A running chain; killed when dropped.
pub(crate) struct DevChain {
    child: Child,
    pub(crate) url: String,
    pub(crate) ready: Duration,
    /// Its data, if nobody else keeps them.
    _folder: Option<tempfile::TempDir>,
}

impl DevChain {
    /// The daemon on a new directory.
    pub(crate) fn start(block_time: &str) -> Result<DevChain> {
        let folder = tempfile::tempdir()?;
        let mut chain = DevChain::on(folder.path(), block_time)?;
        chain._folder = Some(folder);
        Ok(chain)
    }

    /// The daemon on a directory.
    pub(crate) fn on(directory: &Path, block_time: &str) -> Result<DevChain> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_argosyd"));
        command
            .args([
                "run",
                "--chain",
                "dev",
                "--log.filter",
                "error",
                "--data-dir",
            ])
            .arg(directory)
            .arg(format!("--dev={block_time}"))
            .args(["--rpc.listen", "127.0.0.1:0", "--ops.listen", "127.0.0.1:0"])
            // As the dev chain beside it: one sender may fill the pool.
            .args([
                "--mempool.max-transactions-per-sender",
                "50000",
                "--mempool.max-nonce-gap",
                "50000",
            ]);
        DevChain::spawn(&mut command, "rpc")
    }

    /// `argosy dev`, where it was built before (`./x bench spine` does).
    pub(crate) fn in_memory(block_time: &str) -> Result<Option<DevChain>> {
        let argosy = PathBuf::from(env!("CARGO_BIN_EXE_argosyd")).with_file_name("argosy");
        if !argosy.exists() {
            return Ok(None);
        }
        let mut command = Command::new(argosy);
        command.args([
            "dev",
            "--port",
            "0",
            "--output",
            "json",
            "--block-time",
            block_time,
        ]);
        DevChain::spawn(&mut command, "url").map(Some)
    }

    fn spawn(command: &mut Command, url: &str) -> Result<DevChain> {
        let begin = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = child.stdout.take().context("no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let ready = begin.elapsed();
        let told: serde_json::Value = serde_json::from_str(&line).context("it is not ready")?;
        let url = told[url].as_str().context("no url")?.to_owned();
        Ok(DevChain {
            child,
            url,
            ready,
            _folder: None,
        })
    }

    /// Resident memory in MB, where the system tells.
    pub(crate) fn resident_mb(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib / 1024.0)
    }

    /// SIGTERM, and how long it takes.
    pub(crate) fn stop(mut self) -> Result<Duration> {
        let begin = Instant::now();
        Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()?;
        ensure!(self.child.wait()?.success(), "it did not end well");
        Ok(begin.elapsed())
    }
}

impl Drop for DevChain {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

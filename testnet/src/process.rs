//! A daemon as a process: started, waited for, killed. It ends with its value.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A daemon that is not ready after this is a finding.
pub(crate) const READY_WITHIN: Duration = Duration::from_secs(30);
/// What service managers grant.
pub(crate) const STOP_WITHIN: Duration = Duration::from_secs(10);

/// How daemons are started.
#[derive(Clone, Debug)]
pub(crate) struct Launcher {
    pub(crate) binary: PathBuf,
    pub(crate) data_dir: PathBuf,
    /// All lives write into one file, one behind the other.
    pub(crate) log: PathBuf,
}

/// A running daemon.
pub(crate) struct Daemon {
    child: Child,
    started: Instant,
}

/// What a daemon says when it is ready.
#[derive(Deserialize)]
struct Ready {
    rpc: String,
}

impl Launcher {
    /// Starts one life, making blocks as `blocks` says (`instant`, `100ms`).
    pub(crate) fn start(&self, blocks: &str) -> Result<Daemon> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log);
        let log = log.with_context(|| format!("cannot write {}", self.log.display()))?;
        let mut command = clean(&self.binary);
        command
            .args(["run", "--chain", "dev", "--data-dir"])
            .arg(&self.data_dir)
            .arg(format!("--dev={blocks}"))
            .args(["--rpc.listen", "127.0.0.1:0", "--ops.listen", "127.0.0.1:0"])
            .args(["--log.filter", "warn,node=info"])
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true);
        let child = command.spawn();
        let child = child.with_context(|| format!("cannot start {}", self.binary.display()))?;
        Ok(Daemon {
            child,
            started: Instant::now(),
        })
    }

    /// Executes every block of one directory into another; what it says of the end.
    pub(crate) async fn replay(&self, into: &Path) -> Result<serde_json::Value> {
        let mut command = clean(&self.binary);
        command
            .args(["replay", "--chain", "dev", "--from"])
            .arg(&self.data_dir);
        let output = command.arg("--into").arg(into).output().await?;
        ensure!(
            output.status.success(),
            "the replay failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).context("the replay says nothing that is JSON")
    }
}

/// The binary, without settings of the caller's environment.
fn clean(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ARGOSY_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

impl Daemon {
    /// Waits until it serves; its URL, and how long that took.
    pub(crate) async fn ready(&mut self) -> Result<(String, Duration)> {
        let stdout = self.child.stdout.take().context("asked twice")?;
        let mut line = String::new();
        let mut stdout = BufReader::new(stdout);
        let read = timeout(READY_WITHIN, stdout.read_line(&mut line)).await;
        read.map_err(|_| anyhow!("it is not ready after {} s", READY_WITHIN.as_secs()))??;
        if line.is_empty() {
            let status = self.child.wait().await?;
            bail!("it ended before it was ready: {status}");
        }
        let ready: Ready =
            serde_json::from_str(&line).with_context(|| format!("it said {line:?}"))?;
        Ok((ready.rpc, self.started.elapsed()))
    }

    /// SIGKILL; it has no chance to finish anything. An error: it had ended by itself before.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("it ended by itself: {status}");
        }
        self.child.kill().await?;
        Ok(())
    }

    /// SIGTERM; how it ended, and how long that took.
    pub(crate) async fn terminate(&mut self) -> Result<(ExitStatus, Duration)> {
        let begin = Instant::now();
        let pid = self.child.id().context("it ended by itself")?.to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().await?;
        ensure!(sent.success(), "cannot send SIGTERM");
        let ended = timeout(STOP_WITHIN, self.child.wait()).await;
        let status =
            ended.map_err(|_| anyhow!("it runs {} s after SIGTERM", STOP_WITHIN.as_secs()))??;
        Ok((status, begin.elapsed()))
    }
}

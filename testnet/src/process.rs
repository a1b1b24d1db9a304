//! A daemon as a process: started, waited for, killed. It ends with its value.

use std::ffi::OsString;
use std::io::Write;
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

/// How one daemon is started, again and again.
#[derive(Clone, Debug)]
pub(crate) struct Launcher {
    pub(crate) binary: PathBuf,
    /// What it is started with, besides what belongs to one life.
    pub(crate) words: Vec<OsString>,
    /// All lives write into one file, one behind the other.
    pub(crate) log: PathBuf,
}

/// A running daemon.
pub(crate) struct Daemon {
    child: Child,
    started: Instant,
}

/// How a start went.
pub(crate) enum Started {
    /// It serves, and that took so long.
    Ready { url: String, took: Duration },
    /// It ended before it was ready.
    Ended(ExitStatus),
}

/// What a daemon says when it is ready.
#[derive(Deserialize)]
struct Ready {
    rpc: String,
}

impl Launcher {
    /// Starts one life.
    pub(crate) fn start(&self, words: &[&str]) -> Result<Daemon> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log);
        let mut log = log.with_context(|| format!("cannot write {}", self.log.display()))?;
        // A life that was killed may have left half a line.
        log.write_all(b"\n")?;
        let mut command = clean(&self.binary);
        command
            .arg("run")
            .args(&self.words)
            .args(words)
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
}

/// Runs the program once, without settings of the caller's environment; what it says.
pub(crate) async fn say(binary: &Path, words: &[OsString]) -> Result<String> {
    let output = clean(binary).args(words).output().await;
    let output = output.with_context(|| format!("cannot start {}", binary.display()))?;
    ensure!(
        output.status.success(),
        "{words:?} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).context("it does not speak UTF-8")
}

/// Executes every block of one directory into another; what the program says of the end.
pub(crate) async fn replay(
    binary: &Path,
    chain: &Path,
    from: &Path,
    into: &Path,
) -> Result<serde_json::Value> {
    let words = ["replay", "--chain"].map(OsString::from).into_iter();
    let paths = [chain.into(), "--from".into(), from.into()];
    let words = words.chain(paths).chain(["--into".into(), into.into()]);
    let said = say(binary, &words.collect::<Vec<_>>()).await?;
    serde_json::from_str(&said).context("the replay says nothing that is JSON")
}

/// The binary, without settings of the caller's environment.
pub(crate) fn clean(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("ARGOSY_") || text.starts_with("OTEL_") {
            command.env_remove(&name);
        }
    }
    command.stdin(Stdio::null());
    command
}

impl Daemon {
    /// Waits until it serves, or has ended.
    pub(crate) async fn started(&mut self) -> Result<Started> {
        let stdout = self.child.stdout.take().context("asked twice")?;
        let mut line = String::new();
        let mut stdout = BufReader::new(stdout);
        let read = timeout(READY_WITHIN, stdout.read_line(&mut line)).await;
        read.map_err(|_| anyhow!("it is not ready after {} s", READY_WITHIN.as_secs()))??;
        if line.is_empty() {
            return Ok(Started::Ended(self.child.wait().await?));
        }
        let ready: Ready =
            serde_json::from_str(&line).with_context(|| format!("it said {line:?}"))?;
        Ok(Started::Ready {
            url: ready.rpc,
            took: self.started.elapsed(),
        })
    }

    /// The same, where an end is a finding: its URL, and how long it took.
    pub(crate) async fn ready(&mut self) -> Result<(String, Duration)> {
        match self.started().await? {
            Started::Ready { url, took } => Ok((url, took)),
            Started::Ended(status) => bail!("it ended before it was ready: {status}"),
        }
    }

    /// Its number, while it runs.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Sends SIGKILL and does not wait. An error: it had ended by itself before.
    pub(crate) fn strike(&mut self) -> Result<()> {
        if let Some(status) = self.ended()? {
            bail!("it ended by itself: {status}");
        }
        Ok(self.child.start_kill()?)
    }

    /// SIGKILL; it has no chance to finish anything. An error: it had ended by itself before.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        self.strike()?;
        self.gone().await
    }

    /// Waits until it is gone.
    pub(crate) async fn gone(&mut self) -> Result<()> {
        self.child.wait().await?;
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

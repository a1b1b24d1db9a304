//! The chain of the demo, as a process of its own: `argosy dev` of this very program, or the daemon.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use serde::Deserialize;

use crate::failure::Failure;

/// A running chain; it ends with this value.
pub(super) struct Chain {
    child: Child,
    pub(super) url: String,
    pub(super) ready_ms: u128,
}

/// What the demo reads of the first line, which both programs print when they are ready.
#[derive(Deserialize)]
struct Ready {
    #[serde(alias = "rpc")]
    url: String,
}

/// The daemon and a directory for it.
pub(super) struct Daemon {
    pub(super) program: PathBuf,
    pub(super) data_dir: PathBuf,
}

impl Chain {
    /// `argosy dev`, in memory.
    pub(super) fn in_memory() -> Result<Chain, Failure> {
        let program = std::env::current_exe().context("cannot find this program's file")?;
        let mut command = Command::new(program);
        Chain::spawn(command.args(["dev", "--port", "0", "--output", "json"]))
    }

    fn spawn(command: &mut Command) -> Result<Chain, Failure> {
        let begin = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let mut line = String::new();
        let stdout = child.stdout.take().context("the chain has no stdout")?;
        let read = BufReader::new(stdout).read_line(&mut line);
        let ready: Result<Ready, _> = serde_json::from_str(&line);
        match (read, ready) {
            (Ok(_), Ok(Ready { url })) => Ok(Chain {
                child,
                url,
                ready_ms: begin.elapsed().as_millis(),
            }),
            _ => {
                end(&mut child);
                Err(anyhow!("the chain did not start: {line}").into())
            }
        }
    }

    /// SIGKILL: it can finish nothing.
    pub(super) fn kill(mut self) {
        end(&mut self.child);
    }

    /// SIGTERM: it finishes what it is at; how it ended, and how long that took.
    pub(super) fn terminate(mut self) -> Result<(ExitStatus, Duration), Failure> {
        let begin = Instant::now();
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status();
        sent.context("cannot send SIGTERM")?;
        let status = self.child.wait().context("cannot wait for the daemon")?;
        Ok((status, begin.elapsed()))
    }
}

impl Daemon {
    /// `argosyd run`, with instant blocks, on any free ports.
    pub(super) fn start(&self) -> Result<Chain, Failure> {
        let mut command = Command::new(&self.program);
        command
            .args(["run", "--chain", "dev", "--dev", "--data-dir"])
            .arg(&self.data_dir)
            .args(["--rpc.listen", "127.0.0.1:0", "--ops.listen", "127.0.0.1:0"])
            .args(["--log.filter", "error"]);
        Chain::spawn(&mut command)
    }

    /// What one would type to start it.
    pub(super) fn command(&self) -> String {
        format!(
            "argosyd run --chain dev --dev --data-dir {}",
            self.data_dir.display()
        )
    }

    /// Executes every block of its directory into another; what it says of the end.
    pub(super) fn replay(&self, into: &Path) -> Result<serde_json::Value, Failure> {
        let mut command = Command::new(&self.program);
        command
            .args(["replay", "--chain", "dev", "--from"])
            .arg(&self.data_dir);
        let output = command
            .arg("--into")
            .arg(into)
            .output()
            .context("cannot start the replay")?;
        match output.status.success() {
            true => {
                Ok(serde_json::from_slice(&output.stdout).context("the replay printed no JSON")?)
            }
            false => Err(anyhow!("{}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// At once; what it keeps on disk is whole at any moment.
fn end(child: &mut Child) {
    // It may have ended by itself.
    drop(child.kill());
    drop(child.wait());
}

/// How to call this program from a shell: by its name if that finds it, else by its path.
pub(super) fn program_name() -> String {
    let Ok(program) = std::env::current_exe() else {
        return "argosy".to_owned();
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|it| it.join("argosy"))
        .find(|it| it.is_file());
    if found.is_some_and(|it| it.canonicalize().is_ok_and(|it| it == program)) {
        return "argosy".to_owned();
    }
    let home = std::env::var_os("HOME").filter(|it| !it.is_empty());
    let under_home = home
        .as_ref()
        .and_then(|home| program.strip_prefix(Path::new(home)).ok());
    match under_home {
        Some(rest) => format!("~/{}", rest.display()),
        None => program.display().to_string(),
    }
}

//! The chain of the demo: `argosy dev` of this very program, as a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, anyhow};
use serde::Deserialize;

use crate::failure::Failure;

/// A running chain; it ends with this value.
pub(super) struct DevChain {
    child: Child,
    pub(super) url: String,
    pub(super) ready_ms: u64,
}

/// What the demo reads of the banner.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Banner {
    url: String,
    ready_ms: u64,
}

impl DevChain {
    /// Starts it on any free port and waits until it is ready.
    pub(super) fn start() -> Result<DevChain, Failure> {
        let program = std::env::current_exe().context("cannot find this program's file")?;
        let mut child = Command::new(program)
            .args(["dev", "--port", "0", "--output", "json"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the chain")?;
        let mut line = String::new();
        let stdout = child.stdout.take().context("the chain has no stdout")?;
        let read = BufReader::new(stdout).read_line(&mut line);
        let banner: Result<Banner, _> = serde_json::from_str(&line);
        match (read, banner) {
            (Ok(_), Ok(Banner { url, ready_ms })) => Ok(DevChain {
                child,
                url,
                ready_ms,
            }),
            _ => {
                end(&mut child);
                Err(anyhow!("the chain did not start: {line}").into())
            }
        }
    }
}

impl Drop for DevChain {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// It keeps nothing, so there is nothing to finish.
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

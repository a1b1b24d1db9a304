//! `argosy dev --watch DIR`: builds when a file changes, and brings what was built into the contracts that run it.
//!
//! ```text
//! a file changes ─ quiet for a moment ─► build ──fails──► its words; the contracts stay as they are
//!                                          └──a module is another one──► each contract of the old one:
//!     with an admin of ours     same address, same state, new code: by the code's migration, else as it is
//!     without                   a new contract, and the old one's calls once more, by their names
//! ```
//!
//! Always: a fault of the build, of a module or of a contract is told and ends nothing; what is remembered of
//! a contract is bounded.
//! Not here: the first deployment, which is the developer's (`argosy contract deploy`).

mod build; // the command, and its words
mod files; // what changed
mod history; // contracts and their calls, from the chain's blocks
mod modules; // what was built
mod redeploy; // from the old module to the new one
mod replay; // calls once more, by name

use std::path::PathBuf;
use std::time::Duration;

use argosy_sdk::Client;
use argosy_sdk::wallet::Signer;
use tokio::task::JoinHandle;

use super::node::DevNode;
use crate::args::DevChainArgs;
use crate::failure::Failure;
use crate::output::{Output, printable};
use files::Stamp;
use history::History;
use modules::{Change, Modules};

/// How often files are looked at; a change counts when it has been quiet for as long.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// Builds one after the other because files changed while they ran. A build may write files itself.
const AGAIN_MAX: u32 = 4;

/// Watches until it is dropped.
pub(super) struct Watch {
    task: JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is watched, built and signed with.
struct Watcher {
    folder: PathBuf,
    command: String,
    modules: Modules,
    history: History,
    client: Client,
    accounts: Vec<(String, Signer)>,
    output: Output,
}

/// Begins, if it is wanted. The first build comes at once.
pub(super) async fn start(
    args: &DevChainArgs,
    node: &DevNode,
    output: Output,
) -> Result<Option<Watch>, Failure> {
    let Some(folder) = &args.watch else {
        return Ok(None);
    };
    let folder = std::fs::canonicalize(folder).map_err(|error| {
        Failure::usage(format!("--watch {}: {error}", folder.display()))
            .hint("name the folder of the contract's Cargo.toml")
    })?;
    let client = Client::connect(&node.url()).await;
    let client = client.map_err(crate::commands::failure)?;
    // Of the kind that may be largest; what is too large for its own is refused when it is sent.
    let limits = client.info().limits.modules.iter();
    let size_max = limits.map(|it| it.code_bytes_max).max();
    let size_max = u64::from(size_max.unwrap_or_default());
    let watcher = Watcher {
        command: args.build.clone(),
        modules: Modules::new(&folder, &args.module, size_max),
        history: History::default(),
        client,
        accounts: node.accounts.clone(),
        output,
        folder,
    };
    let task = tokio::spawn(watcher.run());
    Ok(Some(Watch { task }))
}

impl Watcher {
    async fn run(mut self) {
        let (folder, command) = (self.folder.display(), &self.command);
        self.output
            .progress(format!("watching {folder}: `{command}`"));
        // What lies there may be what a loaded chain runs.
        for change in self.modules.look() {
            if let Change::Refused { .. } = &change {
                self.tell(&change);
            }
        }
        let mut before = self.stamp().await;
        if before.is_cut() {
            let max = files::FILES_MAX;
            self.output.warning(format!(
                "more than {max} files: changes of some are not seen; name a smaller folder"
            ));
        }
        let mut again = 0;
        loop {
            self.build().await;
            let after = self.stamp().await;
            // What was written while the build ran is built once more, but not for ever.
            let changed = after.changed_since(&before);
            again = match changed {
                Some(_) if again < AGAIN_MAX => again + 1,
                Some(path) => {
                    let path = path.display();
                    self.output.warning(format!(
                        "{path} changes whenever it is built: what was changed meanwhile is built with the next change"
                    ));
                    0
                }
                None => 0,
            };
            before = match again {
                0 => self.next_change(&after).await,
                _ => self.quiet(after).await,
            };
        }
    }

    /// Waits for a change, and until nothing has changed for a moment.
    async fn next_change(&self, before: &Stamp) -> Stamp {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = self.stamp().await;
            if now != *before {
                return self.quiet(now).await;
            }
        }
    }

    /// Waits until nothing has changed for a moment: a file may be half written.
    async fn quiet(&self, mut last: Stamp) -> Stamp {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = self.stamp().await;
            if now == last {
                return now;
            }
            last = now;
        }
    }

    /// Looks at the files, on a thread that may wait for a disk.
    async fn stamp(&self) -> Stamp {
        let (folder, built) = (self.folder.clone(), self.modules.paths().to_vec());
        let looked = tokio::task::spawn_blocking(move || files::stamp(&folder, &built));
        // It ends early with the program alone.
        looked.await.unwrap_or_default()
    }

    async fn build(&mut self) {
        let begin = std::time::Instant::now();
        if let Err(failed) = build::run(&self.folder, &self.command).await {
            for line in failed.words.lines() {
                self.output.progress(format!("  {}", printable(line)));
            }
            let reason = failed.reason;
            self.output.warning(format!(
                "the build failed ({reason}); the contracts stay as they are"
            ));
            return;
        }
        let took = begin.elapsed().as_millis();
        // Contracts of what was there before this build, then what they become.
        if let Err(error) = self.history.read(&self.client, &self.modules).await {
            self.output
                .warning(format!("the chain's blocks cannot be read: {error}"));
            return;
        }
        let changes = self.modules.look();
        if changes.is_empty() {
            self.output
                .progress(format!("built in {took} ms; no module changed"));
        }
        for change in &changes {
            self.tell(change);
            if let Change::Built { name, .. } = change {
                self.bring(name).await;
            }
        }
    }

    fn tell(&self, change: &Change) {
        match change {
            Change::Built {
                name,
                code,
                size,
                is_first,
            } => {
                self.output
                    .progress(format!("built {name}: code {code}, {size} bytes"));
                let path = self
                    .modules
                    .path_of(name)
                    .map(|it| it.display().to_string());
                if let (true, Some(path)) = (*is_first, path) {
                    self.output
                        .progress(format!("deploy it: argosy contract deploy {path}"));
                }
            }
            Change::Refused { name, reason } => self.output.warning(format!("{name}: {reason}")),
        }
    }

    /// Brings the newest module of this name into its contracts.
    async fn bring(&mut self, name: &str) {
        let Some(module) = self.modules.newest(name).cloned() else {
            return;
        };
        for address in self.history.contracts_of(name) {
            let done = redeploy::bring(
                &self.client,
                &self.accounts,
                &mut self.history,
                (address, &module),
            );
            for line in done.await {
                match line {
                    Ok(text) => self
                        .output
                        .progress(format!("{name}: {}", printable(&text))),
                    Err(text) => self.output.warning(format!("{name}: {}", printable(&text))),
                }
            }
        }
    }
}

//! Kills a daemon again and again under load, at instants that a seed chooses, and audits it after
//! every restart.
//!
//! ```text
//! start ──► (sometimes) kill while it starts
//!   └─► ready ──► audit ──► load ──► kill ──► start …            at last: SIGTERM, replay
//! ```
//!
//! Always: the first finding ends the run, and everything is kept for whoever looks into it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use argosy_sdk::Client;
use argosy_spec::ChainSpec;
use tokio::sync::Mutex;
use tokio::time::sleep;

use crate::audit::{self, Whole};
use crate::book::{Book, Finding};
use crate::dice::Dice;
use crate::door::{self, Door};
use crate::load::Load;
use crate::process::{self, Daemon, Launcher};
use crate::signatures;

/// A kill comes at most so long after the node is ready.
const LIFE_MS_MAX: u64 = 1_000;
/// A kill during the start comes at most so long after it.
const START_MS_MAX: u64 = 120;
/// One life in so many is killed while it starts.
const START_ONE_IN: u64 = 6;
/// How often somebody looks at the head.
const LOOK_EVERY: Duration = Duration::from_millis(15);
/// How long the last life works.
const LAST_LIFE: Duration = Duration::from_millis(700);

/// What to do.
#[derive(Clone, Debug)]
pub struct CrashOptions {
    /// The program to kill.
    pub daemon: PathBuf,
    /// How often.
    pub kills: u32,
    /// Chooses everything.
    pub seed: u64,
    /// Says how it goes, on stderr.
    pub is_loud: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct CrashReport {
    /// Lives that ended in a kill.
    pub kills: u32,
    /// Of these, how many before the node was ready.
    pub while_starting: u32,
    /// Height in the end.
    pub height: u64,
    /// Transactions in blocks.
    pub transactions: u64,
    /// Transactions that had to be sent again.
    pub resent: u64,
    /// From the start of a process to a node that serves, in ascending order.
    pub restarts: Vec<Duration>,
    /// From SIGTERM to the end.
    pub stopped_in: Duration,
}

/// Runs it. An error names the broken promise, and where everything is kept.
pub fn run(options: &CrashOptions) -> Result<CrashReport> {
    crate::in_folder("argosy-crash-", options.seed, async |folder| {
        let mut run = Run::new(options, folder);
        run.all(&folder.join("replayed")).await
    })
}

struct Run<'a> {
    options: &'a CrashOptions,
    data_dir: PathBuf,
    launcher: Launcher,
    dice: Dice,
    book: Arc<Mutex<Book>>,
    load: Option<Load>,
    report: CrashReport,
}

impl<'a> Run<'a> {
    fn new(options: &'a CrashOptions, folder: &Path) -> Run<'a> {
        let data_dir = folder.join("data");
        Run {
            options,
            launcher: launcher(options, &data_dir, folder.join("log")),
            data_dir,
            dice: Dice::new(options.seed),
            book: Arc::default(),
            load: None,
            report: CrashReport::default(),
        }
    }

    async fn all(&mut self, replayed: &Path) -> Result<CrashReport> {
        for number in 1..=self.options.kills {
            let told = self
                .life(number)
                .await
                .with_context(|| format!("life {number}"))?;
            if self.options.is_loud {
                eprintln!("kill {number:>4} of {}: {told}", self.options.kills);
            }
        }
        let whole = self.last_life().await.context("the last life")?;
        let daemon = &self.options.daemon;
        let end = process::replay(daemon, Path::new("dev"), &self.data_dir, replayed).await?;
        ensure!(
            end["blockHash"] == whole.block_hash && end["stateRoot"] == whole.state_root,
            "a replay ends elsewhere: {end}, the node at {} with root {}",
            whole.block_hash,
            whole.state_root
        );
        signatures::check_complaints(&self.launcher.log)?;
        let resent = self
            .load
            .iter()
            .flat_map(|it| &it.senders)
            .map(|it| it.resent);
        self.report.resent = resent.sum();
        self.report.height = whole.height;
        self.report.transactions = whole.transactions;
        self.report.restarts.sort();
        Ok(self.report.clone())
    }

    /// One life that ends in a kill.
    async fn life(&mut self, number: u32) -> Result<String> {
        let blocks = ["instant", "100ms"][self.dice.below(2) as usize];
        let mut daemon = self.launcher.start(&[&format!("--dev={blocks}")])?;
        self.report.kills += 1;
        // The first life makes what later ones need.
        if number > 1 && self.dice.below(START_ONE_IN) == 0 {
            sleep(Duration::from_millis(self.dice.below(START_MS_MAX))).await;
            daemon.kill().await?;
            self.report.while_starting += 1;
            return Ok("while it started".into());
        }
        let client = self.meet(&mut daemon).await?;
        let life = Duration::from_millis(self.dice.below(LIFE_MS_MAX));
        let door = Arc::new(Door::default());
        door.open(client);
        let enough = AtomicBool::new(false);
        let killing = async {
            sleep(life).await;
            door.close();
            enough.store(true, Ordering::Relaxed);
            daemon.kill().await
        };
        let load = self.load.as_mut().context("the load is prepared")?;
        let (killed, found, watched) = tokio::join!(
            killing,
            load.run(std::slice::from_ref(&door), &self.book, &enough),
            watch(&door, &self.book)
        );
        found?;
        watched?;
        killed?;
        let last = self.report.restarts.last().copied().unwrap_or_default();
        let sent: u64 = load.senders.iter().map(|it| it.nonce).sum();
        Ok(format!(
            "{} ms after it was ready in {} ms, {blocks} blocks, {sent} transactions included so far",
            life.as_millis(),
            last.as_millis()
        ))
    }

    /// Waits for a daemon that starts, and looks at what it has.
    async fn meet(&mut self, daemon: &mut Daemon) -> Result<Client> {
        let (url, took) = daemon.ready().await?;
        self.report.restarts.push(took);
        let client = door::connect(&url).await?;
        let book = Arc::clone(&self.book);
        let mut book = book.lock().await;
        match &self.load {
            None => self.load = Some(Load::prepare(&client, &self.dice.fork(1), &mut book).await?),
            Some(load) => audit::look(&client, &mut book, load, &mut self.dice).await?,
        }
        Ok(client)
    }

    /// A life that works, is looked at in whole, and stops when it is asked to.
    async fn last_life(&mut self) -> Result<Whole> {
        let mut daemon = self.launcher.start(&["--dev=instant"])?;
        let client = self.meet(&mut daemon).await?;
        let before = client.finalized_head().await?.at.height.0;
        let load = self.load.as_mut().context("the load is prepared")?;
        let door = Arc::new(Door::default());
        door.open(client.clone());
        let enough = AtomicBool::new(false);
        let ending = async {
            sleep(LAST_LIFE).await;
            enough.store(true, Ordering::Relaxed);
        };
        let doors = std::slice::from_ref(&door);
        let (found, ()) = tokio::join!(load.run(doors, &self.book, &enough), ending);
        found?;
        let after = client.finalized_head().await?.at.height.0;
        ensure!(
            after > before,
            "no block came in {} ms under load",
            LAST_LIFE.as_millis()
        );
        audit::drained(&client).await?;
        let mut book = self.book.lock().await;
        let whole = audit::whole(&client, &mut book, load, &ChainSpec::dev()).await?;
        drop(book);
        let (status, took) = daemon.terminate().await?;
        ensure!(status.success(), "SIGTERM ended in {status}");
        self.report.stopped_in = took;
        Ok(whole)
    }
}

/// A development chain in a directory, on free ports.
fn launcher(options: &CrashOptions, data_dir: &Path, log: PathBuf) -> Launcher {
    let mut words: Vec<_> = ["--chain", "dev", "--data-dir"].map(Into::into).into();
    words.push(data_dir.into());
    let more = ["--rpc.listen", "127.0.0.1:0", "--ops.listen", "127.0.0.1:0"];
    words.extend(more.map(Into::into));
    words.extend(["--log.filter", "warn,node=info"].map(Into::into));
    Launcher {
        binary: options.daemon.clone(),
        words,
        log,
    }
}

/// Notes every head that a client sees, until the node is gone.
async fn watch(door: &Door, book: &Mutex<Book>) -> Result<(), Finding> {
    while let Some(visit) = door.visit() {
        let head = match visit.client.finalized_head().await {
            Ok(head) => head,
            Err(error) => return door.judge(&visit, format!("{error:#}")),
        };
        let mut book = book.lock().await;
        book.block(head.at.height.0, (&head).into())?;
        drop(book);
        sleep(LOOK_EVERY).await;
    }
    Ok(())
}

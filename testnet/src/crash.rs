//! Kills a daemon again and again under load, at instants that a seed chooses, and audits it after
//! every restart.
//!
//! ```text
//! start ──► (sometimes) kill while it starts
//!   └─► ready ──► audit ──► load ──► kill ──► start …            at last: SIGTERM, replay
//! ```
//!
//! Always: the first finding ends the run, and everything is kept for whoever looks into it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use argosy_sdk::{Client, ClientOptions};
use tokio::sync::Mutex;
use tokio::time::sleep;

use crate::audit::{self, Whole};
use crate::book::{Book, Finding};
use crate::dice::Dice;
use crate::load::{Doom, Load};
use crate::process::{Daemon, Launcher};

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
    let folder = tempfile::Builder::new().prefix("argosy-crash-").tempdir()?;
    let launcher = Launcher {
        binary: options.daemon.clone(),
        data_dir: folder.path().join("data"),
        log: folder.path().join("log"),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let ended = runtime.block_on(async {
        let mut run = Run::new(options, launcher);
        run.all(&folder.path().join("replayed")).await
    });
    ended.with_context(|| {
        let path = folder.keep();
        format!(
            "seed {}; data directory and log are kept in {}",
            options.seed,
            path.display()
        )
    })
}

struct Run<'a> {
    options: &'a CrashOptions,
    launcher: Launcher,
    dice: Dice,
    book: Arc<Mutex<Book>>,
    load: Option<Load>,
    report: CrashReport,
}

impl<'a> Run<'a> {
    fn new(options: &'a CrashOptions, launcher: Launcher) -> Run<'a> {
        Run {
            options,
            launcher,
            dice: Dice::new(options.seed),
            book: Arc::default(),
            load: None,
            report: CrashReport::default(),
        }
    }

    async fn all(&mut self, replayed: &std::path::Path) -> Result<CrashReport> {
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
        let end = self.launcher.replay(replayed).await?;
        ensure!(
            end["blockHash"] == whole.block_hash && end["stateRoot"] == whole.state_root,
            "a replay ends elsewhere: {end}, the node at {} with root {}",
            whole.block_hash,
            whole.state_root
        );
        self.check_log()?;
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
        let mut daemon = self.launcher.start(blocks)?;
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
        let doom = Doom::default();
        let killing = async {
            sleep(life).await;
            doom.near();
            daemon.kill().await
        };
        let load = self.load.as_mut().context("the load is prepared")?;
        let (killed, found, watched) = tokio::join!(
            killing,
            load.run(&client, &self.book, &doom),
            watch(&client, &self.book, &doom)
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
        let options = ClientOptions {
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(10),
            wait_timeout: Duration::from_secs(10),
            ..ClientOptions::default()
        };
        let client = Client::connect_with(&url, options).await?;
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
        let mut daemon = self.launcher.start("instant")?;
        let client = self.meet(&mut daemon).await?;
        let before = client.finalized_head().await?.at.height.0;
        let load = self.load.as_mut().context("the load is prepared")?;
        let doom = Doom::default();
        tokio::select! {
            found = load.run(&client, &self.book, &doom) => {
                found?;
                bail!("the node is gone");
            }
            () = sleep(LAST_LIFE) => {}
        }
        let after = client.finalized_head().await?.at.height.0;
        ensure!(
            after > before,
            "no block came in {} ms under load",
            LAST_LIFE.as_millis()
        );
        // What was handed in and not waited for any more is included first.
        let begin = Instant::now();
        while client.health().await?.pool.transactions > 0 {
            ensure!(
                begin.elapsed() < Duration::from_secs(10),
                "the mempool does not empty"
            );
            sleep(LOOK_EVERY).await;
        }
        let mut book = self.book.lock().await;
        let whole = audit::whole(&client, &mut book, load).await?;
        drop(book);
        let (status, took) = daemon.terminate().await?;
        ensure!(status.success(), "SIGTERM ended in {status}");
        self.report.stopped_in = took;
        Ok(whole)
    }

    /// No life may have complained about itself.
    fn check_log(&self) -> Result<()> {
        let log = std::fs::read_to_string(&self.launcher.log)?;
        let complaint = log
            .lines()
            .find(|it| it.contains("panicked") || it.contains("stopped itself"));
        match complaint {
            None => Ok(()),
            Some(line) => bail!(Finding {
                rule: "a kill is no reason to fail",
                what: line.into(),
            }),
        }
    }
}

/// Notes every head that a client sees, until the node is gone.
async fn watch(client: &Client, book: &Mutex<Book>, doom: &Doom) -> Result<(), Finding> {
    loop {
        let head = match client.finalized_head().await {
            Ok(head) => head,
            Err(error) => return doom.judge(format!("{error:#}")),
        };
        let mut book = book.lock().await;
        book.block(head.at.height.0, (&head).into())?;
        drop(book);
        sleep(LOOK_EVERY).await;
    }
}

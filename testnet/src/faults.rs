//! Kills validators of a network again and again under load: one, two or all at once, at instants
//! that a seed chooses, and audits all nodes after every strike.
//!
//! ```text
//! all run, load ──strike: one, two, all──► some or none run ──start, in any order──► all run
//!      ▲                                                                                │
//!      └──── sample of the audit ◄──── load pauses ◄──── all have new blocks ◄──────────┘
//! at last: whole audit of every node, SIGTERM, a replay, all logs
//! ```
//!
//! Always: the first finding ends the run, and everything is kept for whoever looks into it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use argosy_primitives::Height;
use argosy_rpc_api::BlockSelector;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use crate::audit::{self, Whole};
use crate::book::{Book, Finding};
use crate::dice::Dice;
use crate::door::Door;
use crate::load::Load;
use crate::network::{HEALED_WITHIN, LOOK_EVERY, Network, Size};
use crate::signatures;

/// A strike comes at most so long after the load began.
const LIFE_MS_MAX: u64 = 2_000;
/// A strike after a decision comes at most so long after it.
const AFTER_DECISION_MS_MAX: u64 = 60;
/// Those who were struck start at most so long after it.
const DOWN_MS_MAX: u64 = 400;
/// Between two starts.
const GAP_MS_MAX: u64 = 150;
/// With one of four away the others make up to so many blocks before it comes back.
const ALONE_BLOCKS_MAX: u64 = 6;
/// A round that takes longer does not end.
const ROUND_WITHIN: Duration = Duration::from_secs(240);

/// What to do.
#[derive(Clone, Debug)]
pub struct FaultOptions {
    /// The program to kill.
    pub daemon: PathBuf,
    /// How often something is killed: one node, two, or all.
    pub kills: u32,
    /// Chooses everything.
    pub seed: u64,
    /// Nodes that vote.
    pub validators: u16,
    /// Nodes that follow.
    pub full_nodes: u16,
    /// Says how it goes, on stderr.
    pub is_loud: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct FaultReport {
    /// Strikes.
    pub kills: u32,
    /// Of these, how many hit every validator.
    pub all_at_once: u32,
    /// Of these, how many came just after a decision.
    pub after_decision: u32,
    /// Processes that were killed.
    pub processes: u32,
    /// Height in the end.
    pub height: u64,
    /// Transactions in blocks.
    pub transactions: u64,
    /// Transactions that had to be sent again.
    pub resent: u64,
    /// Signatures in the logs, each place counted once.
    pub signatures: u64,
    /// From the last start after all were killed to the first new block, in ascending order.
    pub healed: Vec<Duration>,
    /// From the last start to new blocks on all nodes, in ascending order.
    pub caught_up: Vec<Duration>,
}

/// Runs it. An error names the broken promise, and where everything is kept.
pub fn run(options: &FaultOptions) -> Result<FaultReport> {
    crate::in_folder("argosy-faults-", options.seed, async |folder| {
        let mut run = Run::begin(options, folder).await?;
        run.all().await
    })
}

struct Run<'a> {
    options: &'a FaultOptions,
    network: Network,
    everybody: Vec<usize>,
    dice: Dice,
    book: Arc<Mutex<Book>>,
    load: Load,
    report: FaultReport,
}

/// Who is hit, and when.
struct Strike {
    victims: Vec<usize>,
    after_decision: bool,
}

impl<'a> Run<'a> {
    /// Starts a network, and makes what the load needs.
    async fn begin(options: &'a FaultOptions, folder: &Path) -> Result<Run<'a>> {
        let size = Size {
            validators: options.validators,
            full_nodes: options.full_nodes,
        };
        let mut network = Network::write(&options.daemon, folder, size).await?;
        let everybody: Vec<usize> = (0..network.nodes.len()).collect();
        network.start(&everybody).await?;
        network.reach(&everybody, 1).await?;
        let (dice, mut book) = (Dice::new(options.seed), Book::default());
        let client = network.nodes[0].client()?;
        let load = Load::prepare(&client, &dice.fork(1), &mut book).await?;
        Ok(Run {
            options,
            network,
            everybody,
            dice,
            book: Arc::new(Mutex::new(book)),
            load,
            report: FaultReport::default(),
        })
    }

    async fn all(&mut self) -> Result<FaultReport> {
        for number in 1..=self.options.kills {
            let told = timeout(ROUND_WITHIN, self.round(number)).await;
            let told = told.context("it does not end").flatten();
            let told = told.with_context(|| format!("strike {number}"))?;
            if self.options.is_loud {
                eprintln!("strike {number:>3} of {}: {told}", self.options.kills);
            }
        }
        let whole = self.everything().await.context("the whole audit")?;
        self.replay().await.context("a replay")?;
        self.network.stop().await?;
        for node in &self.network.nodes {
            signatures::check_complaints(&node.log)?;
        }
        self.report.signatures = self.network.check_signatures(whole.height)?;
        self.report.height = whole.height;
        self.report.transactions = whole.transactions;
        self.report.resent = self.load.senders.iter().map(|it| it.resent).sum();
        self.report.healed.sort();
        self.report.caught_up.sort();
        Ok(self.report.clone())
    }

    /// One strike, and what follows from it.
    async fn round(&mut self, number: u32) -> Result<String> {
        let strike = self.choose(number);
        let book = Arc::clone(&self.book);
        let doors = self.network.doors();
        let senders_doors = &doors[..usize::from(self.network.size.validators)];
        let enough = AtomicBool::new(false);
        let (network, dice) = (&mut self.network, &mut self.dice);
        let acting = async {
            let healed = act(network, dice, &strike).await;
            enough.store(true, Ordering::Relaxed);
            healed
        };
        let sending = async { Ok(self.load.run(senders_doors, &book, &enough).await?) };
        let watching = async { watch_all(&doors, &book, &enough).await };
        let (healed, (), ()) = tokio::try_join!(acting, sending, watching)?;
        self.look().await?;
        let all_at_once = strike.victims.len() == usize::from(self.options.validators);
        self.report.kills += 1;
        self.report.all_at_once += u32::from(all_at_once);
        self.report.after_decision += u32::from(strike.after_decision);
        self.report.processes += u32::try_from(strike.victims.len())?;
        self.report.caught_up.push(healed.caught_up);
        if all_at_once {
            self.report.healed.push(healed.first_block);
        }
        let sent: u64 = self.load.senders.iter().map(|it| it.nonce).sum();
        Ok(format!(
            "{} at height {}{}; new blocks after {} ms, on all nodes after {} ms; {sent} transactions included so far",
            names(&self.network, &strike.victims),
            healed.struck_at,
            if strike.after_decision {
                ", just decided"
            } else {
                ""
            },
            healed.first_block.as_millis(),
            healed.caught_up.as_millis(),
        ))
    }

    /// One, two and all take turns; who and when, the seed says.
    fn choose(&mut self, number: u32) -> Strike {
        let validators = usize::from(self.options.validators);
        let count = [1, 2, validators][number as usize % 3].min(validators);
        let mut victims = shuffled(0..validators, &mut self.dice);
        victims.truncate(count);
        Strike {
            victims,
            after_decision: self.dice.below(2) == 0,
        }
    }

    /// A sample of the audit, on every node.
    async fn look(&mut self) -> Result<()> {
        let mut book = self.book.lock().await;
        for number in self.everybody.clone() {
            self.network.reach(&[number], book.highest()).await?;
            let node = &self.network.nodes[number];
            let looked = audit::look(&node.client()?, &mut book, &self.load, &mut self.dice).await;
            looked.with_context(|| node.name.clone())?;
        }
        Ok(())
    }

    /// Every node is asked for everything; what the last one says.
    async fn everything(&mut self) -> Result<Whole> {
        let mut book = self.book.lock().await;
        let mut last = None;
        for node in &self.network.nodes {
            audit::drained(&node.client()?).await?;
        }
        for number in self.everybody.clone() {
            self.network.reach(&[number], book.highest()).await?;
            let node = &self.network.nodes[number];
            let (client, spec) = (node.client()?, &self.network.spec);
            let whole = audit::whole(&client, &mut book, &self.load, spec).await;
            last = Some(whole.with_context(|| node.name.clone())?);
        }
        last.context("there are nodes")
    }

    /// One validator stops; a replay of its blocks ends where the others were at that height.
    async fn replay(&mut self) -> Result<()> {
        let chosen = self.dice.below(self.options.validators.into()) as usize;
        self.network.nodes[chosen].stop().await?;
        let end = self.network.replay(chosen).await?;
        let height = end["height"].as_u64().context("it says no height")?;
        let others = without(&self.everybody, &[chosen]);
        self.network.reach(&others, height).await?;
        for number in others {
            let client = self.network.nodes[number].client()?;
            let header = client.header(BlockSelector::Height(height)).await?;
            let (hash, root) = (
                header.at.hash.to_string(),
                header.header.state_root.to_string(),
            );
            ensure!(
                end["blockHash"] == hash && end["stateRoot"] == root,
                "node{chosen} ends at {end}, node{number} has {hash} with root {root}"
            );
        }
        Ok(())
    }
}

/// How long the network took.
struct Healed {
    struck_at: Height,
    first_block: Duration,
    caught_up: Duration,
}

/// Waits, strikes, and brings everybody back.
async fn act(network: &mut Network, dice: &mut Dice, strike: &Strike) -> Result<Healed> {
    let validators: Vec<usize> = (0..usize::from(network.size.validators)).collect();
    let others = without(&validators, &strike.victims);
    sleep(Duration::from_millis(dice.below(LIFE_MS_MAX))).await;
    if strike.after_decision {
        let first = &strike.victims[..1];
        let height = network.highest(first).await?;
        network.reach(first, height + 1).await?;
        sleep(Duration::from_millis(dice.below(AFTER_DECISION_MS_MAX))).await;
    }
    let struck_at = network.highest(&validators).await?;
    network.kill(&strike.victims).await?;
    if others.len() >= network.quorum() {
        let goal = struck_at + dice.below(ALONE_BLOCKS_MAX);
        let went_on = network.reach(&others, goal).await;
        went_on.context("the others do not go on")?;
    }
    sleep(Duration::from_millis(dice.below(DOWN_MS_MAX))).await;
    for number in shuffled(strike.victims.iter().copied(), dice) {
        sleep(Duration::from_millis(dice.below(GAP_MS_MAX))).await;
        network.nodes[number].start()?;
    }
    let begin = Instant::now();
    let mut before = 0;
    for &number in &strike.victims {
        network.nodes[number].ready().await?;
        before = before.max(network.nodes[number].head().await?);
    }
    while network.highest(&validators).await? <= before {
        ensure!(begin.elapsed() < HEALED_WITHIN, "no block after {before}");
        sleep(LOOK_EVERY).await;
    }
    let first_block = begin.elapsed();
    let everybody: Vec<usize> = (0..network.nodes.len()).collect();
    let height = network.highest(&validators).await?;
    network.reach(&everybody, height + 1).await?;
    Ok(Healed {
        struck_at,
        first_block,
        caught_up: begin.elapsed(),
    })
}

/// Notes every head that a client sees on any node.
async fn watch_all(doors: &[Arc<Door>], book: &Mutex<Book>, enough: &AtomicBool) -> Result<()> {
    let watching = doors.iter().map(|door| async {
        while !enough.load(Ordering::Relaxed) {
            sleep(2 * LOOK_EVERY).await;
            let Some(visit) = door.visit() else { continue };
            match visit.client.finalized_head().await {
                Ok(head) => book.lock().await.block(head.at.height.0, (&head).into())?,
                Err(error) => door.judge(&visit, format!("{error:#}"))?,
            }
        }
        Ok::<(), Finding>(())
    });
    futures::future::try_join_all(watching).await?;
    Ok(())
}

fn names(network: &Network, numbers: &[usize]) -> String {
    let names = numbers.iter().map(|it| network.nodes[*it].name.as_str());
    names.collect::<Vec<_>>().join(" ")
}

fn without(all: &[usize], some: &[usize]) -> Vec<usize> {
    let all = all.iter().copied();
    all.filter(|it| !some.contains(it)).collect()
}

fn shuffled(numbers: impl IntoIterator<Item = usize>, dice: &mut Dice) -> Vec<usize> {
    let mut left: Vec<usize> = numbers.into_iter().collect();
    let mut chosen = Vec::new();
    while !left.is_empty() {
        chosen.push(left.swap_remove(dice.below(left.len() as u64) as usize));
    }
    chosen
}

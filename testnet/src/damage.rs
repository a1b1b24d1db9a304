//! Damages the files of one validator of four, again and again, and starts it against the others.
//!
//! ```text
//! it is down, its files are well ──wound──► start ──► it takes part │ refuses │ holds still
//!        ▲                                                                      │
//!        └────────── files mended, never to less than its record says ◄─ SIGKILL ┘
//! ```
//!
//! Always: the others go on; the damaged one never panics, never signs two things in one place, and
//! never serves another block than the others have. What it says when it refuses names the part.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use argosy_primitives::Height;
use argosy_rpc_api::{BlockDetail, BlockSelector, RpcError};
use argosy_sdk::SdkError;
use tokio::time::sleep;

use crate::audit;
use crate::book::{Book, Finding};
use crate::dice::Dice;
use crate::load::Load;
use crate::network::{HEALED_WITHIN, Network, Size};
use crate::process::Started;
use crate::signatures::Signed;
use crate::wound::{self, Harm, Part, Wound};

/// An older copy is at least so many signed blocks old.
const OLD_BLOCKS: Height = 3;
/// Blocks of a damaged database that are asked for.
const BLOCKS_ASKED: u64 = 40;
/// How often somebody looks into a log.
const LOOK_EVERY: Duration = Duration::from_millis(30);

/// What to do.
#[derive(Clone, Debug)]
pub struct DamageOptions {
    /// The program whose files are damaged.
    pub daemon: PathBuf,
    /// Flipped bits, besides what is done once: removed, zeroed, truncated, rolled back.
    pub flips: u32,
    /// Does only so many of all of them, as the seed chooses.
    pub wounds_max: u32,
    /// Chooses everything.
    pub seed: u64,
    /// Says how it goes, on stderr.
    pub is_loud: bool,
}

/// How a damaged validator fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It took part again at once.
    TookPart,
    /// It sat out until the others were past, and then took part.
    SatOut,
    /// It ended with an exit code and a message.
    Refused,
    /// It serves reads and signs nothing until somebody looks.
    HeldStill,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct DamageReport {
    /// How often each part fared how.
    pub fates: BTreeMap<(&'static str, Fate), u32>,
    /// Height in the end.
    pub height: u64,
    /// Signatures in the logs, each place counted once.
    pub signatures: u64,
}

impl Fate {
    /// For people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Fate::TookPart => "took part",
            Fate::SatOut => "sat out, then took part",
            Fate::Refused => "refused",
            Fate::HeldStill => "held still",
        }
    }
}

/// Runs it. An error names the broken promise, and where everything is kept.
pub fn run(options: &DamageOptions) -> Result<DamageReport> {
    crate::in_folder("argosy-damage-", options.seed, async |folder| {
        let mut run = Run::begin(options, folder).await?;
        run.all().await
    })
}

struct Run<'a> {
    options: &'a DamageOptions,
    network: Network,
    victim: usize,
    others: Vec<usize>,
    dice: Dice,
    book: Book,
    load: Load,
    /// Copies of the victim's directory: as it was before the harm, and some time before.
    well: PathBuf,
    old: PathBuf,
    report: DamageReport,
}

/// One start with damaged files.
struct Life {
    fate: Fate,
    /// Whether it gave a signature.
    has_signed: bool,
    /// What it said when it refused.
    said: String,
}

impl<'a> Run<'a> {
    /// Starts a network, gives it some blocks with transactions, and stops the victim.
    async fn begin(options: &'a DamageOptions, folder: &Path) -> Result<Run<'a>> {
        let size = Size {
            validators: 4,
            full_nodes: 0,
        };
        let mut network = Network::write(&options.daemon, folder, size).await?;
        let everybody = [0, 1, 2, 3];
        network.start(&everybody).await?;
        network.reach(&everybody, 1).await?;
        let (mut dice, mut book) = (Dice::new(options.seed), Book::default());
        let client = network.nodes[0].client()?;
        let load = Load::prepare(&client, &dice.fork(1), &mut book).await?;
        let victim = dice.below(4) as usize;
        network.reach(&everybody, book.highest() + 1).await?;
        network.kill(&[victim]).await?;
        Ok(Run {
            options,
            network,
            victim,
            others: everybody.into_iter().filter(|it| *it != victim).collect(),
            dice,
            book,
            load,
            well: folder.join("well"),
            old: folder.join("old"),
            report: DamageReport::default(),
        })
    }

    async fn all(&mut self) -> Result<DamageReport> {
        let mut left = Wound::all(self.options.flips);
        let count = left.len().min(self.options.wounds_max as usize);
        for number in 1..=count {
            let wound = left.swap_remove(self.dice.below(left.len() as u64) as usize);
            let told = self.cycle(wound).await;
            let told = told.with_context(|| format!("wound {number}, {wound:?}"))?;
            if self.options.is_loud {
                eprintln!("wound {number:>3} of {count}: {told}");
            }
        }
        self.network.start(&[self.victim]).await?;
        let height = self.network.highest(&self.others).await?;
        let everybody = [0, 1, 2, 3];
        self.network.reach(&everybody, height + 1).await?;
        for number in everybody {
            self.network.reach(&[number], self.book.highest()).await?;
            let node = &self.network.nodes[number];
            let (client, spec) = (node.client()?, &self.network.spec);
            let whole = audit::whole(&client, &mut self.book, &self.load, spec).await;
            self.report.height = whole.with_context(|| node.name.clone())?.height;
        }
        self.network.stop().await?;
        self.report.signatures = self.network.check_signatures(self.report.height)?;
        Ok(self.report.clone())
    }

    /// One wound, from files that are well to files that are well again.
    async fn cycle(&mut self, wound: Wound) -> Result<String> {
        if wound.harm == Harm::RollBack {
            self.grow_old().await.context("before the harm")?;
        }
        let data_dir = self.network.nodes[self.victim].data_dir.clone();
        wound::remove(&self.well)?;
        wound::copy(&data_dir, &self.well)?;
        let done = wound.inflict(&data_dir, &self.old, &mut self.dice)?;
        let life = self.life(wound.part).await;
        let life = life.with_context(|| done.clone())?;
        let mended = self.mend(wound.part, &life, &data_dir).await;
        mended.context("mended after the harm")?;
        let key = (wound.part.as_str(), life.fate);
        *self.report.fates.entry(key).or_default() += 1;
        Ok(format!("{done}: {} {}", life.fate.as_str(), life.said))
    }

    /// Lets the victim work for a while; the older copy is from the middle of it.
    async fn grow_old(&mut self) -> Result<()> {
        let (begin, height) = self.start().await?;
        self.signs_above(begin, height).await?;
        let data_dir = self.network.nodes[self.victim].data_dir.clone();
        wound::remove(&self.old)?;
        wound::copy(&data_dir, &self.old)?;
        self.signs_above(begin, height + OLD_BLOCKS).await?;
        self.network.kill(&[self.victim]).await
    }

    /// Starts the victim: where its log begins, and how far the others were.
    async fn start(&mut self) -> Result<(usize, Height)> {
        let height = self.network.highest(&self.others).await?;
        let node = &mut self.network.nodes[self.victim];
        let begin = std::fs::metadata(&node.log)?.len();
        node.start()?;
        node.ready().await?;
        Ok((usize::try_from(begin)?, height))
    }

    /// Waits until the victim signs above a height.
    async fn signs_above(&mut self, begin: usize, height: Height) -> Result<()> {
        let since = Instant::now();
        while !self
            .said_since(begin)?
            .lines()
            .any(|it| is_above(it, height))
        {
            ensure!(since.elapsed() < HEALED_WITHIN, "it does not take part");
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// What the victim logged since then.
    fn said_since(&self, begin: usize) -> Result<String> {
        let bytes = std::fs::read(&self.network.nodes[self.victim].log)?;
        Ok(String::from_utf8_lossy(&bytes[begin..]).into_owned())
    }

    /// Starts the victim with damaged files, and waits until it is clear how it fares.
    async fn life(&mut self, part: Part) -> Result<Life> {
        let height = self.network.highest(&self.others).await?;
        let node = &mut self.network.nodes[self.victim];
        let begin = usize::try_from(std::fs::metadata(&node.log)?.len())?;
        node.start()?;
        let mut ended = match node.started().await? {
            Started::Ready { .. } => None,
            Started::Ended(status) => Some(status),
        };
        let since = Instant::now();
        let fate = loop {
            let said = self.said_since(begin)?;
            if let Some(status) = ended {
                check_refusal(part, status, &said)?;
                break Fate::Refused;
            }
            if said.contains("holds still") {
                break Fate::HeldStill;
            }
            if said.lines().any(|it| is_above(it, height)) {
                break match said.contains("signs from here on") {
                    true => Fate::SatOut,
                    false => Fate::TookPart,
                };
            }
            ensure!(
                since.elapsed() < HEALED_WITHIN,
                "it neither takes part nor refuses after {} s",
                HEALED_WITHIN.as_secs()
            );
            sleep(LOOK_EVERY).await;
            ended = self.network.nodes[self.victim].ended()?;
        };
        let went_on = self.network.reach(&self.others, height + 1).await;
        went_on.context("the others do not go on")?;
        if ended.is_none() {
            self.compare().await?;
        }
        self.end(part, begin, fate).await
    }

    /// Ends the life of the victim, unless it has ended.
    async fn end(&mut self, part: Part, begin: usize, fate: Fate) -> Result<Life> {
        let node = &mut self.network.nodes[self.victim];
        if node.runs() {
            match node.ended()? {
                None => self.network.kill(&[self.victim]).await?,
                // A damaged file was read after all.
                Some(status) => check_refusal(part, status, &self.said_since(begin)?)?,
            }
        }
        let said = self.said_since(begin)?;
        let errors = said.lines().filter(|it| it.starts_with("error:"));
        Ok(Life {
            fate,
            has_signed: said.lines().any(|it| Signed::of(it).is_some()),
            said: errors.map(|it| format!("({it})")).collect(),
        })
    }

    /// Blocks that the victim serves are those that the others have. It may fail to read some.
    async fn compare(&mut self) -> Result<()> {
        let (sound, damaged) = (self.others[0], self.victim);
        let sound = self.network.nodes[sound].client()?;
        let damaged = self.network.nodes[damaged].client()?;
        let Ok(head) = damaged.finalized_head().await else {
            return Ok(());
        };
        let height = head.at.height.0;
        self.network.reach(&self.others[..1], height).await?;
        for _ in 0..BLOCKS_ASKED {
            let at = BlockSelector::Height(self.dice.below(height + 1));
            let expected = sound.block(at, BlockDetail::Full).await?;
            match damaged.block(at, BlockDetail::Full).await {
                Ok(block) if block == expected => {}
                Err(SdkError::Rpc { error }) if matches!(*error, RpcError::Internal { .. }) => {}
                Err(SdkError::Unreachable { .. }) => return Ok(()),
                other => bail!(Finding {
                    rule: "a damaged node serves what was written, or nothing",
                    what: format!("{expected:?} is {other:?}"),
                }),
            }
        }
        Ok(())
    }

    /// Makes the files well again. The record is never taken back behind a signature that left; a
    /// database may be, since the record then knows better, and sits out once.
    async fn mend(&mut self, part: Part, life: &Life, data_dir: &Path) -> Result<()> {
        match (part, life.fate) {
            (Part::Database, _) => {
                part.restore(&self.well, data_dir)?;
                if life.has_signed {
                    let (begin, height) = self.start().await?;
                    self.signs_above(begin, height).await?;
                    self.network.kill(&[self.victim]).await?;
                }
                Ok(())
            }
            (_, Fate::TookPart | Fate::SatOut) => Ok(()),
            (_, Fate::Refused | Fate::HeldStill) if !life.has_signed => {
                part.restore(&self.well, data_dir)
            }
            (Part::EngineLog, _) => {
                part.remove(data_dir)?;
                // Until it has one again.
                let (begin, height) = self.start().await?;
                self.signs_above(begin, height).await?;
                self.network.kill(&[self.victim]).await
            }
            (Part::Record, _) => bail!("it signed with a record that it cannot open again"),
        }
    }
}

/// Whether a line tells of a signature above a height.
fn is_above(line: &str, height: Height) -> bool {
    Signed::of(line).is_some_and(|it| it.height > height)
}

/// A refusal has an exit code of the program's own, and names what is wrong.
fn check_refusal(part: Part, status: ExitStatus, said: &str) -> Result<()> {
    let error = said.lines().rfind(|it| it.starts_with("error:"));
    let error = error.unwrap_or_default();
    let names_it = part.words().iter().any(|it| error.contains(it));
    match (status.code(), names_it) {
        (Some(1..=6), true) => Ok(()),
        _ => bail!(Finding {
            rule: "a refusal says what is wrong",
            what: format!("{status}: {error:?}"),
        }),
    }
}

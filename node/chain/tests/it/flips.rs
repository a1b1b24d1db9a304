//! A real directory whose files are not what was written: flipped bits, torn ends, files that are
//! gone. What it answers is what was written, or it is refused by name; never a panic, never another
//! value, and a check sees whatever a reader would meet.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use argosy_chain::{
    Account, Cause, Chain, ChainError, ChainView, CodeRecord, ContractRecord, EventFilter,
    EventPage, Head, Location, Selector, check,
};
use argosy_kv::{Bytes, Column};
use argosy_primitives::{Address, Block, Height, Receipt};
use argosy_proof::verify_state;
use argosy_store::{DataDir, OpenError, RocksStore, StoreConfig};
use tempfile::{TempDir, tempdir};

use crate::diary::{code, contract, next_block, proven_keys, storage_keys};
use crate::world::{address, spec};

/// Blocks in files, blocks in files of their own, and blocks in two logs.
const BLOCKS: [Height; 4] = [8, 11, 13, 15];
const HEAD: Height = BLOCKS[3];
/// Files that a process makes for itself.
const NOT_READ: [&str; 2] = ["LOG", "LOCK"];

/// The state at a height, as far as a client can ask for it.
#[derive(Debug, PartialEq)]
struct StateTold {
    accounts: Vec<Option<Account>>,
    contract: Option<ContractRecord>,
    code: Option<CodeRecord>,
    code_bytes: Option<Bytes>,
    storage: Vec<Option<Bytes>>,
}

/// All that a client can ask for.
#[derive(Debug, PartialEq)]
struct Told {
    head: Head,
    blocks: Vec<(Block, Vec<Receipt>, Vec<Option<Location>>)>,
    states: Vec<StateTold>,
    /// All, and those of the chain itself.
    events: [EventPage; 2],
}

fn tell(view: &ChainView) -> Result<Told, ChainError> {
    let head = view.head().clone();
    let (mut blocks, mut states) = (Vec::new(), Vec::new());
    for height in 0..=head.header.height {
        let missing = || ChainError::Damaged {
            what: format!("block {height} is missing"),
        };
        let block = view.block(height)?.ok_or_else(missing)?;
        let ids = block.body.transactions.iter().map(|tx| tx.id());
        let places: Result<_, ChainError> = ids.map(|id| view.locate(&id)).collect();
        blocks.push((block, view.receipts(height)?, places?));
        let then = view.at(Selector::Height(height))?.ok_or_else(missing)?;
        states.push(tell_state(&then)?);
    }
    let of_contract = EventFilter {
        contract: Some(Address::SYSTEM),
        ..EventFilter::default()
    };
    let all = view.events(&EventFilter::default(), 500)?;
    Ok(Told {
        head,
        blocks,
        states,
        events: [all, view.events(&of_contract, 500)?],
    })
}

/// Proves what it tells, too.
fn tell_state(view: &ChainView) -> Result<StateTold, ChainError> {
    let keys = storage_keys(HEAD);
    let root = view.head().header.state_root;
    for (address, key) in proven_keys(&keys) {
        let proven = view.prove_state(&address, key)?;
        let verified = verify_state(&root, &address, key, proven.value.as_deref(), &proven.proof);
        assert_eq!(verified, Ok(()), "a proof that does not hold was served");
    }
    let account = |number: u8| view.account(&address(number));
    let accounts: Result<_, ChainError> = [1, 2, 3, 99].into_iter().map(account).collect();
    let storage = |key: &Vec<u8>| view.storage(&contract(), key);
    let storage: Result<_, ChainError> = keys.iter().map(storage).collect();
    Ok(StateTold {
        accounts: accounts?,
        contract: view.contract(&contract())?,
        code: view.code(&code())?,
        code_bytes: view.code_bytes(&code())?,
        storage: storage?,
    })
}

/// A closed directory, and what it told with each of its heads.
struct Original {
    folder: TempDir,
    told: Vec<Told>,
}

/// What came of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Everything is as it was.
    Whole,
    /// As it was before the last blocks.
    Shorter,
    /// Refused at the start.
    Refused,
    /// Refused when it was read.
    Met,
}

fn open_store(path: &Path) -> Result<RocksStore, OpenError> {
    RocksStore::open(DataDir::open(path)?, &StoreConfig::default())
}

impl Original {
    fn new() -> Original {
        let folder = tempdir().unwrap();
        let store = Arc::new(open_store(&folder.path().join("original")).unwrap());
        let mut chain = Chain::open(Arc::clone(&store) as _, Arc::new(spec())).unwrap();
        let mut told = vec![tell(&chain.view()).unwrap()];
        for until in BLOCKS {
            while chain.head().header.height < until {
                next_block(&mut chain);
                told.push(tell(&chain.view()).unwrap());
            }
            match until {
                HEAD => {}
                // One column goes to a file; the others need the log, which is closed.
                13 => store.compact(Column::Blocks).unwrap(),
                _ => store.flush().unwrap(),
            }
        }
        Original { folder, told }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("original")
    }

    /// Every file that may be damaged, in order.
    fn files(&self) -> Vec<PathBuf> {
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        let entries = fs::read_dir(self.path().join("db")).unwrap();
        let all = entries.map(|it| PathBuf::from("db").join(name(&it.unwrap().path())));
        let ours = all.filter(|it| !NOT_READ.iter().any(|not| name(it).starts_with(not)));
        let mut files: Vec<_> = ours.chain([PathBuf::from("FORMAT")]).collect();
        files.retain(|it| self.path().join(it).metadata().unwrap().len() > 0);
        files.sort();
        files
    }

    /// Damages one file of a copy and looks at all of it.
    fn check(&self, what: &str, file: &Path, harm: impl FnOnce(&Path)) -> Outcome {
        let path = self.folder.path().join("copy");
        copy(&self.path(), &path);
        harm(&path.join(file));
        let checked = check_to_read(&path);
        // A log may end before its last record, as a loss of power leaves it; what was synced is noted.
        let is_noted = path.join("db/SYNCED").exists();
        let outcome = self.look(what, &path);
        assert!(
            outcome != Outcome::Shorter || !is_noted,
            "{what}: blocks are lost"
        );
        let is_read = matches!(outcome, Outcome::Whole | Outcome::Shorter);
        if let Err(error) = &checked {
            assert_clear(what, error);
        }
        assert!(is_read || checked.is_err(), "{what}: a check sees nothing");
        fs::remove_dir_all(path).unwrap();
        outcome
    }

    /// As a node opens it.
    fn look(&self, what: &str, path: &Path) -> Outcome {
        let opened = open_store(path).map_err(Refusal::from).and_then(|store| {
            let chain = Chain::open(Arc::new(store), Arc::new(spec()));
            chain.map_err(Refusal::from)
        });
        let chain = match opened {
            Ok(chain) => chain,
            Err(error) => {
                assert_clear(what, &error);
                return Outcome::Refused;
            }
        };
        let told = match tell(&chain.view()) {
            Ok(told) => told,
            Err(error) => {
                assert_clear(what, &error.into());
                return Outcome::Met;
            }
        };
        let height = told.head.header.height;
        let written = self.told.get(usize::try_from(height).unwrap());
        assert!(Some(&told) == written, "{what}: something else is told");
        match height {
            HEAD => Outcome::Whole,
            _ => Outcome::Shorter,
        }
    }
}

/// Why a directory is not used.
#[derive(Debug)]
enum Refusal {
    Open(OpenError),
    Chain(ChainError),
}

impl From<OpenError> for Refusal {
    fn from(error: OpenError) -> Refusal {
        Refusal::Open(error)
    }
}

impl From<ChainError> for Refusal {
    fn from(error: ChainError) -> Refusal {
        Refusal::Chain(error)
    }
}

/// As `argosyd db check` does it.
fn check_to_read(path: &Path) -> Result<(), Refusal> {
    let store = RocksStore::open_to_read(DataDir::open_to_read(path)?, &StoreConfig::default())?;
    let chain = Chain::open(Arc::new(store), Arc::new(spec()))?;
    check(&chain.view(), |_| ())?;
    Ok(())
}

/// It says that something is damaged, and what.
#[track_caller]
fn assert_clear(what: &str, refusal: &Refusal) {
    let (text, parts): (_, &[&str]) = match refusal {
        Refusal::Open(error) => {
            let is_clear = matches!(error, OpenError::Damaged { .. } | OpenError::Newer { .. });
            assert!(is_clear, "{what}: {error:?}");
            (error.to_string(), &["db", "FORMAT"])
        }
        Refusal::Chain(error) => {
            assert_eq!(error.cause(), Some(Cause::Damaged), "{what}: {error:?}");
            let parts = &[
                "column",
                "block",
                "record",
                "missing",
                "node",
                "store failed",
            ];
            (error.to_string(), parts)
        }
    };
    let names_a_part = parts.iter().any(|it| text.contains(it));
    assert!(names_a_part, "{what}: {text}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("db")).unwrap();
    fs::copy(from.join("FORMAT"), to.join("FORMAT")).unwrap();
    for entry in fs::read_dir(from.join("db")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join("db").join(entry.file_name())).unwrap();
    }
}

/// Numbers that look random and are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }
}

/// How often an outcome came.
fn count(outcomes: &[Outcome], wanted: Outcome) -> usize {
    outcomes.iter().filter(|it| **it == wanted).count()
}

/// Flips a bit of a file each, as the seeds say.
fn flip(seeds: std::ops::Range<u64>) -> Vec<Outcome> {
    let original = Original::new();
    let files = original.files();
    let flip = |seed: u64| {
        let mut numbers = Numbers(seed);
        let file = &files[numbers.below(files.len())];
        let mut bytes = fs::read(original.path().join(file)).unwrap();
        let (at, bit) = (numbers.below(bytes.len()), numbers.below(8));
        bytes[at] ^= 1 << bit;
        let what = format!("seed {seed}: bit {bit} of byte {at} of {}", file.display());
        // Shown if the process dies of it.
        println!("{what}");
        original.check(&what, file, |path| fs::write(path, bytes).unwrap())
    };
    let outcomes: Vec<_> = seeds.map(flip).collect();
    println!("{outcomes:?}");
    outcomes
}

#[test]
fn an_untouched_copy_is_whole() {
    let original = Original::new();
    let untouched = original.check("nothing", Path::new("FORMAT"), |_| ());
    assert_eq!(untouched, Outcome::Whole);
    let logs = original.files();
    let logs = logs
        .iter()
        .filter(|it| it.extension().is_some_and(|it| it == "log"));
    assert_eq!(logs.count(), 2);
    let kinds = [
        "db/MANIFEST",
        "db/CURRENT",
        "db/OPTIONS",
        "db/IDENTITY",
        "db/SYNCED",
        ".log",
        "FORMAT",
    ];
    for kind in kinds {
        let is_there = |it: &PathBuf| it.to_string_lossy().contains(kind);
        assert!(original.files().iter().any(is_there), "{kind}");
    }
    let tables = original.files();
    let tables = tables
        .iter()
        .filter(|it| it.extension().is_some_and(|it| it == "sst"));
    assert!(tables.count() > 12);
}

#[test]
fn a_hundred_flipped_bits_never_change_an_answer() {
    let outcomes = flip(0..100);
    assert!(count(&outcomes, Outcome::Refused) > 10, "{outcomes:?}");
    assert_eq!(count(&outcomes, Outcome::Shorter), 0, "{outcomes:?}");
}

/// Two thousand, in parts that run side by side.
macro_rules! many_flips {
    ($($name:ident: $first:literal),* $(,)?) => {
        mod many {
            $(
                #[test]
                #[ignore = "100 flips; ./x test --full"]
                fn $name() {
                    let outcomes = super::flip($first..$first + 100);
                    assert!(super::count(&outcomes, super::Outcome::Refused) > 10);
                }
            )*
        }
    };
}

many_flips! {
    flips_1: 1_000, flips_2: 1_100, flips_3: 1_200, flips_4: 1_300,
    flips_5: 1_400, flips_6: 1_500, flips_7: 1_600, flips_8: 1_700,
    flips_9: 1_800, flips_10: 1_900, flips_11: 2_000, flips_12: 2_100,
    flips_13: 2_200, flips_14: 2_300, flips_15: 2_400, flips_16: 2_500,
    flips_17: 2_600, flips_18: 2_700, flips_19: 2_800, flips_20: 2_900,
}

/// Where the kinds of a log's records lie: behind a checksum and a length.
fn kinds(log: &[u8]) -> Vec<usize> {
    let (mut at, mut kinds) = (0, Vec::new());
    while let Some([_, _, _, _, low, high, _]) = log.get(at..at + 7) {
        kinds.push(at + 6);
        at += 7 + usize::from(u16::from_le_bytes([*low, *high]));
    }
    kinds
}

#[test]
fn a_record_of_another_kind_is_refused_and_keeps_nobody_busy() {
    let original = Original::new();
    let is_log = |it: &PathBuf| {
        let name = it.to_string_lossy();
        name.contains("MANIFEST") || name.ends_with(".log")
    };
    let (mut numbers, mut tried) = (Numbers(9), 0);
    for file in original.files().into_iter().filter(is_log) {
        let bytes = fs::read(original.path().join(&file)).unwrap();
        for at in kinds(&bytes) {
            // The bit that makes a record one of a reused log, and another one.
            for bit in [2, numbers.below(8)] {
                let mut harmed = bytes.clone();
                harmed[at] ^= 1 << bit;
                let what = format!("bit {bit} of byte {at} of {}", file.display());
                println!("{what}");
                let outcome = original.check(&what, &file, |path| fs::write(path, harmed).unwrap());
                assert_eq!(outcome, Outcome::Refused, "{what}");
                tried += 1;
            }
        }
    }
    assert!(tried > 60, "only {tried}");
}

/// Cuts each file at places that the seed gives; `true`: with the note of what was synced gone, too.
fn cut(seed: u64, without_note: bool) -> Vec<Outcome> {
    let original = Original::new();
    let (mut numbers, mut outcomes) = (Numbers(seed), Vec::new());
    for file in original.files() {
        let len = original.path().join(&file).metadata().unwrap().len();
        for _ in 0..2 {
            let cut = numbers.next() % len;
            let what = format!("{} cut to {cut} of {len} bytes", file.display());
            println!("{what}");
            outcomes.push(original.check(&what, &file, |path| {
                let open = OpenOptions::new().write(true).open(path);
                open.unwrap().set_len(cut).unwrap();
                if without_note {
                    let _ = fs::remove_file(path.with_file_name("SYNCED"));
                }
            }));
        }
    }
    outcomes
}

#[test]
fn torn_files_are_refused_or_nothing_is_missing() {
    let outcomes = cut(7, false);
    assert_eq!(count(&outcomes, Outcome::Shorter), 0);
    assert!(count(&outcomes, Outcome::Refused) > 20, "{outcomes:?}");
}

#[test]
fn what_a_loss_of_power_tears_ends_at_a_whole_block() {
    let outcomes = cut(8, true);
    // The last log, twice. One that was closed is never shorter than it was.
    assert_eq!(count(&outcomes, Outcome::Shorter), 2, "{outcomes:?}");
}

#[test]
fn a_manifest_that_is_cut_anywhere_loses_no_blocks() {
    let original = Original::new();
    let files = original.files();
    let is_manifest = |it: &&PathBuf| it.to_string_lossy().contains("MANIFEST");
    let file = files.iter().find(is_manifest).unwrap();
    let len = original.path().join(file).metadata().unwrap().len();
    let parts = (0..40).map(|part| len * part / 40);
    // And in its last records.
    for cut in parts.chain((1..30).map(|bytes| len - 4 * bytes)) {
        let what = format!("{} cut to {cut} of {len} bytes", file.display());
        println!("{what}");
        let outcome = original.check(&what, file, |path| {
            let open = OpenOptions::new().write(true).open(path);
            open.unwrap().set_len(cut).unwrap();
        });
        println!("{what}: {outcome:?}");
    }
}

#[test]
fn a_file_that_is_gone_is_missed() {
    let original = Original::new();
    for file in original.files() {
        let what = format!("{} is gone", file.display());
        println!("{what}");
        let outcome = original.check(&what, &file, |path| fs::remove_file(path).unwrap());
        println!("{what}: {outcome:?}");
    }
}

//! What one engine costs: clocks, CPU time of all threads, bytes that went to the disk, medians.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::load::{self, Block, Key, Value};

/// How much is measured.
pub(crate) struct Plan {
    pub(crate) keys: u64,
    pub(crate) blocks: usize,
    /// Blocks of writes that run first and are not counted.
    pub(crate) warm_up: usize,
    /// What an engine may keep in memory, its values and its files' blocks together.
    pub(crate) cache_bytes: usize,
    /// The part of it that is for blocks of RocksDB's files, below the state.
    pub(crate) block_cache_bytes: usize,
}

/// How long the parts of a block took.
#[derive(Clone, Copy, Default)]
pub(crate) struct Parts {
    pub(crate) reads: Duration,
    /// What the block leads to, nothing written.
    pub(crate) root: Duration,
    /// Until it is on disk.
    pub(crate) commit: Duration,
}

/// A proof of a key that is there.
pub(crate) struct Proof {
    pub(crate) bytes: usize,
    pub(crate) made: Duration,
    pub(crate) verified: Duration,
}

/// A store of keys under test.
pub(crate) trait Engine {
    /// Adds keys in bulk.
    fn fill(&mut self, entries: &[(Key, Value)]) -> Result<()>;

    /// Brings what was filled in onto the disk, and background work to rest.
    fn settle(&mut self) -> Result<()>;

    /// Runs a block.
    fn block(&mut self, block: &Block) -> Result<Parts>;

    /// Proves a key, if the engine can.
    fn prove(&self, key: &Key, value: &Value) -> Result<Option<Proof>>;

    /// A line about its caches.
    fn remark(&self) -> Option<String> {
        None
    }
}

/// Medians over blocks of one kind.
pub(crate) struct Blocks {
    pub(crate) reads_ms: f64,
    pub(crate) root_ms: f64,
    pub(crate) commit_ms: f64,
    /// Root and commit.
    pub(crate) written_ms: f64,
    pub(crate) wall_ms: f64,
    pub(crate) cpu_ms: f64,
    /// Of the block that took least: what others did on the machine shows here least.
    pub(crate) cpu_least_ms: f64,
    pub(crate) written_least_ms: f64,
    /// With the work that went on in the background until the end, mean.
    pub(crate) cpu_all_ms: f64,
    pub(crate) disk_mib: f64,
}

/// All figures of an engine.
pub(crate) struct Figures {
    pub(crate) load_s: f64,
    pub(crate) mixed: Blocks,
    pub(crate) writes: Blocks,
    pub(crate) directory_mib: f64,
    /// Bytes, microseconds to make, microseconds to verify.
    pub(crate) proof: Option<[f64; 3]>,
}

/// Keys filled in at a time.
const CHUNK: u64 = 50_000;
const PROOFS: u64 = 1_000;
/// Beside an engine's files once all keys are in: the next version of values. What is written
/// again must differ from what is there.
const FILLED: &str = "next-version";

pub(crate) fn run(mut engine: Box<dyn Engine>, folder: &Path, plan: &Plan) -> Result<Figures> {
    let (filled, load_s) = (folder.join(FILLED), Instant::now());
    let mut version = match std::fs::read_to_string(&filled) {
        Ok(version) => version.trim().parse()?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            fill(&mut *engine, plan)?;
            1
        }
        Err(error) => return Err(error.into()),
    };
    let load_s = load_s.elapsed().as_secs_f64();
    // Before they run, so that a run that is broken off leaves no version to a second use.
    let versions = (plan.warm_up + 2 * plan.blocks) as u64 + 1;
    std::fs::write(filled, (version + versions).to_string())?;
    for _ in 0..plan.warm_up {
        engine.block(&load::block(plan.keys, 0, 10_000, version))?;
        version += 1;
    }
    let mixed = blocks(&mut *engine, plan, (4_000, 2_000), &mut version)?;
    let writes = blocks(&mut *engine, plan, (0, 10_000), &mut version)?;
    let proof = proofs(&*engine, plan, &mut version)?;
    if let Some(remark) = engine.remark() {
        println!("{remark}");
    }
    engine.settle()?;
    Ok(Figures {
        load_s,
        mixed,
        writes,
        directory_mib: size(folder)? as f64 / f64::from(1 << 20),
        proof,
    })
}

fn fill(engine: &mut dyn Engine, plan: &Plan) -> Result<()> {
    let mut from = 0;
    while from < plan.keys {
        let to = (from + CHUNK).min(plan.keys);
        let entries: Vec<_> = (from..to)
            .map(|number| (load::key(number), load::value(number, 0)))
            .collect();
        engine.fill(&entries)?;
        from = to;
    }
    engine.settle()
}

fn blocks(
    engine: &mut dyn Engine,
    plan: &Plan,
    (reads, writes): (usize, usize),
    version: &mut u64,
) -> Result<Blocks> {
    let (mut parts, mut walls, mut cpus) = (Vec::new(), Vec::new(), Vec::new());
    let (cpu_begin, disk_begin) = (cpu(), disk_bytes()?);
    let mut cpu_blocks = Duration::ZERO;
    for _ in 0..plan.blocks {
        let outside = cpu();
        let block = load::block(plan.keys, reads, writes, *version);
        *version += 1;
        let (wall, inside) = (Instant::now(), cpu());
        cpu_blocks += inside - outside; // Making the block is not the engine's.
        parts.push(engine.block(&block)?);
        walls.push(wall.elapsed());
        cpus.push(cpu() - inside);
    }
    engine.settle()?;
    let cpu_all = cpu() - cpu_begin - cpu_blocks;
    let each = |part: fn(&Parts) -> Duration| median(parts.iter().map(part).collect());
    let count = plan.blocks as f64;
    Ok(Blocks {
        reads_ms: each(|it| it.reads),
        root_ms: each(|it| it.root),
        commit_ms: each(|it| it.commit),
        written_ms: each(|it| it.root + it.commit),
        wall_ms: median(walls),
        cpu_least_ms: least(&cpus),
        cpu_ms: median(cpus),
        written_least_ms: least(
            &parts
                .iter()
                .map(|it| it.root + it.commit)
                .collect::<Vec<_>>(),
        ),
        cpu_all_ms: cpu_all.as_secs_f64() * 1e3 / count,
        disk_mib: (disk_bytes()? - disk_begin) as f64 / f64::from(1 << 20) / count,
    })
}

fn proofs(engine: &dyn Engine, plan: &Plan, version: &mut u64) -> Result<Option<[f64; 3]>> {
    let mut sums = [0.0; 3];
    *version += 1;
    // The keys of the last block, whose values are known.
    let block = load::block(plan.keys, 0, 10_000, *version - 2);
    for (key, value) in block.writes.iter().step_by(10_000 / PROOFS as usize) {
        let Some(proof) = engine.prove(key, value)? else {
            return Ok(None);
        };
        sums[0] += proof.bytes as f64;
        sums[1] += proof.made.as_secs_f64() * 1e6;
        sums[2] += proof.verified.as_secs_f64() * 1e6;
    }
    Ok(Some(sums.map(|sum| sum / PROOFS as f64)))
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

fn least(times: &[Duration]) -> f64 {
    let least = times.iter().min().copied().unwrap_or_default();
    least.as_secs_f64() * 1e3
}

/// CPU time of this process so far, all threads.
fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}

/// What this process has sent to disks so far.
fn disk_bytes() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/self/io")?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line.context("no write_bytes in /proc/self/io")?.parse()?)
}

/// What the files of a folder take on disk.
fn size(folder: &Path) -> Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let data = entry.metadata()?;
        sum += if data.is_dir() {
            size(&entry.path())?
        } else {
            data.blocks() * 512
        };
    }
    Ok(sum)
}

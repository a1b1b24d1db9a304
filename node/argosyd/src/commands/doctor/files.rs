//! Chain, data directory, disk.
//!
//! Always: a directory that a running node has is not opened, and one that is not there is not made.

use std::path::{Path, PathBuf};

use argosy_spec::ChainSpec;
use rustix::fs::{Access, access};

use super::Report;
use super::machine::now_ms;
use crate::commands::open;
use crate::config::Config;
use crate::node::{free_bytes, load_spec};

const MIB: u64 = 1024 * 1024;
/// A node whose head is so much ahead of the clock has a wrong clock.
const AHEAD_MS_MAX: u64 = 5_000;

/// Gives the chain, if it can be read. `is_running`: the directory belongs to a node that runs.
pub(super) fn look(config: &Config, is_running: bool, report: &mut Report) -> Option<ChainSpec> {
    let spec = load_spec(config);
    let found = match &spec {
        Ok(spec) => Ok(format!("{}, {}", spec.network.name, spec.genesis_hash())),
        Err(failure) => Err(failure.message().to_owned()),
    };
    report.note("chain.spec", found);
    let spec = spec.ok()?;
    disk(config, report);
    match is_running {
        true => report.well("disk.database", "in use by the running node"),
        false => database(config, report),
    }
    Some(spec)
}

/// The directory, or what of its path is there already.
fn nearest(path: &Path) -> PathBuf {
    let mut found = path;
    while !found.exists() {
        found = match found.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => return PathBuf::from("."),
        };
    }
    found.to_owned()
}

fn disk(config: &Config, report: &mut Report) {
    let path = nearest(&config.data_dir);
    let shown = config.data_dir.display();
    match access(&path, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => report.well("disk.directory", format!("{shown}: may be written")),
        Err(error) => report.wrong(
            "disk.directory",
            format!(
                "{shown}: this user cannot write to {}: {error}; chown it, or mount it for this user",
                path.display()
            ),
        ),
    }
    match free_bytes(&path) {
        Ok(free) if free < config.min_free_bytes => report.wrong(
            "disk.space",
            format!(
                "{} MiB are free, below store.min_free_mib = {}: the node would make no blocks; free some space",
                free / MIB,
                config.min_free_bytes / MIB
            ),
        ),
        Ok(free) => report.well("disk.space", format!("{} MiB are free", free / MIB)),
        Err(error) => report.doubt("disk.space", format!("cannot tell: {error}")),
    }
    kind(&path, report);
}

/// Some file systems lose what they said was written, and some lose everything.
fn kind(path: &Path, report: &mut Report) {
    let Ok(found) = rustix::fs::statfs(path) else {
        return report.doubt("disk.kind", "cannot tell which file system it is");
    };
    // As statfs(2) has them.
    match u64::try_from(found.f_type).unwrap_or(0) {
        0x6969 | 0x517b | 0xff53_4d42 | 0xfe53_4d42 => report.wrong(
            "disk.kind",
            "a network file system: its locks and syncs do not hold what a database needs; use a local disk or a block volume",
        ),
        0x0102_1994 | 0x794c_7630 => report.doubt(
            "disk.kind",
            "in memory, or a layer of a container: all is gone when it is; mount a volume",
        ),
        _ => report.well("disk.kind", "a local one"),
    }
}

/// The chain in it, which is opened to be read.
fn database(config: &Config, report: &mut Report) {
    if !config.data_dir.exists() {
        return report.well("disk.database", "none yet: the node makes one");
    }
    let chain = match open::chain_to_read(config) {
        Ok(chain) => chain,
        Err(failure) if failure.message().contains("holds no chain") => {
            return report.well("disk.database", "none yet: the node makes one");
        }
        Err(failure) => return report.wrong("disk.database", failure.message()),
    };
    let head = &chain.head().header;
    report.well("disk.database", format!("height {}", head.height));
    let ahead_ms = head.time_ms.saturating_sub(now_ms());
    if ahead_ms > AHEAD_MS_MAX {
        let text = format!(
            "the newest block is {} s ahead of this machine's clock: set the clock",
            ahead_ms / 1_000
        );
        report.wrong("machine.clock", text);
    }
}

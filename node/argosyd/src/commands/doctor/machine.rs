//! User, limits, memory, clock.
//!
//! Always: what a system does not tell is in doubt, and not wrong.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::process::{Resource, geteuid, getrlimit};

use super::Report;
use crate::config::Config;

/// Files and sockets of a node besides those of its database and its clients: other nodes, logs, itself.
const OTHER_FILES: u64 = 512;
/// What a node takes besides caches, by measurement: 40 MiB for four validators without load, and room for
/// contracts, blocks on their way and clients.
const BASE_BYTES: u64 = 512 * MIB;
const MIB: u64 = 1024 * 1024;
/// Before this program was written: no clock that is right says so.
const WRITTEN_MS: u64 = 1_767_225_600_000; // 2026

pub(super) fn look(config: &Config, report: &mut Report) {
    user(report);
    open_files(config, report);
    memory(config, report);
    clock(report);
}

fn user(report: &mut Report) {
    let user = geteuid();
    let text = format!("user {}", user.as_raw());
    match user.is_root() {
        false => report.well("machine.user", text),
        true => report.doubt(
            "machine.user",
            text + " (root): a fault in the node would be one in the whole machine; make a user for it, or run the image, which has one",
        ),
    }
}

fn open_files(config: &Config, report: &mut Report) {
    let needed = u64::from(config.store.open_files_max)
        + config.rpc.max_connections as u64
        + config.agreement.inbound_max as u64
        + OTHER_FILES;
    match getrlimit(Resource::Nofile).current {
        Some(limit) if limit < needed => report.wrong(
            "machine.open_files",
            format!("this user may open {limit} files, the node may need {needed}: raise the limit (ulimit -n, LimitNOFILE= of systemd, ulimits of a container), or lower store.max_open_files and rpc.max_connections"),
        ),
        Some(limit) => report.well(
            "machine.open_files",
            format!("{limit} allowed, {needed} may be needed"),
        ),
        None => report.well("machine.open_files", "as many as there are"),
    }
}

fn memory(config: &Config, report: &mut Report) {
    let store = &config.store;
    let caches = store.cache_bytes + store.write_buffer_bytes + config.value_cache_bytes;
    let needed = caches as u64 + BASE_BYTES;
    let Some(there) = available_bytes() else {
        return report.doubt("machine.memory", "cannot tell how much there is");
    };
    let text = format!(
        "{} MiB can be had, about {} are used",
        there / MIB,
        needed / MIB
    );
    match there >= needed {
        true => report.well("machine.memory", text),
        false => report.doubt(
            "machine.memory",
            text + ": give it more, or lower store.cache_mib, store.write_buffer_mib and store.value_cache_mib",
        ),
    }
}

/// What the machine has left, or the container may have.
fn available_bytes() -> Option<u64> {
    let number = |path: &str| {
        let text = std::fs::read_to_string(path).ok()?;
        text.trim().parse::<u64>().ok()
    };
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|it| it.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    let machine = kib.saturating_mul(1024);
    // "max" is no number: there is no limit.
    let limit = number("/sys/fs/cgroup/memory.max");
    let used = number("/sys/fs/cgroup/memory.current").unwrap_or(0);
    let container = limit.map(|it| it.saturating_sub(used));
    Some(container.map_or(machine, |it| it.min(machine)))
}

/// The time, in milliseconds since 1970.
pub(in crate::commands) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

fn clock(report: &mut Report) {
    let now_ms = now_ms();
    match now_ms < WRITTEN_MS {
        true => report.wrong(
            "machine.clock",
            "it shows a time before this program was written: set it, and let a time service (chrony, systemd-timesyncd) keep it",
        ),
        false => report.well("machine.clock", format!("{now_ms} ms since 1970")),
    }
}

//! Somebody who looks after a node while it is attacked: health and memory, on a thread of their own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use super::super::super::{resident_mib, resident_mib_max};
use super::ASK_EVERY;
use crate::ops;

/// Somebody who looks after a node, on a thread of their own.
pub(super) struct Watch {
    enough: Arc<AtomicBool>,
    thread: JoinHandle<Result<Watched>>,
}

/// What was seen.
pub(super) struct Watched {
    /// Sorted.
    pub(super) livez: Vec<Duration>,
    /// At the begin.
    pub(super) resident_mib: u64,
    pub(super) resident_mib_max: u64,
}

impl Watch {
    /// Begins to look.
    pub(super) fn start(ops: SocketAddr, pid: u32) -> Result<Watch> {
        let enough = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&enough);
        let thread = std::thread::Builder::new().name("watch".into());
        let thread = thread.spawn(move || watch(ops, pid, &seen))?;
        Ok(Watch { enough, thread })
    }

    /// Ends it. An error: the node did not answer.
    pub(super) fn stop(self) -> Result<Watched> {
        self.enough.store(true, Ordering::Relaxed);
        self.thread
            .join()
            .map_err(|_| anyhow!("who looks after the node has panicked"))?
    }
}

fn watch(address: SocketAddr, pid: u32, enough: &AtomicBool) -> Result<Watched> {
    let (before, max_before) = (resident_mib(pid)?, resident_mib_max(pid)?);
    let mut watched = Watched {
        livez: Vec::new(),
        resident_mib: before,
        resident_mib_max: before,
    };
    while !enough.load(Ordering::Relaxed) {
        let asked = Instant::now();
        ops::get(address, "/livez")?;
        watched.livez.push(asked.elapsed());
        watched.resident_mib_max = watched.resident_mib_max.max(resident_mib(pid)?);
        std::thread::sleep(ASK_EVERY);
    }
    // What came and went between two looks; a maximum of before says nothing of now.
    let max = resident_mib_max(pid)?;
    if max > max_before {
        watched.resident_mib_max = watched.resident_mib_max.max(max);
    }
    watched.livez.sort_unstable();
    Ok(watched)
}

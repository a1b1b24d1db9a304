//! The guard of the disk: before it is full, the node stops making blocks, and goes on when there is
//! room again.
//!
//! Not here: what happens if the disk fills up all the same; then a commit fails, and the node stops.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use argosy_driver::Driver;

use super::status::Status;
use super::tasks::Stop;
use crate::failure::Failure;

const LOOK_EVERY: Duration = Duration::from_secs(5);
const MIB: u64 = 1024 * 1024;

/// Free space, and what there must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Space {
    pub(super) free_bytes: u64,
    pub(super) min_bytes: u64,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Pause,
    Resume,
    Nothing,
}

impl Space {
    /// Whether there is enough to go on.
    pub(super) fn is_enough(self) -> bool {
        self.free_bytes >= self.min_bytes
    }

    /// Going on takes a little more than stopping, so that a node at the edge does not flutter.
    fn verdict(self, is_paused: bool) -> Verdict {
        let comfort = self.min_bytes.saturating_add(self.min_bytes / 20);
        match is_paused {
            false if !self.is_enough() => Verdict::Pause,
            true if self.free_bytes >= comfort => Verdict::Resume,
            true | false => Verdict::Nothing,
        }
    }

    fn reason(self) -> String {
        format!(
            "{} MiB are free on the disk, below store.min_free_mib = {}; free some space",
            self.free_bytes / MIB,
            self.min_bytes / MIB
        )
    }
}

/// Looks at the disk of a directory and pauses or resumes the driver.
pub(super) struct Guard {
    pub(super) data_dir: PathBuf,
    pub(super) min_bytes: u64,
    pub(super) driver: Driver,
    pub(super) status: Arc<Status>,
}

impl Guard {
    /// Looks every few seconds until it is told to stop.
    pub(super) async fn run(self, mut stop: Stop) -> Result<(), Failure> {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                biased;
                () = stop.asked() => return Ok(()),
                _ = ticks.tick() => self.look(),
            }
        }
    }

    /// Looks once.
    pub(super) fn look(&self) {
        let space = match rustix::fs::statvfs(&self.data_dir) {
            Ok(it) => Space {
                free_bytes: it.f_bavail.saturating_mul(it.f_frsize),
                min_bytes: self.min_bytes,
            },
            Err(error) => {
                tracing::warn!(target: "disk", %error, "cannot tell how much space is free");
                return;
            }
        };
        self.status.set_space(space);
        match space.verdict(self.driver.paused().is_some()) {
            Verdict::Pause => {
                let reason = space.reason();
                tracing::error!(target: "disk", reason, "no more blocks are made");
                self.driver.pause(&reason);
            }
            Verdict::Resume => {
                tracing::info!(target: "disk", free_bytes = space.free_bytes, "blocks are made again");
                self.driver.resume();
            }
            Verdict::Nothing => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(free: u64, is_paused: bool, expected: Verdict) {
        let space = Space {
            free_bytes: free,
            min_bytes: 1000,
        };
        assert_eq!(space.verdict(is_paused), expected, "{free}");
    }

    #[test]
    fn pauses_below_the_limit_and_resumes_a_little_above() {
        check(1000, false, Verdict::Nothing);
        check(999, false, Verdict::Pause);
        check(999, true, Verdict::Nothing);
        check(1049, true, Verdict::Nothing);
        check(1050, true, Verdict::Resume);
    }

    #[test]
    fn a_limit_of_zero_is_no_limit() {
        let space = Space::default();
        assert_eq!(space.verdict(false), Verdict::Nothing);
        assert_eq!(space.verdict(true), Verdict::Resume);
    }
}

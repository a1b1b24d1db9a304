//! The guard of the disk: before it is full, the node stops making blocks, and goes on when there is
//! room again.
//!
//! Not here: what happens if the disk fills up all the same; then a commit fails, and the node stops.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use argosy_driver::Driver;

use super::status::{LEAVING, Status};
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

/// What this user may still write on the disk of a directory.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(path)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Looks at the disk of a directory and pauses or resumes the driver.
pub(super) struct Guard {
    /// How it is asked; [`free_bytes`] but for tests.
    pub(super) disk: fn(&Path) -> io::Result<u64>,
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
                _ = ticks.tick() => self.look().await,
            }
        }
    }

    /// Looks once. The disk may take its time to answer: a thread that may block asks it.
    pub(super) async fn look(&self) {
        let (disk, data_dir) = (self.disk, self.data_dir.clone());
        let asked = tokio::task::spawn_blocking(move || disk(&data_dir)).await;
        match asked.map_err(io::Error::other).flatten() {
            Ok(free_bytes) => self.act(Space {
                free_bytes,
                min_bytes: self.min_bytes,
            }),
            Err(error) => {
                tracing::warn!(
                    target: "disk",
                    code = "disk.space_unknown",
                    %error,
                    "cannot tell how much space is free"
                );
            }
        }
    }

    fn act(&self, space: Space) {
        self.status.set_space(space);
        if self.status.is_leaving() {
            // It is paused, whatever room there is.
            if self.driver.paused().is_none() {
                self.driver.pause(LEAVING);
            }
            return;
        }
        match space.verdict(self.driver.paused().is_some()) {
            Verdict::Pause => {
                let reason = space.reason();
                tracing::error!(target: "disk", code = "disk.blocks_paused", reason, "no more blocks are made");
                self.driver.pause(&reason);
            }
            Verdict::Resume => {
                tracing::info!(
                    target: "disk",
                    code = "disk.blocks_resumed",
                    free_bytes = space.free_bytes,
                    "blocks are made again"
                );
                self.driver.resume();
            }
            Verdict::Nothing => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_chain::{Chain, validator_set};
    use argosy_driver::{DriverConfig, SubmitError};
    use argosy_kv::MemoryStore;
    use argosy_replica::{BlockMode, Config, Replica};
    use argosy_spec::ChainSpec;
    use std::collections::BTreeSet;

    /// A disk that has as many bytes left as a file on it says.
    fn told(path: &Path) -> io::Result<u64> {
        let text = std::fs::read_to_string(path.join("free"))?;
        text.parse().map_err(io::Error::other)
    }

    fn driver() -> Driver {
        let spec = Arc::new(ChainSpec::dev());
        let config = Config {
            blocks: BlockMode::Manual,
            pool: argosy_mempool::Limits::default(),
            proposer: validator_set(&spec).0[0].address,
            txs_per_block_max: u32::MAX,
            verify_own: true,
            quarantined: BTreeSet::new(),
        };
        let chain = Chain::open(Arc::new(MemoryStore::new()), spec).expect("it is new");
        let started = Driver::start(Replica::new(chain, config), DriverConfig::default());
        started.expect("there are threads").0
    }

    #[tokio::test]
    async fn a_full_disk_pauses_the_driver_and_room_lets_it_go_on() {
        let folder = tempfile::tempdir().expect("there is a disk");
        let guard = Guard {
            disk: told,
            data_dir: folder.path().to_path_buf(),
            min_bytes: 1000,
            driver: driver(),
            status: Arc::default(),
        };
        let driver = guard.driver.clone();
        for (free, height) in [
            (Some("1000"), Ok(1)),
            (Some("999"), Err("below store.min_free_mib")),
            (Some("1049"), Err("below store.min_free_mib")),
            // Who cannot tell changes nothing.
            (None, Err("below store.min_free_mib")),
            (Some("1050"), Ok(2)),
            (None, Ok(3)),
        ] {
            let file = folder.path().join("free");
            match free {
                Some(free) => std::fs::write(file, free).expect("it is ours"),
                None => std::fs::remove_file(file).expect("it is ours"),
            }
            guard.look().await;
            let before = driver.view().head().header.height;
            match (driver.mine().await, height) {
                (Ok(found), Ok(height)) => assert_eq!(found, height),
                (Err(SubmitError::Paused(reason)), Err(says)) => {
                    assert!(reason.contains(says), "{reason}");
                    let view = driver.view();
                    assert_eq!(view.head().header.height, before, "reads go on");
                    assert!(view.block(before).expect("it is kept").is_some());
                }
                (found, _) => panic!("{free:?}: {found:?}"),
            }
        }
        driver.stop();
    }

    #[tokio::test]
    async fn a_node_that_is_about_to_be_stopped_stays_paused_whatever_room_there_is() {
        let folder = tempfile::tempdir().expect("there is a disk");
        std::fs::write(folder.path().join("free"), "5000").expect("it is ours");
        let guard = Guard {
            disk: told,
            data_dir: folder.path().to_path_buf(),
            min_bytes: 1000,
            driver: driver(),
            status: Arc::default(),
        };
        guard.status.set_leaving(true);
        guard.look().await;
        assert_eq!(guard.driver.paused().as_deref(), Some(LEAVING));
        guard.look().await;
        assert_eq!(guard.driver.paused().as_deref(), Some(LEAVING));
        guard.status.set_leaving(false);
        guard.look().await;
        assert_eq!(guard.driver.paused(), None);
        guard.driver.stop();
    }

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

//! A share of one processor: who has used more than its share waits until it has not.
//!
//! Always: counts user and system time of the thread that made it, so that what the kernel does for the
//! thread's sockets counts too; of a share that was not used no more than [`SAVED_NS`] is kept.
//! No control group: that takes rights which people and containers do not have.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use tokio::time::sleep;

/// Who waited for the node may use so much more at once: 50 ms.
const SAVED_NS: i128 = 50_000_000;
/// Shorter waits would cost more than they save.
const WAIT_MIN: Duration = Duration::from_millis(1);
/// No wait is longer, so that who waits sees the end.
const WAIT_MAX: Duration = Duration::from_millis(100);

/// The share of the thread that made it.
pub(super) struct Throttle {
    begun: Duration,
    state: Mutex<State>,
}

struct State {
    account: Account,
    at: Instant,
    used: Duration,
}

/// What may be used, and what was.
struct Account {
    percent: u32,
    /// Less than nothing: used too much.
    left_ns: i128,
}

impl Throttle {
    /// So many percent of one processor.
    pub(super) fn new(percent: u32) -> Throttle {
        let begun = thread_time();
        Throttle {
            begun,
            state: Mutex::new(State {
                account: Account {
                    percent: percent.max(1),
                    left_ns: 0,
                },
                at: Instant::now(),
                used: begun,
            }),
        }
    }

    /// Until the thread has used no more than its share.
    pub(super) async fn wait(&self) {
        while let Some(wait) = self.behind() {
            sleep(wait.clamp(WAIT_MIN, WAIT_MAX)).await;
        }
    }

    /// What the thread has used in all.
    pub(super) fn used(&self) -> Duration {
        thread_time().saturating_sub(self.begun)
    }

    fn behind(&self) -> Option<Duration> {
        let (now, used) = (Instant::now(), thread_time());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(state.at);
        let more = used.saturating_sub(state.used);
        (state.at, state.used) = (now, used);
        state.account.count(passed, more)
    }
}

impl Account {
    /// So much time has passed, of which so much was used; after what time the share is kept again.
    fn count(&mut self, passed: Duration, used: Duration) -> Option<Duration> {
        let percent = i128::from(self.percent);
        let given = nanos(passed) * percent / 100;
        self.left_ns = (self.left_ns + given - nanos(used)).min(SAVED_NS);
        let wait_ns = u64::try_from(-self.left_ns * 100 / percent).ok()?;
        (wait_ns > 0).then(|| Duration::from_nanos(wait_ns))
    }
}

fn nanos(time: Duration) -> i128 {
    // Shorter than 10^22 years.
    i128::try_from(time.as_nanos()).unwrap_or(i128::MAX)
}

/// User and system time of this thread.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[track_caller]
    fn check(steps: &[(u32, u32)], expected_ms: Option<u32>) {
        let mut account = Account {
            percent: 25,
            left_ns: 0,
        };
        let mut wait = None;
        for &(passed, used) in steps {
            wait = account.count(MS * passed, MS * used);
        }
        assert_eq!(wait, expected_ms.map(|it| MS * it), "{steps:?}");
    }

    #[test]
    fn who_uses_more_than_its_share_waits_until_it_has_not() {
        check(&[(4, 1)], None);
        check(&[(4, 2)], Some(4));
        check(&[(4, 2), (3, 0)], Some(1));
        check(&[(4, 2), (4, 0)], None);
        check(&[(0, 0)], None);
    }

    #[test]
    fn a_share_that_was_not_used_is_kept_for_a_moment_only() {
        check(&[(3_600_000, 0), (0, 50)], None);
        check(&[(3_600_000, 0), (0, 51)], Some(4));
    }

    #[test]
    fn the_clock_counts_what_this_thread_does() {
        let throttle = Throttle::new(100);
        let mut number: u64 = 1;
        while throttle.used() < MS {
            number = std::hint::black_box(number.wrapping_mul(3));
        }
        assert!(throttle.used() >= MS);
    }
}

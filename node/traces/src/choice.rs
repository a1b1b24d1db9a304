//! Which calls are followed: those whose clients follow them, up to a rate, and a share of the others;
//! where clients do not decide, all calls are such others.
//!
//! Always: at most [`FOLLOWED_PER_SECOND`] are followed since their clients say so, whoever they are
//! and however many, so that nobody floods the collector; who says that a trace is not kept is
//! not followed either.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

use crate::{Config, Traceparent};

/// Calls per second that are followed since their clients say so, of all clients together.
pub(crate) const FOLLOWED_PER_SECOND: u64 = 100;
/// So many of them at once.
pub(crate) const FOLLOWED_BURST: u64 = 200;
/// The share of the others is counted in this.
const SAMPLE_OF: u128 = 1000;
/// Fine enough to give back parts of a call between two calls.
const MICRO: u64 = 1_000_000;

/// Decides which calls are followed.
#[derive(Debug)]
pub(crate) struct Choice {
    /// Of a thousand.
    sample: u16,
    clients_decide: bool,
    random: RandomIdGenerator,
    share: Mutex<Share>,
}

/// What is left for clients to choose.
#[derive(Debug)]
struct Share {
    /// Millionths of calls.
    left: u64,
    /// When that was so.
    since: Instant,
}

impl Choice {
    pub(crate) fn new(config: &Config, now: Instant) -> Choice {
        Choice {
            sample: config.sample,
            clients_decide: config.clients_decide,
            random: RandomIdGenerator::default(),
            share: Mutex::new(Share {
                left: FOLLOWED_BURST * MICRO,
                since: now,
            }),
        }
    }

    pub(crate) fn follows(&self, parent: Option<&Traceparent>, now: Instant) -> bool {
        match parent {
            Some(parent) if self.clients_decide => parent.is_sampled() && self.take(now),
            Some(_) | None => self.draw() < u128::from(self.sample),
        }
    }

    /// A number below [`SAMPLE_OF`].
    fn draw(&self) -> u128 {
        u128::from_be_bytes(self.random.new_trace_id().to_bytes()) % SAMPLE_OF
    }

    fn take(&self, now: Instant) -> bool {
        let mut share = self.share.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(share.since).as_micros();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        // Millionths per microsecond are calls per second.
        let back = passed.saturating_mul(FOLLOWED_PER_SECOND);
        share.left = share.left.saturating_add(back).min(FOLLOWED_BURST * MICRO);
        share.since = share.since.max(now);
        match share.left.checked_sub(MICRO) {
            Some(left) => {
                share.left = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn choice(sample: u16, clients_decide: bool, now: Instant) -> Choice {
        let config = Config {
            endpoint: "http://127.0.0.1:1".parse().unwrap(),
            sample,
            clients_decide,
            resource: Vec::new(),
        };
        Choice::new(&config, now)
    }

    fn parent(is_sampled: bool) -> Traceparent {
        Traceparent {
            trace: 1,
            span: 1,
            is_sampled,
        }
    }

    #[test]
    fn a_client_that_keeps_its_trace_is_followed_and_others_are_not() {
        let now = Instant::now();
        let choice = choice(1000, true, now);
        assert!(choice.follows(Some(&parent(true)), now));
        assert!(!choice.follows(Some(&parent(false)), now));
    }

    #[test]
    fn clients_cannot_flood_the_collector() {
        let start = Instant::now();
        let choice = choice(0, true, start);
        let at = |ms: u64| start + Duration::from_millis(ms);
        let followed = |now: Instant| {
            let asked = (0..1000).filter(|_| choice.follows(Some(&parent(true)), now));
            asked.count() as u64
        };
        assert_eq!(followed(at(0)), FOLLOWED_BURST);
        assert_eq!(followed(at(0)), 0);
        assert_eq!(followed(at(500)), FOLLOWED_PER_SECOND / 2);
        assert_eq!(followed(at(100)), 0, "a clock of another thread");
        assert_eq!(followed(at(500)), 0);
        assert_eq!(followed(at(1_000_000)), FOLLOWED_BURST, "never above");
    }

    #[test]
    fn what_comes_back_is_not_lost_however_often_they_ask() {
        let start = Instant::now();
        let choice = choice(0, true, start);
        let micros = (1..=1_000_000).step_by(100);
        let followed = micros
            .filter(|us| choice.follows(Some(&parent(true)), start + Duration::from_micros(*us)))
            .count() as u64;
        let expected = FOLLOWED_BURST + FOLLOWED_PER_SECOND;
        assert!((expected - 1..=expected).contains(&followed), "{followed}");
    }

    #[test]
    fn a_share_of_the_others_is_followed() {
        let now = Instant::now();
        let of = |sample, calls| {
            let choice = choice(sample, true, now);
            (0..calls).filter(|_| choice.follows(None, now)).count()
        };
        assert_eq!(of(0, 10_000), 0);
        assert_eq!(of(1000, 10_000), 10_000);
        // 1000 expected, and a deviation of 30: far beyond any chance.
        assert!((600..1400).contains(&of(100, 10_000)));
    }

    #[test]
    fn clients_that_do_not_decide_are_as_all_others() {
        let now = Instant::now();
        let (none, all) = (choice(0, false, now), choice(1000, false, now));
        let parents = [None, Some(parent(false)), Some(parent(true))];
        for parent in parents.iter().map(Option::as_ref) {
            assert!(!none.follows(parent, now));
            assert!((0..10_000).all(|_| all.follows(parent, now)));
        }
    }
}

//! Shares: how much each IP address may ask for, and each WebSocket, as token buckets.
//!
//! Always holds: at most [`BUCKETS_MAX`] addresses are remembered; when there are more, those that
//! are at rest are forgotten first, then all: a flood of addresses costs precision, not memory.
//! A share may be changed at any time; what was used of it stays used.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::RateConfig;

/// Addresses that are remembered.
const BUCKETS_MAX: usize = 10_000;
/// Fine enough to give back parts of a weight.
const MILLI: u64 = 1000;

/// What every address has used of its share.
#[derive(Default)]
pub(crate) struct Shares(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// `None`: nobody is limited.
    rate: Option<RateConfig>,
    buckets: BTreeMap<IpAddr, Bucket>,
}

/// The share that every WebSocket has.
#[derive(Default)]
pub(crate) struct SocketShares(Mutex<Option<RateConfig>>);

/// What one WebSocket has used of its share.
#[derive(Default)]
pub(crate) struct SocketShare(Mutex<Option<Bucket>>);

/// What one caller has used.
#[derive(Clone, Copy)]
struct Bucket {
    /// Thousandths of weights that are left.
    left: u64,
    /// When that was so.
    since: Instant,
}

impl Shares {
    pub(crate) fn new(rate: Option<RateConfig>) -> Shares {
        let shares = Shares::default();
        shares.set(rate);
        shares
    }

    /// From now on every address has this share.
    pub(crate) fn set(&self, rate: Option<RateConfig>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.rate = rate;
        if rate.is_none() {
            inner.buckets.clear();
        }
    }

    /// The share that every address has.
    pub(crate) fn of_each(&self) -> Option<RateConfig> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).rate
    }

    /// Takes `weight` of the share of `address`, or says after how many milliseconds it may.
    pub(crate) fn take(&self, address: IpAddr, weight: u32, now: Instant) -> Result<(), u32> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { rate, buckets } = &mut *inner;
        let Some(rate) = *rate else {
            return Ok(());
        };
        if buckets.len() >= BUCKETS_MAX && !buckets.contains_key(&address) {
            buckets.retain(|_, it| it.refilled(rate, now) < full(rate));
            if buckets.len() >= BUCKETS_MAX {
                buckets.clear();
            }
        }
        let bucket = buckets
            .entry(address)
            .or_insert_with(|| Bucket::full(rate, now));
        bucket.take(rate, weight, now)
    }
}

impl SocketShares {
    pub(crate) fn new(rate: Option<RateConfig>) -> SocketShares {
        SocketShares(Mutex::new(rate))
    }

    /// From now on every WebSocket has this share.
    pub(crate) fn set(&self, rate: Option<RateConfig>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = rate;
    }

    /// Takes `weight` of the share of one WebSocket, or says after how many milliseconds it may.
    pub(crate) fn take(&self, of: &SocketShare, weight: u32, now: Instant) -> Result<(), u32> {
        let rate = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bucket = of.0.lock().unwrap_or_else(PoisonError::into_inner);
        match rate {
            Some(rate) => bucket
                .get_or_insert_with(|| Bucket::full(rate, now))
                .take(rate, weight, now),
            None => {
                *bucket = None;
                Ok(())
            }
        }
    }
}

fn full(rate: RateConfig) -> u64 {
    u64::from(rate.burst) * MILLI
}

impl Bucket {
    fn full(rate: RateConfig, now: Instant) -> Bucket {
        Bucket {
            left: full(rate),
            since: now,
        }
    }

    fn take(&mut self, rate: RateConfig, weight: u32, now: Instant) -> Result<(), u32> {
        let price = u64::from(weight) * MILLI;
        let left = self.refilled(rate, now);
        // A part of a millisecond counts the next time, or who asks often would get nothing back.
        let passed = now.saturating_duration_since(self.since);
        let part = Duration::from_nanos(u64::from(passed.subsec_nanos() % 1_000_000));
        let since = now.checked_sub(part).unwrap_or(now);
        *self = Bucket { left, since };
        match left.checked_sub(price) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                // Thousandths per millisecond are weights per second.
                let wait_ms = (price - left).div_ceil(u64::from(rate.per_second));
                Err(u32::try_from(wait_ms).unwrap_or(u32::MAX))
            }
        }
    }

    fn refilled(self, rate: RateConfig, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(self.since).as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let back = passed.saturating_mul(rate.per_second.into());
        self.left.saturating_add(back).min(full(rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn shares() -> Shares {
        Shares::new(Some(RateConfig {
            per_second: 10,
            burst: 20,
        }))
    }

    fn address(number: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from(number))
    }

    #[test]
    fn a_share_is_used_up_and_flows_back() {
        let (shares, start) = (shares(), Instant::now());
        assert_eq!(shares.take(address(1), 15, start), Ok(()));
        assert_eq!(shares.take(address(1), 15, start), Err(1000));
        assert_eq!(
            shares.take(address(2), 15, start),
            Ok(()),
            "another address"
        );
        let later = start + Duration::from_millis(999);
        assert_eq!(shares.take(address(1), 15, later), Err(1));
        let later = start + Duration::from_millis(1000);
        assert_eq!(shares.take(address(1), 15, later), Ok(()));
        let much_later = start + Duration::from_secs(1000);
        assert_eq!(shares.take(address(1), 20, much_later), Ok(()));
        assert_eq!(
            shares.take(address(1), 1, much_later),
            Err(100),
            "never above the burst"
        );
    }

    #[test]
    fn remembers_a_bounded_number_of_addresses() {
        let (shares, now) = (shares(), Instant::now());
        for number in 0..30_000 {
            assert_eq!(shares.take(address(number), 20, now), Ok(()));
        }
        assert!(shares.0.lock().unwrap().buckets.len() <= BUCKETS_MAX);
    }

    #[test]
    fn who_asks_all_the_time_gets_its_share_all_the_same() {
        let shares = Shares::new(Some(RateConfig {
            per_second: 100,
            burst: 20,
        }));
        let (start, mut taken) = (Instant::now(), 0);
        for step in 0..100_000 {
            let now = start + Duration::from_micros(100 * step);
            taken += u32::from(shares.take(address(1), 1, now).is_ok());
        }
        // Ten seconds.
        assert!((1_000..=1_021).contains(&taken), "{taken}");
    }

    #[test]
    fn a_share_that_is_changed_holds_at_once_and_what_was_used_stays_used() {
        let (shares, now) = (shares(), Instant::now());
        assert_eq!(shares.take(address(1), 20, now), Ok(()));
        let rate = |burst| {
            Some(RateConfig {
                per_second: 1,
                burst,
            })
        };
        shares.set(rate(50));
        assert_eq!(shares.take(address(1), 1, now), Err(1000));
        assert_eq!(shares.take(address(2), 50, now), Ok(()));
        shares.set(rate(30));
        assert_eq!(shares.take(address(3), 31, now), Err(1000));
        shares.set(None);
        assert_eq!(shares.take(address(1), 1_000_000, now), Ok(()));
        shares.set(rate(30));
        assert_eq!(shares.take(address(1), 30, now), Ok(()), "all is forgotten");
    }

    #[test]
    fn every_websocket_has_a_share_of_its_own() {
        let now = Instant::now();
        let shares = SocketShares::new(Some(RateConfig {
            per_second: 10,
            burst: 20,
        }));
        let (one, two) = (SocketShare::default(), SocketShare::default());
        assert_eq!(shares.take(&one, 20, now), Ok(()));
        assert_eq!(shares.take(&one, 1, now), Err(100));
        assert_eq!(shares.take(&two, 20, now), Ok(()));
        let later = now + Duration::from_millis(100);
        assert_eq!(shares.take(&one, 1, later), Ok(()));
        shares.set(None);
        assert_eq!(shares.take(&one, 1_000, later), Ok(()));
    }
}

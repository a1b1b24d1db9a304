//! Shares: how much each IP address may ask for, as a token bucket per address.
//!
//! Always holds: at most [`BUCKETS_MAX`] addresses are remembered; when there are more, those that
//! are at rest are forgotten first, then all: a flood of addresses costs precision, not memory.

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
pub(crate) struct Shares {
    rate: RateConfig,
    buckets: Mutex<BTreeMap<IpAddr, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    /// Thousandths of weights that are left.
    left: u64,
    /// When that was so.
    since: Instant,
}

impl Shares {
    pub(crate) fn new(rate: RateConfig) -> Shares {
        Shares {
            rate,
            buckets: Mutex::default(),
        }
    }

    /// Takes `weight` of the share of `address`, or says after how many milliseconds it may.
    pub(crate) fn take(&self, address: IpAddr, weight: u32, now: Instant) -> Result<(), u32> {
        let full = u64::from(self.rate.burst) * MILLI;
        let price = u64::from(weight) * MILLI;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX && !buckets.contains_key(&address) {
            buckets.retain(|_, it| self.refilled(*it, now) < full);
            if buckets.len() >= BUCKETS_MAX {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(address).or_insert(Bucket {
            left: full,
            since: now,
        });
        let left = self.refilled(*bucket, now);
        // A part of a millisecond counts the next time, or who asks often would get nothing back.
        let passed = now.saturating_duration_since(bucket.since);
        let part = Duration::from_nanos(u64::from(passed.subsec_nanos() % 1_000_000));
        let since = now.checked_sub(part).unwrap_or(now);
        *bucket = Bucket { left, since };
        match left.checked_sub(price) {
            Some(left) => {
                bucket.left = left;
                Ok(())
            }
            None => {
                // Thousandths per millisecond are weights per second.
                let wait_ms = (price - left).div_ceil(u64::from(self.rate.per_second));
                Err(u32::try_from(wait_ms).unwrap_or(u32::MAX))
            }
        }
    }

    fn refilled(&self, bucket: Bucket, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(bucket.since).as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let back = passed.saturating_mul(self.rate.per_second.into());
        let full = u64::from(self.rate.burst) * MILLI;
        bucket.left.saturating_add(back).min(full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn shares() -> Shares {
        Shares::new(RateConfig {
            per_second: 10,
            burst: 20,
        })
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
        assert!(shares.buckets.lock().unwrap().len() <= BUCKETS_MAX);
    }

    #[test]
    fn who_asks_all_the_time_gets_its_share_all_the_same() {
        let shares = Shares::new(RateConfig {
            per_second: 100,
            burst: 20,
        });
        let (start, mut taken) = (Instant::now(), 0);
        for step in 0..100_000 {
            let now = start + Duration::from_micros(100 * step);
            taken += u32::from(shares.take(address(1), 1, now).is_ok());
        }
        // Ten seconds.
        assert!((1_000..=1_021).contains(&taken), "{taken}");
    }
}

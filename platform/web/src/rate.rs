//! Token buckets per principal and per source address.
//!
//! The buckets are a fixed table, so that a stranger with many names or
//! addresses takes no memory. Two who fall into one place share it; the key of
//! the hash is drawn at start, so nobody can aim at another's.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

/// Places in a table: 16,384 × 24 bytes are 400 KB; among a thousand callers
/// one in sixteen shares its place with another.
const PLACES: usize = 16_384;

/// A rate for each of many callers.
pub struct Rate {
    per_second: f64,
    at_once: f64,
    key: RandomState,
    buckets: Box<[Mutex<Bucket>]>,
    begun: Instant,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    /// Seconds since the table was made.
    at: f64,
}

impl Rate {
    /// So many requests a second each, and one second's worth at once: who
    /// paused may catch up for as long, no longer.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second.max(1));
        Self::with(per_second, per_second)
    }

    /// So many a second each in the long run, so many at once.
    #[must_use]
    pub fn with(per_second: f64, at_once: f64) -> Self {
        let full = Bucket {
            left: at_once,
            at: 0.0,
        };
        Self {
            per_second,
            at_once,
            key: RandomState::new(),
            buckets: (0..PLACES).map(|_| Mutex::new(full)).collect(),
            begun: Instant::now(),
        }
    }

    /// Whether this caller may ask now.
    pub fn allows(&self, caller: impl Hash) -> bool {
        let place = self.key.hash_one(caller) % PLACES as u64;
        let Some(bucket) = usize::try_from(place)
            .ok()
            .and_then(|place| self.buckets.get(place))
        else {
            return true;
        };
        let now = self.begun.elapsed().as_secs_f64();
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let earned = (now - bucket.at).max(0.0) * self.per_second;
        bucket.left = (bucket.left + earned).min(self.at_once);
        bucket.at = now;
        if bucket.left < 1.0 {
            return false;
        }
        bucket.left -= 1.0;
        true
    }
}

/// Who counts as one source: an IPv6 customer holds a whole /64.
#[must_use]
pub fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_earns_a_second_and_another_caller_has_its_own() {
        let rate = Rate::new(10);
        assert_eq!((0..20).filter(|_| rate.allows("a")).count(), 10);
        // Of 50 others at most the odd one shares a place.
        assert!((0..50).filter(|n| rate.allows(n)).count() >= 45);
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!((0..20).filter(|_| rate.allows("a")).count(), 5);
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!((0..20).filter(|_| rate.allows("a")).count(), 10, "no hoarding");
    }

    #[test]
    fn a_customer_of_ipv6_is_one_source() {
        let source = |text: &str| source(text.parse().unwrap());
        assert_eq!(source("2001:db8::1"), source("2001:db8::ffff:1"));
        assert_ne!(source("2001:db8::1"), source("2001:db8:0:1::1"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
    }
}

//! Lets bytes through at a rate. A large piece leaves in slices of a tenth of a second, so that the receiver sees a
//! stream and not gushes.

use std::time::Duration;

use tokio::time::Instant;

use super::{Effect, Item, What, after};

pub(super) struct Bandwidth {
    /// Bytes a second; none is no limit.
    rate: Option<u64>,
    /// When the last byte will have passed.
    free: Instant,
}

impl Bandwidth {
    pub(super) fn new(rate: i64, now: Instant) -> Self {
        let rate = u64::try_from(rate).ok().filter(|rate| *rate > 0);
        Self {
            rate: rate.map(|rate| rate.saturating_mul(1_000)),
            free: now,
        }
    }
}

impl Effect for Bandwidth {
    fn pass(&mut self, item: Item, next: &mut Vec<Item>) {
        let (Some(rate), What::Data(mut bytes, came)) = (self.rate, item.what.clone()) else {
            self.free = self.free.max(item.due);
            next.push(Item {
                due: self.free,
                ..item
            });
            return;
        };
        self.free = self.free.max(item.due);
        let slice = usize::try_from(rate / 10).unwrap_or(usize::MAX).max(1);
        while !bytes.is_empty() {
            let piece = bytes.split_to(slice.min(bytes.len()));
            let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            let takes = Duration::from_nanos(length.saturating_mul(1_000_000_000) / rate);
            self.free = after(self.free, takes);
            next.push(Item {
                due: self.free,
                what: What::Data(piece, came),
            });
        }
    }

    fn begin(&mut self, now: Instant, _next: &mut Vec<Item>) {
        self.free = now;
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_helper::{bytes, data, passed};
    use super::*;

    #[test]
    fn a_kilobyte_a_second_takes_a_millisecond_a_byte_also_over_pieces() {
        let now = Instant::now();
        let mut bandwidth = Bandwidth::new(1, now);
        let first = passed(&mut bandwidth, data("0123456789", now));
        let second = passed(&mut bandwidth, data("0123456789", now));
        assert_eq!(first[0].due - now, Duration::from_millis(10));
        assert_eq!(second[0].due - now, Duration::from_millis(20));
        // After a pause nothing is owed and nothing saved.
        let later = now + Duration::from_secs(5);
        let third = passed(&mut bandwidth, data("0123456789", later));
        assert_eq!(third[0].due - later, Duration::from_millis(10));
    }

    #[test]
    fn a_large_piece_leaves_in_tenths_of_a_second_and_whole() {
        let now = Instant::now();
        let text: &'static str = Box::leak("abcde".repeat(70).into_boxed_str());
        let mut bandwidth = Bandwidth::new(1, now);
        let items = passed(&mut bandwidth, data(text, now));
        let due: Vec<u128> = items.iter().map(|item| (item.due - now).as_millis()).collect();
        assert_eq!(due, [100, 200, 300, 350]);
        assert_eq!(bytes(&items), text.as_bytes());
    }

    #[test]
    fn no_rate_is_no_limit() {
        let now = Instant::now();
        assert_eq!(passed(&mut Bandwidth::new(0, now), data("x", now))[0].due, now);
    }
}

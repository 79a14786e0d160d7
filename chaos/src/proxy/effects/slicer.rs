//! Cuts pieces into smaller ones of about one size, some time apart.

use std::time::Duration;

use bytes::Bytes;
use rand::Rng as _;
use rand::rngs::StdRng;
use tokio::time::Instant;

use super::{Effect, Item, What, after};

pub(super) struct Slicer {
    average: usize,
    variation: usize,
    delay: Duration,
    /// When the next slice may leave.
    free: Instant,
    random: StdRng,
}

impl Slicer {
    pub(super) fn new(average: i64, variation: i64, delay: i64, now: Instant, random: StdRng) -> Self {
        // Slices of no size would be endless.
        let average = usize::try_from(average).unwrap_or(0).max(1);
        Self {
            average,
            variation: usize::try_from(variation).unwrap_or(0).min(average - 1),
            delay: Duration::from_micros(u64::try_from(delay).unwrap_or(0)),
            free: now,
            random,
        }
    }

    fn size(&mut self) -> usize {
        let (least, most) = (self.average - self.variation, self.average + self.variation);
        self.random.random_range(least..=most)
    }
}

impl Effect for Slicer {
    fn pass(&mut self, item: Item, next: &mut Vec<Item>) {
        self.free = self.free.max(item.due);
        let What::Data(mut bytes, came) = item.what else {
            next.push(Item {
                due: self.free,
                ..item
            });
            return;
        };
        while !bytes.is_empty() {
            let size = self.size();
            let slice: Bytes = bytes.split_to(size.min(bytes.len()));
            next.push(Item {
                due: self.free,
                what: What::Data(slice, came),
            });
            self.free = after(self.free, self.delay);
        }
    }

    fn begin(&mut self, now: Instant, _next: &mut Vec<Item>) {
        self.free = now;
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::super::test_helper::{bytes, data, passed};
    use super::*;

    #[test]
    fn slices_have_about_their_size_their_distance_and_all_bytes() {
        let now = Instant::now();
        let text: &'static str = Box::leak("abcdefg".repeat(100).into_boxed_str());
        let mut slicer = Slicer::new(10, 3, 500, now, StdRng::seed_from_u64(1));
        let items = passed(&mut slicer, data(text, now));
        assert_eq!(bytes(&items), text.as_bytes());
        assert!((55..=100).contains(&items.len()), "{}", items.len());
        for (at, item) in items.iter().enumerate() {
            let expected = Duration::from_micros(500 * u64::try_from(at).unwrap());
            assert_eq!(item.due - now, expected);
            let What::Data(bytes, _) = &item.what else {
                panic!("{item:?}")
            };
            assert!((7..=13).contains(&bytes.len()) || at + 1 == items.len());
        }
    }

    #[test]
    fn no_size_is_a_byte() {
        let now = Instant::now();
        let mut slicer = Slicer::new(0, 9, 0, now, StdRng::seed_from_u64(1));
        assert_eq!(passed(&mut slicer, data("abc", now)).len(), 3);
    }
}

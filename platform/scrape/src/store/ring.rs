//! What is kept of one series: every sample for a while, and of what is older one in each bucket of time.

use std::collections::VecDeque;
use std::mem::size_of;

use promql::{Sample, is_stale};

use super::chunk::{Chunk, Open};
use super::limits::{Limits, millis};

/// Samples of one series.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    /// Every sample.
    pub(crate) raw: Tier,
    /// The last of each bucket.
    pub(crate) coarse: Tier,
    last: Option<Sample>,
    /// How often it gets a sample, in milliseconds.
    pub(crate) every: u32,
    /// It was taken out of the index: whoever still holds it must look it up again.
    pub(crate) gone: bool,
}

/// Chunks by time.
#[derive(Debug, Default)]
pub(crate) struct Tier {
    pub(crate) full: VecDeque<Chunk>,
    pub(crate) open: Option<Box<Open>>,
    /// Bytes of the full chunks' samples.
    encoded: usize,
}

/// Why a ring does not take a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotLater {
    /// There is another value of this time.
    Duplicate,
    /// There is a later sample.
    OutOfOrder,
}

impl Ring {
    /// An empty one.
    pub(super) fn every(every: u32) -> Self {
        Self {
            every,
            ..Self::default()
        }
    }

    /// The newest sample, a mark of its end included.
    pub(crate) const fn last(&self) -> Option<Sample> {
        self.last
    }

    /// Appends one that is later than the last. The same once more is no error and changes nothing.
    pub(crate) fn push(&mut self, sample: Sample, limits: &Limits) -> Result<bool, NotLater> {
        if let Some(last) = self.last {
            if sample.at < last.at {
                return Err(NotLater::OutOfOrder);
            }
            if sample.at == last.at {
                let same = sample.value.to_bits() == last.value.to_bits();
                return if same { Ok(false) } else { Err(NotLater::Duplicate) };
            }
            if let Some(coarse) = limits.coarse {
                let bucket = millis(coarse.resolution).max(1);
                let ended = is_stale(sample.value);
                if ended || last.at.div_euclid(bucket) != sample.at.div_euclid(bucket) {
                    self.coarse.push_later(last);
                }
                // The end of a series is no sample among others: lost, the series would seem to go on.
                if ended {
                    self.coarse.push_later(sample);
                }
            }
        }
        self.raw.push(sample);
        self.last = Some(sample);
        Ok(true)
    }

    /// Takes over what was stored before; nothing may have been pushed.
    pub(crate) fn restore(&mut self, raw: VecDeque<Chunk>, coarse: VecDeque<Chunk>) {
        self.last = raw.back().and_then(|chunk| chunk.samples().last());
        self.raw = Tier::of(raw);
        self.coarse = Tier::of(coarse);
    }

    /// Samples of `from..=to`, by time: coarse ones where there is no longer each.
    pub(crate) fn samples(&self, from: i64, to: i64) -> Vec<Sample> {
        let mut found = Vec::new();
        let raw = self.raw.first().unwrap_or(i64::MAX);
        if from < raw {
            self.coarse
                .collect(from, to.min(raw.saturating_sub(1)), &mut found);
        }
        self.raw.collect(from, to, &mut found);
        found
    }

    /// The last sample of `from..=to`. Mostly that is the newest, for which nothing is decoded.
    pub(crate) fn last_within(&self, from: i64, to: i64) -> Option<Sample> {
        match self.last {
            // Unless it was let go of, since nothing came after it.
            Some(last) if last.at <= to && self.raw.first().is_some() => (last.at >= from).then_some(last),
            _ => self.samples(from, to).pop(),
        }
    }

    /// Lets go of chunks whose last sample is older.
    pub(crate) fn trim(&mut self, raw: i64, coarse: i64) {
        self.raw.trim(raw);
        self.coarse.trim(coarse);
    }

    /// Bytes that it takes, its own among them.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.raw.bytes() + self.coarse.bytes()
    }
}

impl Tier {
    fn of(full: VecDeque<Chunk>) -> Self {
        Self {
            encoded: full.iter().map(|chunk| chunk.bytes.len()).sum(),
            full,
            open: None,
        }
    }

    fn push(&mut self, sample: Sample) {
        if let Some(open) = self.open.take_if(|open| open.is_full()) {
            let chunk = open.finish();
            self.encoded += chunk.bytes.len();
            self.full.push_back(chunk);
        }
        match &mut self.open {
            Some(open) => open.push(sample),
            None => self.open = Some(Box::new(Open::new(sample))),
        }
    }

    /// Only if it is later than what is there.
    fn push_later(&mut self, sample: Sample) {
        let last = self.open.as_ref().map(|open| open.last());
        let last = last.or_else(|| self.full.back().map(|chunk| chunk.last));
        if last.is_none_or(|last| last < sample.at) {
            self.push(sample);
        }
    }

    /// The time of the first sample.
    pub(crate) fn first(&self) -> Option<i64> {
        let open = || self.open.as_ref().map(|open| open.first());
        self.full.front().map(|chunk| chunk.first).or_else(open)
    }

    fn collect(&self, from: i64, to: i64, found: &mut Vec<Sample>) {
        if from > to {
            return;
        }
        let within = |sample: &Sample| (from..=to).contains(&sample.at);
        let start = self.full.partition_point(|chunk| chunk.last < from);
        for chunk in self.full.range(start..).take_while(|chunk| chunk.first <= to) {
            found.extend(chunk.samples().filter(within));
        }
        if let Some(open) = self
            .open
            .as_ref()
            .filter(|open| open.first() <= to && open.last() >= from)
        {
            found.extend(open.samples().filter(within));
        }
    }

    fn trim(&mut self, floor: i64) {
        while let Some(old) = self.full.pop_front_if(|chunk| chunk.last < floor) {
            self.encoded -= old.bytes.len();
        }
        self.open.take_if(|open| open.last() < floor);
    }

    fn bytes(&self) -> usize {
        let open = self.open.as_ref();
        let open = open.map_or(0, |open| size_of::<Open>() + open.capacity());
        self.encoded + self.full.capacity() * size_of::<Chunk>() + open
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use promql::STALE;

    use super::super::limits::Coarse;
    use super::*;

    const SECOND: i64 = 1_000;

    fn limits() -> Limits {
        Limits {
            coarse: Some(Coarse {
                resolution: Duration::from_secs(120),
                keep: Duration::from_secs(86_400),
            }),
            ..Limits::default()
        }
    }

    fn counted(seconds: i64) -> Ring {
        let mut ring = Ring::default();
        for n in 0..seconds / 5 {
            let sample = Sample {
                at: n * 5 * SECOND,
                #[expect(clippy::cast_precision_loss, reason = "small")]
                value: n as f64,
            };
            ring.push(sample, &limits()).unwrap();
        }
        ring
    }

    #[test]
    fn only_later_samples_are_taken() {
        let mut ring = counted(20);
        let push = |ring: &mut Ring, at, value| ring.push(Sample { at, value }, &limits());
        assert_eq!(push(&mut ring, 15 * SECOND, 3.0), Ok(false));
        assert_eq!(push(&mut ring, 15 * SECOND, 4.0), Err(NotLater::Duplicate));
        assert_eq!(push(&mut ring, 14 * SECOND, 3.0), Err(NotLater::OutOfOrder));
        assert_eq!(ring.samples(0, i64::MAX).len(), 4);
    }

    #[test]
    fn a_range_holds_both_of_its_ends_and_nothing_else() {
        let ring = counted(3_600);
        let found = ring.samples(100 * SECOND, 1_500 * SECOND);
        assert_eq!(found.len(), 281);
        assert_eq!((found[0].at, found[280].at), (100 * SECOND, 1_500 * SECOND));
    }

    #[test]
    fn what_is_old_is_one_real_sample_in_two_minutes_and_no_time_is_there_twice() {
        let mut ring = counted(6 * 3_600);
        ring.trim(4 * 3_600 * SECOND, 0);
        let raw = ring.raw.first().unwrap();
        let all = ring.samples(0, i64::MAX);
        assert!(all.windows(2).all(|pair| pair[0].at < pair[1].at));
        let old: Vec<&Sample> = all.iter().filter(|sample| sample.at < raw).collect();
        assert_eq!(old[0].at, 115 * SECOND, "the last of its bucket");
        assert!(old.windows(2).all(|pair| pair[1].at - pair[0].at == 120 * SECOND));
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let exact = all
            .iter()
            .all(|sample| sample.value == (sample.at / 5_000) as f64);
        assert!(exact, "samples are as they were");
        // 120 s of a bucket, and what a chunk holds beyond the floor.
        assert!(raw > (4 * 3_600 - 1_200 - 5) * SECOND && raw <= 4 * 3_600 * SECOND);
    }

    #[test]
    fn the_end_of_a_series_outlives_the_samples_around_it() {
        let mut ring = counted(60);
        ring.push(
            Sample {
                at: 61 * SECOND,
                value: STALE,
            },
            &limits(),
        )
        .unwrap();
        ring.trim(3_600 * SECOND, 0);
        let left = ring.samples(0, i64::MAX);
        assert_eq!(
            left.iter().map(|sample| sample.at).collect::<Vec<_>>(),
            [55 * SECOND, 61 * SECOND]
        );
        assert!(is_stale(left[1].value));
    }
}

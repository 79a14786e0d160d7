//! A run of samples, encoded as Facebook's Gorilla does (VLDB 2015, §4.1): of the times what the distance
//! changed by, of the values what differs from the one before. A series that is scraped on time and does not
//! change takes two bits a sample.

use promql::Sample;

use super::bits::{Reader, Writer};

/// Samples of a chunk. A chunk has some 50 bytes around its samples, a fifth of a byte for each of 240; and
/// it is decoded from its beginning, which for 240 takes 3 µs.
pub(crate) const SAMPLES: u16 = 240;

/// Bytes at which a chunk ends before that: values that do not compress.
const BYTES: usize = 1_024;

/// The widths of what the distance changed by, each behind its number of ones: within 63 ms of the same,
/// within 8 s, within 9 minutes, and anything.
const WIDTHS: [u8; 5] = [0, 7, 14, 20, 64];

/// A chunk that is full.
#[derive(Debug, Clone)]
pub(crate) struct Chunk {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) count: u16,
    pub(crate) bytes: Box<[u8]>,
}

/// A chunk that still fills.
#[derive(Debug)]
pub(crate) struct Open {
    bits: Writer,
    first: i64,
    last: i64,
    distance: i64,
    value: u64,
    /// The bits of the last difference that were not zero: how many stand before them, and how many they are.
    leading: u8,
    width: u8,
    count: u16,
}

impl Open {
    pub(crate) fn new(sample: Sample) -> Self {
        let mut bits = Writer::default();
        let value = sample.value.to_bits();
        bits.write(value, 64);
        Self {
            bits,
            first: sample.at,
            last: sample.at,
            distance: 0,
            value,
            leading: 0,
            width: 0,
            count: 1,
        }
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.count >= SAMPLES || self.bits.bytes().len() >= BYTES
    }

    /// Bytes that are allocated.
    pub(crate) const fn capacity(&self) -> usize {
        self.bits.capacity()
    }

    pub(crate) const fn first(&self) -> i64 {
        self.first
    }

    pub(crate) const fn last(&self) -> i64 {
        self.last
    }

    /// Appends one that is later than the last.
    pub(crate) fn push(&mut self, sample: Sample) {
        let distance = sample.at.wrapping_sub(self.last);
        self.write_time(distance.wrapping_sub(self.distance));
        self.write_value(sample.value.to_bits());
        self.distance = distance;
        self.last = sample.at;
        self.count += 1;
    }

    fn write_time(&mut self, change: i64) {
        let folded = fold(change);
        let needed = 64 - u8::try_from(folded.leading_zeros()).unwrap_or(0);
        let class = WIDTHS
            .iter()
            .position(|width| needed <= *width)
            .unwrap_or(WIDTHS.len() - 1);
        let class = u8::try_from(class).unwrap_or(0);
        // As many ones as its class, and a zero unless it is the last class.
        if class == 4 {
            self.bits.write(0b1111, 4);
        } else {
            self.bits.write((1 << (class + 1)) - 2, class + 1);
        }
        self.bits
            .write(folded, WIDTHS.get(usize::from(class)).copied().unwrap_or(64));
    }

    fn write_value(&mut self, value: u64) {
        let difference = value ^ self.value;
        self.value = value;
        if difference == 0 {
            self.bits.write(0, 1);
            return;
        }
        let small = |zeros: u32| u8::try_from(zeros).unwrap_or(0);
        // Five bits hold it.
        let leading = small(difference.leading_zeros()).min(31);
        let trailing = small(difference.trailing_zeros());
        let end = 64 - self.leading - self.width;
        if self.width > 0 && leading >= self.leading && trailing >= end {
            self.bits.write(0b10, 2);
            self.bits.write(difference >> end, self.width);
            return;
        }
        self.leading = leading;
        self.width = 64 - leading - trailing;
        self.bits.write(0b11, 2);
        self.bits.write(u64::from(leading), 5);
        self.bits.write(u64::from(self.width - 1), 6);
        self.bits.write(difference >> trailing, self.width);
    }

    pub(crate) fn finish(self) -> Chunk {
        Chunk {
            first: self.first,
            last: self.last,
            count: self.count,
            bytes: self.bits.finish(),
        }
    }

    /// Its samples so far.
    pub(crate) fn samples(&self) -> Samples<'_> {
        Samples::new(self.first, self.count, self.bits.bytes())
    }

    /// What [`Open::finish`] would give.
    pub(crate) fn copy(&self) -> Chunk {
        Chunk {
            first: self.first,
            last: self.last,
            count: self.count,
            bytes: self.bits.bytes().into(),
        }
    }
}

impl Chunk {
    pub(crate) fn samples(&self) -> Samples<'_> {
        Samples::new(self.first, self.count, &self.bytes)
    }
}

/// Small numbers of either sign to small numbers.
pub(crate) const fn fold(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

pub(crate) const fn unfold(folded: u64) -> i64 {
    (folded >> 1).cast_signed() ^ -((folded & 1).cast_signed())
}

/// Decodes them one by one; bytes that are none of ours end it.
pub(crate) struct Samples<'a> {
    bits: Reader<'a>,
    left: u16,
    fresh: bool,
    at: i64,
    distance: i64,
    value: u64,
    leading: u8,
    width: u8,
}

impl<'a> Samples<'a> {
    const fn new(first: i64, count: u16, bytes: &'a [u8]) -> Self {
        Self {
            bits: Reader::new(bytes),
            left: count,
            fresh: true,
            at: first,
            distance: 0,
            value: 0,
            leading: 0,
            width: 0,
        }
    }

    fn read_time(&mut self) -> Option<()> {
        let class = self.bits.ones(4)?;
        let change = unfold(self.bits.read(*WIDTHS.get(usize::from(class))?)?);
        self.distance = self.distance.wrapping_add(change);
        self.at = self.at.wrapping_add(self.distance);
        Some(())
    }

    fn read_value(&mut self) -> Option<()> {
        match self.bits.ones(2)? {
            0 => return Some(()),
            1 => {}
            _ => {
                self.leading = u8::try_from(self.bits.read(5)?).ok()?;
                self.width = u8::try_from(self.bits.read(6)?).ok()? + 1;
            }
        }
        let end = 64u8.checked_sub(self.leading)?.checked_sub(self.width)?;
        self.value ^= self.bits.read(self.width)?.checked_shl(u32::from(end))?;
        Some(())
    }
}

impl Iterator for Samples<'_> {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        self.left = self.left.checked_sub(1)?;
        if std::mem::take(&mut self.fresh) {
            self.value = self.bits.read(64)?;
        } else {
            self.read_time()?;
            self.read_value()?;
        }
        Some(Sample {
            at: self.at,
            value: f64::from_bits(self.value),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bits(samples: &[Sample]) -> Vec<(i64, u64)> {
        samples
            .iter()
            .map(|sample| (sample.at, sample.value.to_bits()))
            .collect()
    }

    fn encoded(samples: &[Sample]) -> Chunk {
        let mut open = Open::new(samples[0]);
        for sample in &samples[1..] {
            open.push(*sample);
        }
        open.finish()
    }

    proptest! {
        #[test]
        fn any_samples_come_back(
            start in -4_000_000_000_000i64..4_000_000_000_000,
            steps in prop::collection::vec((1i64..4_000_000_000, any::<u64>()), 1..200),
        ) {
            let mut at = start;
            let samples: Vec<Sample> = steps
                .into_iter()
                .map(|(step, value)| {
                    at += step;
                    Sample { at, value: f64::from_bits(value) }
                })
                .collect();
            let back: Vec<Sample> = encoded(&samples).samples().collect();
            prop_assert_eq!(bits(&back), bits(&samples));
        }

        #[test]
        fn bytes_that_are_none_of_ours_end_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let chunk = Chunk { first: 0, last: 0, count: SAMPLES, bytes: bytes.into() };
            prop_assert!(chunk.samples().count() <= usize::from(SAMPLES));
        }
    }

    #[test]
    fn a_series_that_is_on_time_and_does_not_change_takes_two_bits_a_sample() {
        let samples: Vec<Sample> = (0..240)
            .map(|n| Sample {
                at: n * 5_000,
                value: 1.0,
            })
            .collect();
        let bytes = encoded(&samples).bytes.len();
        assert!(bytes <= 8 + 3 + 60, "{bytes} bytes");
    }
}

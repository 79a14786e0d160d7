//! Bits in bytes, the highest first.

/// Appends bits.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// Bits of the last byte that are still free.
    free: u8,
}

impl Writer {
    /// The lowest `count` (at most 64) bits of it.
    pub(super) fn write(&mut self, bits: u64, count: u8) {
        let mut left = count;
        while left > 0 {
            if self.free == 0 {
                // By a fixed step and not by doubling: most chunks stay small, and there is one a series.
                if self.bytes.len() == self.bytes.capacity() {
                    self.bytes.reserve_exact(64);
                }
                self.bytes.push(0);
                self.free = 8;
            }
            let taken = left.min(self.free);
            let part = (bits >> (left - taken)) & ((1 << taken) - 1);
            if let (Some(last), Ok(part)) = (self.bytes.last_mut(), u8::try_from(part)) {
                *last |= part << (self.free - taken);
            }
            self.free -= taken;
            left -= taken;
        }
    }

    pub(super) const fn bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    pub(super) const fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// The bytes alone, without room for more.
    pub(super) fn finish(self) -> Box<[u8]> {
        self.bytes.into_boxed_slice()
    }
}

/// Reads them back.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    /// In bits.
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next `count` (at most 64) bits; `None` behind the end.
    pub(super) fn read(&mut self, count: u8) -> Option<u64> {
        let mut left = count;
        let mut bits = 0;
        while left > 0 {
            let byte = *self.bytes.get(self.at / 8)?;
            let there = 8 - u8::try_from(self.at % 8).ok()?;
            let taken = left.min(there);
            let part = (u64::from(byte) >> (there - taken)) & ((1 << taken) - 1);
            bits = (bits << taken) | part;
            left -= taken;
            self.at += usize::from(taken);
        }
        Some(bits)
    }

    /// Ones before the next zero, which is passed over; no more than `most`.
    pub(super) fn ones(&mut self, most: u8) -> Option<u8> {
        for count in 0..most {
            if self.read(1)? == 0 {
                return Some(count);
            }
        }
        Some(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_whatever_its_length() {
        let mut writer = Writer::default();
        let all: Vec<(u64, u8)> = (1..=64)
            .map(|count| (0x9e37_79b9_7f4a_7c15 >> (64 - count), count))
            .collect();
        for (bits, count) in &all {
            writer.write(*bits, *count);
        }
        let bytes = writer.finish();
        let mut reader = Reader::new(&bytes);
        for (bits, count) in all {
            assert_eq!(reader.read(count), Some(bits), "{count} bits");
        }
        assert_eq!(reader.read(8), None);
    }
}

//! A log of samples: one record a batch, with the labels of each series that the log has not named yet, so
//! that a log is read by itself.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use promql::{Labels, Sample};

use super::frame::{self, MAGIC};
use super::{names, varint};
use crate::store::Shared;
use crate::store::chunk::{fold, unfold};

/// A sample on its way to the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Logged {
    id: u32,
    sample: Sample,
}

impl Logged {
    pub(crate) const fn new(id: u32, sample: Sample) -> Self {
        Self { id, sample }
    }
}

/// A log that is written.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    path: PathBuf,
    pub(super) number: u64,
    pub(super) bytes: u64,
    /// The last value of each series that it has named, as bits.
    values: HashMap<u32, u64>,
}

impl Log {
    pub(super) fn create(folder: &Path, number: u64) -> io::Result<Self> {
        let path = names::log(folder, number);
        let mut file = OpenOptions::new().create_new(true).append(true).open(&path)?;
        if let Err(error) = file.write_all(&MAGIC) {
            let _may_stay = std::fs::remove_file(&path);
            return Err(error);
        }
        Ok(Self {
            file,
            path,
            number,
            bytes: MAGIC.len() as u64,
            values: HashMap::new(),
        })
    }

    /// One write for all of it. After an error the log is not to be written again: half of a record ends it.
    pub(super) fn write(&mut self, batch: &[Logged], shared: &Shared) -> io::Result<()> {
        let mut record = Vec::new();
        frame::put(&mut record, &self.encode(batch, shared));
        self.file.write_all(&record)?;
        self.bytes += record.len() as u64;
        Ok(())
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Gives it up; nothing is left of one without a record.
    pub(super) fn abandon(self) {
        if self.bytes <= MAGIC.len() as u64 {
            let _may_stay = std::fs::remove_file(&self.path);
        }
    }

    fn encode(&mut self, batch: &[Logged], shared: &Shared) -> Vec<u8> {
        let fresh: Vec<_> = {
            let index = shared.read();
            let unknown = batch
                .iter()
                .filter(|logged| !self.values.contains_key(&logged.id));
            unknown
                .filter_map(|logged| index.by_id(logged.id).cloned())
                .collect()
        };
        let mut bytes = Vec::with_capacity(batch.len() * 4);
        varint::put(&mut bytes, fresh.len() as u64);
        for series in &fresh {
            varint::put(&mut bytes, u64::from(series.id));
            varint::put(&mut bytes, u64::from(series.ring().every));
            put_labels(&mut bytes, &series.labels);
            self.values.insert(series.id, 0);
        }
        let (mut id, mut at) = (0i64, 0i64);
        for Logged { id: of, sample } in batch {
            // One that left the index before its labels were written is past by now.
            let Some(before) = self.values.get_mut(of) else {
                continue;
            };
            varint::put(&mut bytes, fold(i64::from(*of) - id));
            varint::put(&mut bytes, fold(sample.at.wrapping_sub(at)));
            // The bytes that differ of similar floats are the last ones, once they are turned round.
            varint::put(&mut bytes, (sample.value.to_bits() ^ *before).swap_bytes());
            *before = sample.value.to_bits();
            id = i64::from(*of);
            at = sample.at;
        }
        bytes
    }
}

/// Reads records; keeps what later ones lean on, and what its user makes of each series.
pub(super) struct Reader<T> {
    known: HashMap<u32, (T, u64)>,
}

impl<T> Default for Reader<T> {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
        }
    }
}

impl<T> Reader<T> {
    /// Hands over each series as it is named, with its interval; and each sample with what became of its
    /// series. `None` for what is no record.
    pub(super) fn read(
        &mut self,
        mut bytes: &[u8],
        mut name: impl FnMut(&Labels, u32) -> T,
        mut each: impl FnMut(&T, Sample),
    ) -> Option<()> {
        for _ in 0..varint::get(&mut bytes)? {
            let id = varint::get_as(&mut bytes)?;
            let every = varint::get_as(&mut bytes)?;
            let series = name(&get_labels(&mut bytes)?, every);
            self.known.insert(id, (series, 0));
        }
        let (mut id, mut at) = (0i64, 0i64);
        while !bytes.is_empty() {
            id = id.checked_add(unfold(varint::get(&mut bytes)?))?;
            at = at.wrapping_add(unfold(varint::get(&mut bytes)?));
            let changed = varint::get(&mut bytes)?.swap_bytes();
            let (series, value) = self.known.get_mut(&u32::try_from(id).ok()?)?;
            *value ^= changed;
            let value = f64::from_bits(*value);
            each(series, Sample { at, value });
        }
        Some(())
    }
}

pub(super) fn put_labels(bytes: &mut Vec<u8>, labels: &Labels) {
    varint::put(bytes, labels.iter().len() as u64);
    for (name, value) in labels.iter() {
        varint::put_bytes(bytes, name.as_bytes());
        varint::put_bytes(bytes, value.as_bytes());
    }
}

pub(super) fn get_labels(bytes: &mut &[u8]) -> Option<Labels> {
    let mut pairs = Vec::new();
    for _ in 0..varint::get(bytes)? {
        let name = std::str::from_utf8(varint::get_bytes(bytes)?).ok()?;
        pairs.push((name, std::str::from_utf8(varint::get_bytes(bytes)?).ok()?));
    }
    Some(Labels::new(pairs))
}

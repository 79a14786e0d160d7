//! All series in one file, as they lie in memory.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use promql::Labels;

use super::frame::{self, MAGIC};
use super::log::{get_labels, put_labels};
use super::{names, varint};
use crate::store::Shared;
use crate::store::chunk::{Chunk, fold, unfold};
use crate::store::ring::Tier;

/// Writes one that holds all that was appended before the log of this number began; samples of that log may
/// be in it, too, and are refused when they are read once more. It is there as a whole or not at all.
pub(super) fn write(folder: &Path, number: u64, shared: &Shared) -> io::Result<()> {
    let unfinished = folder.join("unfinished");
    let written = write_to(&unfinished, shared).and_then(|()| {
        fs::rename(&unfinished, names::snapshot(folder, number))?;
        File::open(folder)?.sync_all()
    });
    if written.is_err() {
        let _may_stay = fs::remove_file(&unfinished);
    }
    written
}

fn write_to(path: &Path, shared: &Shared) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(&MAGIC)?;
    let every: Vec<_> = shared.read().all().cloned().collect();
    let (mut content, mut record) = (Vec::new(), Vec::new());
    for series in every {
        content.clear();
        record.clear();
        put_labels(&mut content, &series.labels);
        {
            let ring = series.ring();
            varint::put(&mut content, u64::from(ring.every));
            put_tier(&mut content, &ring.raw);
            put_tier(&mut content, &ring.coarse);
        }
        frame::put(&mut record, &content);
        file.write_all(&record)?;
    }
    file.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()
}

fn put_tier(bytes: &mut Vec<u8>, tier: &Tier) {
    let open = tier.open.as_ref().map(|open| open.copy());
    varint::put(bytes, (tier.full.len() + usize::from(open.is_some())) as u64);
    for chunk in tier.full.iter().chain(&open) {
        varint::put(bytes, fold(chunk.first));
        varint::put(bytes, fold(chunk.last));
        varint::put(bytes, u64::from(chunk.count));
        varint::put_bytes(bytes, &chunk.bytes);
    }
}

/// A series as it was written.
pub(super) struct Saved {
    pub(super) labels: Labels,
    pub(super) every: u32,
    pub(super) raw: VecDeque<Chunk>,
    pub(super) coarse: VecDeque<Chunk>,
}

/// Reads one record; `None` for what is none.
pub(super) fn read(mut bytes: &[u8]) -> Option<Saved> {
    let bytes = &mut bytes;
    Some(Saved {
        labels: get_labels(bytes)?,
        every: varint::get_as(bytes)?,
        raw: get_tier(bytes)?,
        coarse: get_tier(bytes)?,
    })
}

fn get_tier(bytes: &mut &[u8]) -> Option<VecDeque<Chunk>> {
    let mut chunks = VecDeque::new();
    let mut before = i64::MIN;
    for _ in 0..varint::get(bytes)? {
        let chunk = Chunk {
            first: unfold(varint::get(bytes)?),
            last: unfold(varint::get(bytes)?),
            count: varint::get_as(bytes)?,
            bytes: varint::get_bytes(bytes)?.into(),
        };
        if chunk.first <= before || chunk.last < chunk.first {
            return None;
        }
        before = chunk.last;
        chunks.push_back(chunk);
    }
    Some(chunks)
}

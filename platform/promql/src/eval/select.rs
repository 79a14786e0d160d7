//! The newest sample of each series that a selector selects.

use super::run::{Data, Run};
use crate::mutant::planted;
use crate::plan::slot::LOOKBACK;
use crate::syntax::tree::Shift;
use crate::{Labels, Sample, is_stale};

impl Run<'_> {
    /// The time that a shift names at this time.
    pub(super) fn reference(&self, shift: Shift, at: i64) -> i64 {
        let named = match shift.at {
            Some(named) if !planted("@ is ignored") => named.time(self.times.start, self.times.end),
            _ => at,
        };
        match shift.offset {
            _ if planted("an offset is ignored") => named,
            offset if offset < 0 && planted("a negative offset looks back") => named + offset,
            offset => named - offset,
        }
    }

    pub(super) fn latest(&self, slot: usize, at: i64) -> Vec<(Labels, Sample)> {
        let (Some(place), Some(data)) = (self.slots.get(slot), self.data.get(slot)) else {
            return Vec::new();
        };
        let to = self.reference(place.shift, at);
        let from = if planted("lookback is four minutes") {
            to - LOOKBACK + 60_000
        } else if planted("lookback leaves out its oldest sample") {
            to - LOOKBACK + 1
        } else {
            to - LOOKBACK
        };
        let there = |sample: &Sample| {
            (from..=to).contains(&sample.at)
                && (!is_stale(sample.value) || planted("a stale marker is a value"))
        };
        match data {
            Data::Last(all) => all.iter().filter(|(_, sample)| there(sample)).cloned().collect(),
            Data::All(all) => {
                let newest = |series: &crate::Series| {
                    let after = series.samples.partition_point(|sample| sample.at <= to);
                    let sample = *series.samples.get(after.checked_sub(1)?)?;
                    there(&sample).then(|| (series.labels.clone(), sample))
                };
                all.iter().filter_map(newest).collect()
            }
        }
    }
}

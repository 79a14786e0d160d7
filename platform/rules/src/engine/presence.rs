//! Whether the data is still there that an alert stands on.
//!
//! When an alert begins to fire, the selectors of its expression are noted that had data for it: series whose
//! labels agree with those of the alert's series, wherever both have a label. When it leaves the result, it has
//! ended if all of these still have data; if one of them has none, nobody knows. So `absent()`, which stands on
//! nothing, is not held, nor is `a unless b` when `b` appears. Where no series agrees (`label_replace`), all series
//! of a selector count.

use std::collections::{HashMap, HashSet};

use promql::labels::NAME;
use promql::{LOOKBACK, Labels, Query, Sample, Source, is_stale};
use serde::{Deserialize, Serialize};

use super::lifecycle::Absent;

/// After so many missing samples in a row a series counts as gone, before its last sample leaves the range: one or
/// two are lost in any network.
const MISSING: i64 = 3;

/// What an alert stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Basis {
    /// Whether only series count whose labels agree with the alert's.
    narrowed: bool,
    selectors: Vec<Footing>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Footing {
    /// Which of the expression's selectors.
    selector: usize,
    /// Whether there were two samples at least, which most functions of ranges need.
    several: bool,
}

/// Samples that are there.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// The series goes on.
    present: bool,
    /// There are two samples at least where the selector looks.
    several: bool,
    /// There are, or the next one is not late: one alone is no sign of an end.
    solid: bool,
}

impl Seen {
    const fn with(self, other: Self) -> Self {
        Self {
            present: self.present || other.present,
            several: self.several || other.several,
            solid: self.solid || other.solid,
        }
    }
}

/// Of some label names those that a series has, and for these the values of the series that are there.
type ByNames = HashMap<Vec<String>, HashMap<Labels, Seen>>;

struct Looked {
    series: Vec<(Labels, Seen)>,
    /// By the label names that are asked for.
    by_names: HashMap<Vec<String>, ByNames>,
}

/// What one evaluation finds out; each selector is looked up once, and only if an alert needs it.
pub(crate) struct Presence<'a> {
    source: &'a dyn Source,
    query: &'a Query,
    at: i64,
    looked: Option<Vec<Looked>>,
}

impl<'a> Presence<'a> {
    pub(crate) const fn new(source: &'a dyn Source, query: &'a Query, at: i64) -> Self {
        Self {
            source,
            query,
            at,
            looked: None,
        }
    }

    /// What an alert with a series of these labels stands on now.
    pub(crate) fn basis(&mut self, series: &Labels) -> Basis {
        let series = series.only(|name| name != NAME);
        let narrowed = self.footings(&series);
        if narrowed.is_empty() {
            return Basis {
                narrowed: false,
                selectors: self.footings(&Labels::none()),
            };
        }
        Basis {
            narrowed: true,
            selectors: narrowed,
        }
    }

    fn footings(&mut self, series: &Labels) -> Vec<Footing> {
        let looked = self.looked();
        let seen = looked.iter_mut().map(|looked| looked.seen(series)).enumerate();
        seen.filter(|(_, seen)| seen.present)
            .map(|(selector, seen)| Footing {
                selector,
                several: seen.several,
            })
            .collect()
    }

    /// What to think of its absence from the result.
    pub(crate) fn judge(&mut self, basis: &Basis, series: &Labels) -> Absent {
        let series = if basis.narrowed {
            series.only(|name| name != NAME)
        } else {
            Labels::none()
        };
        let looked = self.looked();
        let stands = basis.selectors.iter().all(|footing| {
            let seen = looked
                .get_mut(footing.selector)
                .map_or_else(Seen::default, |looked| looked.seen(&series));
            if footing.several { seen.solid } else { seen.present }
        });
        if stands { Absent::Ended } else { Absent::Unknown }
    }

    fn looked(&mut self) -> &mut Vec<Looked> {
        let (source, query, at) = (self.source, self.query, self.at);
        self.looked.get_or_insert_with(|| {
            let selectors = query.selectors();
            let look = selectors.iter().map(|selected| {
                let span = if selected.span > 0 {
                    selected.span
                } else {
                    LOOKBACK
                };
                let at = selected.at.unwrap_or(at);
                let found = source.select(&selected.matchers, at - looks_back(span), at);
                let series = found
                    .into_iter()
                    .map(|series| (series.labels, seen(&series.samples, span, at)));
                Looked {
                    series: series.filter(|(_, seen)| seen.present).collect(),
                    by_names: HashMap::new(),
                }
            });
            look.collect()
        })
    }
}

/// Twice as far as the selector, where the distance of samples shows if it sees only one itself; in a range of half
/// an hour or more it sees enough.
const fn looks_back(span: i64) -> i64 {
    if span < 30 * 60_000 { 2 * span } else { span }
}

/// Whether a series goes on: its last sample is no end, the selector still sees it, and it is not older than a few
/// of its steps.
fn seen(samples: &[Sample], span: i64, at: i64) -> Seen {
    if samples.last().is_none_or(|last| is_stale(last.value)) {
        return Seen::default();
    }
    let times: Vec<i64> = samples
        .iter()
        .filter(|sample| !is_stale(sample.value))
        .map(|sample| sample.at)
        .collect();
    let (Some(first), Some(last)) = (times.first(), times.last()) else {
        return Seen::default();
    };
    let age = at - last;
    let steps = i64::try_from(times.len()).unwrap_or(i64::MAX) - 1;
    let step = (steps > 0).then(|| (last - first) / steps);
    if age > span || step.is_some_and(|step| age > MISSING * step) {
        return Seen::default();
    }
    let several = times.iter().filter(|time| at - **time <= span).count() > 1;
    let late = step.is_some_and(|step| 2 * age > 3 * step);
    Seen {
        present: true,
        several,
        solid: several || !late,
    }
}

impl Looked {
    /// What is there of series whose labels agree with these.
    fn seen(&mut self, labels: &Labels) -> Seen {
        let names: Vec<String> = labels.iter().map(|(name, _)| name.to_owned()).collect();
        let series = &self.series;
        let by_names = self
            .by_names
            .entry(names)
            .or_insert_with(|| index(series, labels));
        let found = by_names.iter().filter_map(|(names, values)| {
            let own: HashSet<&str> = names.iter().map(String::as_str).collect();
            values.get(&labels.only(|name| own.contains(name))).copied()
        });
        found.fold(Seen::default(), Seen::with)
    }
}

fn index(series: &[(Labels, Seen)], asked: &Labels) -> ByNames {
    let mut by_names = ByNames::new();
    for (labels, seen) in series {
        let own = labels.only(|name| !asked.get(name).is_empty());
        let names = own.iter().map(|(name, _)| name.to_owned()).collect();
        let held = by_names.entry(names).or_default().entry(own).or_default();
        *held = held.with(*seen);
    }
    by_names
}

//! Series in memory, found by their name: what unit tests and measurements evaluate over.

use std::collections::HashMap;

use promql::labels::NAME;
use promql::{Labels, Matcher, Op, Sample, Series, Source};

use crate::engine::Store;

/// A store without persistence and without an end: samples stay until it is dropped.
#[derive(Debug, Default)]
pub struct Memory {
    series: Vec<Series>,
    by_labels: HashMap<Labels, usize>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Memory {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a sample, which must be newer than what the series has.
    ///
    /// # Errors
    /// A sample that is older, or of the same time with another value; what is there stays.
    pub fn push(&mut self, labels: &Labels, at: i64, value: f64) -> Result<(), String> {
        let index = self.index(labels);
        let Some(series) = self.series.get_mut(index) else {
            return Ok(());
        };
        match series.samples.last() {
            Some(last) if last.at > at => Err("out of order sample".to_owned()),
            Some(last) if last.at == at && last.value.to_bits() == value.to_bits() => Ok(()),
            Some(last) if last.at == at => Err("duplicate sample for timestamp".to_owned()),
            _ => {
                series.samples.push(Sample { at, value });
                Ok(())
            }
        }
    }

    fn index(&mut self, labels: &Labels) -> usize {
        if let Some(index) = self.by_labels.get(labels) {
            return *index;
        }
        let index = self.series.len();
        self.series.push(Series {
            labels: labels.clone(),
            samples: Vec::new(),
        });
        self.by_labels.insert(labels.clone(), index);
        self.by_name
            .entry(labels.name().to_owned())
            .or_default()
            .push(index);
        index
    }

    /// The series that all matchers let through.
    fn matching<'m>(&'m self, matchers: &'m [Matcher]) -> impl Iterator<Item = &'m Series> {
        let name = matchers.iter().find_map(|matcher| match &matcher.op {
            Op::Equal(name) if matcher.name == NAME => Some(name),
            _ => None,
        });
        let named = name.map(|name| self.by_name.get(name).map(Vec::as_slice).unwrap_or_default());
        let all = if named.is_some() {
            &[]
        } else {
            self.series.as_slice()
        };
        let named = named
            .unwrap_or_default()
            .iter()
            .filter_map(|index| self.series.get(*index));
        named
            .chain(all)
            .filter(|series| matchers.iter().all(|matcher| matcher.matches(&series.labels)))
    }
}

/// The samples of `from..=to`.
fn within(series: &Series, from: i64, to: i64) -> &[Sample] {
    let begin = series.samples.partition_point(|sample| sample.at < from);
    let end = series.samples.partition_point(|sample| sample.at <= to);
    series.samples.get(begin..end).unwrap_or_default()
}

impl Source for Memory {
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Vec<Series> {
        let found = self
            .matching(matchers)
            .map(|series| (series, within(series, from, to)));
        let found = found.filter(|(_, samples)| !samples.is_empty());
        found
            .map(|(series, samples)| Series {
                labels: series.labels.clone(),
                samples: samples.to_vec(),
            })
            .collect()
    }

    fn last(&self, matchers: &[Matcher], from: i64, to: i64) -> Vec<(Labels, Sample)> {
        let found = self.matching(matchers);
        found
            .filter_map(|series| Some((series.labels.clone(), *within(series, from, to).last()?)))
            .collect()
    }
}

impl Store for Memory {
    fn append(&mut self, at: i64, samples: &[(Labels, f64)]) -> Result<(), String> {
        let mut refused = None;
        for (labels, value) in samples {
            let pushed = self.push(labels, at, *value);
            // The end of a series that another rule goes on with is nothing to speak of.
            if !promql::is_stale(*value) {
                refused = refused.or(pushed.err());
            }
        }
        refused.map_or(Ok(()), Err)
    }
}

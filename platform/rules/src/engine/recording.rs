//! Recording rules.

use std::collections::HashSet;
use std::sync::Arc;

use promql::Labels;
use promql::labels::NAME;

use crate::file::Rule;

/// The samples of a recording rule: the result under its name and with its labels.
///
/// # Errors
/// Two series that the rule's labels make one, and more series than the group allows.
pub(crate) fn record(
    rule: &Rule,
    limit: usize,
    result: Vec<(Labels, f64)>,
) -> Result<Vec<(Labels, f64)>, String> {
    let mut seen = HashSet::with_capacity(result.len());
    let mut samples = Vec::with_capacity(result.len());
    for (series, value) in result {
        let labels = labelled(&series, &rule.name, &rule.labels);
        if !seen.insert(labels.clone()) {
            return Err(
                "vector contains metrics with the same labelset after applying rule labels".to_owned(),
            );
        }
        samples.push((labels, value));
    }
    if limit > 0 && samples.len() > limit {
        return Err(format!("exceeded limit of {limit} with {} series", samples.len()));
    }
    Ok(samples)
}

/// The labels of a series under another name, with labels of a rule, of which an empty one takes a label away.
pub(crate) fn labelled(series: &Labels, name: &str, labels: &[(Arc<str>, Arc<str>)]) -> Labels {
    let kept = series.iter().filter(|(each, _)| *each != NAME);
    let kept = kept.map(|(name, value)| (Arc::from(name), Arc::from(value)));
    let set = labels
        .iter()
        .map(|(name, value)| (Arc::clone(name), Arc::clone(value)));
    // Of a name that is given twice the last counts.
    Labels::new(kept.chain(set).chain([(Arc::from(NAME), Arc::from(name))]))
}

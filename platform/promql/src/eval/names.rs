//! Labels without the metric's name, and that no labels are there twice.

use std::collections::HashSet;

use super::run::{Run, Times};
use crate::error::EvalError;
use crate::mutant::planted;
use crate::{Labels, NAME};

pub(super) type Element = (Labels, f64);
pub(super) type Elements = Vec<Element>;

pub(super) fn unnamed(labels: &Labels) -> Labels {
    if labels.name().is_empty() || planted("a name stays") {
        labels.clone()
    } else {
        labels.only(|name| name != NAME)
    }
}

pub(super) fn unique(vector: Elements) -> Result<Elements, EvalError> {
    if vector.len() > 1 && !planted("labels may be there twice") {
        let mut seen = HashSet::with_capacity(vector.len());
        if !vector.iter().all(|(labels, _)| seen.insert(labels)) {
            return Err(EvalError::SameLabels);
        }
    }
    Ok(vector)
}

/// Without names. Of elements that all have the same name, none can become equal to another.
pub(super) fn drop_names(mut vector: Elements) -> Result<Elements, EvalError> {
    let first = vector.first().map(|(labels, _)| labels.clone());
    let first = first.as_ref().map_or("", Labels::name);
    let mixed = vector.iter().any(|(labels, _)| labels.name() != first);
    for (labels, _) in &mut vector {
        *labels = unnamed(labels);
    }
    if mixed { unique(vector) } else { Ok(vector) }
}

impl Run<'_> {
    /// The same where Prometheus looks at all times of a query at once: there two series may not become one even
    /// if they are never there at the same time.
    pub(super) fn drop_names_of(
        &self,
        id: usize,
        vector: Elements,
        times: Times,
    ) -> Result<Elements, EvalError> {
        if !times.many() {
            return drop_names(vector);
        }
        let mut origins = self.origins.borrow_mut();
        let mut out = Vec::with_capacity(vector.len());
        for (labels, value) in vector {
            let left = unnamed(&labels);
            let origin = origins
                .entry((id, left.clone()))
                .or_insert_with(|| labels.clone());
            if *origin != labels {
                return Err(EvalError::SameLabels);
            }
            out.push((left, value));
        }
        Ok(out)
    }
}

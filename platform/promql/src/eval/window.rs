//! The samples of a span of time, stored or made by a subquery.

use std::rc::Rc;

use super::run::{Data, Gathered, Run, Times};
use crate::error::EvalError;
use crate::mutant::planted;
use crate::plan::node::{Subquery, Window};
use crate::{Labels, Sample, Series, is_stale};

/// A span of time, closed on both sides, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Run<'_> {
    pub(super) fn bounds(&self, window: &Window, at: i64) -> Bounds {
        let (shift, range) = match window {
            Window::Stored { slot, range } => (
                self.slots
                    .get(*slot)
                    .map_or_else(Default::default, |slot| slot.shift),
                *range,
            ),
            Window::Subquery(subquery) => (subquery.shift, subquery.range),
        };
        let to = self.reference(shift, at);
        Bounds { from: to - range, to }
    }

    /// Every series that has samples in the window, and those.
    pub(super) fn windows(
        &self,
        window: &Window,
        at: i64,
        times: Times,
        each: &mut dyn FnMut(&Labels, &[Sample]),
    ) -> Result<(), EvalError> {
        let bounds = self.bounds(window, at);
        let made;
        let all = match window {
            Window::Stored { slot, .. } => match self.data.get(*slot) {
                Some(Data::All(all)) => all,
                Some(Data::Last(_)) | None => return Ok(()),
            },
            Window::Subquery(subquery) => {
                made = self.subquery(subquery, times)?;
                &*made
            }
        };
        let mut scratch = Vec::new();
        for series in all {
            let points = within(&series.samples, bounds, &mut scratch);
            if !points.is_empty() {
                each(&series.labels, points);
            }
        }
        Ok(())
    }

    /// Evaluated once, at every multiple of its step that any of the times can see.
    fn subquery(&self, subquery: &Subquery, times: Times) -> Result<Rc<Vec<Series>>, EvalError> {
        if let Some(Some(made)) = self.subqueries.borrow().get(subquery.id) {
            return Ok(Rc::clone(made));
        }
        let Subquery {
            range, step, shift, ..
        } = *subquery;
        let earliest = self.reference(shift, times.start) - range;
        let end = self.reference(shift, times.end);
        let mut start = step * (earliest / step);
        if start < earliest {
            start += step;
        }
        if planted("a subquery's steps are not aligned") {
            start = earliest;
        }
        let inner = Times { start, end };
        let mut all = Gathered::default();
        let mut at = start;
        while at <= end {
            let vector = self.vector(&subquery.of, at, inner)?;
            self.hold(vector.len())?;
            all.add(at, vector);
            at += step;
        }
        let made = Rc::new(all.series);
        if let Some(place) = self.subqueries.borrow_mut().get_mut(subquery.id) {
            *place = Some(Rc::clone(&made));
        }
        Ok(made)
    }
}

/// Those within the bounds that are not stale.
fn within<'a>(samples: &'a [Sample], bounds: Bounds, scratch: &'a mut Vec<Sample>) -> &'a [Sample] {
    let open = i64::from(planted("a range leaves out its oldest sample"));
    let from = samples.partition_point(|sample| sample.at < bounds.from + open);
    let to = samples.partition_point(|sample| sample.at <= bounds.to);
    let all = samples.get(from..to).unwrap_or_default();
    if planted("a range holds stale markers") || !all.iter().any(|sample| is_stale(sample.value)) {
        return all;
    }
    scratch.clear();
    scratch.extend(all.iter().filter(|sample| !is_stale(sample.value)));
    scratch
}

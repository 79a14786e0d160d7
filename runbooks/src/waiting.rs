//! What a run asks of people: a task, or an approval. The same for whoever runs it and for whoever only looks.

use std::collections::BTreeMap;
use std::time::Duration;

use saga::{Next, Output, Way};

use crate::bound::Bound;
use crate::doer::does;
use crate::engine::Shown;
use crate::hands::{Proposal, Task};
use crate::plan::Does;

/// The task of a step, or of what takes it back.
pub(crate) fn task(
    bound: &Bound,
    (run, step, way): (&str, &str, Way),
    outputs: &BTreeMap<String, Output>,
) -> Option<Task> {
    let Does::Human { prompt, confirm } = does(bound.step(step)?, way)? else {
        return None;
    };
    Some(Task {
        run: run.to_owned(),
        step: step.to_owned(),
        undo: way == Way::Undo,
        prompt: bound.text(prompt, outputs),
        confirm: confirm.clone(),
    })
}

/// What a step asks others to approve.
pub(crate) fn proposal(
    bound: &Bound,
    (run, step): (&str, &str),
    outputs: &BTreeMap<String, Output>,
) -> Option<Proposal> {
    let Does::Approval {
        text,
        people,
        timeout,
    } = &bound.step(step)?.does
    else {
        return None;
    };
    Some(Proposal {
        run: run.to_owned(),
        step: step.to_owned(),
        runbook: bound.plan.id.clone(),
        by: bound.by.clone(),
        text: bound.text(text, outputs),
        // Never without one for a compiled plan.
        digest: bound.approval_digest(run, step).ok()?,
        people: *people,
        timeout: Duration::from_secs(u64::from(*timeout)),
    })
}

impl Shown {
    /// The task that is next, if a person has to do something.
    #[must_use]
    pub fn task(&self) -> Option<Task> {
        let Next::Perform { step, way } = &self.next else {
            return None;
        };
        task(&self.bound, (&self.header.id, step, *way), self.state.outputs())
    }

    /// The approval that is next, if others have to agree.
    #[must_use]
    pub fn proposal(&self) -> Option<Proposal> {
        let Next::Perform { step, way: Way::Do } = &self.next else {
            return None;
        };
        proposal(&self.bound, (&self.header.id, step), self.state.outputs())
    }
}

//! What a journal comes to.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::SagaError;
use crate::event::Way;
use crate::output::Output;
use crate::plan::{Plan, Step};
use crate::store::Entry;

/// How one step stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Not done, or for [`Way::Undo`] not undone; so often it was begun since somebody last decided.
    Open {
        /// What is to be done next about it.
        way: Way,
        /// How often it came to nothing.
        attempts: u32,
    },
    /// The intent is on record and the outcome is not: under way, or its runner died.
    Begun {
        /// Doing or undoing.
        way: Way,
        /// How often, this one counted.
        attempts: u32,
        /// Whether it repeats what had an unknown outcome: then a failure of this one says nothing of the one before.
        repeats: bool,
    },
    /// The outcome is unknown.
    Doubt {
        /// Doing or undoing.
        way: Way,
        /// How often it was begun.
        attempts: u32,
        /// Whether looking has not helped.
        looked: bool,
        /// Why nobody knows.
        reason: String,
    },
    /// It certainly did not take effect.
    Failed {
        /// Doing or undoing.
        way: Way,
        /// Why.
        reason: String,
    },
    /// Done.
    Done,
    /// Done and taken back.
    Undone,
    /// Given up: of [`Way::Do`] it counts as not done, of [`Way::Undo`] it stays done.
    Left(Way),
}

/// Why it goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Who said so; nobody if a step failed.
    pub by: Option<String>,
    /// Why.
    pub reason: String,
}

/// What a journal comes to: equal journals are equal states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub(crate) plan: Arc<Plan>,
    pub(crate) standings: Vec<Standing>,
    pub(crate) outputs: BTreeMap<String, Output>,
    pub(crate) stop: Option<Stop>,
}

impl State {
    /// Before anything has happened.
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Self {
        let open = Standing::Open {
            way: Way::Do,
            attempts: 0,
        };
        Self {
            standings: vec![open; plan.steps().len()],
            plan,
            outputs: BTreeMap::new(),
            stop: None,
        }
    }

    /// The plan that it is of.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Each step and how it stands, in the plan's order.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = (&Step, &Standing)> {
        self.plan.steps().iter().zip(&self.standings)
    }

    /// How one step stands.
    #[must_use]
    pub fn standing(&self, step: &str) -> Option<&Standing> {
        self.standings.get(self.plan.index(step)?)
    }

    /// What is kept of the steps that are done, by their names.
    #[must_use]
    pub fn outputs(&self) -> &BTreeMap<String, Output> {
        &self.outputs
    }

    /// Whether it goes back, and why.
    #[must_use]
    pub fn stop(&self) -> Option<&Stop> {
        self.stop.as_ref()
    }
}

/// What the entries of a journal come to under a plan.
///
/// # Errors
/// [`SagaError::Corrupt`] for entries that are missing, doubled, or not legal one after the other.
pub fn replay(plan: &Arc<Plan>, entries: &[Entry]) -> Result<State, SagaError> {
    let mut state = State::new(Arc::clone(plan));
    for (wanted, entry) in (1_i64..).zip(entries) {
        let legal = (entry.seq == wanted)
            .then(|| state.apply(&entry.event))
            .and_then(Result::ok);
        state = legal.ok_or(SagaError::Corrupt { seq: wanted })?;
    }
    Ok(state)
}

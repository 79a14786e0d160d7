//! What activities need of the world while an experiment runs.

use std::sync::{Mutex, PoisonError};

use base::clock::Clock;
use base::shutdown::Shutdown;
use lease::{Done, Folder, Lease};
use serde_json::Value;

use crate::experiment::redact::Redactor;
use crate::experiment::substitute;
use crate::experiment::vars::Vars;

/// Shared by all activities.
pub(super) struct World {
    pub(super) clock: Clock,
    pub(super) vars: Vars,
    pub(super) redactor: Redactor,
    pub(super) shutdown: Shutdown,
    /// Where undo records go; none if nothing in the experiment needs any.
    pub(super) folder: Option<Folder>,
    /// Faults in force, by the name of the activity that injected them.
    held: Mutex<Vec<(String, Lease)>>,
}

impl World {
    pub(super) fn new(clock: Clock, vars: Vars, shutdown: Shutdown, folder: Option<Folder>) -> Self {
        let redactor = Redactor::new(&vars.hidden);
        Self {
            clock,
            vars,
            redactor,
            shutdown,
            folder,
            held: Mutex::new(Vec::new()),
        }
    }

    /// With variables put in.
    pub(super) fn fill(&self, value: &Value) -> Value {
        substitute::fill(value, &self.vars.values)
    }

    pub(super) fn hold(&self, activity: &str, lease: Lease) {
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((activity.to_owned(), lease));
    }

    /// Ends the faults of an activity, or all, the last one first; what could not be ended is told, and its record
    /// stays. It blocks.
    pub(super) fn end(&self, activity: Option<&str>) -> Vec<Result<Done, lease::Error>> {
        let mut ending = Vec::new();
        {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            let mut kept = Vec::new();
            for (name, lease) in held.drain(..) {
                if activity.is_none_or(|activity| activity == name) {
                    ending.push(lease);
                } else {
                    kept.push((name, lease));
                }
            }
            *held = kept;
        }
        ending.iter().rev().map(Lease::end).collect()
    }
}

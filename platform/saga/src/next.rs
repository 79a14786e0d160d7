//! What there is to do: a pure function of the state.

use crate::event::Way;
use crate::plan::{OnFailure, Step, Undo};
use crate::state::{Standing, State};

/// What there is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Journal the intent, then let it take effect.
    Perform {
        /// Which step.
        step: String,
        /// Do or undo.
        way: Way,
    },
    /// Its outcome is unknown: look.
    Verify {
        /// Which step.
        step: String,
        /// What is looked for: that it was done, or undone.
        way: Way,
    },
    /// A person has to decide.
    Ask(Question),
    /// Nothing any more.
    End(Outcome),
}

/// What a person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// About which step.
    pub step: String,
    /// About doing or undoing it.
    pub way: Way,
    /// Why.
    pub reason: Reason,
}

/// Why a person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Nobody knows whether it took effect, and it must not be repeated by itself.
    Doubt(String),
    /// It failed.
    Failed(String),
    /// It came to nothing as often as the plan lets it.
    Attempts(u32),
}

/// How a saga ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Every step is done.
    Done,
    /// Whatever was done is undone.
    Undone,
    /// Undoing stopped: this step and all before it stay done.
    Stuck {
        /// The step that stays done.
        at: String,
        /// Steps that were undone before it was met: with some it is partly undone, with none not at all.
        undone: usize,
    },
}

impl Outcome {
    /// The word for it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Undone => "undone",
            Self::Stuck { undone: 0, .. } => "stuck",
            Self::Stuck { .. } => "partly undone",
        }
    }
}

impl Next {
    /// One word for lists: how a saga stands.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Perform { .. } | Self::Verify { .. } => "open",
            Self::Ask(_) => "waits",
            Self::End(outcome) => outcome.as_str(),
        }
    }
}

/// What there is to do.
#[must_use]
pub fn next(state: &State) -> Next {
    if state.stop().is_some() {
        backward(state)
    } else {
        forward(state)
    }
}

fn forward(state: &State) -> Next {
    for (step, standing) in state.steps() {
        match standing {
            Standing::Done => {}
            Standing::Failed { way, reason } => return ask(step, *way, Reason::Failed(reason.clone())),
            standing => return unfinished(step, standing),
        }
    }
    Next::End(Outcome::Done)
}

/// The last that was done is the first that is undone. What is in doubt is settled before: only what is known to be
/// done can be undone.
fn backward(state: &State) -> Next {
    let mut undone = 0;
    for (step, standing) in state.steps().rev() {
        let stuck = || {
            let at = step.id.clone();
            Next::End(Outcome::Stuck { at, undone })
        };
        match (standing, &step.undo) {
            (Standing::Open { way: Way::Do, .. } | Standing::Failed { way: Way::Do, .. }, _) => {}
            (Standing::Left(Way::Do), _) | (Standing::Done, Undo::Nothing) => {}
            (Standing::Undone, _) => undone += 1,
            (Standing::Done, Undo::By(_)) => return perform(step, Way::Undo),
            (Standing::Done, Undo::Never(_)) | (Standing::Left(Way::Undo), _) => return stuck(),
            (Standing::Failed { way, reason }, _) => return ask(step, *way, Reason::Failed(reason.clone())),
            (standing, _) => return unfinished(step, standing),
        }
    }
    Next::End(Outcome::Undone)
}

/// A step that is neither done nor given up.
fn unfinished(step: &Step, standing: &Standing) -> Next {
    match standing {
        Standing::Open { way, attempts } if *attempts < step.attempts => perform(step, *way),
        Standing::Open { way, attempts } => ask(step, *way, Reason::Attempts(*attempts)),
        Standing::Begun { way, attempts, .. } => {
            let reason = "its runner ended before the outcome was on record";
            doubt(step, (*way, *attempts), false, reason)
        }
        Standing::Doubt {
            way,
            attempts,
            looked,
            reason,
        } => doubt(step, (*way, *attempts), *looked, reason),
        Standing::Failed { way, reason } => ask(step, *way, Reason::Failed(reason.clone())),
        // Of these nothing is left to do, and neither direction asks.
        Standing::Done | Standing::Undone | Standing::Left(_) => {
            ask(step, Way::Do, Reason::Doubt("it has ended".to_owned()))
        }
    }
}

/// Looking comes first, then repeating what may be repeated, then a person.
fn doubt(step: &Step, (way, attempts): (Way, u32), looked: bool, reason: &str) -> Next {
    let effect = step.effect(way);
    if effect.verifies && !looked {
        let step = step.id.clone();
        return Next::Verify { step, way };
    }
    if effect.idempotent && attempts < step.attempts {
        return perform(step, way);
    }
    ask(step, way, Reason::Doubt(reason.to_owned()))
}

fn perform(step: &Step, way: Way) -> Next {
    let step = step.id.clone();
    Next::Perform { step, way }
}

fn ask(step: &Step, way: Way, reason: Reason) -> Next {
    Next::Ask(Question {
        step: step.id.clone(),
        way,
        reason,
    })
}

/// Whether a failure of this step makes the saga go back by itself.
pub(crate) fn turns_back(step: &Step, way: Way) -> bool {
    way == Way::Do && step.on_failure == OnFailure::Undo
}

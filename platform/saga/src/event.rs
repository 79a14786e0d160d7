//! The six things that a journal can say.

use serde::{Deserialize, Serialize};

use crate::output::Output;

/// Which of a step's two effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// The step itself.
    Do,
    /// What takes it back.
    Undo,
}

impl Way {
    /// The word in texts and keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Do => "do",
            Self::Undo => "undo",
        }
    }
}

/// How an outcome became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// The effect itself said so.
    Told,
    /// Somebody looked afterwards: [`crate::Effects::verify`].
    Looked,
}

/// What an effect came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ending {
    /// It took effect.
    Done {
        /// What is kept of it.
        output: Output,
    },
    /// It certainly did not, and will not by itself: what follows is [`crate::OnFailure`].
    Failed {
        /// Why.
        reason: String,
    },
    /// It did not: found by looking.
    NotDone,
    /// Nobody knows.
    Unknown {
        /// Why.
        reason: String,
    },
    /// It has not begun yet, because it waits for somebody: nothing happened.
    Later {
        /// For what.
        reason: String,
    },
}

/// What a person decides about a step that waits for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// It took effect: go on.
    Done,
    /// It did not: do it again.
    Retry,
    /// It did not, and is not to be done: undo what was done before. Of an undo: leave it.
    GiveUp,
}

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// A step is about to take effect: on disk before it does.
    Begun {
        /// Which.
        step: String,
    },
    /// What a step came to.
    Ended {
        /// Which.
        step: String,
        /// How that is known.
        how: How,
        /// What.
        ending: Ending,
    },
    /// A step is about to be taken back.
    UndoBegun {
        /// Which.
        step: String,
    },
    /// What taking it back came to.
    UndoEnded {
        /// Which.
        step: String,
        /// How that is known.
        how: How,
        /// What.
        ending: Ending,
    },
    /// A person decided about a step.
    Ruled {
        /// Which.
        step: String,
        /// About doing or undoing it.
        way: Way,
        /// What.
        ruling: Ruling,
        /// Who.
        by: String,
        /// On what grounds.
        reason: String,
    },
    /// No further: what was done is undone.
    Stopped {
        /// By whom.
        by: String,
        /// Why.
        reason: String,
    },
}

impl Event {
    /// That a step is about to take effect, or to be taken back.
    #[must_use]
    pub fn begun(step: &str, way: Way) -> Self {
        let step = step.to_owned();
        match way {
            Way::Do => Self::Begun { step },
            Way::Undo => Self::UndoBegun { step },
        }
    }

    /// What it came to.
    #[must_use]
    pub fn ended(step: &str, way: Way, how: How, ending: Ending) -> Self {
        let step = step.to_owned();
        match way {
            Way::Do => Self::Ended { step, how, ending },
            Way::Undo => Self::UndoEnded { step, how, ending },
        }
    }
}

//! A compiled page: what is carried out, approved and hashed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::{self, DigestError};
use crate::parameter::Parameter;
use crate::template::Template;

/// The form of a plan; another form is another number.
pub const FORMAT: u32 = 1;

/// Steps of one runbook: nobody follows more at three in the morning.
pub const MOST_STEPS: usize = 40;

/// Bytes of a plan in its canonical form: it is kept with each run, in a context of 16 KiB with its parameters.
pub const LONGEST: usize = 10 * 1024;

/// A compiled page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`FORMAT`].
    pub format: u32,
    /// Its name: `a-z`, `0-9` and `-`.
    pub id: String,
    /// What it is for, in Chinese.
    pub title_zh: String,
    /// What it is for, in English.
    pub title_en: String,
    /// The role that keeps it up to date.
    pub owner: String,
    /// `critical`, `warning` or `info`, as an alert's.
    pub severity: String,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// The alerts that it answers.
    pub alerts: Vec<String>,
    /// The roles that whoever runs it has to have. The commands check them, not the engine.
    pub needs: Vec<String>,
    /// What it is told.
    pub parameters: Vec<Parameter>,
    /// What is done, in this order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name.
    pub id: String,
    /// What it does.
    pub does: Does,
    /// Whether doing it twice is doing it once.
    pub idempotent: bool,
    /// How to see whether it was done.
    pub verify: Option<Look>,
    /// How it is taken back.
    pub undo: Undo,
    /// What follows when it fails.
    pub on_failure: Failing,
}

/// What a step, or an undo, does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Does {
    /// Runs one of our own commands, without a shell.
    Command {
        /// Its words, the first of which is `backstop`.
        argv: Vec<Template>,
        /// Seconds that it may take.
        timeout: u32,
    },
    /// Sends one request.
    Http {
        /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
        method: String,
        /// Where to.
        url: Template,
        /// The answers that mean that it was done.
        expect: Vec<u16>,
        /// The body, in whose texts parameters may stand.
        body: Option<Value>,
        /// Seconds that it may take.
        timeout: u32,
    },
    /// Waits until something holds.
    WaitUntil {
        /// What.
        until: Look,
        /// Seconds after which it has failed.
        timeout: u32,
        /// Seconds between two looks.
        interval: u32,
    },
    /// Gives a person a task.
    Human {
        /// What to do.
        prompt: Template,
        /// What to type when it is done.
        confirm: String,
    },
    /// Asks others whether to go on.
    Approval {
        /// For what.
        text: Template,
        /// How many, besides whoever runs it.
        people: u32,
        /// Seconds after which silence is a no.
        timeout: u32,
    },
}

impl Does {
    /// The kind's name in a page.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Command { .. } => "command",
            Self::Http { .. } => "http",
            Self::WaitUntil { .. } => "wait-until",
            Self::Human { .. } => "human",
            Self::Approval { .. } => "approval",
        }
    }

    /// Whether it changes nothing by itself, so that a dry run may look beyond it.
    #[must_use]
    pub fn only_looks(&self) -> bool {
        match self {
            Self::Command { argv, .. } => {
                let words: Vec<&str> = argv.iter().map(Template::as_str).collect();
                crate::look::only_reads(&words)
            }
            Self::Http { method, .. } => method == "GET",
            Self::WaitUntil { .. } | Self::Approval { .. } => true,
            Self::Human { .. } => false,
        }
    }
}

/// How a step is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "lowercase", deny_unknown_fields)]
pub enum Undo {
    /// There is nothing to take back.
    Nothing {
        /// Why, of a step that acts.
        why: Option<String>,
    },
    /// It cannot be taken back.
    Never {
        /// Why.
        why: String,
    },
    /// By doing something else.
    Block {
        /// The block's name.
        id: String,
        /// What it does.
        does: Does,
        /// Whether doing it twice is doing it once.
        idempotent: bool,
        /// How to see whether it was taken back.
        verify: Option<Look>,
    },
}

/// What follows when a step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Failing {
    /// Whoever runs it decides: again, done by hand, or give up and undo.
    Ask,
    /// What was done is undone.
    Undo,
}

/// Something that can be looked at without changing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Where to look.
    pub at: Source,
    /// The member of the JSON answer (RFC 6901) that counts; without one, that there is an answer.
    pub pointer: Option<String>,
    /// What it has to be; numbers and truths as JSON writes them.
    pub equals: Option<String>,
}

/// Where to look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "lowercase", deny_unknown_fields)]
pub enum Source {
    /// An expression, which holds if it gives anything.
    Promql {
        /// The expression.
        expression: Template,
    },
    /// A GET that answers 200 with JSON.
    Http {
        /// Where.
        url: Template,
    },
    /// One of our commands that only reads, which ends with 0 and prints JSON.
    Command {
        /// Its words.
        argv: Vec<Template>,
    },
}

impl Plan {
    /// SHA-256 over the canonical form (RFC 8785), in hexadecimal: what is approved and what a run is bound to.
    ///
    /// # Errors
    /// Never for a compiled plan: it holds texts and small whole numbers.
    pub fn hash(&self) -> Result<String, DigestError> {
        digest::of(self)
    }

    /// All commands of the plan as they were written, with their parameters' names in braces: for whoever knows the
    /// commands, to hold the plan against them.
    #[must_use]
    pub fn commands(&self) -> Vec<Vec<&str>> {
        let mut commands = Vec::new();
        for step in &self.steps {
            commands.extend(step.does.argv());
            commands.extend(step.verify.as_ref().and_then(Look::argv));
            if let Undo::Block { does, verify, .. } = &step.undo {
                commands.extend(does.argv());
                commands.extend(verify.as_ref().and_then(Look::argv));
            }
        }
        commands
            .into_iter()
            .map(|argv: &[Template]| argv.iter().map(Template::as_str).collect())
            .collect()
    }
}

impl Does {
    fn argv(&self) -> Option<&[Template]> {
        match self {
            Self::Command { argv, .. } => Some(argv),
            Self::WaitUntil { until, .. } => until.argv(),
            Self::Http { .. } | Self::Human { .. } | Self::Approval { .. } => None,
        }
    }
}

impl Look {
    fn argv(&self) -> Option<&[Template]> {
        match &self.at {
            Source::Command { argv } => Some(argv),
            Source::Promql { .. } | Source::Http { .. } => None,
        }
    }
}

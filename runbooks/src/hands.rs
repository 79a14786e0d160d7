//! What a run needs of the world, as a trait: `cli` has real hands, tests have a twin.

use std::pin::Pin;
use std::time::Duration;

use serde_json::Value;

/// The future of something that hands do.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A command to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its words; the first is `backstop`. No shell reads them.
    pub argv: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// It ended.
    Code {
        /// One of `base::exit`.
        code: i32,
        /// What it printed, bounded.
        stdout: String,
        /// What it complained of, bounded.
        stderr: String,
    },
    /// It was never started.
    NotStarted(String),
    /// It was started, and nobody knows how it ended: too slow, or ended by a signal.
    Lost(String),
}

/// A request to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Where to.
    pub url: String,
    /// Its body, as JSON.
    pub body: Option<Value>,
    /// How long it may take.
    pub timeout: Duration,
    /// For `Idempotency-Key`: the same each time that this step is begun.
    pub key: String,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// It was answered.
    Answer {
        /// The status.
        status: u16,
        /// The body, bounded.
        body: String,
    },
    /// It never left.
    NotSent(String),
    /// It left, and there was no answer.
    Lost(String),
}

/// A task for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Of which run.
    pub run: String,
    /// Of which step.
    pub step: String,
    /// Whether the step is to be taken back.
    pub undo: bool,
    /// What to do.
    pub prompt: String,
    /// What to type when it is done.
    pub confirm: String,
}

/// What a person said to a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// This was typed.
    Done {
        /// By whom.
        by: String,
        /// What.
        text: String,
    },
    /// It cannot or will not be done.
    Refused {
        /// By whom.
        by: String,
        /// Why.
        reason: String,
    },
    /// Nobody is there to say anything.
    Nobody,
}

/// What others are asked to approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Of which run.
    pub run: String,
    /// Of which step.
    pub step: String,
    /// Of which runbook.
    pub runbook: String,
    /// By whom it was begun, who cannot approve.
    pub by: String,
    /// For what.
    pub text: String,
    /// What an approval is bound to: run, step, plan and parameters.
    pub digest: String,
    /// How many are needed.
    pub people: u32,
    /// How long it stands from when it was opened.
    pub timeout: Duration,
}

/// How a proposal stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvals {
    /// When it was opened, in microseconds since 1970: the first time that it was asked about.
    pub opened_at: i64,
    /// What was said, in its order.
    pub verdicts: Vec<Verdict>,
}

/// One person's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whose.
    pub by: String,
    /// Yes or no.
    pub approves: bool,
    /// The digest that was shown to them.
    pub digest: String,
    /// When, in microseconds since 1970.
    pub at: i64,
}

/// What a run needs of the world. Every call may be dropped at any moment.
pub trait Hands: Send + Sync {
    /// Runs one of our own commands.
    fn command<'a>(&'a self, order: &'a Order) -> Doing<'a, Exit>;

    /// Sends one request.
    fn http<'a>(&'a self, request: &'a Request) -> Doing<'a, Response>;

    /// What an expression gives, one line a series; why it cannot be told.
    fn query<'a>(&'a self, expression: &'a str) -> Doing<'a, Result<Vec<String>, String>>;

    /// Gives a person a task, and waits for an answer if somebody is there.
    fn ask<'a>(&'a self, task: &'a Task) -> Doing<'a, Said>;

    /// Opens a proposal, or looks how it stands; why it cannot be told.
    fn approvals<'a>(&'a self, proposal: &'a Proposal) -> Doing<'a, Result<Approvals, String>>;

    /// Now, in microseconds since 1970.
    fn now(&self) -> i64;

    /// Waits.
    fn sleep(&self, time: Duration) -> Doing<'_, ()>;
}

//! What steps do: given by whoever knows what they mean.

use std::collections::BTreeMap;
use std::pin::Pin;

use base::shutdown::Shutdown;
use serde_json::Value;

use crate::event::Way;
use crate::output::Output;
use crate::plan::Step;

/// What an effect is told.
#[derive(Debug, Clone)]
pub struct Call {
    /// Of which saga.
    pub saga: String,
    /// Which step.
    pub step: Step,
    /// Do it, or take it back.
    pub way: Way,
    /// How often it was begun, this time counted.
    pub attempt: u32,
    /// A key that is the same each time this effect is begun, for receivers that know a repetition by it.
    pub key: String,
    /// The fencing token of the runner: greater than that of every runner before.
    pub fence: i64,
    /// What is kept of the steps that are done, by their names; of an undo, its own step's among them.
    pub outputs: BTreeMap<String, Output>,
    /// Set off when somebody wants it to end early: an effect that waits then answers [`Performed::Later`].
    pub interrupted: Shutdown,
}

/// What an effect came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Performed {
    /// It took effect, and this is kept of it.
    Done(Value),
    /// It did not and will not, surely: nothing of it is left.
    Failed(String),
    /// Nobody knows.
    Unknown(String),
    /// It waits for somebody, and has not begun: run it again later.
    Later(String),
}

/// What looking found.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// It took effect, and this is kept of it.
    Done(Value),
    /// It did not, and cannot any more of what was begun so far.
    NotDone,
    /// It cannot be told.
    Unknown(String),
}

/// The future of an effect.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Carries steps out. A call may be dropped at any moment, as a death does.
pub trait Effects: Send + Sync {
    /// Does or undoes a step.
    fn perform<'a>(&'a self, call: &'a Call) -> Doing<'a, Performed>;

    /// Looks whether it was done, or undone. Asked only of effects that are declared to be verified; changes nothing.
    fn verify<'a>(&'a self, call: &'a Call) -> Doing<'a, Found>;
}

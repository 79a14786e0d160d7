//! Steps with do, verify and undo: journaled before they take effect, resumed after any death.
//!
//! [`plan`] says which steps there are, and of each whether it may be repeated, looked at, undone. [`event`] are the
//! six things that a journal can say; [`state`] is what they come to, by one pure function, [`State::apply`]; [`next()`]
//! says what there is to do, by another. [`runner`] does it through [`Effects`] and writes into a [`Store`]: [`Memory`],
//! the twin for tests, or [`Journal`] over `db`. `people` are the two verbs of a person: to answer a question, and
//! to stop. [`output`] is what is kept of a step.
//!
//! **Invariants.** The intent is on disk before the effect, so that a death leaves a doubt, never a surprise. A step
//! whose outcome is unknown is looked at, or repeated if it was declared idempotent, or waits for a person: it is never
//! repeated by itself. What was not undone is never called undone. A journal is read under the plan that it was begun
//! with and no other, and only the holder of its lease writes in it.

mod digest;
pub mod effects;
mod error;
pub mod event;
mod hold;
mod journal;
mod memory;
pub mod next;
pub mod output;
mod people;
pub mod plan;
pub mod runner;
mod schema;
pub mod state;
pub mod store;
mod transition;

pub use effects::{Call, Effects, Found, Performed};
pub use error::SagaError;
pub use event::{Ending, Event, How, Ruling, Way};
pub use journal::Journal;
pub use memory::Memory;
pub use next::{Next, Outcome, Question, Reason, next};
pub use output::Output;
pub use people::Answer;
pub use plan::{Effect, OnFailure, Plan, Step, Undo};
pub use runner::{Interrupt, New, Ran, Runner};
pub use schema::MIGRATIONS;
pub use state::{State, replay};
pub use store::{Entry, Header, Store, StoreError};
pub use transition::Illegal;

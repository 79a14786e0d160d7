//! What a person does about a saga that nobody runs: answer a question, or stop it.

use std::sync::Arc;

use crate::error::SagaError;
use crate::event::{Event, Ruling, Way};
use crate::hold::Hold;
use crate::output::reason;
use crate::plan::Plan;
use crate::runner::Runner;
use crate::state::State;

/// A person's answer to a question.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    /// The step that was asked about.
    pub step: &'a str,
    /// Doing or undoing it.
    pub way: Way,
    /// The number that the question had: [`crate::Ran::Waits`].
    pub seq: i64,
    /// What was decided.
    pub ruling: Ruling,
    /// By whom.
    pub by: &'a str,
    /// On what grounds, such as what was seen where.
    pub reason: &'a str,
}

impl Runner {
    /// Puts an answer on record; [`Runner::run`] goes on from it.
    ///
    /// # Errors
    /// [`SagaError::Stale`] if it has gone on since; somebody runs it; another plan; the store.
    pub async fn answer(
        &self,
        saga: &str,
        plan: &Arc<Plan>,
        answer: &Answer<'_>,
    ) -> Result<State, SagaError> {
        let event = Event::Ruled {
            step: answer.step.to_owned(),
            way: answer.way,
            ruling: answer.ruling,
            by: answer.by.to_owned(),
            reason: reason(answer.reason),
        };
        self.put(saga, plan, event, Some(answer.seq)).await
    }

    /// Stops a saga that nobody runs: what was done is undone when it is run again.
    ///
    /// # Errors
    /// It goes back already or has ended; somebody runs it, whose own interrupt has to be used; another plan; the store.
    pub async fn stop(&self, saga: &str, plan: &Arc<Plan>, by: &str, why: &str) -> Result<State, SagaError> {
        let event = Event::Stopped {
            by: by.to_owned(),
            reason: reason(why),
        };
        self.put(saga, plan, event, None).await
    }

    /// Writes what a person said; `seq` is where the journal has to be.
    async fn put(
        &self,
        saga: &str,
        plan: &Arc<Plan>,
        event: Event,
        seq: Option<i64>,
    ) -> Result<State, SagaError> {
        let names = (saga, self.holder.as_str());
        let mut hold = Hold::take(&*self.store, &self.clock, names, plan, self.lasts).await?;
        let put = if seq.is_some_and(|seq| seq != hold.seq()) {
            Err(SagaError::Stale)
        } else {
            hold.append(event).await
        };
        let state = hold.state().clone();
        hold.release().await;
        put.map(|()| state)
    }
}

//! Runs of runbooks: begun, carried out, resumed, answered, stopped and shown.

use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use saga::runner::LEASE;
use saga::{Entry, Header, Interrupt, New, Next, Ran, Ruling, Runner, SagaError, State, Store, StoreError};

use crate::bound::{BindError, Bound};
use crate::doer::Doer;
use crate::hands::Hands;
use crate::plan::Does;

/// What a run's kind begins with in the store of sagas, which others use, too.
const KIND: &str = "runbook:";

/// Why a run did not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The journal.
    #[error(transparent)]
    Saga(#[from] SagaError),
    /// The plan or its values.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// What was named is a saga of something else.
    #[error("it is no run of a runbook")]
    Other,
    /// An approval is given by those who are asked, never by an answer.
    #[error("step {0} is an approval: one person's word cannot stand for it")]
    Approval(String),
}

/// Runs runbooks over one store.
#[derive(Clone)]
pub struct Engine {
    store: Arc<dyn Store>,
    runner: Runner,
}

/// A run, for whoever looks.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Who began it, when, and who runs it now.
    pub header: Header,
    /// Its plan and values.
    pub bound: Bound,
    /// Its journal.
    pub entries: Vec<Entry>,
    /// What the journal comes to.
    pub state: State,
    /// What there is to do.
    pub next: Next,
}

/// A person's answer about a step that waits for one.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    /// The number that the question had: [`Ran::Waits`].
    pub seq: i64,
    /// What was decided.
    pub ruling: Ruling,
    /// By whom.
    pub by: &'a str,
    /// On what grounds.
    pub reason: &'a str,
}

impl Engine {
    /// `holder` names this process for whoever finds a run held.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Clock, holder: &str) -> Self {
        let runner = Runner::new(Arc::clone(&store), clock, holder).lasting(LEASE);
        Self { store, runner }
    }

    /// With leases that last so long.
    #[must_use]
    pub fn lasting(mut self, lease: Duration) -> Self {
        self.runner = self.runner.lasting(lease);
        self
    }

    /// Begins a run; the same once more changes nothing. Nothing is done before [`Engine::run`].
    ///
    /// # Errors
    /// Another run has this id, or the store.
    pub async fn begin(&self, run: &str, bound: &Bound) -> Result<(), RunError> {
        let kind = format!("{KIND}{}", bound.plan.id);
        let context = bound.context();
        let new = New {
            id: run,
            kind: &kind,
            context: &context,
            by: &bound.by,
        };
        let plan = bound.saga()?;
        Ok(self.runner.begin(new, &plan).await?)
    }

    /// Carries a run on from where it stands: after its beginning, a pause, an answer, an approval, or a death.
    ///
    /// # Errors
    /// Somebody else runs it, or the store; what is on record stands.
    pub async fn run(&self, run: &str, hands: &dyn Hands, interrupt: &Interrupt) -> Result<Ran, RunError> {
        let (_, bound) = self.kept(run).await?;
        let plan = bound.saga()?;
        let doer = Doer { bound: &bound, hands };
        Ok(self.runner.run(run, &plan, &doer, interrupt).await?)
    }

    /// Puts a person's answer on record; [`Engine::run`] goes on from it.
    ///
    /// # Errors
    /// Nothing was asked or it has gone on since; an approval; somebody runs it; the store.
    pub async fn answer(&self, run: &str, answer: &Answer<'_>) -> Result<State, RunError> {
        let shown = self.show(run).await?;
        let Next::Ask(question) = &shown.next else {
            return Err(SagaError::Stale.into());
        };
        let step = shown.bound.step(&question.step);
        let approval = step.is_some_and(|step| matches!(step.does, Does::Approval { .. }));
        // Retrying asks the same people about the same thing, so their no stands; giving up is always possible.
        if approval && answer.ruling == Ruling::Done {
            return Err(RunError::Approval(question.step.clone()));
        }
        let given = saga::Answer {
            step: &question.step,
            way: question.way,
            seq: answer.seq,
            ruling: answer.ruling,
            by: answer.by,
            reason: answer.reason,
        };
        let plan = shown.bound.saga()?;
        Ok(self.runner.answer(run, &plan, &given).await?)
    }

    /// Stops a run that nobody carries out at the moment: what was done is undone when it is run again.
    ///
    /// # Errors
    /// It goes back already or has ended; somebody runs it; the store.
    pub async fn stop(&self, run: &str, by: &str, why: &str) -> Result<State, RunError> {
        let (_, bound) = self.kept(run).await?;
        let plan = bound.saga()?;
        Ok(self.runner.stop(run, &plan, by, why).await?)
    }

    /// A run as its journal has it.
    ///
    /// # Errors
    /// There is none, its journal was changed, or the store.
    pub async fn show(&self, run: &str) -> Result<Shown, RunError> {
        let (header, bound) = self.kept(run).await?;
        let plan = bound.saga()?;
        if plan.digest() != header.plan {
            return Err(SagaError::OtherPlan {
                bound: header.plan,
                given: plan.digest().to_owned(),
            }
            .into());
        }
        let (header, entries) = self.store.load(run).await.map_err(SagaError::from)?;
        let state = saga::replay(&plan, &entries)?;
        let next = saga::next(&state);
        Ok(Shown {
            header,
            bound,
            entries,
            state,
            next,
        })
    }

    /// The newest runs, of all runbooks.
    ///
    /// # Errors
    /// The store.
    pub async fn list(&self, most: u32) -> Result<Vec<Header>, RunError> {
        let mut all = self.store.list(most).await.map_err(SagaError::from)?;
        all.retain(|header| header.kind.starts_with(KIND));
        Ok(all)
    }

    async fn kept(&self, run: &str) -> Result<(Header, Bound), RunError> {
        let (header, _) = self
            .store
            .load(run)
            .await
            .map_err(|error: StoreError| SagaError::from(error))?;
        if !header.kind.starts_with(KIND) {
            return Err(RunError::Other);
        }
        let bound = Bound::of_context(&header.context)?;
        Ok((header, bound))
    }
}

//! Does what there is to do, one thing after the other, until it has ended or waits for a person.

use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use base::shutdown::Shutdown;
use serde_json::Value;

use crate::effects::{Call, Effects, Found, Performed};
use crate::error::SagaError;
use crate::event::{Ending, Event, How, Way};
use crate::hold::Hold;
use crate::next::{Next, Outcome, Question, next};
use crate::output::{Output, reason};
use crate::plan::Plan;
use crate::state::{Standing, State};
use crate::store::{Header, Store};

/// How long a lease lasts without being renewed: longer than a database's failover, and short enough that whoever
/// resumes after a death waits no more than half a minute.
pub const LEASE: Duration = Duration::from_secs(30);

/// Ends a run early: looked at between two effects, and told to the effect that is under way. Clones are one.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    stop: Shutdown,
    pause: Shutdown,
    either: Shutdown,
}

impl Interrupt {
    /// Go back: what was done is undone.
    pub fn stop(&self) {
        self.stop.trigger();
        self.either.trigger();
    }

    /// Whether it was told to stay where it is.
    #[must_use]
    pub fn paused(&self) -> bool {
        self.pause.is_triggered()
    }

    /// Stay where it is: it can be resumed.
    pub fn pause(&self) {
        self.pause.trigger();
        self.either.trigger();
    }
}

/// A saga to begin.
#[derive(Debug, Clone)]
pub struct New<'a> {
    /// Its id, unique.
    pub id: &'a str,
    /// What it is of, such as a runbook's id.
    pub kind: &'a str,
    /// What whoever resumes it needs to make the same plan again; no secrets.
    pub context: &'a Value,
    /// Who begins it.
    pub by: &'a str,
}

/// How a run came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// It has ended.
    Ended(Outcome),
    /// A person has to decide: [`Runner::answer`] with this number.
    Waits {
        /// What is asked.
        question: Question,
        /// Entries in the journal: an answer counts only for the question that it was given to.
        seq: i64,
    },
    /// It was told to stay where it is, or a step waits for somebody: run it again.
    Paused {
        /// The step that is next.
        step: String,
        /// Why.
        reason: String,
    },
}

/// Runs sagas of one store in one process's name.
#[derive(Clone)]
pub struct Runner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Clock,
    pub(crate) holder: String,
    pub(crate) lasts: Duration,
}

impl Runner {
    /// `holder` names who runs it, for whoever finds it held.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Clock, holder: &str) -> Self {
        Self {
            store,
            clock,
            holder: holder.to_owned(),
            lasts: LEASE,
        }
    }

    /// With leases that last so long.
    #[must_use]
    pub fn lasting(mut self, lease: Duration) -> Self {
        self.lasts = lease;
        self
    }

    /// Begins a saga; the same once more changes nothing. Nothing is done before [`Runner::run`].
    ///
    /// # Errors
    /// Another is there of that id, the context is too long, or the store.
    pub async fn begin(&self, new: New<'_>, plan: &Plan) -> Result<(), SagaError> {
        let header = Header {
            id: new.id.to_owned(),
            kind: new.kind.to_owned(),
            plan: plan.digest().to_owned(),
            context: new.context.to_string(),
            by: new.by.to_owned(),
            at: self.clock.now_micros(),
            seq: 0,
            standing: "open".to_owned(),
            held: None,
        };
        Ok(self.store.create(&header).await?)
    }

    /// Runs a saga from where it stands, whoever ran it before and however that ended.
    ///
    /// # Errors
    /// Somebody else runs it, it is of another plan, its journal was changed, the lease was lost, or the store. What
    /// is on record stands; run it again.
    pub async fn run(
        &self,
        saga: &str,
        plan: &Arc<Plan>,
        effects: &dyn Effects,
        interrupt: &Interrupt,
    ) -> Result<Ran, SagaError> {
        let names = (saga, self.holder.as_str());
        let mut hold = Hold::take(&*self.store, &self.clock, names, plan, self.lasts).await?;
        let ran = self.go(saga, &mut hold, effects, interrupt).await;
        hold.release().await;
        ran
    }

    async fn go(
        &self,
        saga: &str,
        hold: &mut Hold<'_>,
        effects: &dyn Effects,
        interrupt: &Interrupt,
    ) -> Result<Ran, SagaError> {
        loop {
            match next(hold.state()) {
                Next::End(outcome) => return Ok(Ran::Ended(outcome)),
                Next::Ask(question) => {
                    let seq = hold.seq();
                    return Ok(Ran::Waits { question, seq });
                }
                Next::Verify { step, way } => {
                    let Some(call) = call(saga, hold, (&step, way), interrupt) else {
                        return Err(SagaError::Corrupt { seq: hold.seq() });
                    };
                    let found = hold.during(effects.verify(&call)).await?;
                    hold.append(Event::ended(&step, way, How::Looked, looked(found)))
                        .await?;
                }
                Next::Perform { step, way } => {
                    // Going back is not interrupted again: it is what an interruption asks for.
                    if hold.state().stop().is_none() && interrupt.stop.is_triggered() {
                        let (by, reason) = (self.holder.clone(), "interrupted".to_owned());
                        hold.append(Event::Stopped { by, reason }).await?;
                        continue;
                    }
                    if interrupt.pause.is_triggered() {
                        let reason = "told to pause".to_owned();
                        return Ok(Ran::Paused { step, reason });
                    }
                    hold.append(Event::begun(&step, way)).await?;
                    let Some(call) = call(saga, hold, (&step, way), interrupt) else {
                        return Err(SagaError::Corrupt { seq: hold.seq() });
                    };
                    if !hold.lasts() {
                        // If nobody has taken over, this is on record, and nobody is asked about what never began.
                        let reason = "the lease ran out before it began".to_owned();
                        let ending = Ending::Later { reason };
                        hold.append(Event::ended(&step, way, How::Told, ending)).await?;
                        return Err(SagaError::TooSlow);
                    }
                    let ending = told(hold.during(effects.perform(&call)).await?);
                    let later = match &ending {
                        Ending::Later { reason } => Some(reason.clone()),
                        _ => None,
                    };
                    hold.append(Event::ended(&step, way, How::Told, ending)).await?;
                    let goes_back = hold.state().stop().is_none() && interrupt.stop.is_triggered();
                    if let Some(reason) = later.filter(|_| !goes_back) {
                        return Ok(Ran::Paused { step, reason });
                    }
                }
            }
        }
    }
}

fn told(performed: Performed) -> Ending {
    match performed {
        Performed::Done(value) => Ending::Done {
            output: Output::of(value),
        },
        Performed::Failed(text) => Ending::Failed {
            reason: reason(&text),
        },
        Performed::Unknown(text) => Ending::Unknown {
            reason: reason(&text),
        },
        Performed::Later(text) => Ending::Later {
            reason: reason(&text),
        },
    }
}

fn looked(found: Found) -> Ending {
    match found {
        Found::Done(value) => Ending::Done {
            output: Output::of(value),
        },
        Found::NotDone => Ending::NotDone,
        Found::Unknown(text) => Ending::Unknown {
            reason: reason(&text),
        },
    }
}

fn call(saga: &str, hold: &Hold<'_>, (id, way): (&str, Way), interrupt: &Interrupt) -> Option<Call> {
    let state: &State = hold.state();
    let step = state.plan().steps().get(state.plan().index(id)?)?.clone();
    let attempt = match state.standing(id)? {
        Standing::Begun { attempts, .. } | Standing::Doubt { attempts, .. } => *attempts,
        _ => 0,
    };
    // Undoing is not to be cut short by the very interruption that asked for it.
    let interrupted = match state.stop() {
        Some(_) => interrupt.pause.clone(),
        None => interrupt.either.clone(),
    };
    Some(Call {
        saga: saga.to_owned(),
        key: format!("{saga}/{id}/{}", way.as_str()),
        step,
        way,
        attempt,
        fence: hold.fence(),
        outputs: state.outputs().clone(),
        interrupted,
    })
}

//! The one transition function: a state and what happened give the next state.

use crate::event::{Ending, Event, How, Ruling, Way};
use crate::next::{Next, next, turns_back};
use crate::plan::{Step, Undo};
use crate::state::{Standing, State, Stop};

/// What cannot have happened in this state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Illegal(pub(crate) String);

impl State {
    /// The state after an event. What [`next()`] does not ask for is not legal, but for two things: what was begun may
    /// end, and whoever may stop it can at any time.
    ///
    /// # Errors
    /// [`Illegal`]; the state is what it was.
    pub fn apply(&self, event: &Event) -> Result<Self, Illegal> {
        let mut state = self.clone();
        match event {
            Event::Begun { step } => state.begin(step, Way::Do)?,
            Event::UndoBegun { step } => state.begin(step, Way::Undo)?,
            Event::Ended { step, how, ending } => state.end(step, Way::Do, *how, ending)?,
            Event::UndoEnded { step, how, ending } => state.end(step, Way::Undo, *how, ending)?,
            Event::Ruled {
                step,
                way,
                ruling,
                by,
                reason,
            } => state.rule(step, *way, *ruling, (by, reason))?,
            Event::Stopped { by, reason } => state.halt(by, reason)?,
        }
        Ok(state)
    }

    fn begin(&mut self, id: &str, way: Way) -> Result<(), Illegal> {
        match next(self) {
            Next::Perform { step, way: wanted } if step == id && wanted == way => {}
            _ => return Err(Illegal(format!("step {id:?} is not the one to {}", way.as_str()))),
        }
        let (_, standing) = self.at(id)?;
        let (attempts, repeats) = match standing {
            Standing::Open { attempts, .. } => (*attempts, false),
            Standing::Begun { attempts, .. } | Standing::Doubt { attempts, .. } => (*attempts, true),
            _ => (0, false),
        };
        *standing = Standing::Begun {
            way,
            attempts: attempts.saturating_add(1),
            repeats,
        };
        Ok(())
    }

    fn end(&mut self, id: &str, way: Way, how: How, ending: &Ending) -> Result<(), Illegal> {
        let wanted = next(self);
        let (step, standing) = self.at(id)?;
        let (attempts, repeats) = match (how, &*standing) {
            (
                How::Told,
                Standing::Begun {
                    way: begun,
                    attempts,
                    repeats,
                },
            ) if *begun == way => (*attempts, *repeats),
            (How::Looked, Standing::Begun { attempts, .. } | Standing::Doubt { attempts, .. })
                if is_verify(&wanted, id, way) =>
            {
                (*attempts, false)
            }
            _ => return Err(Illegal(format!("step {id:?} has nothing to end"))),
        };
        let mut stop = None;
        let ended = match (ending, how) {
            (Ending::Done { .. }, _) => done(way),
            // The one before may have taken effect: still nobody knows.
            (Ending::Failed { reason }, How::Told) if repeats => Standing::Doubt {
                way,
                attempts,
                looked: false,
                reason: format!("one attempt has no known outcome, the next failed: {reason}"),
            },
            (Ending::Later { reason }, How::Told) if repeats => Standing::Doubt {
                way,
                attempts: attempts.saturating_sub(1),
                looked: false,
                reason: format!("one attempt has no known outcome, the next waits: {reason}"),
            },
            (Ending::Failed { reason }, How::Told) => {
                if turns_back(&step, way) {
                    let reason = format!("step {id} failed: {reason}");
                    stop = Some(Stop { by: None, reason });
                }
                let reason = reason.clone();
                Standing::Failed { way, reason }
            }
            (Ending::NotDone, How::Looked) => Standing::Open { way, attempts },
            // Nothing was tried, so nothing counts.
            (Ending::Later { .. }, How::Told) => Standing::Open { way, attempts: 0 },
            (Ending::Unknown { reason }, _) => Standing::Doubt {
                way,
                attempts,
                looked: how == How::Looked,
                reason: reason.clone(),
            },
            _ => return Err(Illegal(format!("step {id:?} cannot end like that"))),
        };
        *standing = ended;
        if let (Ending::Done { output }, Way::Do) = (ending, way) {
            self.outputs.insert(id.to_owned(), output.clone());
        }
        self.stop = self.stop.take().or(stop);
        Ok(())
    }

    fn rule(
        &mut self,
        id: &str,
        way: Way,
        ruling: Ruling,
        (by, reason): (&String, &String),
    ) -> Result<(), Illegal> {
        match next(self) {
            Next::Ask(question) if question.step == id && question.way == way => {}
            _ => return Err(Illegal(format!("nobody is asked to decide about step {id:?}"))),
        }
        let (_, standing) = self.at(id)?;
        *standing = match ruling {
            Ruling::Done => done(way),
            Ruling::Retry => Standing::Open { way, attempts: 0 },
            Ruling::GiveUp => Standing::Left(way),
        };
        if ruling == Ruling::GiveUp && self.stop.is_none() {
            self.stop = Some(Stop {
                by: Some(by.clone()),
                reason: reason.clone(),
            });
        }
        Ok(())
    }

    fn halt(&mut self, by: &str, reason: &str) -> Result<(), Illegal> {
        if self.stop.is_some() || matches!(next(self), Next::End(_)) {
            return Err(Illegal("it goes back already, or has ended".to_owned()));
        }
        self.stop = Some(Stop {
            by: Some(by.to_owned()),
            reason: reason.to_owned(),
        });
        // What leaves nothing to take back need not be settled: whether it was done makes no difference any more.
        for (step, standing) in self.plan.steps().iter().zip(&mut self.standings) {
            let doubt = matches!(standing, Standing::Begun { .. } | Standing::Doubt { .. });
            if doubt && step.undo == Undo::Nothing {
                *standing = Standing::Left(Way::Do);
            }
        }
        Ok(())
    }

    fn at(&mut self, id: &str) -> Result<(Step, &mut Standing), Illegal> {
        let unknown = || Illegal(format!("there is no step {id:?}"));
        let index = self.plan.index(id).ok_or_else(unknown)?;
        let step = self.plan.steps().get(index).cloned().ok_or_else(unknown)?;
        let standing = self.standings.get_mut(index).ok_or_else(unknown)?;
        Ok((step, standing))
    }
}

fn done(way: Way) -> Standing {
    match way {
        Way::Do => Standing::Done,
        Way::Undo => Standing::Undone,
    }
}

fn is_verify(next: &Next, id: &str, way: Way) -> bool {
    matches!(next, Next::Verify { step, way: wanted } if step == id && *wanted == way)
}

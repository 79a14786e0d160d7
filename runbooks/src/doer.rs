//! Carries the steps of one run out, as a saga's effects.

use std::time::Duration;

use base::shutdown::Shutdown;
use futures::future::{Either, select};
use saga::effects::Doing;
use saga::{Call, Effects, Found, Performed, Way};
use serde_json::json;

use crate::approval::{Standing, judge};
use crate::bound::Bound;
use crate::digest;
use crate::hands::{Hands, Order, Proposal, Request, Said, Task};
use crate::plan::{Does, Look, Step, Undo};
use crate::seeing::{Seen, look};
use crate::told;
use crate::waiting;

/// The steps of a run, in somebody's hands.
pub(crate) struct Doer<'d> {
    pub(crate) bound: &'d Bound,
    pub(crate) hands: &'d dyn Hands,
}

impl Effects for Doer<'_> {
    fn perform<'a>(&'a self, call: &'a Call) -> Doing<'a, Performed> {
        Box::pin(async move {
            match self
                .bound
                .step(&call.step.id)
                .and_then(|step| does(step, call.way))
            {
                Some(does) => self.act(call, does).await,
                None => Performed::Failed("the plan has no such step".to_owned()),
            }
        })
    }

    fn verify<'a>(&'a self, call: &'a Call) -> Doing<'a, Found> {
        Box::pin(async move {
            let wanted = self
                .bound
                .step(&call.step.id)
                .and_then(|step| verify(step, call.way));
            let Some(wanted) = wanted else {
                return Found::Unknown("the plan does not say how to look".to_owned());
            };
            match look(self.bound, wanted, self.hands).await {
                Seen::Holds(value) => Found::Done(value),
                Seen::Not(_) => Found::NotDone,
                Seen::Unknown(reason) => Found::Unknown(reason),
            }
        })
    }
}

pub(crate) fn does(step: &Step, way: Way) -> Option<&Does> {
    match (way, &step.undo) {
        (Way::Do, _) => Some(&step.does),
        (Way::Undo, Undo::Block { does, .. }) => Some(does),
        (Way::Undo, Undo::Nothing { .. } | Undo::Never { .. }) => None,
    }
}

fn verify(step: &Step, way: Way) -> Option<&Look> {
    match (way, &step.undo) {
        (Way::Do, _) => step.verify.as_ref(),
        (Way::Undo, Undo::Block { verify, .. }) => verify.as_ref(),
        (Way::Undo, Undo::Nothing { .. } | Undo::Never { .. }) => None,
    }
}

fn span(seconds: u32) -> Duration {
    Duration::from_secs(u64::from(seconds))
}

impl Doer<'_> {
    async fn act(&self, call: &Call, does: &Does) -> Performed {
        match does {
            Does::Command { argv, timeout } => {
                let order = Order {
                    argv: self.bound.words(argv),
                    timeout: span(*timeout),
                };
                told::of_exit(self.hands.command(&order).await)
            }
            Does::Http {
                method,
                url,
                expect,
                body,
                timeout,
            } => {
                let request = Request {
                    method: method.clone(),
                    url: self.bound.address(url),
                    body: body.as_ref().map(|body| self.bound.body(body)),
                    timeout: span(*timeout),
                    // A run's id and a step's name are longer than our own service takes.
                    key: digest::hex(call.key.as_bytes()),
                };
                told::of_response(self.hands.http(&request).await, expect)
            }
            Does::WaitUntil {
                until,
                timeout,
                interval,
            } => {
                self.wait(until, span(*timeout), span(*interval), &call.interrupted)
                    .await
            }
            Does::Human { .. } => {
                let found = waiting::task(self.bound, (&call.saga, &call.step.id, call.way), &call.outputs);
                match found {
                    Some(task) => self.ask(&task, &call.interrupted).await,
                    None => Performed::Failed("the plan has no such task".to_owned()),
                }
            }
            Does::Approval { .. } => {
                match waiting::proposal(self.bound, (&call.saga, &call.step.id), &call.outputs) {
                    Some(proposal) => self.approve(&proposal, &call.interrupted).await,
                    None => Performed::Failed("the plan has no such approval".to_owned()),
                }
            }
        }
    }

    /// Looks again and again. What cannot be told is looked at again, too: only the time ends it.
    async fn wait(&self, until: &Look, timeout: Duration, interval: Duration, stop: &Shutdown) -> Performed {
        let ends = self.hands.now().saturating_add(micros(timeout));
        loop {
            let seen = match or_stopped(look(self.bound, until, self.hands), stop).await {
                Some(Seen::Holds(value)) => return Performed::Done(value),
                Some(Seen::Not(seen) | Seen::Unknown(seen)) => seen,
                None => return Performed::Later("interrupted while it waited".to_owned()),
            };
            if self.hands.now() >= ends {
                return Performed::Failed(format!("it did not come in time; last seen: {seen}"));
            }
            if or_stopped(self.hands.sleep(interval), stop).await.is_none() {
                return Performed::Later("interrupted while it waited".to_owned());
            }
        }
    }

    async fn ask(&self, task: &Task, stop: &Shutdown) -> Performed {
        match or_stopped(self.hands.ask(task), stop).await {
            Some(Said::Done { by, text }) if text.trim() == task.confirm => {
                Performed::Done(json!({ "by": by }))
            }
            Some(Said::Done { .. }) => Performed::Later(format!("what was typed is not {:?}", task.confirm)),
            Some(Said::Refused { by, reason }) => Performed::Failed(format!("{by}: {reason}")),
            Some(Said::Nobody) => Performed::Later("a person has to do this".to_owned()),
            None => Performed::Later("interrupted before a person answered".to_owned()),
        }
    }

    /// One look: whoever runs it is not kept waiting for others, who may be asleep; it is resumed when they have spoken.
    async fn approve(&self, proposal: &Proposal, stop: &Shutdown) -> Performed {
        let asked = or_stopped(self.hands.approvals(proposal), stop).await;
        let said = match asked {
            None => return Performed::Later("interrupted before it was approved".to_owned()),
            Some(Err(reason)) => {
                return Performed::Later(format!("whether it is approved cannot be told: {reason}"));
            }
            Some(Ok(said)) => said,
        };
        match judge(proposal, &said, self.hands.now()) {
            Standing::Approved(by) => Performed::Done(json!({ "by": by, "digest": proposal.digest })),
            Standing::Denied(reason) => Performed::Failed(reason),
            Standing::Waits(more) => {
                Performed::Later(format!("{more} more have to approve {}", proposal.digest))
            }
        }
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// What comes of it, or nothing if it is interrupted first.
async fn or_stopped<T>(work: impl Future<Output = T>, stop: &Shutdown) -> Option<T> {
    match select(Box::pin(work), Box::pin(stop.cancelled())).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(((), _)) => None,
    }
}

//! Hands that act in a world of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base::clock::{Clock, ManualClock};
use runbooks::Hands;
use runbooks::hands::{Approvals, Doing, Exit, Order, Proposal, Request, Response, Said, Task, Verdict};

use crate::deaths::Deaths;

/// The truth, which outlives whoever acts in it.
#[derive(Default)]
pub(crate) struct World {
    /// What took effect, in its order.
    pub(crate) acts: Vec<String>,
    /// All commands that were run, as words.
    pub(crate) commands: Vec<Vec<String>>,
    /// All requests that were sent.
    pub(crate) requests: Vec<Request>,
    /// All expressions that were asked.
    pub(crate) queries: Vec<String>,
    /// All tasks that were given.
    pub(crate) tasks: Vec<Task>,
    /// All proposals that were opened or looked at.
    pub(crate) proposals: Vec<Proposal>,
    pub(crate) opened: BTreeMap<String, Approvals>,
    pub(crate) closed: bool,
    /// What fails: first words of a command, a path, a step.
    pub(crate) fails: BTreeSet<String>,
    /// What takes effect unheard, once each.
    pub(crate) vanishes: BTreeSet<String>,
    /// Whether nobody answers tasks.
    pub(crate) nobody: bool,
    /// What is typed instead of what was asked for.
    pub(crate) typed: Option<String>,
    /// How often an expression gives nothing before it gives something.
    pub(crate) patience: usize,
}

#[derive(Clone)]
pub(crate) struct Twin {
    pub(crate) world: Arc<Mutex<World>>,
    pub(crate) deaths: Deaths,
    pub(crate) clock: Clock,
    pub(crate) hand: ManualClock,
}

impl Twin {
    pub(crate) fn new(clock: &Clock, hand: &ManualClock) -> Self {
        Self {
            world: Arc::default(),
            deaths: Deaths::none(),
            clock: clock.clone(),
            hand: hand.clone(),
        }
    }

    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        work(&mut self.world.lock().unwrap())
    }

    pub(crate) fn acts(&self) -> Vec<String> {
        self.with(|world| world.acts.clone())
    }

    /// Somebody approves, or not, whatever waits under this digest.
    pub(crate) fn judge(&self, by: &str, approves: bool, digest: &str) {
        let verdict = Verdict {
            by: by.to_owned(),
            approves,
            digest: digest.to_owned(),
            at: self.clock.now_micros(),
        };
        self.with(|world| world.opened.get_mut(digest).unwrap().verdicts.push(verdict));
    }

    /// Something that acts: before, amid and after it death may come.
    async fn act(&self, name: &str, closes: Option<bool>) -> Result<(), Exit> {
        self.deaths.point().await;
        if self.with(|world| world.fails.contains(name)) {
            return Err(Exit::Code {
                code: 6,
                stdout: String::new(),
                stderr: "refused".to_owned(),
            });
        }
        let vanishes = self.with(|world| {
            world.acts.push(name.to_owned());
            world.closed = closes.unwrap_or(world.closed);
            world.vanishes.remove(name)
        });
        self.deaths.point().await;
        if vanishes {
            return Err(Exit::Lost("no answer".to_owned()));
        }
        Ok(())
    }

    async fn run(&self, order: &Order) -> Exit {
        self.with(|world| world.commands.push(order.argv.clone()));
        let words: Vec<&str> = order.argv.iter().skip(1).take(2).map(String::as_str).collect();
        let name = words.join(" ");
        let done = |text: String| Exit::Code {
            code: 0,
            stdout: text,
            stderr: String::new(),
        };
        let state = |closed: bool| format!("{{\"state\":\"{}\"}}", if closed { "closed" } else { "open" });
        match name.as_str() {
            "intake status" => {
                self.deaths.point().await;
                let unreachable = self.with(|world| world.fails.contains("intake status"));
                match unreachable {
                    true => Exit::Lost("no answer".to_owned()),
                    false => done(state(self.with(|world| world.closed))),
                }
            }
            "intake close" => match self.act(&name, Some(true)).await {
                Ok(()) => done("{\"epoch\":7,\"state\":\"closed\"}".to_owned()),
                Err(exit) => exit,
            },
            // There is none such, but undoing by a command has to be tried.
            "intake reopen" => match self.act(&name, Some(false)).await {
                Ok(()) => done("{}".to_owned()),
                Err(exit) => exit,
            },
            _ => match self.act(&name, None).await {
                Ok(()) => done("{}".to_owned()),
                Err(exit) => exit,
            },
        }
    }
}

impl Hands for Twin {
    fn command<'a>(&'a self, order: &'a Order) -> Doing<'a, Exit> {
        Box::pin(self.run(order))
    }

    fn http<'a>(&'a self, request: &'a Request) -> Doing<'a, Response> {
        Box::pin(async move {
            self.with(|world| world.requests.push(request.clone()));
            if request.method == "GET" {
                let closed = self.with(|world| world.closed);
                let body = format!("{{\"closed\":{closed}}}");
                return Response::Answer { status: 200, body };
            }
            let path = request.url.rsplit('/').next().unwrap_or_default();
            match self.act(&format!("{} {path}", request.method), None).await {
                Ok(()) => Response::Answer {
                    status: 200,
                    body: "{\"id\":\"note-1\"}".to_owned(),
                },
                Err(Exit::Lost(reason)) => Response::Lost(reason),
                Err(_) => Response::Answer {
                    status: 403,
                    body: "refused".to_owned(),
                },
            }
        })
    }

    fn query<'a>(&'a self, expression: &'a str) -> Doing<'a, Result<Vec<String>, String>> {
        Box::pin(async move {
            self.deaths.point().await;
            self.with(|world| {
                world.queries.push(expression.to_owned());
                if world.fails.contains("query") {
                    return Err("the control plane does not answer".to_owned());
                }
                if world.patience > 0 {
                    world.patience -= 1;
                    return Ok(Vec::new());
                }
                Ok(vec!["up 1".to_owned()])
            })
        })
    }

    fn ask<'a>(&'a self, task: &'a Task) -> Doing<'a, Said> {
        Box::pin(async move {
            self.with(|world| world.tasks.push(task.clone()));
            if self.with(|world| world.nobody) {
                return Said::Nobody;
            }
            let name = format!("task {}{}", task.step, if task.undo { " undone" } else { "" });
            let opens = task.prompt.contains("intake reopen").then_some(false);
            match self.act(&name, opens).await {
                Ok(()) => Said::Done {
                    by: "bob".to_owned(),
                    text: self
                        .with(|world| world.typed.clone())
                        .unwrap_or_else(|| task.confirm.clone()),
                },
                Err(_) => Said::Refused {
                    by: "bob".to_owned(),
                    reason: "not I".to_owned(),
                },
            }
        })
    }

    fn approvals<'a>(&'a self, proposal: &'a Proposal) -> Doing<'a, Result<Approvals, String>> {
        Box::pin(async move {
            self.deaths.point().await;
            let opened_at = self.clock.now_micros();
            let said = self.with(|world| {
                world.proposals.push(proposal.clone());
                let fresh = Approvals {
                    opened_at,
                    verdicts: Vec::new(),
                };
                world
                    .opened
                    .entry(proposal.digest.clone())
                    .or_insert(fresh)
                    .clone()
            });
            self.deaths.point().await;
            Ok(said)
        })
    }

    fn now(&self) -> i64 {
        self.clock.now_micros()
    }

    fn sleep(&self, time: Duration) -> Doing<'_, ()> {
        Box::pin(async move {
            self.deaths.point().await;
            self.hand.advance_micros(i64::try_from(time.as_micros()).unwrap());
        })
    }
}

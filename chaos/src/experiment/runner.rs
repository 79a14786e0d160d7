//! Runs an experiment: gate, method, hypothesis, rollbacks, and in any case the end of every fault.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base::clock::Clock;
use base::shutdown::Shutdown;
use lease::Folder;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::experiment::activity::Ends;
use crate::experiment::document::{Experiment, Hypothesis};
use crate::experiment::journal::{Journal, Status};
use crate::experiment::provider::{self, Provider};
use crate::experiment::strategy;
use crate::experiment::vars::Vars;
use crate::experiment::world::World;
use crate::experiment::{hypothesis, method};
use crate::watched;

/// How it is run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// When the hypothesis is tested.
    pub hypothesis: strategy::Hypothesis,
    /// When rollbacks are played.
    pub rollbacks: strategy::Rollbacks,
    /// Between two tests during the method.
    pub every: Duration,
    /// Whether the method ends when the hypothesis does not hold during it.
    pub fail_fast: bool,
}

/// How it went.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The journal, secrets masked.
    pub journal: Value,
    /// How it ended.
    pub status: Status,
    /// Whether the hypothesis held before the method; true if it was not tested.
    pub gate_met: bool,
    /// Whether it did not hold during or after the method.
    pub deviated: bool,
    /// Whether every activity of the method succeeded.
    pub method_succeeded: bool,
    /// Whether a rollback failed.
    pub rollback_failed: bool,
    /// Faults that could not be ended; their records stay.
    pub not_undone: Vec<String>,
}

/// Whether it injects anything, so that it needs a folder for undo records.
#[must_use]
pub fn injects(experiment: &Experiment) -> bool {
    experiment
        .activities()
        .any(|activity| matches!(&activity.provider, Provider::Native(func, _) if provider::injects(func)))
}

struct Runner<'a> {
    experiment: &'a Experiment,
    plan: &'a Plan,
    world: Arc<World>,
    journal: Journal,
    status: Status,
    deviated: bool,
}

/// Runs it. When this returns no fault of it is left, except those that are told.
pub async fn run(
    experiment: &Experiment,
    plan: &Plan,
    vars: Vars,
    clock: Clock,
    shutdown: Shutdown,
    folder: Option<Folder>,
) -> Outcome {
    let began = Instant::now();
    let kept = folder
        .clone()
        .map(|folder| tokio::spawn(watched::stay(folder, clock.clone())));
    let world = Arc::new(World::new(clock, vars, shutdown, folder));
    let mut runner = Runner {
        experiment,
        plan,
        journal: Journal::new(experiment, &world.clock.now().to_string()),
        world,
        status: Status::Completed,
        deviated: false,
    };
    let hypothesis = experiment
        .hypothesis
        .as_ref()
        .filter(|hypothesis| !hypothesis.probes.is_empty());
    let gate_met = match hypothesis.filter(|_| plan.hypothesis.before()) {
        Some(hypothesis) => runner.gate(hypothesis).await,
        None => true,
    };
    let mut method_succeeded = true;
    if gate_met {
        method_succeeded = runner.method(hypothesis).await;
        let goes_on = runner.status == Status::Completed && !runner.world.shutdown.is_triggered();
        if let Some(hypothesis) = hypothesis.filter(|_| goes_on && plan.hypothesis.after()) {
            runner.verify(hypothesis).await;
        }
    }
    if runner.world.shutdown.is_triggered() {
        runner.status = Status::Interrupted;
    }
    let rollback_failed = runner.roll_back().await;
    let not_undone = runner.end_faults().await;
    if let Some(kept) = kept {
        kept.abort();
    }
    let (status, deviated, world) = (runner.status, runner.deviated, runner.world);
    let mut journal = runner.journal;
    journal.end(
        status,
        deviated,
        &world.clock.now().to_string(),
        began.elapsed().as_secs_f64(),
    );
    Outcome {
        journal: world.redactor.value(&journal.0),
        status,
        gate_met,
        deviated,
        method_succeeded,
        rollback_failed,
        not_undone: not_undone.iter().map(|why| world.redactor.text(why)).collect(),
    }
}

impl Runner<'_> {
    /// If the hypothesis does not hold before the method, there is nothing to learn from harming anything.
    async fn gate(&mut self, hypothesis: &Hypothesis) -> bool {
        let state = hypothesis::test(hypothesis, &self.world).await;
        self.journal.steady_state("before", state.entry);
        if state.failed {
            self.status = Status::Failed;
        }
        state.met
    }

    async fn method(&mut self, hypothesis: Option<&Hypothesis>) -> bool {
        let (over, enough) = (CancellationToken::new(), CancellationToken::new());
        let during = hypothesis.filter(|_| self.plan.hypothesis.during());
        let watching = async {
            match during {
                Some(hypothesis) => watch(hypothesis, self.plan, &self.world, &over, &enough).await,
                None => (Vec::new(), true),
            }
        };
        let working = async {
            let done = method::run(&self.experiment.method, &self.world, Ends::BySignal, &enough).await;
            over.cancel();
            done
        };
        let ((states, held), (runs, succeeded)) = tokio::join!(watching, working);
        self.deviated |= !held;
        self.journal.steady_state("during", Value::from(states));
        self.journal.put("run", Value::from(runs));
        succeeded
    }

    async fn verify(&mut self, hypothesis: &Hypothesis) {
        let state = hypothesis::test(hypothesis, &self.world).await;
        // A signal in the midst of it is no finding.
        if self.world.shutdown.is_triggered() {
            return;
        }
        self.journal.steady_state("after", state.entry);
        self.deviated |= !state.met;
        if state.failed {
            self.status = Status::Failed;
        }
    }

    /// Whether one failed.
    async fn roll_back(&mut self) -> bool {
        let failed = self.status == Status::Failed;
        if !self.plan.rollbacks.play(failed, self.deviated) {
            return false;
        }
        let never = CancellationToken::new();
        let (runs, succeeded) =
            method::run(&self.experiment.rollbacks, &self.world, Ends::ByItself, &never).await;
        self.journal.put("rollbacks", Value::from(runs));
        !succeeded
    }

    async fn end_faults(&self) -> Vec<String> {
        let world = Arc::clone(&self.world);
        let ended = tokio::task::spawn_blocking(move || world.end(None)).await;
        let Ok(ended) = ended else {
            return vec!["ending the faults panicked: run recover".to_owned()];
        };
        ended
            .into_iter()
            .filter_map(|one| one.err().map(|error| error.to_string()))
            .collect()
    }
}

/// Tests until the method is over; the states, and whether all of them held.
async fn watch(
    hypothesis: &Hypothesis,
    plan: &Plan,
    world: &World,
    over: &CancellationToken,
    enough: &CancellationToken,
) -> (Vec<Value>, bool) {
    let (mut states, mut held) = (Vec::new(), true);
    while !over.is_cancelled() && !world.shutdown.is_triggered() {
        let state = hypothesis::test(hypothesis, world).await;
        if world.shutdown.is_triggered() {
            break;
        }
        held &= state.met;
        states.push(state.entry);
        if !held && plan.fail_fast {
            enough.cancel();
            break;
        }
        tokio::select! {
            () = over.cancelled() => {}
            () = tokio::time::sleep(plan.every) => {}
        }
    }
    (states, held)
}

//! Runs one activity, pauses included, into an entry of the journal.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::experiment::document::Activity;
use crate::experiment::provider::Failed;
use crate::experiment::tolerance::{Tolerance, verdict};
use crate::experiment::world::World;

/// How one run of an activity ended.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// As the journal has it.
    pub(super) entry: Value,
    pub(super) output: Value,
    pub(super) succeeded: bool,
}

/// Whether a signal ends it: what undoes must go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    BySignal,
    ByItself,
}

pub(super) async fn execute(activity: &Activity, world: &World, ends: Ends) -> Run {
    let mut run = json!({ "activity": activity.raw, "output": null });
    let interrupted = async {
        match ends {
            Ends::BySignal => world.shutdown.cancelled().await,
            Ends::ByItself => std::future::pending().await,
        }
    };
    tokio::pin!(interrupted);
    let aborted = |mut run: Value| {
        put(&mut run, "status", "aborted".into());
        put(&mut run, "exception", json!(["a signal ended it"]));
        Run {
            entry: run,
            output: Value::Null,
            succeeded: false,
        }
    };
    tokio::select! {
        () = &mut interrupted => return aborted(run),
        () = pause(&activity.before, world) => {}
    }
    tracing::info!("{}: {}", activity.kind, activity.name);
    put(&mut run, "start", world.clock.now().to_string().into());
    let began = Instant::now();
    let outcome = tokio::select! {
        () = &mut interrupted => None,
        outcome = activity.provider.run(&activity.name, None, world) => Some(outcome),
    };
    put(&mut run, "end", world.clock.now().to_string().into());
    put(&mut run, "duration", began.elapsed().as_secs_f64().into());
    let Some(outcome) = outcome else {
        return aborted(run);
    };
    let run = finished(run, outcome, world);
    tokio::select! {
        () = &mut interrupted => {}
        () = pause(&activity.after, world) => {}
    }
    run
}

fn finished(mut entry: Value, outcome: Result<Value, Failed>, world: &World) -> Run {
    match outcome {
        Ok(output) => {
            put(&mut entry, "status", "succeeded".into());
            put(&mut entry, "output", output.clone());
            Run {
                entry,
                output,
                succeeded: true,
            }
        }
        Err(Failed(why)) => {
            tracing::error!("failed: {}", world.redactor.text(&why));
            put(&mut entry, "status", "failed".into());
            put(&mut entry, "exception", json!([why]));
            Run {
                entry,
                output: Value::Null,
                succeeded: false,
            }
        }
    }
}

/// Whether what a probe returned is tolerated.
pub(super) async fn tolerated(tolerance: &Tolerance, output: &Value, world: &World) -> Result<bool, Failed> {
    if let Tolerance::Probe(probe) = tolerance {
        let judged = probe.provider.run(&probe.name, Some(output), world).await?;
        return Ok(verdict(&judged));
    }
    tolerance
        .tolerates(output, &|value| world.fill(value))
        .map_err(|why| Failed(why.0))
}

async fn pause(seconds: &Value, world: &World) {
    let seconds = world.fill(seconds);
    let seconds = seconds.as_f64().or_else(|| seconds.as_str()?.parse().ok());
    if let Some(pause) = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
        tokio::time::sleep(pause).await;
    }
}

pub(super) fn put(entry: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = entry {
        fields.insert(name.to_owned(), value);
    }
}

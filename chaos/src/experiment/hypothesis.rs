//! Tests the steady-state hypothesis: its probes in order, until one fails or returns what is not tolerated.

use serde_json::{Value, json};

use crate::experiment::activity::{Ends, execute, put, tolerated};
use crate::experiment::document::Hypothesis;
use crate::experiment::world::World;

/// How a test ended.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// As the journal has it.
    pub(super) entry: Value,
    pub(super) met: bool,
    /// A probe could not be run, so nothing is known.
    pub(super) failed: bool,
}

pub(super) async fn test(hypothesis: &Hypothesis, world: &World) -> State {
    tracing::info!("hypothesis: {}", hypothesis.title);
    let mut probes = Vec::new();
    let (mut met, mut failed) = (true, false);
    for activity in &hypothesis.probes {
        let mut run = execute(activity, world, Ends::BySignal).await;
        let judged = match &activity.tolerance {
            Some(tolerance) if run.succeeded => tolerated(tolerance, &run.output, world).await,
            _ => Ok(run.succeeded),
        };
        failed |= !run.succeeded;
        met = judged.unwrap_or_else(|why| {
            tracing::error!("{}: {}", activity.name, world.redactor.text(&why.0));
            false
        });
        put(&mut run.entry, "tolerance_met", met.into());
        probes.push(run.entry);
        if !met {
            tracing::warn!("'{}' is not within its tolerance", activity.name);
            break;
        }
    }
    State {
        entry: json!({ "steady_state_met": met, "probes": probes }),
        met,
        failed,
    }
}

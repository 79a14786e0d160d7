//! Runs a list of activities: each after the other, those in the background beside them; waits for all of them.

use std::sync::Arc;

use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::experiment::activity::{Ends, Run, execute};
use crate::experiment::document::Activity;
use crate::experiment::world::World;

enum Entry {
    Done(Run),
    Running(JoinHandle<Run>),
}

/// The entries in the order of the list, and whether all succeeded. No further one begins once `enough` is set off.
pub(super) async fn run(
    activities: &[Activity],
    world: &Arc<World>,
    ends: Ends,
    enough: &CancellationToken,
) -> (Vec<Value>, bool) {
    let mut entries = Vec::new();
    for activity in activities {
        if enough.is_cancelled() || (ends == Ends::BySignal && world.shutdown.is_triggered()) {
            break;
        }
        entries.push(if activity.background {
            let (activity, world) = (activity.clone(), Arc::clone(world));
            Entry::Running(tokio::spawn(
                async move { execute(&activity, &world, ends).await },
            ))
        } else {
            Entry::Done(execute(activity, world, ends).await)
        });
    }
    let (mut runs, mut all) = (Vec::new(), true);
    for entry in entries {
        let run = match entry {
            Entry::Done(run) => Some(run),
            Entry::Running(task) => task.await.ok(),
        };
        all &= run.as_ref().is_some_and(|run| run.succeeded);
        runs.extend(run.map(|run| run.entry));
    }
    (runs, all)
}

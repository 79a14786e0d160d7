//! What was agreed on for a time happens at that time.

use std::collections::BTreeSet;
use std::time::Duration;

use auth::approvals::book;
use base::shutdown::Shutdown;
use domain::lane::Lane;
use tokio::time::{MissedTickBehavior, interval};

use super::reopening::{self, LATER};
use crate::{Refusal, World};

/// A reopening is not urgent to the second; one indexed read of a small table is all that this takes.
const EVERY: Duration = Duration::from_secs(1);

/// Opens what is due until shutdown. What cannot be opened (it was closed anew, an approver was disabled) stays
/// as it is, and is said once.
pub async fn run<L: Lane>(world: World<L>, shutdown: Shutdown) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut refused = BTreeSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let due = match due(&world).await {
            Ok(due) => due,
            Err(error) => {
                tracing::debug!(%error, "what is due is not known");
                continue;
            }
        };
        for id in due {
            match open(&world, &id).await {
                Ok(()) => tracing::warn!(
                    proposal = id,
                    "intake was reopened at the time that was agreed on"
                ),
                Err(error) if refused.insert(id.clone()) => {
                    tracing::warn!(proposal = id, %error, "intake stays as it is at the time that was agreed on");
                }
                Err(_) => {}
            }
        }
    }
}

/// Ids of what two persons agreed on and whose time has come.
async fn due<L: Lane>(world: &World<L>) -> Result<Vec<String>, Refusal> {
    let now = world.clock.now_micros();
    let alive = world
        .db
        .read(move |tx| Box::pin(async move { Ok::<_, Refusal>(book::alive(tx, LATER, now).await?) }));
    let mut due = Vec::new();
    for proposal in alive.await? {
        if let Some((_, Some(at))) = reopening::asked(&proposal)?
            && at <= now
        {
            due.push(proposal.id);
        }
    }
    Ok(due)
}

async fn open<L: Lane>(world: &World<L>, id: &str) -> Result<(), Refusal> {
    let (id, now) = (id.to_owned(), world.clock.now_micros());
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                let (proposal, _) = book::execute_due(tx, &id, now).await?;
                reopening::carried_out(tx, book::SCHEDULE, now, &proposal).await
            })
        })
        .await?;
    // What was parked while intake was closed may go now.
    world.wake.notify_one();
    Ok(())
}

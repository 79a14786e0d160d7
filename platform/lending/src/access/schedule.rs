//! What was agreed on for a time happens at that time.

use std::collections::BTreeMap;
use std::time::Duration;

use auth::approvals::book;
use base::shutdown::Shutdown;
use domain::lane::Lane;
use tokio::time::{MissedTickBehavior, interval};

use super::parked::Effects;
use super::reopening::{self, LATER};
use super::time;
use crate::{Refusal, World};

/// A reopening is not urgent to the second, and a look reads a small table.
const EVERY: Duration = Duration::from_secs(1);

/// Opens what is due until shutdown. What cannot be opened (it was closed anew, an approver may no more) stays as it
/// is, which is said once: at the second failure, as the first may be another instance that was faster.
pub async fn run<L: Lane>(world: World<L>, shutdown: Shutdown) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failures: BTreeMap<String, u32> = BTreeMap::new();
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
        failures.retain(|id, _| due.contains(id));
        for id in due {
            match open(&world, &id).await {
                Ok(()) => tracing::warn!(
                    proposal = id,
                    "intake was reopened at the time that was agreed on"
                ),
                Err(error) => {
                    let times = failures.entry(id.clone()).or_default();
                    *times = times.saturating_add(1);
                    if *times == 2 {
                        tracing::warn!(proposal = id, %error, "intake stays as it is at the time that was agreed on");
                    }
                }
            }
        }
    }
}

/// Ids of what two persons agreed on and whose time has come.
async fn due<L: Lane>(world: &World<L>) -> Result<Vec<String>, Refusal> {
    let now = world.clock.now_micros();
    let asked = world.db.read(move |tx| {
        Box::pin(async move {
            let approved = book::approved(tx, LATER, now).await?;
            Ok::<_, Refusal>((approved, time::certain(tx, now).await?))
        })
    });
    let (approved, now) = asked.await?;
    let mut due = Vec::new();
    for proposal in approved {
        match reopening::asked(&proposal) {
            Ok(Some(asked)) if asked.at.is_some_and(|at| at <= now) => due.push(proposal.id),
            Ok(_) => {}
            Err(error) => tracing::warn!(proposal = proposal.id, %error, "an agreement cannot be read"),
        }
    }
    Ok(due)
}

async fn open<L: Lane>(world: &World<L>, id: &str) -> Result<(), Refusal> {
    let (id, now, effects) = (id.to_owned(), world.clock.now_micros(), Effects::of(world));
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                let (proposal, _) = book::execute_due(tx, &id, now).await?;
                reopening::carried_out(tx, (book::SCHEDULE, now), &proposal, &effects).await
            })
        })
        .await?;
    // What was parked while intake was closed may go now.
    world.wake.notify_one();
    Ok(())
}

//! Delivers what transactions promised: payments one by one, notices in batches, and
//! the destruction of keys.
//!
//! An effect is leased before it is tried, so that several instances share one
//! outbox; a worker that dies leaves its lease to run out. Every effect may be
//! delivered twice and is keyed for it: payments by their draw, notices by their id.

use std::sync::Arc;
use std::time::Duration;

use base::shutdown::Shutdown;
use db::DbError;
use domain::lane::Lane;
use store::outbox::{self, Effect};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::settle_draw::{self, Settled};
use crate::{Refusal, World, shred};

/// Payments under way at once: core banking's stand-in and a real one alike
/// answer in milliseconds, so 16 are hundreds a second and no burden.
const PAYMENTS_AT_ONCE: usize = 16;
/// How long a lease lasts: longer than any attempt (the core's timeout and retries).
const LEASE: i64 = 30_000_000;
/// How often the outbox looks without being woken.
const LOOK: Duration = Duration::from_millis(200);
/// Keys destroyed in one look: each is two commits in the key store, and payments wait meanwhile.
const SHREDS_AT_ONCE: i64 = 4;
/// Between two looks for keys to destroy: a look passes over every notice that waits,
/// and a destruction is not in that hurry.
const SHRED_LOOK: Duration = Duration::from_secs(1);
/// Notices in one delivery, and in the transaction that ticks them off: about 5 ms of writing.
const NOTICES_AT_ONCE: usize = 200;

/// Runs until shutdown, and then finishes what it began.
pub async fn run<L: Lane>(world: World<L>, shutdown: Shutdown) {
    let slots = Arc::new(Semaphore::new(PAYMENTS_AT_ONCE));
    let mut under_way = JoinSet::new();
    let mut looked: Option<Instant> = None;
    while !shutdown.is_triggered() {
        let mut busy = false;
        match payments(&world, &slots, &mut under_way).await {
            Ok(taken) => busy |= taken > 0,
            Err(error) => tracing::warn!(%error, "the outbox cannot read its payments"),
        }
        match notices(&world).await {
            // What is less than a batch waits for more: ticking off a few costs as much as many.
            Ok(taken) => busy |= taken >= NOTICES_AT_ONCE,
            Err(error) => tracing::warn!(%error, "notices wait"),
        }
        if looked.is_none_or(|at| at.elapsed() >= SHRED_LOOK) {
            looked = Some(Instant::now());
            if let Err(error) = shreds(&world).await {
                tracing::warn!(%error, "keys that are to be destroyed wait");
            }
        }
        while under_way.try_join_next().is_some() {}
        if !busy {
            tokio::select! {
                () = world.wake.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }
    while under_way.join_next().await.is_some() {}
}

/// Destroys the keys that are due.
async fn shreds<L: Lane>(world: &World<L>) -> Result<(), Refusal> {
    for effect in due(world, shred::KIND, SHREDS_AT_ONCE).await? {
        if !lease(world, effect.clone()).await? {
            continue;
        }
        if let Err(refusal) = shred::carry_out(world, &effect).await {
            put_off(
                world,
                &effect,
                backoff(effect.attempts),
                refusal.code.as_str().to_owned(),
            )
            .await;
        }
    }
    Ok(())
}

/// Starts the payments that are due and have a free slot; says how many.
async fn payments<L: Lane>(
    world: &World<L>,
    slots: &Arc<Semaphore>,
    under_way: &mut JoinSet<()>,
) -> Result<usize, Refusal> {
    let free = i64::try_from(slots.available_permits()).unwrap_or(0);
    if free == 0 {
        return Ok(0);
    }
    let mut taken = 0;
    for effect in due(world, "payment", free).await? {
        if effect.lane != world.lane.name() {
            give_up(world, effect.number, "of another lane").await?;
            continue;
        }
        if !lease(world, effect.clone()).await? {
            continue;
        }
        let Ok(slot) = Arc::clone(slots).try_acquire_owned() else {
            break;
        };
        let world = world.clone();
        under_way.spawn(async move {
            pay(&world, &effect).await;
            drop(slot);
            // A free slot may be what the next payment waits for.
            world.wake.notify_one();
        });
        taken += 1;
    }
    Ok(taken)
}

async fn pay<L: Lane>(world: &World<L>, effect: &Effect) {
    let result = settle_draw::settle(world, effect.number, &effect.reference).await;
    let (wait, why) = match result {
        Ok(Settled::Done) => return,
        Ok(Settled::Parked) => (1_000_000, "intake is closed".to_owned()),
        Ok(Settled::Unknown) => (
            backoff(effect.attempts),
            "outcome unknown at core banking".to_owned(),
        ),
        Err(refusal) => (backoff(effect.attempts), refusal.code.as_str().to_owned()),
    };
    put_off(world, effect, wait, why).await;
}

async fn put_off<L: Lane>(world: &World<L>, effect: &Effect, wait: i64, why: String) {
    let next = world.clock.now_micros().saturating_add(wait);
    let number = effect.number;
    let put_off: Result<(), DbError> = world
        .db
        .write(move |tx| Box::pin(async move { outbox::put_off(tx, number, next, &why).await }))
        .await;
    if let Err(error) = put_off {
        // The lease runs out by itself; the effect is tried again then.
        tracing::warn!(%error, effect = effect.id, "an effect could not be put off");
    }
}

/// 0.2 s, doubled with each attempt, at most a minute. A payment is never given
/// up: its outcome must be known.
fn backoff(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.clamp(0, 9)).unwrap_or(9);
    200_000_i64.saturating_mul(1_i64 << doublings).min(60_000_000)
}

/// Delivers one batch of notices; says how many.
async fn notices<L: Lane>(world: &World<L>) -> Result<usize, Refusal> {
    let Some(notices) = &world.notices else {
        return Ok(0);
    };
    let batch = due(world, "notice", NOTICES_AT_ONCE as i64).await?;
    if batch.is_empty() {
        return Ok(0);
    }
    let ids: Vec<(String, String)> = batch
        .iter()
        .map(|effect| (effect.id.clone(), effect.reference.clone()))
        .collect();
    let delivered = notices.deliver(&ids).await.is_ok();
    let now = world.clock.now_micros();
    let count = batch.len();
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if delivered {
                    let numbers = batch.iter().map(|effect| effect.number);
                    outbox::all_done(tx, numbers, now).await?;
                    return Ok::<_, Refusal>(());
                }
                for effect in &batch {
                    let next = now.saturating_add(backoff(effect.attempts).max(1_000_000));
                    if outbox::lease(tx, effect, next).await? {
                        outbox::put_off(tx, effect.number, next, "not delivered").await?;
                    }
                }
                Ok::<_, Refusal>(())
            })
        })
        .await?;
    Ok(if delivered { count } else { 0 })
}

async fn due<L: Lane>(world: &World<L>, kind: &'static str, most: i64) -> Result<Vec<Effect>, Refusal> {
    let now = world.clock.now_micros();
    world
        .db
        .read(move |tx| Box::pin(async move { Ok(outbox::due(tx, kind, now, most).await?) }))
        .await
}

async fn lease<L: Lane>(world: &World<L>, effect: Effect) -> Result<bool, Refusal> {
    let until = world.clock.now_micros().saturating_add(LEASE);
    world
        .db
        .write(move |tx| Box::pin(async move { Ok(outbox::lease(tx, &effect, until).await?) }))
        .await
}

async fn give_up<L: Lane>(world: &World<L>, number: i64, why: &'static str) -> Result<(), Refusal> {
    world
        .db
        .write(move |tx| Box::pin(async move { Ok(outbox::dead(tx, number, why).await?) }))
        .await
}

#[cfg(test)]
mod tests {
    #[test]
    fn waiting_grows_and_is_bounded() {
        assert_eq!(super::backoff(0), 200_000);
        assert_eq!(super::backoff(3), 1_600_000);
        assert_eq!(super::backoff(i64::MAX), 60_000_000);
    }
}

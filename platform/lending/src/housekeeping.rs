//! Forgets what has expired: stored answers that no client can ask for any more, and
//! raw answers of sources that are kept no longer. Ends requests for more time whose time is over.

use std::time::Duration;

use base::shutdown::Shutdown;
use domain::lane::Lane;
use store::{idempotency, pulls, renewals};

use crate::{Refusal, World};

/// An expired answer is never replayed, it only takes space: 4 % more than a day's
/// for a walk an hour.
const EVERY: Duration = Duration::from_hours(1);
/// Between two slices, so that writers behind them don't wait.
const PAUSE: Duration = Duration::from_millis(20);

/// Runs until shutdown.
pub async fn run<L: Lane>(world: World<L>, shutdown: Shutdown) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = shutdown.cancelled() => return,
        }
        match expire(&world, &shutdown).await {
            Ok(0) => {}
            Ok(erased) => tracing::info!(erased, "raw answers of sources erased, their time being over"),
            Err(error) => tracing::warn!(%error, "raw answers of sources stay for now"),
        }
        match lapse(&world, &shutdown).await {
            Ok(0) => {}
            Ok(lapsed) => tracing::info!(lapsed, "requests for more time that nobody decided have lapsed"),
            Err(error) => tracing::warn!(%error, "requests for more time stay for now"),
        }
        match sweep(&world, &shutdown).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::info!(forgotten, "expired answers forgotten"),
            Err(error) => tracing::warn!(%error, "expired answers stay for now"),
        }
    }
}

/// Deletes what has expired, slice by slice; says how many.
///
/// # Errors
/// The database's refusal.
pub async fn sweep<L: Lane>(world: &World<L>, shutdown: &Shutdown) -> Result<u64, Refusal> {
    let mut forgotten = 0;
    let mut next = Some(idempotency::Place::default());
    while let Some(after) = next.take().filter(|_| !shutdown.is_triggered()) {
        let now = world.clock.now_micros();
        let slice = world.db.write(move |tx| {
            Box::pin(async move { Ok::<_, Refusal>(idempotency::sweep(tx, &after, now).await?) })
        });
        let (gone, place) = slice.await?;
        forgotten += gone;
        next = place;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(forgotten)
}

/// Raw answers, or requests, in one slice: about 2 ms of the writer.
const AT_ONCE: i64 = 100;

/// Erases the raw answers of sources whose time is over, slice by slice; says how many.
///
/// # Errors
/// The database's refusal.
pub async fn expire<L: Lane>(world: &World<L>, shutdown: &Shutdown) -> Result<u64, Refusal> {
    let mut erased = 0;
    while !shutdown.is_triggered() {
        let now = world.clock.now_micros();
        let slice = world.db.write(move |tx| {
            Box::pin(async move { Ok::<_, Refusal>(pulls::erase_expired(tx, now, AT_ONCE).await?) })
        });
        let gone = slice.await?;
        erased += gone;
        if gone == 0 {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(erased)
}

/// Ends the requests for more time whose loan was settled or reached its last due date, slice by slice; says how many.
///
/// # Errors
/// The database's refusal.
pub async fn lapse<L: Lane>(world: &World<L>, shutdown: &Shutdown) -> Result<u64, Refusal> {
    let mut lapsed = 0;
    while !shutdown.is_triggered() {
        let (today, now) = (world.clock.today().to_string(), world.clock.now_micros());
        let slice = world.db.write(move |tx| {
            Box::pin(async move { Ok::<_, Refusal>(renewals::lapse(tx, &today, now, AT_ONCE).await?) })
        });
        let ended = slice.await?;
        lapsed += ended;
        if ended == 0 {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(lapsed)
}

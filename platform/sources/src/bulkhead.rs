//! The bulkhead: a source may hold up so many calls and no more, so that a slow
//! one can't take the others' callers with it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

#[derive(Debug)]
pub(crate) struct Bulkhead {
    places: Semaphore,
    waiting: AtomicUsize,
    most_waiting: usize,
}

impl Bulkhead {
    pub(crate) fn new(concurrent: usize, most_waiting: usize) -> Self {
        Self {
            places: Semaphore::new(concurrent),
            waiting: AtomicUsize::new(0),
            most_waiting,
        }
    }

    /// A place until it is dropped; nothing when too many wait already, or
    /// when none became free in time.
    pub(crate) async fn enter(&self, patience: Duration) -> Option<SemaphorePermit<'_>> {
        if let Ok(place) = self.places.try_acquire() {
            return Some(place);
        }
        let _queued = Queued::join(&self.waiting, self.most_waiting)?;
        tokio::time::timeout(patience, self.places.acquire())
            .await
            .ok()?
            .ok()
    }
}

/// A place in the queue, given up on drop, however the wait ends.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn join(waiting: &'a AtomicUsize, most: usize) -> Option<Self> {
        let joined = waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| {
            (now < most).then_some(now + 1)
        });
        joined.ok().map(|_| Self(waiting))
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn beyond_places_and_queue_callers_are_turned_away_at_once() {
        let bulkhead = Bulkhead::new(2, 1);
        let first = bulkhead.enter(PATIENCE).await;
        let second = bulkhead.enter(PATIENCE).await;
        assert!(first.is_some() && second.is_some());
        let mut queued = Box::pin(bulkhead.enter(PATIENCE));
        assert!(queued.as_mut().now_or_never().is_none(), "the third waits");
        assert!(
            matches!(bulkhead.enter(PATIENCE).now_or_never(), Some(None)),
            "the fourth does not"
        );
        drop(first);
        assert!(queued.await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_gives_up_in_time_and_leaves_the_queue() {
        let bulkhead = Bulkhead::new(1, 1);
        let _busy = bulkhead.enter(PATIENCE).await;
        assert!(bulkhead.enter(PATIENCE).await.is_none());
        drop(Box::pin(bulkhead.enter(PATIENCE)).as_mut().now_or_never());
        assert_eq!(bulkhead.waiting.load(Ordering::Relaxed), 0);
    }
}

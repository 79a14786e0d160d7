//! A journal in the hands of one runner: what it comes to, and the right to write on.

use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;

use crate::error::SagaError;
use crate::event::Event;
use crate::next::next;
use crate::plan::Plan;
use crate::state::{State, replay};
use crate::store::{Append, Lease, Store, StoreError};

/// A held journal.
pub(crate) struct Hold<'r> {
    store: &'r dyn Store,
    clock: &'r Clock,
    lasts: i64,
    lease: Lease,
    /// Until when the lease was last made to last.
    until: i64,
    seq: i64,
    state: State,
}

impl<'r> Hold<'r> {
    /// Takes the lease and reads the journal.
    ///
    /// # Errors
    /// Somebody else has it, it is of another plan, or the store.
    pub(crate) async fn take(
        store: &'r dyn Store,
        clock: &'r Clock,
        (saga, holder): (&str, &str),
        plan: &Arc<Plan>,
        lasts: Duration,
    ) -> Result<Self, SagaError> {
        // Before the lease: a wrong plan must not keep the right one waiting.
        bound(store, saga, plan).await?;
        let lasts = i64::try_from(lasts.as_micros()).unwrap_or(i64::MAX);
        let now = clock.now_micros();
        let until = now.saturating_add(lasts);
        let lease = store.lease(saga, holder, now, until).await?;
        let read = async {
            let (header, entries) = store.load(saga).await?;
            Ok::<_, SagaError>((header.seq, replay(plan, &entries)?))
        };
        match read.await {
            Ok((seq, state)) => Ok(Self {
                store,
                clock,
                lasts,
                lease,
                until,
                seq,
                state,
            }),
            Err(error) => {
                drop(store.release(&lease).await);
                Err(error)
            }
        }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn seq(&self) -> i64 {
        self.seq
    }

    pub(crate) fn fence(&self) -> i64 {
        self.lease.fence
    }

    /// Writes an event, and takes it into account once it is durable.
    ///
    /// # Errors
    /// It is not legal, or the store; with an outcome that is unknown, this hold is not used any more.
    pub(crate) async fn append(&mut self, event: Event) -> Result<(), SagaError> {
        let state = self.state.apply(&event)?;
        let now = self.clock.now_micros();
        let until = now.saturating_add(self.lasts);
        let append = Append {
            seq: self.seq.saturating_add(1),
            at: now,
            event,
            standing: next(&state).as_str(),
            until,
        };
        self.store.append(&self.lease, &append).await?;
        (self.seq, self.state, self.until) = (append.seq, state, until);
        Ok(())
    }

    /// Whether the lease still lasts by this machine's clock. A process that was stopped between its intent and its
    /// effect finds out here, and does nothing.
    pub(crate) fn lasts(&self) -> bool {
        self.clock.now_micros() < self.until
    }

    /// Waits for an effect and keeps the lease meanwhile.
    ///
    /// # Errors
    /// The lease went to somebody else, or could not be renewed until it ran out; the effect is dropped.
    pub(crate) async fn during<T>(&mut self, effect: impl Future<Output = T>) -> Result<T, SagaError> {
        tokio::pin!(effect);
        // Three renewals a lease: two may fail.
        let pause = Duration::from_micros(u64::try_from(self.lasts / 3).unwrap_or_default().max(1));
        loop {
            tokio::select! {
                biased;
                done = &mut effect => return Ok(done),
                () = tokio::time::sleep(pause) => self.renew().await?,
            }
        }
    }

    async fn renew(&mut self) -> Result<(), SagaError> {
        let until = self.clock.now_micros().saturating_add(self.lasts);
        match self.store.renew(&self.lease, until).await {
            Ok(()) => self.until = until,
            Err(StoreError::Lost) => return Err(StoreError::Lost.into()),
            Err(error) if !self.lasts() => return Err(error.into()),
            Err(error) => tracing::warn!(saga = self.lease.saga, %error, "a lease could not be renewed yet"),
        }
        Ok(())
    }

    /// Gives the lease back. If that fails, it runs out by itself.
    pub(crate) async fn release(self) {
        if let Err(error) = self.store.release(&self.lease).await {
            tracing::warn!(saga = self.lease.saga, %error, "a lease could not be given back and runs out by itself");
        }
    }
}

/// Whether a saga is of this plan.
///
/// # Errors
/// [`SagaError::OtherPlan`], or the store.
async fn bound(store: &dyn Store, saga: &str, plan: &Arc<Plan>) -> Result<(), SagaError> {
    let (header, _) = store.load(saga).await?;
    if header.plan == plan.digest() {
        return Ok(());
    }
    Err(SagaError::OtherPlan {
        bound: header.plan,
        given: plan.digest().to_owned(),
    })
}

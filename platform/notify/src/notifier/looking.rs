//! Shows what there is, and changes what operators may change.

use super::Notifier;
use crate::error::NotifyError;
use crate::list::{self, Listed, Sent, Waiting};
use crate::mark;
use crate::meters::{self, Meter};
use crate::silence::{self, NewSilence, Silence};

impl Notifier {
    /// Puts a silence in force and gives its id; [`silence::create`] does it in a transaction of the caller's.
    ///
    /// # Errors
    /// As [`silence::create`].
    pub async fn silence(&self, asked: NewSilence) -> Result<String, NotifyError> {
        let (context, now) = self.now();
        self.write(move |tx| {
            Box::pin(async move { silence::create(tx, &context.config, &context.ids, &asked, now).await })
        })
        .await
    }

    /// Ends a silence; [`silence::expire`] does it in a transaction of the caller's.
    ///
    /// # Errors
    /// As [`silence::expire`].
    pub async fn expire(&self, id: &str, by: &str) -> Result<(), NotifyError> {
        let (_, now) = self.now();
        let (id, by) = (id.to_owned(), by.to_owned());
        self.write(move |tx| Box::pin(async move { silence::expire(tx, &id, &by, now).await }))
            .await
    }

    /// Silences in force or to come, and with `over` the latest that are over.
    ///
    /// # Errors
    /// The store's.
    pub async fn silences(&self, over: bool) -> Result<Vec<Silence>, NotifyError> {
        let (_, now) = self.now();
        self.0
            .db
            .read(move |tx| Box::pin(async move { silence::list(tx, now, over).await }))
            .await
    }

    /// Alerts that fire, with what hides them.
    ///
    /// # Errors
    /// The store's.
    pub async fn alerts(&self) -> Result<Vec<Listed>, NotifyError> {
        let (context, now) = self.now();
        self.0
            .db
            .read(move |tx| Box::pin(async move { list::alerts(tx, &context.config, now).await }))
            .await
    }

    /// Groups that somebody has to answer for.
    ///
    /// # Errors
    /// The store's.
    pub async fn escalations(&self) -> Result<Vec<Waiting>, NotifyError> {
        self.0
            .db
            .read(move |tx| Box::pin(async move { list::escalations(tx).await }))
            .await
    }

    /// The latest pages in a state (`queued`, `sent`, `dead`, `superseded`, `cut`), or in any; at most 1,000.
    ///
    /// # Errors
    /// The store's.
    pub async fn pages(&self, state: Option<&str>, most: u32) -> Result<Vec<Sent>, NotifyError> {
        let state = state.map(str::to_owned);
        self.0
            .db
            .read(move |tx| Box::pin(async move { list::pages(tx, state.as_deref(), most).await }))
            .await
    }

    /// Queues a dead letter again.
    ///
    /// # Errors
    /// [`NotifyError::Unknown`] if there is no such dead letter.
    pub async fn revive(&self, key: &str) -> Result<(), NotifyError> {
        let (context, now) = self.now();
        let key = key.to_owned();
        self.write(move |tx| Box::pin(async move { mark::revive(tx, &context, &key, now).await }))
            .await?;
        self.0.wake.notify_waiters();
        Ok(())
    }

    /// All numbers: the store's and what this process has counted.
    ///
    /// # Errors
    /// The store's.
    pub async fn meters(&self) -> Result<Vec<Meter>, NotifyError> {
        let (context, now) = self.now();
        let mut meters = self.0.counters.read();
        meters.push(Meter {
            name: meters::PASSED,
            channel: String::new(),
            value: (self.last_pass() / 1_000_000).unsigned_abs(),
        });
        let stored = self
            .0
            .db
            .read(move |tx| Box::pin(async move { meters::read(tx, &context.config, now).await }))
            .await?;
        meters.extend(stored);
        meters.sort();
        Ok(meters)
    }
}

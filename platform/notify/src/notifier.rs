//! The notifier: what the process around it holds.
//!
//! Here it is opened, takes alerts in and decides; `sending` sends a page, `running` does all of it until shutdown,
//! `answering` takes people's answers, `looking` shows what there is and changes it.

mod answering;
mod looking;
mod running;
mod sending;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use base::clock::Clock;
use base::ids::Ids;
use db::{Db, Job, Tx};
use tokio::sync::Notify;

use crate::channel::{self, Channel};
use crate::config::Config;
use crate::context::Context;
use crate::error::NotifyError;
use crate::event::Event;
use crate::flush;
use crate::mark;
use crate::meters::{self, Counters};
use crate::micros::SECOND;
use crate::notice::Notice;
use crate::sweep;
use crate::take::{self, Taken};
use crate::witness::{Watched, Witness};

/// Alerts in one transaction: each is some ten statements, and SQLite's writer gives a job a second.
const CHUNK: usize = 200;
/// Events that wait to be fetched; what is older is dropped and counted.
const EVENTS: usize = 1000;

/// The channels by name.
pub type Channels = BTreeMap<String, Box<dyn Channel>>;

/// From alerts to people. Cheap to clone.
#[derive(Clone)]
pub struct Notifier(Arc<Inner>);

struct Inner {
    db: Db,
    context: Context,
    witness: OnceLock<Arc<dyn Witness>>,
    clock: Clock,
    channels: Channels,
    wake: Notify,
    events: Mutex<VecDeque<Event>>,
    counters: Counters,
    /// When the last pass was made.
    passed: AtomicI64,
    /// The minute and how many wrong codes it has seen.
    guesses: Mutex<(i64, u32)>,
    /// Channels that asked to be left alone, until when.
    paused: Mutex<BTreeMap<String, i64>>,
}

impl Notifier {
    /// Opens it over a store that has the tables of [`crate::MIGRATIONS`].
    ///
    /// # Errors
    /// The store's, or no client for the network.
    pub async fn open(db: Db, config: Arc<Config>, clock: Clock) -> Result<Self, NotifyError> {
        let client = channel::http::client()?;
        let build = |(name, channel): (&String, &crate::config::ChannelConfig)| {
            (name.clone(), channel.spec.build(&client))
        };
        let channels = config.channels.iter().map(build).collect();
        let ids = Ids::system(clock.clone());
        Self::open_with(db, config, clock, ids, channels).await
    }

    /// As [`Notifier::open`], with ids and channels from outside, for tests.
    ///
    /// # Errors
    /// The store's.
    pub async fn open_with(
        db: Db,
        config: Arc<Config>,
        clock: Clock,
        ids: Ids,
        channels: Channels,
    ) -> Result<Self, NotifyError> {
        let inner = Inner {
            db,
            context: Context {
                config,
                ids,
                watched: Watched::default(),
            },
            witness: OnceLock::new(),
            clock,
            channels,
            wake: Notify::new(),
            events: Mutex::new(VecDeque::new()),
            counters: Counters::default(),
            passed: AtomicI64::new(0),
            guesses: Mutex::new((0, 0)),
            paused: Mutex::new(BTreeMap::new()),
        };
        let notifier = Self(Arc::new(inner));
        let (context, now) = notifier.now();
        let (back, given_up) = notifier
            .write(move |tx| {
                Box::pin(async move {
                    take::reroute(tx, &context, now).await?;
                    let given_up = mark::give_up_unconfigured(tx, &context, now).await?;
                    Ok((sweep::seen(tx, now).await?, given_up))
                })
            })
            .await?;
        for event in given_up {
            notifier.tell(event);
        }
        if let Some(back) = back {
            notifier.tell(Event::ClockWentBack(back));
        }
        Ok(notifier)
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Arc<Config> {
        &self.0.context.config
    }

    /// The source of ids, for the verbs that work in the caller's transaction.
    #[must_use]
    pub fn ids(&self) -> &Ids {
        &self.0.context.ids
    }

    /// Has answers from outside put on record by this one from now on. Only the first call counts.
    pub fn witnessed(&self, witness: Arc<dyn Witness>) {
        let _the_first_stays = self.0.witness.set(witness);
    }

    fn now(&self) -> (Context, i64) {
        let mut context = self.0.context.clone();
        context.watched = Watched(self.0.witness.get().cloned());
        (context, self.0.clock.now_micros())
    }

    async fn write<T, F>(&self, job: F) -> Result<T, NotifyError>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, NotifyError> + Send + 'static,
        T: Send + 'static,
    {
        let done = self.0.db.write(job).await;
        if let Err(NotifyError::Store(_)) = &done {
            self.0.counters.add(meters::STORE, "", 1);
        }
        done
    }

    fn tell(&self, event: Event) {
        tracing::warn!(?event, "notifier");
        if let Event::Dead { channel, .. } = &event {
            self.0.counters.add(meters::DEAD, channel, 1);
        }
        let mut events = self.0.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() >= EVENTS {
            events.pop_front();
            self.0.counters.add(meters::EVENTS, "", 1);
        }
        events.push_back(event);
    }

    /// What has happened since this was asked last.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let mut events = self.0.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.drain(..).collect()
    }

    /// Takes alerts in. What is counted as kept is on disk, and will be told.
    ///
    /// # Errors
    /// The store's; then whoever has the alerts hands them in again. Nothing is told twice for that.
    pub async fn take(&self, notices: &[Notice]) -> Result<Taken, NotifyError> {
        let mut taken = Taken::default();
        for (i, chunk) in notices.chunks(CHUNK).enumerate() {
            let (context, now) = self.now();
            let chunk = chunk.to_vec();
            let part = self
                .write(move |tx| Box::pin(async move { take::take(tx, &context, &chunk, now).await }))
                .await?;
            taken.add(part, i * CHUNK);
        }
        let counters = &self.0.counters;
        counters.add(meters::TAKEN, "", taken.kept as u64);
        counters.add(meters::REFUSED, "", taken.refused.len() as u64);
        counters.add(meters::MASKED, "", taken.masked as u64);
        self.0.wake.notify_waiters();
        Ok(taken)
    }

    /// Decides what is due now; [`Notifier::run`] does this all the time. Says whether more may be due.
    ///
    /// # Errors
    /// The store's; then nothing was done.
    pub async fn tick(&self) -> Result<bool, NotifyError> {
        let (context, now) = self.now();
        let looked = context.clone();
        // A clock that was set back makes nothing due, and everything late.
        let back = self.last_pass().saturating_sub(now) >= 5 * SECOND;
        let due: bool = back
            || self
                .0
                .db
                .read(move |tx| -> Job<'_, bool, NotifyError> {
                    Box::pin(async move { flush::is_due(tx, &looked, now).await })
                })
                .await?;
        if !due {
            self.0.passed.store(now, Ordering::Relaxed);
            return Ok(false);
        }
        let (passed, back) = self
            .write(move |tx| {
                Box::pin(async move {
                    let back = sweep::seen(tx, now).await?;
                    Ok((flush::pass(tx, &context, now).await?, back))
                })
            })
            .await?;
        if let Some(back) = back {
            self.tell(Event::ClockWentBack(back));
        }
        self.0.passed.store(now, Ordering::Relaxed);
        self.0.wake.notify_waiters();
        Ok(passed.more)
    }

    /// When the last pass was made, in microseconds since 1970; 0 before the first. A heartbeat of this notifier is
    /// this number: where it stands still, nobody is told of anything.
    #[must_use]
    pub fn last_pass(&self) -> i64 {
        self.0.passed.load(Ordering::Relaxed)
    }
}

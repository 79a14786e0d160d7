//! All parts, put together.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::clock::Clock;
use base::shutdown::Shutdown;
use db::{Db, DbError};
use notify::{Notifier, NotifyError};
use rules::{Alert, Engine, Options};
use scrape::{Health, Limits, OpenError, Scraper, Store};
use tokio::task::JoinSet;

use crate::beat::Beat;
use crate::config::Config;
use crate::kept;
use crate::round::Rounds;

/// The watcher. Cheap to clone; all clones are the same one.
#[derive(Clone)]
pub struct Watch(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    store: Arc<Store>,
    health: Arc<Health>,
    engine: Mutex<Engine>,
    notifier: Option<Notifier>,
    beat: Beat,
    /// What only the one who runs it takes.
    start: Mutex<Option<Start>>,
}

struct Start {
    scraper: Scraper,
    orphans: Vec<Alert>,
}

/// Why it cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The folder of samples.
    #[error("the samples' folder cannot be used")]
    Samples(#[from] OpenError),
    /// A target.
    #[error(transparent)]
    Targets(#[from] scrape::ConfigError),
    /// The store.
    #[error("the store does not answer")]
    Store(#[from] DbError),
    /// The notifier.
    #[error("the notifier cannot be opened")]
    Notify(#[from] NotifyError),
}

impl Watch {
    /// Over a store that has the tables of [`crate::migrations`]. Samples outlive a restart in the folder `samples`, if
    /// one is given.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub async fn open(
        db: Db,
        mut config: Config,
        samples: Option<&Path>,
        clock: Clock,
    ) -> Result<Self, SetupError> {
        let notifier = match config.notify.take() {
            Some(notify) => Some(Notifier::open(db.clone(), Arc::new(notify), clock.clone()).await?),
            None => None,
        };
        Self::open_with(db, config, samples, clock, notifier).await
    }

    /// As [`Watch::open`], with a notifier from outside.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub async fn open_with(
        db: Db,
        config: Config,
        samples: Option<&Path>,
        clock: Clock,
        notifier: Option<Notifier>,
    ) -> Result<Self, SetupError> {
        let store = match samples {
            Some(folder) => Store::open(folder, Limits::default())?,
            None => Store::new(Limits::default()),
        };
        let store = Arc::new(store);
        let scraper = Scraper::new(
            config.scrape.clone(),
            &config.folder,
            Arc::clone(&store),
            clock.clone(),
        )?;
        let options = Options {
            external_labels: promql::Labels::new(config.rules.external_labels.clone()),
            external_url: config.rules.external_url.clone(),
            interval: i64::from(config.rules.every) * 1_000,
            hold_unknown: true,
        };
        let mut engine = Engine::new(config.groups, options);
        let orphans = match kept::load(&db).await? {
            None => Vec::new(),
            Some(snapshot) => match engine.restore(snapshot) {
                Ok(restored) => {
                    tracing::info!(
                        kept = restored.kept,
                        dropped = restored.dropped.len(),
                        "alerts are back"
                    );
                    restored.dropped
                }
                Err(error) => {
                    tracing::error!(%error, "what the rules knew is of another version: they begin anew");
                    Vec::new()
                }
            },
        };
        Ok(Self(Arc::new(Inner {
            health: scraper.health(),
            start: Mutex::new(Some(Start { scraper, orphans })),
            db,
            clock,
            store,
            engine: Mutex::new(engine),
            notifier,
            beat: Beat::default(),
        })))
    }

    /// Scrapes, evaluates and tells until shutdown. A second call does nothing.
    pub async fn run(&self, until: Shutdown) {
        let Some(Start { scraper, orphans }) = self.start() else {
            return;
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(scraper.run(until.clone()));
        tasks.spawn(Rounds::new(self.clone(), orphans).run(until.clone()));
        if let Some(notifier) = self.0.notifier.clone() {
            tasks.spawn(async move { notifier.run(until).await });
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Its rounds, for whoever drives it by hand instead of [`Watch::run`] and fills its [`Watch::store`] without
    /// scraping: a simulation.
    #[must_use]
    pub fn rounds(&self) -> Option<Rounds> {
        self.start().map(|start| Rounds::new(self.clone(), start.orphans))
    }

    fn start(&self) -> Option<Start> {
        self.0.start.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The notifier, if anybody is told.
    #[must_use]
    pub fn notifier(&self) -> Option<&Notifier> {
        self.0.notifier.as_ref()
    }

    /// Whether the watcher works.
    #[must_use]
    pub fn beat(&self) -> &Beat {
        &self.0.beat
    }

    /// The number of the heartbeat, as long as every part works.
    #[must_use]
    pub fn pulse(&self) -> Option<i64> {
        let passed = self.notifier().map(Notifier::last_pass);
        self.beat().pulse(self.clock().now_micros(), passed)
    }

    pub(crate) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// What was scraped, and what the rules wrote.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn health(&self) -> &Health {
        &self.0.health
    }

    /// Held for one evaluation at most, which takes milliseconds.
    pub(crate) fn engine(&self) -> MutexGuard<'_, Engine> {
        // A rule that panicked left its state as it was before its round.
        self.0.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

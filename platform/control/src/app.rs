//! Everything that the routes share, made once at start.

use std::sync::Arc;
use std::time::Duration;

use auth::Tokens;
use base::clock::Clock;
use base::ids::Ids;
use base::shutdown::Shutdown;
use db::{Db, DbError};
use evidence::Verifier;
use watch::Watch;
use web::Limits;
use web::rate::Rate;

use crate::metrics::Metrics;
use crate::openapi;
use crate::watching::witness::Record;

/// The control plane's state.
pub struct App {
    /// Its store.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// New ids.
    pub ids: Ids,
    /// Who may call.
    pub tokens: Tokens,
    /// Keys of other logs, whose checkpoints are taken in.
    pub known_logs: Vec<Verifier>,
    /// The bounds.
    pub limits: Limits,
    /// What each source address may send, if bounded.
    pub rate_address: Option<Rate>,
    /// What each source address may send under a signature alone.
    pub rate_signed: Rate,
    /// Every meter.
    pub metrics: Metrics,
    /// The watcher, if it was told what to watch.
    pub watch: Option<Watch>,
    /// Set off when the process has to end.
    pub shutdown: Shutdown,
    /// The rendered OpenAPI document.
    pub openapi: axum::body::Bytes,
}

/// Why the HTTP side can't be set up; each is a bug.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Two meters share a name.
    #[error("failed to register the meters")]
    Meters(#[from] prometheus::Error),
    /// The document can't be written.
    #[error("failed to render the OpenAPI document")]
    Document(#[from] serde_json::Error),
}

/// Signed requests a second: a storm of tickets is closed in some seconds, and each costs one HMAC.
const SIGNED: u32 = 20;

/// A probe that hangs is worse than one that fails.
const PROBE: Duration = Duration::from_secs(1);

impl App {
    /// Over a store whose schema is up to date.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub fn new(
        db: Db,
        clock: Clock,
        tokens: Tokens,
        known_logs: Vec<Verifier>,
        limits: Limits,
        shutdown: Shutdown,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            db,
            ids: Ids::system(clock.clone()),
            tokens: tokens.by(clock.clone()),
            clock,
            known_logs,
            rate_address: limits.rate_address.map(Rate::new),
            rate_signed: Rate::new(SIGNED),
            limits,
            metrics: Metrics::new()?,
            watch: None,
            shutdown,
            openapi: serde_json::to_vec(&openapi::document())?.into(),
        })
    }

    /// With a watcher, whose answers from outside are put on record here.
    #[must_use]
    pub fn watching(mut self, watch: Option<Watch>) -> Self {
        if let Some(notifier) = watch.as_ref().and_then(Watch::notifier) {
            notifier.witnessed(Arc::new(Record));
        }
        self.watch = watch;
        self
    }

    /// Whether the store answers a trivial question in time.
    pub async fn database_answers(&self) -> bool {
        let asked = async { Ok::<_, DbError>(self.db.one("SELECT 1", &[]).await?.is_some()) };
        matches!(tokio::time::timeout(PROBE, asked).await, Ok(Ok(true)))
    }
}

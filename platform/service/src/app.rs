//! Everything that the HTTP side shares, made once at start.

use std::sync::Arc;
use std::time::Duration;

use auth::{Access, Certificates, Tokens};
use axum::body::Bytes;
use base::shutdown::Shutdown;
use db::DbError;
use domain::lane::Live;
use evidence::Verifier;
use gate::Door;
use lending::stop_rule::StopRule;
use lending::{Outside, World};
use recovery::Keeper;

use crate::config::Limits;
use crate::kept::Kept;
use crate::layers::admission::Admission;
use crate::metrics::Metrics;
use crate::openapi;
use web::rate::Rate;

/// The service's state.
pub struct App {
    /// The live business.
    pub world: World<Live>,
    /// Who may call.
    pub tokens: Tokens,
    /// Who may sign in, if anybody.
    pub access: Option<Arc<Access>>,
    /// Whose client certificate is whose, if any are asked for.
    pub certificates: Option<Certificates>,
    /// Whether browsers reach the service under TLS, here or in front.
    pub secure: bool,
    /// Attempts to sign in that one source address may make.
    pub rate_sign_in: Rate,
    /// The cached hint of the intake gate; never the guard.
    pub door: Door,
    /// Every meter.
    pub metrics: Metrics,
    /// The bounds.
    pub limits: Limits,
    /// What each principal may send, if bounded.
    pub rate_principal: Option<Rate>,
    /// What each source address may send, if bounded.
    pub rate_address: Option<Rate>,
    /// Requests in flight.
    pub admission: Admission,
    /// Set off when the process has to end.
    pub shutdown: Shutdown,
    /// Keeps what must outlive a restore of the database, if that is kept.
    pub recovery: Option<Arc<Keeper>>,
    /// What closes intake by itself.
    pub stop_rules: Vec<StopRule>,
    /// Keys of other logs, whose checkpoints are taken in.
    pub known_logs: Vec<Verifier>,
    /// The rendered OpenAPI document.
    pub openapi: Bytes,
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

/// How long the readiness probe waits for the database: a probe that hangs is
/// worse than one that fails.
const PROBE: Duration = Duration::from_secs(1);

impl App {
    /// The state for a world, its callers and its bounds.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub fn new(
        world: World<Live>,
        tokens: Tokens,
        limits: Limits,
        shutdown: Shutdown,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            tokens: tokens.by(world.clock.clone()),
            world,
            access: None,
            certificates: None,
            secure: false,
            rate_sign_in: Rate::with(limits.sign_in_rate, limits.sign_in_burst),
            door: Door::new(),
            metrics: Metrics::new()?,
            admission: Admission::new(&limits),
            rate_principal: limits.rate_principal.map(Rate::new),
            rate_address: limits.wire.rate_address.map(Rate::new),
            limits,
            shutdown,
            recovery: None,
            stop_rules: Vec::new(),
            known_logs: Vec::new(),
            openapi: serde_json::to_vec(&openapi::document())?.into(),
        })
    }

    /// With accounts, which may sign in.
    #[must_use]
    pub fn with_access(self, access: Access) -> Self {
        Self {
            access: Some(Arc::new(access)),
            ..self
        }
    }

    /// With a map of clients' certificates.
    #[must_use]
    pub fn with_certificates(self, certificates: Certificates) -> Self {
        Self {
            certificates: Some(certificates),
            ..self
        }
    }

    /// Whether browsers reach it under TLS, so that cookies are for TLS only.
    #[must_use]
    pub fn secure(self, secure: bool) -> Self {
        Self { secure, ..self }
    }

    /// The same, taking in the checkpoints of these logs.
    #[must_use]
    pub fn knowing(self, known_logs: Vec<Verifier>) -> Self {
        Self { known_logs, ..self }
    }

    /// With a recovery journal.
    #[must_use]
    pub fn keeping(mut self, recovery: Option<Keeper>) -> Self {
        self.recovery = recovery.map(Arc::new);
        let outside = self.recovery.clone();
        self.world.outside = outside.map(|keeper| Arc::new(Kept(keeper)) as Arc<dyn Outside>);
        self
    }

    /// With rules that close intake by themselves.
    #[must_use]
    pub fn stopping_by(self, stop_rules: Vec<StopRule>) -> Self {
        Self { stop_rules, ..self }
    }

    /// Whether the database answers a trivial question in time.
    pub async fn database_answers(&self) -> bool {
        let question = self.world.db.read(|tx| {
            Box::pin(async move {
                tx.one("SELECT 1", &[]).await?;
                Ok::<(), DbError>(())
            })
        });
        matches!(tokio::time::timeout(PROBE, question).await, Ok(Ok(())))
    }
}

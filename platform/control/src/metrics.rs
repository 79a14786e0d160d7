//! What `/metrics` shows: requests by route and status, the evidence log, the process.

use std::time::Duration;

use base::shutdown::Shutdown;
use evidence::CONTROL;
use logkeeper::Keeper;
use prometheus::{CounterVec, Encoder, HistogramOpts, HistogramVec, Opts, Registry, TextEncoder};
use tokio::time::{MissedTickBehavior, interval};
use web::process::ProcessMeters;

use crate::App;
use crate::security::SecurityMeters;

/// Twice within the usual scrape interval of 5 s.
const EVERY: Duration = Duration::from_secs(2);
/// A database that does not answer by then counts as not answering.
const PATIENCE: Duration = Duration::from_secs(1);

/// Every meter of this process.
pub struct Metrics {
    registry: Registry,
    /// By route and status.
    pub requests: CounterVec,
    /// By route, in seconds.
    pub seconds: HistogramVec,
    /// What firewalls and intrusion detections told of.
    pub security: SecurityMeters,
    /// The evidence log.
    pub evidence: Keeper,
    process: ProcessMeters,
}

impl Metrics {
    /// Registers everything.
    ///
    /// # Errors
    /// When two meters share a name, which is a bug.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let requests = CounterVec::new(
            Opts::new("backstop_http_requests_total", "Requests, by route and status."),
            &["route", "status"],
        )?;
        let seconds = HistogramVec::new(
            HistogramOpts::new(
                "backstop_http_request_seconds",
                "Time until the answer, by route.",
            ),
            &["route"],
        )?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        Ok(Self {
            requests,
            seconds,
            security: SecurityMeters::new(&registry)?,
            evidence: Keeper::new(&registry, CONTROL, "backstop")?,
            process: ProcessMeters::new(&registry)?,
            registry,
        })
    }

    /// The text format, version 0.0.4.
    #[must_use]
    pub fn render(&self) -> Vec<u8> {
        self.process.refresh();
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "the metrics could not be encoded");
        }
        text
    }
}

/// Looks at the log every few seconds until shutdown, so that a scrape costs no query.
pub async fn sample(app: std::sync::Arc<App>, until: Shutdown) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut alarmed = false;
    loop {
        tokio::select! {
            () = until.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let evidence = &app.metrics.evidence;
        alarmed = evidence.sample(&app.db, &app.clock, PATIENCE, alarmed).await;
    }
}

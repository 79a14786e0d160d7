//! How the book stands, looked at by a task of its own: its query passes over every loan.

use std::sync::Arc;
use std::time::Duration;

use base::shutdown::Shutdown;
use lending::read::{Book, Waiting};
use prometheus::{Gauge, GaugeVec, Opts, Registry};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::known;
use crate::app::App;

/// Loans change by the request and by the day, and rules over them look at hours. A look takes a
/// tenth of a second for 200,000.
const EVERY: Duration = Duration::from_secs(60);
/// Ten times what a million loans take; longer would meet the next look.
const PATIENCE: Duration = Duration::from_secs(5);

/// The gauges. All start as `NaN`: unknown.
pub struct StandingMeters {
    loans: GaugeVec,
    overdue: Gauge,
    days_behind: Gauge,
    payments: GaugeVec,
    /// Payment doubts that nobody has settled.
    pub(super) doubts: Gauge,
}

impl StandingMeters {
    /// # Errors
    /// When a name is taken, which is a bug.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let plain = |name: &str, help: &str| -> Result<Gauge, prometheus::Error> {
            let gauge = Gauge::new(name, help)?;
            gauge.set(f64::NAN);
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let family = |name: &str, help: &str, labels: &[&str]| -> Result<GaugeVec, prometheus::Error> {
            let family = GaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(family.clone()))?;
            Ok(family)
        };
        let meters = Self {
            loans: family(
                "financing_loans",
                "Loans that are not settled, by standing and band of outstanding principal in yuan.",
                &["standing", "band"],
            )?,
            overdue: plain(
                "financing_overdue_principal_ratio",
                "Overdue principal as a share of the outstanding principal, 0 to 1.",
            )?,
            days_behind: plain(
                "financing_days_behind",
                "Business days before today whose end some loan has not seen; 0 when none waits.",
            )?,
            payments: family(
                "financing_payments_oldest_seconds",
                "Age of the oldest draw by state: requested (has not left) or sent (outcome unknown); 0 when none.",
                &["state"],
            )?,
            doubts: plain(
                "financing_payment_doubts_open",
                "Transactions that a closing ended with a draw in hand, and nobody has settled; must be 0.",
            )?,
        };
        meters.waits(None);
        Ok(meters)
    }

    /// How long draws have waited; unknown is `NaN`.
    pub(super) fn waits(&self, seen: Option<Waiting>) {
        let requested = known(seen.map(|seen| seen.requested));
        self.payments.with_label_values(&["requested"]).set(requested);
        let sent = known(seen.map(|seen| seen.sent));
        self.payments.with_label_values(&["sent"]).set(sent);
    }

    fn stands(&self, seen: Option<&Book>) {
        self.overdue.set(seen.map_or(f64::NAN, |seen| seen.overdue));
        self.days_behind.set(known(seen.map(|seen| seen.days_behind)));
        match seen {
            Some(seen) => {
                for (standing, band, count) in &seen.counts {
                    let cell = self.loans.with_label_values(&[standing, band]);
                    cell.set(known(Some(*count)));
                }
            }
            // What is not known is not shown as it was.
            None => self.loans.reset(),
        }
    }
}

/// Looks once a minute until shutdown.
pub async fn run(app: Arc<App>, shutdown: Shutdown) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let seen = match timeout(PATIENCE, lending::read::book(&app.world)).await {
            Ok(Ok(book)) => Some(book),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the book could not be sampled");
                None
            }
            Err(_) => None,
        };
        app.metrics.standing.stands(seen.as_ref());
    }
}

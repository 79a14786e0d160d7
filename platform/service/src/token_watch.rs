//! Takes a changed token file or certificate map into force while the service runs.

use std::sync::Arc;
use std::time::Duration;

use auth::Refreshed;
use base::shutdown::Shutdown;
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;

/// A token that was taken out works for no more than this on any instance. A
/// look at an unchanged file costs one `stat`, some microseconds.
const EVERY: Duration = Duration::from_secs(1);

/// Looks until shutdown.
pub async fn run(app: Arc<App>, shutdown: Shutdown) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    app.metrics.gauges.tokens_refused.set(0.0);
    app.metrics.gauges.certificates_refused.set(0.0);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => look(&app),
        }
    }
}

fn look(app: &App) {
    if let Some(certificates) = &app.certificates {
        let refused = &app.metrics.gauges.certificates_refused;
        match certificates.refresh() {
            Ok(None) => {}
            Ok(Some(rows)) => {
                refused.set(0.0);
                tracing::info!(rows, "the certificate map has changed and is in force");
            }
            Err(error) => {
                refused.set(1.0);
                tracing::error!(%error, "the certificate map has changed and is refused; the one before it stays in force");
            }
        }
    }
    let refused = &app.metrics.gauges.tokens_refused;
    match app.tokens.refresh() {
        Refreshed::Unchanged => {}
        Refreshed::Changed(tokens) => {
            refused.set(0.0);
            tracing::info!(tokens, "the token file has changed and is in force");
        }
        Refreshed::Refused(error) => {
            refused.set(1.0);
            tracing::error!(%error, "the token file has changed and is refused; the list before it stays in force");
        }
    }
}

//! Applies the rules that close intake by themselves, while the service runs.

use std::sync::Arc;
use std::time::Duration;

use base::shutdown::Shutdown;
use lending::stop_rule::{self, Ruled};
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;

/// Loans change by the request and by the day. A look at all of them takes a tenth of a second for 200,000.
const EVERY: Duration = Duration::from_secs(60);

/// Applies every rule once a minute until shutdown. Several instances may: what one has closed is closed for all.
pub async fn run(app: Arc<App>, shutdown: Shutdown) {
    if app.stop_rules.is_empty() {
        return;
    }
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => apply(&app).await,
        }
    }
}

async fn apply(app: &App) {
    for rule in &app.stop_rules {
        let gauge = app.metrics.gauges.stop_rules.with_label_values(&[&rule.name]);
        let ruled = match stop_rule::apply(&app.world, rule).await {
            Ok(ruled) => ruled,
            Err(error) => {
                gauge.set(f64::NAN);
                tracing::warn!(rule = rule.name, %error, "a rule that closes intake could not be applied");
                continue;
            }
        };
        // An alert is on the change and not on every look, so that a rule that people overrule does not page for ever.
        let before = gauge.get();
        gauge.set(if ruled == Ruled::Quiet { 0.0 } else { 1.0 });
        match ruled {
            Ruled::Closed(epoch) => {
                tracing::warn!(rule = rule.name, scope = %rule.scope, epoch, "a rule closed intake");
            }
            Ruled::Held if before < 1.0 || before.is_nan() => {
                tracing::warn!(rule = rule.name, scope = %rule.scope, "a rule would close intake, and did so often enough");
            }
            Ruled::Held | Ruled::Shut | Ruled::Quiet => {}
        }
    }
}

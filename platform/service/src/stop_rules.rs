//! Applies the rules that close intake by themselves, while the service runs.

use std::sync::Arc;
use std::time::Duration;

use base::shutdown::Shutdown;
use lending::stop_rule::{self, Ruled, StopRule};
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
    let mut before = vec![None; app.stop_rules.len()];
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        for (rule, before) in app.stop_rules.iter().zip(&mut before) {
            let ruled = apply(&app, rule).await;
            // Said on the change and not on every look, so that a rule that people overrule does not page for ever.
            if ruled != *before {
                tell(rule, ruled);
            }
            *before = ruled;
        }
    }
}

/// What a rule did; nothing where that failed.
async fn apply(app: &App, rule: &StopRule) -> Option<Ruled> {
    let gauge = app.metrics.gauges.stop_rules.with_label_values(&[&rule.name]);
    match stop_rule::apply(&app.world, rule).await {
        Ok(ruled) => {
            gauge.set(if ruled == Ruled::Quiet { 0.0 } else { 1.0 });
            Some(ruled)
        }
        Err(error) => {
            gauge.set(f64::NAN);
            tracing::warn!(rule = rule.name, %error, "a rule that closes intake could not be applied");
            None
        }
    }
}

fn tell(rule: &StopRule, ruled: Option<Ruled>) {
    match ruled {
        Some(Ruled::Closed(epoch)) => {
            tracing::warn!(rule = rule.name, scope = %rule.scope, epoch, "a rule closed intake");
        }
        Some(Ruled::Held) => {
            tracing::warn!(rule = rule.name, scope = %rule.scope, "a rule would close intake, and did so often enough");
        }
        Some(Ruled::Shut | Ruled::Quiet) | None => {}
    }
}

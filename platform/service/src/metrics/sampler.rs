//! Looks at the business every few seconds, so that a scrape costs no query
//! and is answered even when the database is not.

use std::sync::Arc;
use std::time::Duration;

use base::shutdown::Shutdown;
use gate::State;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::gauges::Gauges;
use super::known;
use crate::app::App;

/// Twice within the usual scrape interval of 5 s.
const EVERY: Duration = Duration::from_secs(2);
/// A database that does not answer by then counts as not answering.
const PATIENCE: Duration = Duration::from_secs(1);

/// Settings change by hand only, and asking takes a turn of the writer: once a minute.
const SETTINGS: u64 = 30;

/// What the gate's state is called when it can't be asked.
const UNVERIFIED: &str = "unverified";

/// Samples until shutdown.
pub async fn run(app: Arc<App>, shutdown: Shutdown) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut alarmed = false;
    for turn in 0_u64.. {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        sample(&app).await;
        alarmed = app
            .metrics
            .evidence
            .sample(&app.world.db, &app.world.clock, PATIENCE, alarmed)
            .await;
        if turn % SETTINGS == 1 {
            settings(&app).await;
        }
    }
}

async fn sample(app: &App) {
    let gauges = &app.metrics.gauges;
    gauges
        .vault_fresh
        .set(f64::from(u8::from(app.world.vault.is_fresh())));
    let failing = app.recovery.as_ref().is_some_and(|recovery| recovery.failing());
    gauges.recovery_failing.set(f64::from(u8::from(failing)));
    intake(app, gauges).await;
    app.metrics.sources.refresh(&app.world);
    let backlog = match timeout(PATIENCE, lending::read::backlog(&app.world)).await {
        Ok(Ok(backlog)) => Some(backlog),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the outbox could not be sampled");
            None
        }
        Err(_) => None,
    };
    gauges
        .outbox_pending
        .set(known(backlog.map(|(pending, ..)| pending)));
    gauges.outbox_dead.set(known(backlog.map(|(_, dead, _)| dead)));
    gauges.outbox_age.set(known(backlog.map(|(.., seconds)| seconds)));
    payments(app).await;
}

async fn payments(app: &App) {
    let meters = &app.metrics.standing;
    let waiting = timeout(PATIENCE, lending::read::waiting(&app.world)).await;
    meters.waits(waiting.ok().and_then(Result::ok));
    let doubts = timeout(PATIENCE, gate::doubts::open(&app.world.db)).await;
    meters.doubts.set(known(doubts.ok().and_then(Result::ok)));
}

async fn settings(app: &App) {
    let found = match timeout(PATIENCE, db::durability(&app.world.db)).await {
        Ok(Ok(findings)) => i64::try_from(findings.len()).ok(),
        _ => None,
    };
    app.metrics.gauges.weak_settings.set(known(found));
}

async fn intake(app: &App, gauges: &Gauges) {
    let scopes = match timeout(PATIENCE, gate::scopes(&app.world.db)).await {
        Ok(Ok(scopes)) => Some(scopes),
        _ => None,
    };
    let everything = scopes.as_ref().and_then(|scopes| scopes.first());
    let now = everything.map_or(UNVERIFIED, |status| match status.unverified_since {
        Some(_) => UNVERIFIED,
        None => status.state.as_str(),
    });
    for name in State::ALL.iter().map(|state| state.as_str()).chain([UNVERIFIED]) {
        let value = if name == now { 1.0 } else { 0.0 };
        gauges.intake_state.with_label_values(&[name]).set(value);
    }
    let newest = scopes
        .as_ref()
        .and_then(|scopes| scopes.iter().map(|one| one.epoch).max());
    gauges.intake_epoch.set(known(newest));
    let shut = scopes.map(|scopes| scopes.iter().filter(|one| one.state != State::Open).count());
    gauges
        .intake_scopes_shut
        .set(known(shut.and_then(|shut| i64::try_from(shut).ok())));
}

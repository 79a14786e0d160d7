//! Runs the control plane on a listener until it is told to stop.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use auth::Refreshed;
use base::shutdown::Shutdown;
use db::DbError;
use logkeeper::EvidenceLog;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use web::listener;
use web::tls::Tls;

use crate::watching::calltree;
use crate::{App, metrics, router};

/// How the process ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// Told to; everything in flight was answered.
    Drained,
    /// Told to; something in flight was cut off after its time.
    Cut,
    /// The outcome of a commit is unknown; whoever starts again looks at the store first.
    Database(DbError),
}

/// How long the background tasks get to finish their step.
const TASKS: Duration = Duration::from_secs(5);

/// A token that was taken out works for no more than this.
const TOKENS: Duration = Duration::from_secs(1);

/// Serves until the app's shutdown is set off or the store fails; then drains. Boxed, so that it is compiled
/// here and not once more by whoever drives it.
#[must_use]
pub fn run(app: Arc<App>, listener: TcpListener, tls: Option<Tls>, log: EvidenceLog) -> Running {
    Box::pin(serve(app, listener, tls, log))
}

/// A control plane that serves.
pub type Running = Pin<Box<dyn Future<Output = Ended> + Send>>;

async fn serve(app: Arc<App>, listener: TcpListener, tls: Option<Tls>, log: EvidenceLog) -> Ended {
    // The sequencer goes on while requests drain: they may still leave leaves.
    let afterwards = Shutdown::new();
    let mut tasks = JoinSet::new();
    app.metrics.evidence.spawn(log, &mut tasks, &afterwards);
    tasks.spawn(metrics::sample(Arc::clone(&app), afterwards.clone()));
    tasks.spawn(calltree::keep(Arc::clone(&app), afterwards.clone()));
    tasks.spawn(watch_tokens(Arc::clone(&app), afterwards.clone()));
    if let Some(watch) = app.watch.clone() {
        let until = afterwards.clone();
        tasks.spawn(async move { watch.run(until).await });
    }
    if let Some(tls) = tls.clone() {
        tasks.spawn(tls.watch(afterwards.clone()));
    }
    let db = app.db.clone();
    let door = listener::Door {
        router: router::router(&app),
        tls,
        limits: app.limits.clone(),
        // Signed instead of known by a token: bounded for each source address.
        proving: &["/v1/alerts/tickets"],
        shutdown: app.shutdown.clone(),
    };
    let ended = tokio::select! {
        drained = listener::run(listener, door) => if drained { Ended::Drained } else { Ended::Cut },
        error = db.failed() => Ended::Database(error),
    };
    app.shutdown.trigger();
    afterwards.trigger();
    let finished = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(TASKS, finished).await.is_err() {
        tracing::warn!("a background task did not end in time");
    }
    tasks.shutdown().await;
    ended
}

async fn watch_tokens(app: Arc<App>, until: Shutdown) {
    let mut ticks = interval(TOKENS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = until.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match app.tokens.refresh() {
            Refreshed::Unchanged => {}
            Refreshed::Changed(tokens) => {
                tracing::info!(tokens, "the token file has changed and is in force");
            }
            Refreshed::Refused(error) => {
                tracing::error!(%error, "the token file has changed and is refused; the list before it stays in force");
            }
        }
    }
}

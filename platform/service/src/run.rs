//! Runs the service on a listener until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use base::shutdown::Shutdown;
use db::DbError;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::app::App;
use crate::metrics::{sampler, standing};
use crate::{router, stop_rules, token_watch};
use logkeeper::EvidenceLog;
use web::listener;
use web::tls::Tls;

/// How the service ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// Told to; everything in flight was answered.
    Drained,
    /// Told to; something in flight was cut off after its time.
    Cut,
    /// The outcome of a commit is unknown or the database must not be used any
    /// more. Whoever starts the service again looks at the database first.
    Database(DbError),
}

/// How long the background tasks get to finish their step. A delivery in
/// progress is repeatable, so cutting it off loses nothing.
const TASKS: Duration = Duration::from_secs(5);

/// Serves, delivers and samples until the app's shutdown is set off or the
/// database fails; then drains.
pub async fn run(app: Arc<App>, listener: TcpListener) -> Ended {
    run_with(app, listener, None).await
}

/// The same, under TLS where it is given.
pub async fn run_with(app: Arc<App>, listener: TcpListener, tls: Option<Tls>) -> Ended {
    run_logged(app, listener, tls, None).await
}

/// The same, with the evidence log's sequencer and where its checkpoints go.
pub async fn run_logged(
    app: Arc<App>,
    listener: TcpListener,
    tls: Option<Tls>,
    log: Option<EvidenceLog>,
) -> Ended {
    // The outbox goes on while requests drain: they may still promise effects.
    let afterwards = Shutdown::new();
    let mut tasks = background(&app, &afterwards);
    if let Some(log) = log {
        app.metrics.evidence.spawn(log, &mut tasks, &afterwards);
    }
    if let Some(tls) = tls.clone() {
        tasks.spawn(tls.watch(afterwards.clone()));
    }
    let db = app.world.db.clone();
    let door = listener::Door {
        router: router::router(&app),
        tls,
        limits: app.limits.wire.clone(),
        proving: &router::PROVING,
        shutdown: app.shutdown.clone(),
    };
    let serving = listener::run(listener, door);
    let ended = tokio::select! {
        drained = serving => if drained { Ended::Drained } else { Ended::Cut },
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

fn background(app: &Arc<App>, until: &Shutdown) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(app.door.clone().watch(app.world.db.clone(), until.clone()));
    tasks.spawn(lending::outbox::run(app.world.clone(), until.clone()));
    tasks.spawn(lending::housekeeping::run(app.world.clone(), until.clone()));
    tasks.spawn(lending::access::keep_schedule(app.world.clone(), until.clone()));
    tasks.spawn(sampler::run(Arc::clone(app), until.clone()));
    tasks.spawn(standing::run(Arc::clone(app), until.clone()));
    tasks.spawn(stop_rules::run(Arc::clone(app), until.clone()));
    tasks.spawn(token_watch::run(Arc::clone(app), until.clone()));
    if let Some(recovery) = &app.recovery {
        tasks.spawn(Arc::clone(recovery).run(app.door.clone(), until.clone()));
    }
    tasks
}

//! The command `run`, put together.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use base::clock::Clock;
use base::shutdown::Shutdown;
use client::http::Client;
use laws::journal::Writer;

use crate::attack::{self, Plan};
use crate::cli::RunArgs;
use crate::firms::Firms;
use crate::pool::Pool;
use crate::progress::{self, Sink};
use crate::recorder::Recorder;
use crate::shared::Shared;
use crate::stop::{self, Until};
use crate::summary::Summary;
use crate::target;
use crate::tokens::{Clients, Tokens};

/// How long a request whose outcome is open is repeated after the stop: a
/// service that restarts is back within a second, and one that is gone for good
/// must not hold up the end.
const DRAIN: Duration = Duration::from_secs(5);

/// Runs the load to its end; `stop` ends it early.
///
/// # Errors
/// When it can't start, or the journal can't be written.
pub async fn run(args: &RunArgs, clock: Clock, stop: Shutdown) -> anyhow::Result<Summary> {
    let shared = Arc::new(prepare(args, &clock, &stop).await?);
    let done = Shutdown::new();
    let progress = match &args.progress {
        Some(target) => {
            let sink = Sink::open(target)?;
            Some(tokio::spawn(progress::report(
                sink,
                clock.clone(),
                Arc::clone(&shared),
                done.clone(),
            )))
        }
        None => None,
    };
    let until = Until {
        duration: args.duration.map(Duration::from_secs),
        file: args.stop_file.clone(),
    };
    let watch = tokio::spawn(stop::watch(until, stop, done.clone()));
    let (started_at, begun) = (clock.now_micros(), Instant::now());
    let users = usize::try_from(args.users)?;
    let plan = Plan {
        users,
        existing_share: args.existing_share,
        think: Duration::from_millis(args.think),
    };
    let attacked = attack::run(&args.target.url, plan, &shared).await;
    done.trigger();
    let ended_by = watch.await?;
    if let Some(progress) = progress {
        progress.await?;
    }
    let book = Arc::clone(&shared);
    tokio::task::spawn_blocking(move || book.recorder.finish())
        .await?
        .context("failed to write the journal")?;
    attacked.context("goose failed")?;
    let summary = Summary::of(&shared, users, started_at, begun.elapsed(), ended_by);
    if let Some(path) = &args.summary {
        std::fs::write(path, serde_json::to_vec_pretty(&summary)?)
            .with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(summary)
}

async fn prepare(args: &RunArgs, clock: &Clock, stop: &Shutdown) -> anyhow::Result<Shared> {
    target::check(&args.target.url, args.target.leave())?;
    let tokens = Tokens::read(&args.token_file)?;
    let firms = Firms::open(
        args.firms.firms.as_deref(),
        args.firms.seed,
        args.firms.first_firm,
    )?;
    if let Some(standin) = &args.standin {
        let standin = target::check(standin, args.target.leave())?;
        firms.same_as(&standin).await?;
    }
    let client = Client::trusting(
        &args.target.url,
        &tokens.channel,
        Duration::from_secs(args.timeout.max(1)),
        &args.target.trust()?,
    )?;
    let journal = Writer::open(&args.journal).context("failed to open the journal")?;
    Ok(Shared {
        clients: Clients::new(client, &tokens)?,
        recorder: Recorder::new(clock.clone(), journal, stop.clone()),
        pool: Pool::default(),
        firms,
        stop: stop.clone(),
        patience: Duration::from_secs(args.patience),
        drain: DRAIN,
        seed: args.firms.seed,
        customers: AtomicU64::new(0),
    })
}

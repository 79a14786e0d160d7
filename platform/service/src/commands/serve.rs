//! `financing serve`

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use auth::{Access, Tokens};
use base::clock::Clock;
use base::config::ProcessEnv;
use base::exit;
use base::shutdown::Shutdown;
use db::Db;
use recovery::{Keeper, Opening, RecoveryError};
use service::app::App;
use service::run::{self, Ended};
use tokio::net::TcpListener;
use vault::Vault;
use web::ready_file::{self, ReadyFile};

use super::account;
use super::database::{self, DatabaseArgs};
use super::edge::EdgeArgs;
use super::evidence::EvidenceArgs;
use super::failpoints;
use super::stop_rules::StopRulesArgs;
use super::world::{self, WorldArgs};
use crate::cli::{because, stop};

/// Serves HTTP until SIGTERM or SIGINT, then drains.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  financing serve --listen 127.0.0.1:7000 --database sqlite:financing.db \
    --keys etc --key-store sqlite:keys/keys.db --tokens etc/tokens.toml --sources http://127.0.0.1:7100"
)]
pub(crate) struct Args {
    /// Address to listen on; port 0 takes a free one.
    #[arg(
        long,
        env = "FINANCING_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:7000"
    )]
    listen: SocketAddr,
    #[command(flatten)]
    edge: EdgeArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    world: WorldArgs,
    #[command(flatten)]
    evidence: EvidenceArgs,
    #[command(flatten)]
    stop_rules: StopRulesArgs,
    /// File that keeps closings, revocations and sent draws for the case that the database is restored to an earlier
    /// time; best on a share or another machine's disk, one for each instance.
    #[arg(long, env = "FINANCING_RECOVERY_JOURNAL", value_name = "FILE")]
    recovery_journal: Option<PathBuf>,
    /// Begin that file: once for each instance. Without this it must be there already, since a journal that is missing
    /// would be replaced by one that knows nothing of what was lost.
    #[arg(long, requires = "recovery_journal")]
    begin_recovery_journal: bool,
    /// File that names who may call, by the hash of each token.
    #[arg(long, env = "FINANCING_TOKENS", value_name = "FILE")]
    tokens: PathBuf,
    /// File with the key of accounts; without it nobody signs in here.
    #[arg(long, env = "FINANCING_ACCESS_KEY", value_name = "FILE")]
    access_key: Option<PathBuf>,
    /// File to write the bound address to, once ready.
    #[arg(long, env = "FINANCING_READY_FILE", value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Bring the schema up to date first.
    #[arg(long, env = "FINANCING_MIGRATE")]
    migrate: bool,
    /// Seconds to go on accepting after readiness went down, so that a load balancer notices.
    #[arg(long, env = "FINANCING_NOTICE", value_name = "SECONDS", default_value_t = 0)]
    notice: u64,
}

/// How long the first look at the intake gate may take: as long as a request.
const FIRST_LOOK: Duration = Duration::from_secs(5);

/// Serves until told to stop.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    if let Some(path) = &args.ready_file {
        remove_stale(path)?;
    }
    let tls = args.edge.tls(args.listen)?;
    let stop_rules = args.stop_rules.rules()?;
    let tokens = Tokens::load(&args.tokens).map_err(|error| {
        let file = args.tokens.display();
        stop(
            exit::USAGE,
            format!("{file}: {error}; `financing init DIR` makes a token file"),
        )
    })?;
    // Before any planted bug is armed: those are in the data's database.
    let vault = world::vault(&args.world, &args.database.database).await?;
    let planted = failpoints::arm(&ProcessEnv)?;
    let db = database::open(&args.database).await?;
    schema(&db, args.migrate).await?;
    planted.plant(&db).await?;
    let world = world::open(&args.world, db.clone(), vault.clone()).await?;
    let log = args
        .evidence
        .log(db.clone(), args.world.keys(), world.clock.clone())?;
    let shutdown = Shutdown::on_signals()?;
    let mut limits = args.edge.limits();
    limits.wire.notice_time = Duration::from_secs(args.notice);
    let clock = world.clock.clone();
    let recovery = match &args.recovery_journal {
        Some(path) => Some(journal(path, args.begin_recovery_journal, &db, &clock).await?),
        None => None,
    };
    let mut app = App::new(world, tokens, limits, shutdown)?.secure(args.edge.secure(args.listen));
    if let Some(path) = &args.access_key {
        let key = account::key(path)?;
        app = app.with_access(Access::new(db.clone(), clock.clone(), key)?);
    }
    if let Some(certificates) = args.edge.certificates(clock)? {
        app = app.with_certificates(certificates);
    }
    app = app.keeping(recovery);
    let app = Arc::new(app.knowing(args.evidence.known()?).stopping_by(stop_rules));
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|error| because(exit::USAGE, &format!("cannot listen on {}", args.listen), &error))?;
    let address = listener.local_addr()?;
    first_look(&app).await?;
    if let Some(recovery) = &app.recovery {
        held_against(recovery, &app).await?;
    }
    let ready = ready(args.ready_file.as_deref(), address)?;
    tracing::info!(%address, tls = tls.is_some(), version = env!("CARGO_PKG_VERSION"), "ready");
    let ended = run::run_logged(app, listener, tls, Some(log)).await;
    drop(ready);
    finish(ended, &db, &vault).await
}

async fn finish(ended: Ended, db: &Db, vault: &Vault) -> anyhow::Result<u8> {
    if let Err(error) = vault.close().await {
        // A sweep finds later what was made ahead.
        tracing::warn!(%error, "the key store was not left in order");
    }
    match ended {
        Ended::Drained => {
            db.close().await;
            tracing::info!("drained");
            Ok(exit::OK)
        }
        Ended::Cut => {
            db.close().await;
            Err(stop(
                exit::FAILED,
                "requests in flight were cut off at the end of the drain",
            ))
        }
        Ended::Database(error) => Err(because(
            exit::AMBIGUOUS,
            "the database must not be used any more; look at it before starting again",
            &error,
        )),
    }
}

/// Serves only a schema that this build knows, in which every column has a class.
async fn schema(db: &Db, migrate: bool) -> anyhow::Result<()> {
    let unreachable = |error| because(exit::UNREACHABLE, "the schema cannot be read", &error);
    if migrate {
        store::schema::migrate(db)
            .await
            .map_err(|error| because(exit::FAILED, "the schema could not be brought up to date", &error))?;
    }
    let pending = store::schema::pending(db).await.map_err(unreachable)?;
    if !pending.is_empty() {
        let list = pending.join(", ");
        return Err(stop(
            exit::REFUSED,
            format!("the schema lacks {list}: run `financing migrate`, or serve with --migrate"),
        ));
    }
    let findings = store::schema::check_data_map(db).await.map_err(unreachable)?;
    if findings.is_empty() {
        Ok(())
    } else {
        Err(stop(exit::REFUSED, findings.join("; ")))
    }
}

/// Ready means that the state of the gate is known, so it is asked before.
async fn first_look(app: &App) -> anyhow::Result<()> {
    match tokio::time::timeout(FIRST_LOOK, app.door.look(&app.world.db)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(because(
            exit::UNREACHABLE,
            "the intake gate cannot be asked",
            &error,
        )),
        Err(_) => Err(stop(exit::UNREACHABLE, "the intake gate did not answer in time")),
    }
}

async fn journal(path: &Path, begin: bool, db: &Db, clock: &Clock) -> anyhow::Result<Keeper> {
    let opening = if begin { Opening::Begin } else { Opening::Continue };
    Keeper::open(path, opening, db.clone(), clock.clone())
        .await
        .map_err(|error| match error {
            RecoveryError::Journal(_) => stop(exit::USAGE, error.to_string()),
            _ => because(exit::UNREACHABLE, "the recovery journal cannot be used", &error),
        })
}

/// Not ready before it is known whether the database lost something: an open gate must not be shown meanwhile.
async fn held_against(recovery: &Keeper, app: &App) -> anyhow::Result<()> {
    let unknown = |error: &dyn std::error::Error| {
        because(
            exit::UNREACHABLE,
            "the database cannot be held against its journal",
            error,
        )
    };
    if recovery
        .verify(0)
        .await
        .map_err(|error| unknown(&error))?
        .is_some()
    {
        first_look(app).await?;
    }
    if let Err(error) = recovery.keep_up().await {
        tracing::error!(%error, "the recovery journal does not keep up");
    }
    Ok(())
}

/// An old file would tell the supervisor an old address.
fn remove_stale(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("failed to remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

fn ready(path: Option<&Path>, address: SocketAddr) -> anyhow::Result<Option<ReadyFile>> {
    path.map(|path| {
        ready_file::write(path, address).with_context(|| format!("failed to write {}", path.display()))
    })
    .transpose()
}

//! `backstop serve`: the control plane.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use auth::Tokens;
use base::clock::Clock;
use base::config::ProcessEnv;
use base::exit;
use base::shutdown::Shutdown;
use base::telemetry::{self, LogFormat};
use control::App;
use control::run::Ended;
use db::{Db, DbError, Options};
use evidence::{AnchorFile, CONTROL, Sequencer, Verifier, key_file};
use logkeeper::{EvidenceLog, Receiver};
use tokio::net::TcpListener;
use watch::Watch;
use web::tls::{Files, Tls};
use web::{Limits, ready_file};

use super::{HASHES, KEY};
use crate::ended::stop;

/// Serves the control plane until SIGTERM or SIGINT, then drains.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Watches, pages, and keeps drills on record and the other plane's checkpoints, in a store and an evidence log of its own.
What is watched, by which rules, and who is told stands in the file of --watch (docs/watch.md).

Exit codes: 0 drained · 1 failed · 2 wrong usage or setting · 5 the store can't be reached ·
7 the outcome of a commit is unknown, look at the store before starting again

Example:
  backstop serve --database sqlite:control.db --keys etc/control --anchor-file anchors/control.jsonl")]
pub struct Args {
    /// Address to listen on; port 0 takes a free one.
    #[arg(
        long,
        env = "BACKSTOP_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:7200"
    )]
    listen: SocketAddr,
    /// `sqlite:PATH` or `postgres://…` of the control plane's own store; its schema is brought up to date.
    #[arg(
        long,
        env = "BACKSTOP_CONTROL_DATABASE",
        value_name = "URL",
        hide_env_values = true,
        default_value = "sqlite:control.db"
    )]
    database: String,
    /// Folder of evidence.key and tokens.toml, as `backstop init` made it.
    #[arg(
        long,
        env = "BACKSTOP_KEYS",
        value_name = "DIR",
        default_value = "etc/control"
    )]
    keys: PathBuf,
    /// File that every checkpoint is added to; best on another disk or a share.
    #[arg(long, env = "BACKSTOP_ANCHOR_FILE", value_name = "FILE")]
    anchor_file: Option<PathBuf>,
    /// Address that every checkpoint is posted to; several may be given.
    #[arg(
        long = "anchor-url",
        env = "BACKSTOP_ANCHOR_URLS",
        value_name = "URL",
        value_delimiter = ','
    )]
    anchor_urls: Vec<String>,
    /// Address of the other plane, which verifies and keeps the checkpoints.
    #[arg(
        long,
        env = "BACKSTOP_ANCHOR_PLANE",
        value_name = "URL",
        requires = "anchor_plane_token"
    )]
    anchor_plane: Option<String>,
    /// File with this plane's token at the other.
    #[arg(
        long,
        env = "BACKSTOP_ANCHOR_PLANE_TOKEN",
        value_name = "FILE",
        requires = "anchor_plane"
    )]
    anchor_plane_token: Option<PathBuf>,
    /// File with the public key of a log whose checkpoints are taken in; several may be given.
    #[arg(
        long = "known-log",
        env = "BACKSTOP_KNOWN_LOGS",
        value_name = "FILE",
        value_delimiter = ','
    )]
    known_logs: Vec<PathBuf>,
    /// Certificate with its intermediates, PEM; loaded again when it changes.
    #[arg(
        long,
        env = "BACKSTOP_TLS_CERTIFICATE",
        value_name = "FILE",
        requires = "tls_key"
    )]
    tls_certificate: Option<PathBuf>,
    /// Private key of the certificate, PEM.
    #[arg(
        long,
        env = "BACKSTOP_TLS_KEY",
        value_name = "FILE",
        requires = "tls_certificate"
    )]
    tls_key: Option<PathBuf>,
    /// Serve in the clear beyond loopback: something in front must do TLS.
    #[arg(long, env = "BACKSTOP_ALLOW_PLAIN_HTTP", conflicts_with = "tls_certificate")]
    allow_plain_http: bool,
    /// Requests a second that one source address may send; probes are never limited.
    #[arg(long, env = "BACKSTOP_RATE_ADDRESS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate_address: Option<u32>,
    /// What is watched, and who is told: watch.toml. Without it nothing is watched.
    #[arg(long, env = "BACKSTOP_WATCH", value_name = "FILE")]
    watch: Option<PathBuf>,
    /// Folder of the scraped samples, which outlive a restart there; without it they are in memory only.
    #[arg(long, env = "BACKSTOP_SAMPLES", value_name = "DIR", requires = "watch")]
    samples: Option<PathBuf>,
    /// File to write the bound address to, once ready.
    #[arg(long, env = "BACKSTOP_READY_FILE", value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

/// Serves until told to stop.
///
/// # Errors
/// See the exit codes.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    telemetry::init(LogFormat::Json, &ProcessEnv);
    // The allocator asks for pages of 2 MiB, of which a process this small fills few: 14 of its 38 MB were such air.
    if let Err(error) = nix::sys::prctl::set_thp_disable(true) {
        tracing::info!(%error, "large pages stay on: more memory is resident than needed");
    }
    if let Some(path) = &args.ready_file {
        remove_stale(path)?;
    }
    let tls = tls(&args)?;
    let tokens = Tokens::load(args.keys.join(HASHES)).map_err(|error| {
        let file = args.keys.join(HASHES);
        usage(
            &file.display().to_string(),
            &format!("{error}; `backstop init DIR` makes a token file"),
        )
    })?;
    let known = args
        .known_logs
        .iter()
        .map(|path| known(path))
        .collect::<anyhow::Result<_>>()?;
    let (db, clock) = (open(&args.database).await?, Clock::system());
    let log = log(&args, db.clone(), clock.clone())?;
    let limits = Limits {
        rate_address: args.rate_address,
        ..Limits::default()
    };
    let shutdown = Shutdown::on_signals().context("failed to listen for signals")?;
    let watch = watch(&args, &db, &clock).await?;
    let app = App::new(db.clone(), clock, tokens, known, limits, shutdown)?;
    let app = Arc::new(app.watching(watch));
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|error| usage(&format!("cannot listen on {}", args.listen), &error))?;
    let address = listener.local_addr()?;
    let ready = args.ready_file.as_deref().map(|path| {
        ready_file::write(path, address).with_context(|| format!("failed to write {}", path.display()))
    });
    let ready = ready.transpose()?;
    tracing::info!(%address, tls = tls.is_some(), version = env!("CARGO_PKG_VERSION"), "ready");
    let ended = control::run::run(app, listener, tls, log).await;
    drop(ready);
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
        Ended::Database(error) => {
            let text =
                format!("the store must not be used any more; look at it before starting again: {error}");
            Err(stop(exit::AMBIGUOUS, text))
        }
    }
}

fn usage(what: &str, why: &dyn std::fmt::Display) -> anyhow::Error {
    stop(exit::USAGE, format!("{what}: {why}"))
}

/// The watcher, where it is said what to watch.
async fn watch(args: &Args, db: &Db, clock: &Clock) -> anyhow::Result<Option<Watch>> {
    let Some(path) = &args.watch else {
        tracing::warn!("nothing is watched: give --watch FILE");
        return Ok(None);
    };
    let wrong = |error: &dyn std::fmt::Display| usage(&format!("--watch {}", path.display()), error);
    let config = watch::Config::load(path).map_err(|error| wrong(&error))?;
    if config.notify.is_none() {
        tracing::warn!("nobody is told of an alert: there is no [notify] in the file of --watch");
    }
    let opened = Watch::open(db.clone(), config, args.samples.as_deref(), clock.clone()).await;
    opened.map(Some).map_err(|error| wrong(&error))
}

/// The address is not repeated: it may hold a password.
async fn open(url: &str) -> anyhow::Result<Db> {
    let db = Db::open(url, Options::default())
        .await
        .map_err(|error| match error {
            DbError::Other(message) => usage("the store's address is wrong", &message),
            error => stop(exit::UNREACHABLE, format!("the store cannot be opened: {error}")),
        })?;
    let migrated = control::schema::migrate(&db).await;
    migrated.map_err(|error| {
        stop(
            exit::FAILED,
            format!("the schema could not be brought up to date: {error}"),
        )
    })?;
    Ok(db)
}

/// Without a key there is no log: no key is made up.
fn log(args: &Args, db: Db, clock: Clock) -> anyhow::Result<EvidenceLog> {
    let path = args.keys.join(KEY);
    let signer = key_file::load(CONTROL, &path).map_err(|error| {
        usage(
            &path.display().to_string(),
            &format!("{error}; `backstop init DIR` makes a key"),
        )
    })?;
    let anchors = args.anchor_file.as_deref().map(|path| {
        AnchorFile::open(path, signer.verifier()).map_err(|error| usage(&path.display().to_string(), &error))
    });
    let anchors = anchors.transpose()?;
    if anchors.is_none() && args.anchor_urls.is_empty() && args.anchor_plane.is_none() {
        tracing::warn!(
            "nothing anchors the evidence log outside its store: give --anchor-file, --anchor-url or --anchor-plane"
        );
    }
    let mut receivers = Vec::new();
    for (number, url) in (1..).zip(&args.anchor_urls) {
        let receiver = Receiver::webhook(format!("webhook-{number}"), url);
        receivers.push(receiver.map_err(|error| usage("--anchor-url", &error))?);
    }
    if let (Some(url), Some(file)) = (&args.anchor_plane, &args.anchor_plane_token) {
        receivers.push(Receiver::plane(url, file).map_err(|error| usage("--anchor-plane", &error))?);
    }
    Ok(EvidenceLog {
        sequencer: Sequencer::new(db, signer, anchors, clock),
        receivers,
    })
}

fn known(path: &Path) -> anyhow::Result<Verifier> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| usage(&name, &error))?;
    Verifier::parse(&text).map_err(|error| usage(&name, &error))
}

fn tls(args: &Args) -> anyhow::Result<Option<Tls>> {
    let files = args.tls_certificate.clone().zip(args.tls_key.clone());
    let files = files.map(|(certificate, key)| Files {
        certificate,
        key,
        client_ca: None,
        client_certificate_optional: false,
    });
    Tls::at(args.listen, files, args.allow_plain_http).map_err(|error| usage("TLS cannot be served", &error))
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

//! `financing-standin`: the outside systems of the lending service, simulated.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use base::config::ProcessEnv;
use base::exit;
use base::shutdown::Shutdown;
use base::telemetry::{self, LogFormat};
use clap::Parser;
use population::replay::FirmFile;
use population::{Firms, Population};
use sources::standin::book::Book;
use sources::standin::pager::Pager;
use sources::standin::{self, Settings};
use tokio::net::TcpListener;

/// Stands in for business registration, judicial, credit bureau, tax, tax
/// receipts, invoices, core banking, the notifier, and whoever is paged.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  financing-standin --listen 127.0.0.1:7100 --seed 42\n  \
    curl -X PUT http://127.0.0.1:7100/control/tax -H 'content-type: application/json' \\\n    \
    -d '{\"latency_ms\": 300, \"failure_rate\": 0.2, \"failure\": \"silent\"}'\n\n\
    Failures: status, acted, garbage, oversized, cut, silent.\n\
    Exit codes: 0 stopped in order, 1 failed, 2 a setting is wrong."
)]
struct Args {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:7100")]
    listen: SocketAddr,
    /// Seed of the population and of which requests fail.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Take the firms from a file (JSON lines, or CSV) instead of generating them.
    #[arg(long, value_name = "FILE")]
    firms: Option<PathBuf>,
    /// Keep payments in a file, on disk before each is answered.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Keep the pages that arrive in a file, a line of JSON each.
    #[arg(long, value_name = "FILE")]
    pages: Option<PathBuf>,
    /// Write the bound address to a file once it is served.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    telemetry::init(LogFormat::Text, &ProcessEnv);
    let args = Args::parse();
    let settings = match settings(&args) {
        Ok(settings) => settings,
        Err(error) => return ended(exit::USAGE, &error),
    };
    match serve(args, settings).await {
        Ok(()) => ExitCode::from(exit::OK),
        Err(error) => ended(exit::FAILED, &error),
    }
}

fn settings(args: &Args) -> anyhow::Result<Settings> {
    let failed = |path: &Path| format!("failed to read {}", path.display());
    let firms = match &args.firms {
        Some(path) => Firms::Replayed(FirmFile::open(path).with_context(|| failed(path))?),
        None => Firms::Generated(Population::new(args.seed)),
    };
    let book = Book::open(args.journal.as_deref());
    let book = book.with_context(|| failed(args.journal.as_deref().unwrap_or(Path::new("the journal"))))?;
    let pager = Pager::open(args.pages.as_deref());
    let pager = pager.with_context(|| failed(args.pages.as_deref().unwrap_or(Path::new("the pages"))))?;
    Ok(Settings {
        firms,
        seed: args.seed,
        book,
        pager,
    })
}

async fn serve(args: Args, settings: Settings) -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals().context("failed to listen for signals")?;
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.with_context(|| format!("failed to listen on {}", args.listen))?;
    let address = listener
        .local_addr()
        .context("failed to learn the bound address")?;
    if let Some(path) = &args.ready_file {
        announce(path, address).with_context(|| format!("failed to write {}", path.display()))?;
    }
    tracing::info!(%address, seed = args.seed, "the stand-in serves");
    standin::run(listener, settings, shutdown)
        .await
        .context("failed to stand in")
}

/// Atomically: who sees the file sees all of it. Connections made before the
/// first is accepted wait in the listener's queue.
fn announce(path: &Path, address: SocketAddr) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".tmp");
    fs::write(&draft, format!("{address}\n"))?;
    fs::rename(&draft, path)
}

fn ended(code: u8, error: &anyhow::Error) -> ExitCode {
    // Nothing is left to tell it to when standard error is closed too.
    drop(writeln!(io::stderr(), "error: {error:#}"));
    ExitCode::from(code)
}

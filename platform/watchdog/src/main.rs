//! `backstop-watchdog`: pages when the control plane's heartbeat stops. It has no store, and of the configuration it
//! needs only who is told; so it lives on whatever kills the control plane, best on another machine.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use base::clock::Clock;
use base::config::ProcessEnv;
use base::exit;
use base::shutdown::Shutdown;
use base::telemetry::{self, LogFormat};
use clap::Parser;
use notify::Config;
use notify::deadman::{Pulse, Watch, watch};

/// Pages when the control plane falls silent.
#[derive(Debug, Parser)]
#[command(
    name = "backstop-watchdog",
    version,
    after_help = "\
The heartbeat of `backstop serve` is a number that grows while its rules are evaluated, its store takes what they
know, and its notifier works. If it stands still or does not come, the receivers named here are paged, and again
until it is back. Tell them over another channel than the control plane's own where you can.

Exit codes: 0 stopped in order · 1 failed · 2 a setting is wrong

Example:
  backstop-watchdog --config etc/watch.toml --heartbeat http://127.0.0.1:7200/v1/watch/heartbeat --tell on-call"
)]
struct Args {
    /// The control plane's watch.toml, of which [notify] is read.
    #[arg(long, env = "BACKSTOP_WATCH", value_name = "FILE")]
    config: PathBuf,
    /// Address of the heartbeat.
    #[arg(
        long,
        env = "BACKSTOP_HEARTBEAT",
        value_name = "URL",
        default_value = "http://127.0.0.1:7200/v1/watch/heartbeat"
    )]
    heartbeat: reqwest::Url,
    /// Who is told: receivers of the configuration, or people as person:ID.
    #[arg(
        long,
        env = "BACKSTOP_WATCHDOG_TELL",
        value_name = "NAME",
        value_delimiter = ',',
        required = true
    )]
    tell: Vec<String>,
    /// Longest silence, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(5..=60))]
    patience: u64,
    /// Seconds after which it is told again.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(30..=86_400))]
    repeat: u64,
}

/// Longest configuration: as much as the control plane reads.
const LONGEST: u64 = 4 << 20;

/// Who is told. Nothing else of the file is looked at: a rule that is broken must not keep this from starting.
fn told(path: &Path) -> anyhow::Result<Config> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    let mut file: toml::Table = toml::from_str(&text)?;
    let section = file.remove("notify");
    let section = section.context("there is no [notify], so nobody can be told")?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    Ok(Config::check(section.try_into()?, folder)?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::init(LogFormat::Json, &ProcessEnv);
    let (code, error) = match run(Args::parse()).await {
        Ok(()) => return ExitCode::from(exit::OK),
        Err(Stopped::Usage(error)) => (exit::USAGE, error),
        Err(Stopped::Failed(error)) => (exit::FAILED, error),
    };
    // Nothing is left to tell it to when standard error is closed too.
    drop(writeln!(io::stderr(), "backstop-watchdog: {error:#}"));
    ExitCode::from(code)
}

enum Stopped {
    Usage(anyhow::Error),
    Failed(anyhow::Error),
}

async fn run(args: Args) -> Result<(), Stopped> {
    let notify = told(&args.config)
        .with_context(|| args.config.display().to_string())
        .map_err(Stopped::Usage)?;
    let shutdown = Shutdown::on_signals()
        .context("failed to listen for signals")
        .map_err(Stopped::Failed)?;
    let what = Watch {
        pulse: Pulse::Url(args.heartbeat),
        patience: Duration::from_secs(args.patience),
        repeat: Duration::from_secs(args.repeat),
        tell: args.tell,
    };
    tracing::info!(patience = args.patience, "watching the watcher");
    watch(what, &notify, &Clock::system(), &shutdown)
        .await
        .map_err(|error| Stopped::Usage(error.into()))
}

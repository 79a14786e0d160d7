//! The dead man's job: pages when the heartbeat stops.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use base::clock::Clock;
use base::shutdown::Shutdown;
use notify::Config;
use notify::deadman::{Pulse, Watch, watch};

use crate::Stopped;
use crate::args::Args;

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

/// Until it is shut down.
pub(crate) async fn run(args: &Args, config: &Path, shutdown: &Shutdown) -> Result<(), Stopped> {
    let notify = told(config)
        .with_context(|| config.display().to_string())
        .map_err(Stopped::Usage)?;
    let what = Watch {
        pulse: Pulse::Url(args.heartbeat.clone()),
        patience: Duration::from_secs(args.patience),
        repeat: Duration::from_secs(args.repeat),
        tell: args.tell.clone(),
    };
    tracing::info!(patience = args.patience, "watching the watcher");
    watch(what, &notify, &Clock::system(), shutdown)
        .await
        .map_err(|error| Stopped::Usage(error.into()))
}

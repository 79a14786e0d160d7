//! `backstop-watchdog`: pages when the control plane's heartbeat stops ([`silence`]), and ends injected faults when their
//! tool is dead ([`leases`]). It has no store, and of the configuration it needs only who is told; so it lives on
//! whatever kills the control plane, best on another machine, and whatever kills a tool.

mod args;
mod leases;
mod silence;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use base::config::ProcessEnv;
use base::exit;
use base::shutdown::Shutdown;
use base::telemetry::{self, LogFormat};
use clap::Parser as _;

use crate::args::Args;

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
    let shutdown = Shutdown::on_signals()
        .context("failed to listen for signals")
        .map_err(Stopped::Failed)?;
    // A configuration in the environment alone is no wish to page anybody.
    let silence = async {
        match args.config.as_deref().filter(|_| !args.tell.is_empty()) {
            Some(config) => silence::run(&args, config, &shutdown).await,
            None => Ok(()),
        }
    };
    let leases = async {
        match &args.leases {
            Some(folder) => leases::run(folder, args.until_empty, &shutdown).await,
            None => Ok(()),
        }
    };
    // If one job cannot be done, the process ends, so that its supervisor notices.
    tokio::try_join!(silence, leases).map(|_| ())
}

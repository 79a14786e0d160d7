//! The executable: parse, dispatch, exit.
//!
//! In the library and not in `main.rs`: an async function is compiled where it is first driven, so the
//! journeys and goose with them would be compiled twice, which is a minute and a half of a release build.

use std::io::Write as _;
use std::process::ExitCode;

use base::clock::Clock;
use base::config::ProcessEnv;
use base::exit;
use base::shutdown::Shutdown;
use base::telemetry::{self, LogFormat};
use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::target::TargetError;
use crate::{lean, run};

/// Runs the command line to its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::init(LogFormat::Text, &ProcessEnv);
    // Goose would otherwise log to standard output, where the progress may be.
    let bridged = tracing_log::LogTracer::builder()
        .with_max_level(tracing_log::log::LevelFilter::Warn)
        .init();
    let mut out = std::io::stdout();
    match bridged.map_err(Into::into).and_then(|()| dispatch(&cli)) {
        Ok(text) if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok() => exit::OK.into(),
        Ok(_) => exit::FAILED.into(),
        Err(error) => {
            tracing::error!("{error:#}");
            code(&error).into()
        }
    }
}

fn dispatch(cli: &Cli) -> anyhow::Result<String> {
    match &cli.command {
        Command::Run(args) => tokio::runtime::Runtime::new()?.block_on(async {
            run::run(args, Clock::system(), Shutdown::on_signals()?).await?;
            Ok(String::new())
        }),
        Command::Applications(args) => lean::alone(lean::applications::run(args)),
        Command::Existing(args) => lean::alone(lean::existing::run(args)),
        Command::Reads(args) => lean::alone(lean::reads::run(args)),
    }
}

fn code(error: &anyhow::Error) -> u8 {
    let io = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<std::io::Error>());
    if error.is::<TargetError>() {
        exit::USAGE
    } else if io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused) {
        exit::UNREACHABLE
    } else {
        exit::FAILED
    }
}

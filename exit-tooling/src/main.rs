//! Entry point: parse, dispatch, exit.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    exit_tooling::commands::Cli::parse().run()
}

//! Entry point: parse, dispatch, exit.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    chaos::commands::Cli::parse().run()
}

//! Entry point: parse, dispatch, exit.

use std::process::ExitCode;

use clap::Parser as _;

/// A log is verified in some ten small pieces a leaf: the C library's allocator took 15 % of the processor's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::commands::Cli::parse().run()
}

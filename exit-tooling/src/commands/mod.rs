//! The command line: `cli` parses and dispatches, one file a command.

mod cli;
mod eligible;
mod held;
mod output;
mod place;
mod plan;
mod run;
mod status;

pub use cli::Cli;

//! The command line: `cli` parses and dispatches, one file a command.

mod cli;
mod doctor;
mod drill;
mod list;
mod output;
mod process;
mod proxy;
mod ready;
mod recover;
mod run;

pub use cli::Cli;

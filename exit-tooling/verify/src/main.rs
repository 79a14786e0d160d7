//! `backstop-verify`: what may remain of customers after their exit.

mod commands;

use std::io::Write;
use std::process::ExitCode;

use base::ended;
use clap::{Parser, Subcommand};

/// Looks for what may remain of customers after their exit, and certifies that nothing does.
#[derive(Parser)]
#[command(
    name = "backstop-verify",
    version,
    after_help = "Exit codes: 0 clean, or valid; 1 failed; 2 wrong command line; 3 something remains, or a certificate was \
                  altered; 4 it could not look everywhere; 5 the database can't be reached, or takes no order; 6 refused."
)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Notes, sealed, what there is of customers, before the exit.
    Witness(commands::witness::Args),
    /// Looks for what remains of them, after it.
    Scan(commands::scan::Args),
    /// Signs a certificate over a clean verification.
    Certify(commands::certify::Args),
    /// Says whether a certificate is as it was signed; needs nothing but it and the public key.
    Certificate(commands::certificate::Args),
    /// Draws a pair of keys for signing certificates.
    Key(commands::key::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match Args::parse().command {
        Command::Witness(args) => commands::witness::run(args).await,
        Command::Scan(args) => commands::scan::run(args).await,
        Command::Certify(args) => commands::certify::run(&args),
        Command::Certificate(args) => commands::certificate::run(&args),
        Command::Key(args) => commands::key::run(&args),
    };
    ExitCode::from(ended.unwrap_or_else(|error| {
        // Nothing is left to tell it to when standard error is closed too.
        drop(writeln!(std::io::stderr(), "backstop-verify: {error:#}"));
        ended::code(&error)
    }))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_every_command_shows_an_example_and_its_exit_codes() {
        let mut cli = Args::command();
        cli.clone().debug_assert();
        for command in cli.get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            assert!(
                help.contains("Example:") && help.contains("Exit codes:"),
                "{help}"
            );
        }
    }

    #[test]
    fn every_example_is_a_command_line_that_is_understood() {
        let mut seen = Vec::new();
        for command in Args::command().get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            let (_, example) = help.split_once("Example:\n").unwrap();
            let line = example.replace("\\\n", " ");
            Args::try_parse_from(line.split_whitespace()).unwrap_or_else(|error| panic!("{line}: {error}"));
            seen.push(line.split_whitespace().nth(1).unwrap().to_owned());
        }
        assert_eq!(seen, ["witness", "scan", "certify", "certificate", "key"]);
    }
}

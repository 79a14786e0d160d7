//! The commands: parses, dispatches, and says what went wrong.

use std::future::Future;
use std::io::Write as _;
use std::process::ExitCode;

use base::config::ProcessEnv;
use clap::{Parser, Subcommand};

use crate::ended;
use crate::{audit, chaos, control, evidence, exit, intake, orphans, rehearse, runbook, watch};

/// Rehearses the emergency plan of a lending service, and checks its promises from outside.
#[derive(Debug, Parser)]
#[command(
    name = "backstop",
    version,
    after_help = "Exit codes: 0 all went well · 1 something failed · 2 wrong usage · 3 a law is broken · \
        4 a law that had to be touched was not · 5 the database or a service can't be reached · \
        6 refused, nothing changed · 7 the outcome is unknown\n\n\
        Example:\n  backstop rehearse --quick --out out/rehearsal\n  \
        backstop audit --database sqlite:lending.db --journal journal.jsonl\n  \
        backstop intake close --reason 'core banking is down' --url https://a.bank.example --account ann"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks the laws against a database and the clients' journal.
    Audit(audit::Args),
    /// Injects faults that end: a TCP proxy, process faults, experiments.
    Chaos(chaos::Args),
    /// Shows, proves and verifies evidence logs, offline and with public keys alone.
    #[command(subcommand)]
    Evidence(evidence::Command),
    /// Lets customers leave, with proof.
    #[command(subcommand, after_help = exit::HELP)]
    Exit(exit::Command),
    /// Makes the keys and tokens of a new control plane; never overwrites.
    Init(control::init::Args),
    /// Shows, closes and reopens the intake of new business (增量业务).
    #[command(subcommand)]
    Intake(intake::Command),
    /// Runs the emergency plan against a real service, and audits it.
    Rehearse(rehearse::args::Args),
    /// Shows, checks and carries out runbooks.
    #[command(subcommand)]
    Runbook(runbook::Command),
    /// Serves the control plane until SIGTERM or SIGINT, then drains.
    Serve(Box<control::serve::Args>),
    /// Shows what the control plane watches, and answers its pages.
    #[command(subcommand)]
    Watch(watch::Command),
    /// Becomes another program that ends when its parent does.
    #[command(hide = true)]
    Tether(rehearse::tether::Args),
}

impl Cli {
    /// Runs the command; the exit code is one of [`base::exit`].
    #[must_use]
    pub fn run(self) -> ExitCode {
        // `chaos recover` is what is run there; a tether is a child of a rehearsal and no command.
        let exempt = match &self.command {
            Command::Chaos(args) => args.recovers(),
            Command::Tether(_) => true,
            _ => false,
        };
        if !exempt {
            orphans::end(&ProcessEnv);
        }
        let outcome = match self.command {
            Command::Audit(args) => block_on(audit::run(args)),
            Command::Chaos(args) => chaos::run(&args),
            Command::Evidence(command) => block_on(evidence::run(command)),
            Command::Exit(command) => block_on(exit::run(command)),
            Command::Init(args) => control::init::run(&args),
            Command::Intake(command) => block_on(intake::run(command)),
            Command::Rehearse(args) => block_on(rehearse::run::run(args)),
            Command::Runbook(command) => block_on(runbook::run(command)),
            Command::Serve(args) => block_on(control::serve::run(*args)),
            Command::Watch(command) => block_on(watch::run(command)),
            Command::Tether(args) => rehearse::tether::run(&args),
        };
        let code = outcome.unwrap_or_else(|error| {
            // Nothing is left to tell it to when standard error is closed too.
            drop(writeln!(std::io::stderr(), "backstop: {error:#}"));
            ended::code(&error)
        });
        ExitCode::from(code)
    }
}

/// On the main thread: a child's tether is tied to the thread that started it,
/// and this one lives as long as the process.
fn block_on(work: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_every_command_shows_an_example() {
        let mut cli = Cli::command();
        cli.clone().debug_assert();
        for command in cli.get_subcommands_mut().filter(|command| !command.is_hide_set()) {
            let mut helps: Vec<String> = command
                .get_subcommands_mut()
                .map(|sub| sub.render_long_help().to_string())
                .collect();
            if helps.is_empty() {
                helps.push(command.render_long_help().to_string());
            }
            for help in helps {
                assert!(help.contains("Example:"), "{help}");
            }
        }
    }

    /// Each command with the act that it leaves in an evidence log by itself; a new one
    /// must be put here. Those that reach a service act through its routes.
    const ACTS: &[(&str, Option<&str>)] = &[
        ("audit", None),
        // Another program.
        ("chaos", None),
        ("evidence show", None),
        ("evidence prove", None),
        ("evidence verify", None),
        // Steps of a proposal, which the service's routes log; the exit itself, and the order
        // of a witness, are other programs' (scenario `leaving`).
        ("exit propose", Some("proposal.open")),
        ("exit approve", Some("proposal.judge")),
        // Before there is any log.
        ("init", None),
        ("intake status", None),
        // Through the service's route, or on the database with the gate's own leaf (scenario `break_glass`).
        ("intake close", Some("intake.close")),
        // Steps of a proposal, which the service's routes log.
        ("intake reopen", Some("proposal.open")),
        ("intake approve", Some("proposal.execute")),
        ("intake impact", None),
        ("intake history", None),
        ("intake doubts", Some("intake.settle_doubt")),
        // On the database, with the gate's own leaf (scenario `break_glass`).
        ("intake seal", Some("credential.seal")),
        // On a schema that is not ours, in the act's own transaction (stories of `adopt`); removing leaves
        // `intake.uninstall`, and each reopening of a proof `intake.prove`.
        ("intake install", Some("intake.install")),
        // On planes of its own, whose routes leave the leaves.
        ("rehearse", None),
        ("runbook list", None),
        ("runbook check", None),
        ("runbook coverage", None),
        ("runbook plan", None),
        // Through the control plane's routes (its own tests, and scenario `runbook`), later if it is down; what a
        // page's steps do leaves leaves of its own.
        ("runbook run", Some("runbook.begin")),
        ("runbook resume", Some("runbook.end")),
        ("runbook answer", None),
        ("runbook approve", Some("runbook.judge")),
        ("runbook stop", None),
        ("runbook show", None),
        ("runbook deliver", None),
        ("serve", None),
        ("watch status", None),
        ("watch query", None),
        ("watch alerts", None),
        // Through the control plane's routes, which leave the leaves (its own tests).
        ("watch silence", Some("watch.silence")),
        ("watch ack", Some("watch.ack")),
        ("watch test-receiver", Some("watch.test")),
        ("watch call-tree", Some("calltree.begin")),
        ("watch rules", None),
        ("tether", None),
    ];

    #[test]
    fn every_command_is_known_to_act_or_not() {
        let cli = Cli::command();
        let mut commands = Vec::new();
        for command in cli.get_subcommands() {
            let name = command.get_name();
            let below: Vec<String> = command
                .get_subcommands()
                .map(|sub| format!("{name} {}", sub.get_name()))
                .collect();
            commands.extend(if below.is_empty() {
                vec![name.to_owned()]
            } else {
                below
            });
        }
        let known: Vec<&str> = ACTS.iter().map(|(name, _)| *name).collect();
        assert_eq!(commands, known);
        let acting: Vec<&str> = ACTS.iter().filter_map(|(_, act)| *act).collect();
        assert_eq!(
            acting,
            [
                "proposal.open",
                "proposal.judge",
                "intake.close",
                "proposal.open",
                "proposal.execute",
                "intake.settle_doubt",
                "credential.seal",
                "intake.install",
                "runbook.begin",
                "runbook.end",
                "runbook.judge",
                "watch.silence",
                "watch.ack",
                "watch.test",
                "calltree.begin"
            ],
            "an act has to be run in a scenario and its leaf counted"
        );
    }
}

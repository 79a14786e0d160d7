//! `backstop intake install`: the same gate on a PostgreSQL schema that is not ours.
//!
//! [`draft`], [`preview`], [`apply`], [`check`], [`reopen`], [`remove`] and [`prove`] are one command each; [`place`] is where and
//! by which description, [`meant`] who orders it and whether it is meant, [`refused`] what a refusal comes to.

mod apply;
mod check;
mod draft;
mod meant;
mod place;
mod preview;
mod prove;
mod refused;
mod remove;
mod reopen;

use clap::Subcommand;

/// How the commands go together.
pub(super) const HELP: &str = "\
First `draft` writes a description of a schema in which nothing is decided. A person decides of every insert and
every transition whether it binds the bank. `preview` shows the SQL, `apply` runs it, `check` tells what drifted since
and what nobody decided, `prove` closes and reopens a test copy under load and counts what commits late, `remove` takes
it all off again. Transactions that bind should be READ COMMITTED: others are refused as soon as
any part is shut. The gate's own tables stand in a schema `backstop` of that database; the switch is then
`intake close --direct` with that search path, and `reopen` takes two roles of that database.

Example:
  backstop intake install draft --direct postgres://dba@db.bank.example/core --schema lending --out lending.toml
  backstop intake install preview --direct postgres://dba@db.bank.example/core --description lending.toml
  backstop intake install apply --direct postgres://dba@db.bank.example/core --description lending.toml \\
    --reason 'approved by the change board' --actor ann --yes
  backstop intake close --reason 'core banking is down' --actor ann \\
    --direct 'postgres://dba@db.bank.example/core?options=-c%20search_path%3Dbackstop'";

/// What to do with a schema that is not ours.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Writes a description of a live schema, in which everything has still to be decided.
    Draft(draft::Args),
    /// Shows the SQL that `apply` would run, and which tables it locks.
    Preview(preview::Args),
    /// Installs what a description asks for, in one transaction; again, it changes nothing.
    Apply(apply::Args),
    /// Lists what nobody decided, and triggers that are missing, disabled or different.
    Check(check::Args),
    /// Proposes to reopen intake there; another role agrees with --agree.
    Reopen(reopen::Args),
    /// Takes the triggers off a schema again.
    Remove(remove::Args),
    /// Closes and reopens a test copy under load, and counts what commits late.
    Prove(prove::Args),
}

/// Runs one; answers the exit code.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Draft(args) => draft::run(args).await,
        Command::Preview(args) => preview::run(args).await,
        Command::Apply(args) => apply::run(args).await,
        Command::Check(args) => check::run(args).await,
        Command::Reopen(args) => reopen::run(args).await,
        Command::Remove(args) => remove::run(args).await,
        Command::Prove(args) => prove::run(args).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser};

    #[derive(Parser)]
    struct Whole {
        #[command(subcommand)]
        _command: super::Command,
    }

    #[test]
    fn each_shows_an_example_and_its_exit_codes() {
        let mut whole = Whole::command();
        whole.clone().debug_assert();
        for command in whole.get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            assert!(
                help.contains("Example:") && help.contains("Exit codes: 0"),
                "{help}"
            );
        }
    }
}

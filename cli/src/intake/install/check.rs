//! `backstop intake install check`

use std::fmt::Write as _;

use adopt::Checked;
use base::exit;

use super::place::{Database, Decisions, on};
use crate::called;

/// Lists what nobody decided, and triggers that are missing, disabled or different.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
It reads the catalog and changes nothing: run it after every change of that schema, and every day. A finding is
something by which \"closed\" may not be closed: a table or value without a decision, a decision about what is not
there, a trigger or function that is not as it was installed, a trigger of theirs that runs after the gate.

Exit codes: 0 all stands · 1 findings · 2 wrong usage · 5 nothing answers · 6 refused: no such schema

Example:
  backstop intake install check --direct postgres://dba@db.bank.example/core --description lending.toml --json")]
pub struct Args {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    decisions: Decisions,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Looks and prints.
///
/// # Errors
/// When nothing answers.
pub(super) async fn run(args: Args) -> anyhow::Result<u8> {
    let description = args.decisions.read()?;
    let checked = on(&args.database, async |db| adopt::check(db, &description).await).await?;
    called::print(args.json, &checked, || lines(&checked))?;
    Ok(match checked.findings.is_empty() {
        true => exit::OK,
        false => exit::FAILED,
    })
}

fn lines(checked: &Checked) -> String {
    let mut text = match checked.findings.len() {
        0 => format!(
            "{}: {} triggers stand, everything is decided / 触发器齐备，变更均已裁定",
            checked.schema, checked.triggers
        ),
        found => format!("{}: {found} findings / {found} 项问题", checked.schema),
    };
    for one in &checked.findings {
        // Writing into a String does not fail.
        let _written = write!(text, "\n{}: {}\n  {}", one.kind, one.at, one.mend);
    }
    if !checked.owners.is_empty() {
        let _written = write!(
            text,
            "\nroles that own guarded tables, so that the application must be none of them / 应用不得使用以下属主角色: {}",
            checked.owners.join(", ")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_told_with_their_mend() {
        let checked: Checked = Checked {
            schema: "lending".to_owned(),
            triggers: 2,
            findings: Vec::new(),
            owners: vec!["app".to_owned()],
        };
        assert_eq!(
            lines(&checked),
            "lending: 2 triggers stand, everything is decided / 触发器齐备，变更均已裁定\n\
             roles that own guarded tables, so that the application must be none of them / 应用不得使用以下属主角色: app"
        );
    }
}

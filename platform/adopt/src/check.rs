//! Whether the gate stands on their schema as the description has it.

use db::{Db, Tx};
use serde::Serialize;

use crate::standing::{self, Standing};
use crate::triggers::{self, Trigger};
use crate::{AdoptError, Description, SCHEMA, live, migrations, plan, undecided};

/// Something by which "closed" may not be closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `undecided`, `absent`, `missing`, `disabled`, `differs`, `surplus`, `later` or `partition`.
    pub kind: &'static str,
    /// Where.
    pub at: String,
    /// What would mend it.
    pub mend: String,
}

impl Finding {
    pub(crate) fn new(kind: &'static str, at: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            kind,
            at: at.into(),
            mend: mend.into(),
        }
    }
}

/// What a look has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The schema.
    pub schema: String,
    /// How many triggers there have to be.
    pub triggers: usize,
    /// What is wrong; empty is good.
    pub findings: Vec<Finding>,
    /// Roles that own guarded tables and may sign in. They can switch triggers off, so the application must be
    /// none of them.
    pub owners: Vec<String>,
}

/// Compares a description, the live schema and what was installed.
///
/// # Errors
/// As [`live::schema`].
pub async fn check(db: &Db, description: &Description) -> Result<Checked, AdoptError> {
    let description = description.clone();
    let read = db.read(move |tx| Box::pin(async move { check_in(tx, &description).await }));
    let (mut checked, installed) = read.await?;
    if installed && gate::foreign::flag_lies(db).await? {
        let mend = "it says that nothing is shut: SELECT setval('backstop.intake_flag', 1), and find out who lowered it";
        checked
            .findings
            .push(Finding::new("differs", format!("{SCHEMA}.intake_flag"), mend));
    }
    Ok(checked)
}

async fn check_in(tx: &mut Tx, description: &Description) -> Result<(Checked, bool), AdoptError> {
    let live = live::schema(tx, &description.schema).await?;
    let mut findings = undecided::undecided(description, &live);
    let wanted = triggers::of(description);
    let installed = migrations::installed(tx).await?;
    if installed {
        findings.extend(gate(tx).await?);
        let stand = standing::triggers(tx, &description.schema).await?;
        findings.extend(differences(&wanted, &stand));
        for (table, name) in standing::later(tx, &description.schema).await? {
            let mend =
                "it runs after the gate and may change the row: give it a name that sorts before zz_intake";
            findings.push(Finding::new("later", format!("{table}: trigger {name}"), mend));
        }
    } else {
        let mend = "nothing is installed: look with preview, then apply";
        findings.push(Finding::new("missing", format!("schema {SCHEMA}"), mend));
    }
    let guarded = |name: &str| description.binds.iter().any(|one| one.table == name);
    let mut owners: Vec<String> = live
        .iter()
        .filter(|(name, table)| guarded(name) && table.owner.1)
        .map(|(_, table)| table.owner.0.clone())
        .collect();
    owners.sort();
    owners.dedup();
    let checked = Checked {
        schema: description.schema.clone(),
        triggers: wanted.len(),
        findings,
        owners,
    };
    Ok((checked, installed))
}

/// The gate's own part.
async fn gate(tx: &mut Tx) -> Result<Vec<Finding>, AdoptError> {
    let mend = "apply again; and find out who changed it";
    let mut found = Vec::new();
    for function in standing::functions(tx).await? {
        if !function.stands {
            let at = format!("function {SCHEMA}.{}", gate::foreign::function(function.act));
            found.push(Finding::new("differs", at, mend));
        }
    }
    for (name, _) in standing::keepers_gone(tx).await? {
        let mend =
            "it keeps the gate to those who may: find out who disabled or dropped it; apply enables it";
        found.push(Finding::new(
            "disabled",
            format!("{SCHEMA}: trigger {name}"),
            mend,
        ));
    }
    if !plan::granted(tx).await? {
        let mend = "without them their roles are refused by permission: apply again";
        found.push(Finding::new("missing", format!("grants of {SCHEMA}"), mend));
    }
    let open = tx
        .one("SELECT state FROM intake_gate WHERE scope = 'everything'", &[])
        .await?;
    if open.is_none() {
        let mend = "without it everything is refused: find out who deleted it";
        found.push(Finding::new(
            "missing",
            format!("{SCHEMA}.intake_gate, row of everything"),
            mend,
        ));
    }
    Ok(found)
}

/// Triggers that are missing or other than wanted, and those that nobody wants.
fn differences(wanted: &[Trigger], stand: &[Standing]) -> Vec<Finding> {
    let mut found = Vec::new();
    for want in wanted {
        let at = format!("{}: trigger {}", want.table, want.name);
        let there = stand
            .iter()
            .find(|one| one.table == want.table && one.name == want.name);
        let Some(there) = there else {
            found.push(Finding::new(
                "missing",
                at,
                "apply again; and find out who dropped it",
            ));
            continue;
        };
        if !there.always {
            found.push(Finding::new(
                "disabled",
                at.clone(),
                "apply again; and find out who disabled it",
            ));
        }
        if !there.is(want) {
            found.push(Finding::new(
                "differs",
                at.clone(),
                "apply again; and find out who changed it",
            ));
        }
        if there.gaps > 0 {
            let mend = format!(
                "{} partitions are without it: ALTER TABLE … ENABLE ALWAYS TRIGGER there",
                there.gaps
            );
            found.push(Finding::new("partition", at, mend));
        }
    }
    for one in stand {
        if !wanted
            .iter()
            .any(|want| one.table == want.table && one.name == want.name)
        {
            let at = format!("{}: trigger {}", one.table, one.name);
            found.push(Finding::new(
                "surplus",
                at,
                "the description does not ask for it: apply removes it",
            ));
        }
    }
    found
}

impl Standing {
    /// Whether it was made by the text that is wanted, and the server still tells it as it did then.
    pub(crate) fn is(&self, wanted: &Trigger) -> bool {
        let as_made = self
            .made
            .as_ref()
            .is_some_and(|(by, then)| *by == wanted.sql && *then == self.now);
        as_made && self.function == gate::foreign::function(wanted.act)
    }
}

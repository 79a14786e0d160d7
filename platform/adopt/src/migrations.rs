//! The gate's own tables in their database.

use db::{Migration, Tx};

use crate::{AdoptError, SCHEMA};

/// Evidence, gate, what was installed, and who may reopen; in the gate's schema, in this order.
fn all() -> [Migration; 4] {
    let installs = Migration {
        id: "adopt-0001-installs",
        sql: include_str!("../migrations/installs.sql"),
    };
    let two_persons = Migration {
        id: "adopt-0002-two-persons",
        sql: include_str!("../migrations/two_persons.sql"),
    };
    [
        evidence::MIGRATION,
        gate::foreign::migration(),
        installs,
        two_persons,
    ]
}

/// Whether the gate stands in this database, and is ours.
///
/// # Errors
/// [`AdoptError::Refused`] where something else has the schema's name, or anybody may create in it.
pub(crate) async fn installed(tx: &mut Tx) -> Result<bool, AdoptError> {
    let sql = "SELECT COUNT(*), COUNT(CASE WHEN to_regclass($1 || '.intake_triggers') IS NOT NULL THEN 1 END), \
               COUNT(CASE WHEN has_schema_privilege('public', n.oid, 'CREATE') THEN 1 END), \
               COUNT(CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid) THEN 1 END) \
               FROM pg_catalog.pg_namespace n WHERE n.nspname = $1";
    let row = tx.one(sql, &[SCHEMA.into()]).await?;
    let Some(row) = row else { return Ok(false) };
    let (there, ours, open, used) = (row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)?);
    if there == 1 && open == 1 {
        return Err(AdoptError::Refused(format!(
            "everybody may create in the schema {SCHEMA}: REVOKE CREATE ON SCHEMA {SCHEMA} FROM PUBLIC first"
        )));
    }
    if used == 1 && ours == 0 {
        return Err(AdoptError::Refused(format!(
            "there is a schema {SCHEMA} that is not the gate's: rename it first"
        )));
    }
    Ok(ours == 1)
}

/// Scripts of those that are missing.
pub(crate) async fn missing(tx: &mut Tx, installed: bool) -> Result<Vec<String>, AdoptError> {
    let mut applied = Vec::new();
    if installed {
        for row in &tx.many("SELECT id FROM schema_migrations LIMIT 100", &[]).await? {
            applied.push(row.text(0)?.to_owned());
        }
    }
    let mut scripts = Vec::new();
    for (position, step) in (0..).zip(all()) {
        if !applied.iter().any(|id| id == step.id) {
            scripts.push(step.script(position)?);
        }
    }
    Ok(scripts)
}

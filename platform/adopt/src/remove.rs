//! Taking the gate off a schema again.

use db::{Db, DbError, Tx};
use serde::Serialize;
use serde_json::json;

use crate::apply::{Meant, only_open, prepare, record, run};
use crate::plan::{self, Plan};
use crate::quote::identifier;
use crate::{AdoptError, SCHEMA, holders, migrations};

/// What was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removal {
    /// Triggers that were dropped.
    pub dropped: usize,
    /// Whether the gate's own schema went, with history and evidence.
    pub purged: bool,
}

/// What [`remove()`] would run now.
///
/// # Errors
/// As [`remove()`].
pub async fn preview_removal(db: &Db, schema: &str) -> Result<Plan, AdoptError> {
    let schema = schema.to_owned();
    db.read(move |tx| {
        Box::pin(async move {
            there(tx).await?;
            plan::removing(tx, &schema).await
        })
    })
    .await
}

/// Drops the triggers on a schema; with `purge` also the gate's own schema, if no other schema is guarded. Otherwise
/// history and evidence stay, and so does the gate: installing again finds it as it was.
///
/// # Errors
/// [`AdoptError::Refused`] where nothing is installed, while intake is shut, or if something else depends on the
/// gate's schema; [`AdoptError::Busy`] as for [`apply()`](crate::apply()).
pub async fn remove(db: &Db, schema: &str, purge: bool, meant: &Meant) -> Result<Removal, AdoptError> {
    let (name, order) = (schema.to_owned(), meant.clone());
    let done = db
        .write_first(move |tx| Box::pin(async move { removed(tx, &name, purge, &order).await }))
        .await;
    match done {
        Err(AdoptError::Db(DbError::Timeout)) => {
            let locks = preview_removal(db, schema).await?.locks;
            Err(AdoptError::Busy(holders::holders(db, &locks).await?))
        }
        other => other,
    }
}

async fn there(tx: &mut Tx) -> Result<(), AdoptError> {
    if migrations::installed(tx).await? {
        return Ok(());
    }
    Err(AdoptError::Refused(
        "nothing is installed in this database".to_owned(),
    ))
}

async fn removed(tx: &mut Tx, schema: &str, purge: bool, meant: &Meant) -> Result<Removal, AdoptError> {
    prepare(tx).await?;
    there(tx).await?;
    only_open(tx).await?;
    let plan = plan::removing(tx, schema).await?;
    run(tx, &plan, meant.patience).await?;
    let removal = Removal {
        dropped: plan.dropped,
        purged: purge,
    };
    if purge {
        drop_all(tx).await?;
        return Ok(removal);
    }
    let body = json!({ "dropped": plan.dropped });
    record(tx, "intake.uninstall", schema, None, body, meant).await?;
    Ok(removal)
}

/// Everything of the gate's own, one by one: what somebody else put there, or built on it, is kept and refuses.
async fn drop_all(tx: &mut Tx) -> Result<(), AdoptError> {
    let sql = "SELECT string_agg(format('DROP TABLE %I.%I', n.nspname, c.relname), '; ') FROM pg_class c \
               JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r' \
               AND c.relname IN ('intake_gate', 'intake_history', 'intake_credential', 'intake_installs', \
                 'intake_triggers', 'evidence_leaves', 'evidence_heads', 'evidence_checkpoints', 'schema_migrations', \
                 'intake_proof', 'intake_doubts')";
    let tables = tx.one(sql, &[SCHEMA.into()]).await?;
    if let Some(drops) = tables.as_ref().and_then(|row| row.text(0).ok()) {
        tx.batch(drops).await?;
    }
    tx.batch("DROP SEQUENCE IF EXISTS intake_flag").await?;
    let sql = "SELECT string_agg(format('DROP FUNCTION %I.%I()', n.nspname, p.proname), '; ') FROM pg_proc p \
               JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1 AND p.pronargs = 0 \
               AND (p.proname LIKE 'refuse\\_%' OR p.proname IN ('only_close_intake', 'only_add_to_intake_history', \
                 'sign_intake_history', 'only_two_open_intake', 'raise_intake_flag', 'lower_intake_flag'))";
    let functions = tx.one(sql, &[SCHEMA.into()]).await?;
    if let Some(drops) = functions.as_ref().and_then(|row| row.text(0).ok()) {
        tx.batch(drops).await?;
    }
    tx.batch(&format!("DROP SCHEMA {}", identifier(SCHEMA))).await?;
    Ok(())
}

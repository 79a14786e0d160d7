//! The SQL that makes the difference between what stands and what is wanted good.

use db::Tx;
use serde::Serialize;

use crate::quote::{identifier, literal, table};
use crate::standing::{self, Standing};
use crate::triggers::{self, Trigger};
use crate::{AdoptError, Description, SCHEMA, migrations};

/// What is to be run, in one transaction, in this order.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Plan {
    /// The gate's own schema: nothing of theirs is locked yet.
    pub own: Vec<String>,
    /// The tables of theirs that are locked until the commit, each for a moment; those who write wait.
    pub locks: Vec<String>,
    /// What is done on their tables.
    pub theirs: Vec<String>,
    /// Triggers that are made, or made anew.
    pub made: usize,
    /// Triggers that are dropped, and not made anew.
    pub dropped: usize,
}

/// Of installing what a description asks for.
///
/// # Errors
/// As [`migrations::installed`], or the database's refusal.
pub(crate) async fn installing(tx: &mut Tx, description: &Description) -> Result<Plan, AdoptError> {
    let there = migrations::installed(tx).await?;
    let mut plan = Plan::default();
    if !there {
        plan.own
            .push(format!("CREATE SCHEMA IF NOT EXISTS {}", identifier(SCHEMA)));
    }
    plan.own.extend(migrations::missing(tx, there).await?);
    let wanted = triggers::of(description);
    let mut stand = Vec::new();
    if there {
        stand = standing::triggers(tx, &description.schema).await?;
        for function in standing::functions(tx).await? {
            if !function.stands {
                plan.own.push(made(function.act));
            }
        }
    } else {
        plan.own.extend(gate::Act::ALL.iter().map(|act| made(*act)));
    }
    if there {
        for (name, table) in standing::keepers_off(tx).await? {
            plan.own
                .push(format!("ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"));
        }
    }
    if !there || !granted(tx).await? {
        plan.own.extend(gate::foreign::grants(SCHEMA));
    }
    for one in &stand {
        if !wanted.iter().any(|want| is_for(one, want)) {
            plan.dropped += 1;
            plan.drop(&description.schema, one);
        }
    }
    for want in &wanted {
        let found = stand.iter().find(|one| is_for(one, want));
        match found {
            Some(one) if one.is(want) && one.always && one.gaps == 0 => continue,
            Some(one) => plan.drop(&description.schema, one),
            None => {}
        }
        plan.made += 1;
        plan.lock(&description.schema, &want.table);
        plan.theirs.push(want.sql.clone());
        plan.theirs.push(kept(&description.schema, want));
    }
    Ok(plan)
}

/// Of taking all of it off a schema.
pub(crate) async fn removing(tx: &mut Tx, schema: &str) -> Result<Plan, AdoptError> {
    let mut plan = Plan::default();
    for one in standing::triggers(tx, schema).await? {
        plan.dropped += 1;
        plan.drop(schema, &one);
    }
    Ok(plan)
}

impl Plan {
    /// Whether there is anything to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.theirs.is_empty()
    }

    /// All of it, as a script to be read.
    #[must_use]
    pub fn script(&self) -> String {
        let mut parts = vec!["BEGIN".to_owned(), SETTINGS.to_owned()];
        parts.push(format!("SET LOCAL search_path = {}", identifier(SCHEMA)));
        parts.extend(self.own.iter().cloned());
        parts.extend(self.lock_statement());
        parts.extend(self.theirs.iter().cloned());
        parts.push(
            "-- and a row in intake_installs and in evidence_leaves, for the record\nCOMMIT".to_owned(),
        );
        format!("{};\n", parts.join(";\n"))
    }

    /// One statement for all tables, so that nobody waits for one while holding another's lock for long.
    pub(crate) fn lock_statement(&self) -> Option<String> {
        let mode = if self.theirs.iter().any(|sql| sql.starts_with("DROP")) {
            "ACCESS EXCLUSIVE"
        } else {
            "SHARE ROW EXCLUSIVE"
        };
        (!self.locks.is_empty()).then(|| format!("LOCK TABLE {} IN {mode} MODE", self.locks.join(", ")))
    }

    fn lock(&mut self, schema: &str, name: &str) {
        let table = table(schema, name);
        if !self.locks.contains(&table) {
            self.locks.push(table);
        }
    }

    fn drop(&mut self, schema: &str, one: &Standing) {
        self.lock(schema, &one.table);
        let (name, on) = (identifier(&one.name), table(schema, &one.table));
        self.theirs.push(format!("DROP TRIGGER {name} ON {on}"));
        self.theirs.push(format!(
            "DELETE FROM intake_triggers WHERE schema_name = {} AND table_name = {} AND trigger_name = {}",
            literal(schema),
            literal(&one.table),
            literal(&one.name)
        ));
    }
}

/// What every transaction here says first: a `\` in a value is a `\`.
pub(crate) const SETTINGS: &str = "SET LOCAL standard_conforming_strings = on";

fn is_for(one: &Standing, want: &Trigger) -> bool {
    one.table == want.table && one.name == want.name
}

fn made(act: gate::Act) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION {}.{}() RETURNS trigger LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $body${}$body$",
        identifier(SCHEMA),
        gate::foreign::function(act),
        gate::foreign::body(act, SCHEMA)
    )
}

/// Keeps how the server tells a trigger that was just made.
fn kept(schema: &str, want: &Trigger) -> String {
    let (name, on) = (literal(&want.name), literal(&table(schema, &want.table)));
    format!(
        "INSERT INTO intake_triggers (schema_name, table_name, trigger_name, made_by, stands) \
         SELECT {}, {}, {name}, {}, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = {name} AND tgrelid = {on}::regclass \
         ON CONFLICT (schema_name, table_name, trigger_name) DO UPDATE SET made_by = excluded.made_by, stands = excluded.stands",
        literal(schema),
        literal(&want.table),
        literal(&want.sql)
    )
}

/// Whether every role may be looked at by the guard.
pub(crate) async fn granted(tx: &mut Tx) -> Result<bool, AdoptError> {
    let sql = "SELECT CASE WHEN has_schema_privilege('public', $1, 'USAGE') \
               AND has_column_privilege('public', 'intake_gate'::regclass, 'state', 'SELECT') \
               AND has_column_privilege('public', 'intake_gate'::regclass, 'epoch', 'SELECT') \
               AND has_column_privilege('public', 'intake_gate'::regclass, 'unverified_since', 'SELECT') \
               AND has_sequence_privilege('public', 'intake_flag'::regclass, 'SELECT') \
               THEN 1::bigint ELSE 0::bigint END";
    let row = tx.one(sql, &[SCHEMA.into()]).await?;
    Ok(row.map_or(Ok(0), |row| row.int(0))? == 1)
}

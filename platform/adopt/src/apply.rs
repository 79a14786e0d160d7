//! Installing, in one transaction that does not stand in the way of their traffic.

use std::time::Duration;

use db::{Db, DbError, Tx};
use evidence::{Commitment, Leaf};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::plan::{self, Plan, SETTINGS};
use crate::{AdoptError, Description, holders, live, undecided};

/// How often to try for the tables' locks.
const ATTEMPTS: u32 = 5;
/// Between two tries their traffic has the tables for so many times as long as it waited.
const PAUSE: u32 = 4;

/// Who orders it, and how patient it is.
#[derive(Debug, Clone)]
pub struct Meant {
    /// The account.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When, in microseconds since the Unix epoch.
    pub at: i64,
    /// How long the tables' locks may be waited for; whoever writes them meanwhile waits as long.
    pub patience: Duration,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Triggers that were made, or made anew.
    pub made: usize,
    /// Triggers that were dropped.
    pub dropped: usize,
    /// Whether anything was.
    pub changed: bool,
}

/// What [`apply()`] would run now.
///
/// # Errors
/// As [`apply()`].
pub async fn preview(db: &Db, description: &Description) -> Result<Plan, AdoptError> {
    let description = description.clone();
    db.read(move |tx| Box::pin(async move { plan_in(tx, &description).await }))
        .await
}

/// Installs what a description asks for. What is in place is left alone, so doing it again changes nothing.
///
/// # Errors
/// [`AdoptError::Description`] while something is undecided, [`AdoptError::Busy`] if their transactions kept the
/// tables, [`AdoptError::Refused`] if it would take a guard away while intake is shut.
pub async fn apply(db: &Db, description: &Description, meant: &Meant) -> Result<Applied, AdoptError> {
    for attempt in 1..=ATTEMPTS {
        let (wanted, order) = (description.clone(), meant.clone());
        let done = db
            .write_first(move |tx| Box::pin(async move { install(tx, &wanted, &order).await }))
            .await;
        match done {
            Err(AdoptError::Db(DbError::Timeout)) if attempt < ATTEMPTS => {
                tokio::time::sleep(meant.patience * PAUSE).await;
            }
            Err(AdoptError::Db(DbError::Timeout)) => {
                let locks = preview(db, description).await?.locks;
                return Err(AdoptError::Busy(holders::holders(db, &locks).await?));
            }
            other => return other,
        }
    }
    Err(AdoptError::Busy(Vec::new()))
}

async fn plan_in(tx: &mut Tx, description: &Description) -> Result<Plan, AdoptError> {
    let live = live::schema(tx, &description.schema).await?;
    let open = undecided::undecided(description, &live);
    if let Some(first) = open.first() {
        return Err(AdoptError::Description(format!(
            "{} changes are not decided, or decided about what is not there; the first: {} ({}). `check` lists them",
            open.len(),
            first.at,
            first.mend
        )));
    }
    plan::installing(tx, description).await
}

async fn install(tx: &mut Tx, description: &Description, meant: &Meant) -> Result<Applied, AdoptError> {
    prepare(tx).await?;
    let plan = plan_in(tx, description).await?;
    let applied = Applied {
        made: plan.made,
        dropped: plan.dropped,
        changed: !plan.is_empty(),
    };
    if !applied.changed {
        return Ok(applied);
    }
    if plan.dropped > 0 {
        only_open(tx).await?;
    }
    run(tx, &plan, meant.patience).await?;
    let digest = hex(&Sha256::digest(description.text.as_bytes()));
    let body = json!({
        "binds": description.binds.len(), "description_sha256": digest, "dropped": plan.dropped, "made": plan.made,
        "spared": description.spared.len(),
    });
    record(
        tx,
        "intake.install",
        &description.schema,
        Some(&description.text),
        body,
        meant,
    )
    .await?;
    Ok(applied)
}

/// The statement's time is for the catalog, not for waiting: that has its own.
pub(crate) async fn prepare(tx: &mut Tx) -> Result<(), AdoptError> {
    tx.batch(&format!(
        "{SETTINGS}; SET LOCAL statement_timeout = '30s'; SET LOCAL synchronous_commit = on"
    ))
    .await?;
    Ok(())
}

/// Their tables are locked last, all at once, for as long as a few changes of the catalog take.
pub(crate) async fn run(tx: &mut Tx, plan: &Plan, patience: Duration) -> Result<(), AdoptError> {
    for sql in &plan.own {
        tx.batch(sql).await?;
    }
    if let Some(lock) = plan.lock_statement() {
        // The lock's time is for each table; the statement's for all.
        let ms = patience.as_millis().max(1);
        tx.batch(&format!(
            "SET LOCAL lock_timeout = {ms}; SET LOCAL statement_timeout = {ms}"
        ))
        .await?;
        tx.batch(&lock).await?;
        tx.batch("SET LOCAL statement_timeout = '30s'").await?;
    }
    for sql in &plan.theirs {
        tx.batch(sql).await?;
    }
    Ok(())
}

/// Taking a guard away must not open what is shut. The row is held, so that nobody closes meanwhile; a closing that
/// does not want to wait ends this.
pub(crate) async fn only_open(tx: &mut Tx) -> Result<(), AdoptError> {
    tx.one(
        "SELECT 1::bigint FROM intake_gate WHERE scope = 'everything' FOR UPDATE",
        &[],
    )
    .await?;
    let shut = tx
        .one("SELECT scope FROM intake_gate WHERE state <> 'open' LIMIT 1", &[])
        .await?;
    match shut {
        Some(row) => Err(AdoptError::Refused(format!(
            "intake ({}) is not open, and taking a guard away would open it: reopen first",
            row.text(0)?
        ))),
        None => Ok(()),
    }
}

/// The row with the reason, and the leaf of the act.
pub(crate) async fn record(
    tx: &mut Tx,
    act: &str,
    schema: &str,
    description: Option<&str>,
    mut body: serde_json::Value,
    meant: &Meant,
) -> Result<(), AdoptError> {
    let Commitment { digest, salt } = Commitment::to(&meant.reason)?;
    tx.exec(
        "INSERT INTO intake_installs (at, act, actor, schema_name, reason, reason_salt, description) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            meant.at.into(),
            act.into(),
            (&meant.actor).into(),
            schema.into(),
            (&meant.reason).into(),
            (&salt).into(),
            description.into(),
        ],
    )
    .await?;
    if let Some(facts) = body.as_object_mut() {
        facts.insert("reason_commitment".to_owned(), digest.into());
    }
    let leaf = Leaf {
        origin: evidence::FINANCING,
        act,
        actor: &meant.actor,
        subject: schema,
        at: meant.at,
        body,
    };
    evidence::leave(tx, leaf).await?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

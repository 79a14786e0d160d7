//! What every move of the gate leaves behind: a row of history, a leaf of evidence.

use db::{Db, DbError, Dialect, Row, Tx};
use evidence::{Commitment, Leaf};
use serde_json::json;

use crate::{Closing, GateError, Order, Scope, State, Terminated};

/// A move of the gate, or an order that found it where it was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Dense, from 1.
    pub number: i64,
    /// Which new business.
    pub scope: Scope,
    /// Where it led to.
    pub state: State,
    /// The epoch after it.
    pub epoch: i64,
    /// Why, in the operator's words.
    pub reason: String,
    /// Who ordered it.
    pub actor: String,
    /// The incident that it belongs to.
    pub incident: Option<String>,
    /// The clause that was cited.
    pub clause: Option<String>,
    /// Until when it was expected to last, in microseconds since the Unix epoch.
    pub until: Option<i64>,
    /// Sessions that were ended for it.
    pub terminated: Vec<Terminated>,
    /// The proposal by which several persons agreed on it.
    pub approval: Option<String>,
    /// When, in microseconds since the Unix epoch.
    pub at: i64,
}

/// The newest moves and orders, the newest first; a thousand at most.
///
/// # Errors
/// The database can't be asked, or a row holds what this build doesn't know.
pub async fn history(db: &Db, limit: u16) -> Result<Vec<Moved>, GateError> {
    let limit = i64::from(limit.min(1000));
    let rows: Vec<Row> = db
        .read::<_, GateError, _>(move |tx| {
            Box::pin(async move {
                let sql = format!("{COLUMNS} ORDER BY number DESC LIMIT $1");
                Ok(tx.many(&sql, &[limit.into()]).await?)
            })
        })
        .await?;
    rows.iter().map(moved).collect()
}

/// The moves after a number, the oldest first.
///
/// # Errors
/// As [`history()`].
pub async fn moves_after(db: &Db, number: i64, most: i64) -> Result<Vec<Moved>, GateError> {
    let sql = format!("{COLUMNS} WHERE number > $1 ORDER BY number LIMIT $2");
    let rows = db.read::<_, GateError, _>(move |tx| {
        Box::pin(async move { Ok(tx.many(&sql, &[number.into(), most.into()]).await?) })
    });
    rows.await?.iter().map(moved).collect()
}

/// How many closings somebody brought about since a time, however many orders they took, and when the newest of
/// all orders was.
///
/// # Errors
/// The database can't be asked.
pub async fn closings_by(db: &Db, actor: &str, since: i64) -> Result<(i64, Option<i64>), GateError> {
    let actor = actor.to_owned();
    db.read(move |tx| {
        Box::pin(async move {
            let sql = "SELECT COUNT(DISTINCT CASE WHEN at >= $2 THEN epoch END), MAX(at) FROM intake_history \
                       WHERE actor = $1 AND state = $3";
            let parameters = [(&actor).into(), since.into(), State::Closed.as_str().into()];
            let row = tx.one(sql, &parameters).await?.ok_or(GateError::NoRow)?;
            Ok((row.int(0)?, row.opt_int(1)?))
        })
    })
    .await
}

const COLUMNS: &str = "SELECT number, state, epoch, reason, actor, incident, terminated, approval, at, scope, clause, until_at \
                       FROM intake_history";

fn moved(row: &Row) -> Result<Moved, GateError> {
    let terminated = serde_json::from_str(row.text(6)?)
        .map_err(|_| DbError::Other("a list of ended transactions cannot be read".to_owned()))?;
    Ok(Moved {
        number: row.int(0)?,
        state: row.text(1)?.parse()?,
        epoch: row.int(2)?,
        reason: row.text(3)?.to_owned(),
        actor: row.text(4)?.to_owned(),
        incident: row.opt_text(5)?.map(str::to_owned),
        terminated,
        approval: row.opt_text(7)?.map(str::to_owned),
        at: row.int(8)?,
        scope: row.text(9)?.parse()?,
        clause: row.opt_text(10)?.map(str::to_owned),
        until: row.opt_int(11)?,
    })
}

/// Where a move led to.
pub(crate) struct Move<'a> {
    pub(crate) state: State,
    pub(crate) epoch: i64,
    pub(crate) ended: &'a [Terminated],
    pub(crate) approval: Option<&'a str>,
}

impl Move<'_> {
    /// By nobody's approval, with nobody ended.
    pub(crate) const fn to(state: State, epoch: i64) -> Self {
        Self {
            state,
            epoch,
            ended: &[],
            approval: None,
        }
    }
}

/// Adds a row. The caller holds the gate's row lock, so numbers are dense.
/// Gives the commitment to the reason, for the leaf.
pub(crate) async fn add(
    tx: &mut Tx,
    order: &Order,
    closing: &Closing,
    moved: &Move<'_>,
) -> Result<Commitment, GateError> {
    let commitment = Commitment::to(&order.reason)?;
    let ended = serde_json::to_string(moved.ended)
        .map_err(|error| DbError::Other(format!("the list of ended transactions: {error}")))?;
    let via = match tx.dialect() {
        Dialect::Postgres => "session_user",
        Dialect::Sqlite => "NULL",
    };
    let sql = format!(
        "INSERT INTO intake_history (number, scope, state, epoch, reason, reason_salt, actor, incident, terminated, \
         approval, at, clause, until_at, via) SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, \
         $10, $11, $12, {via} FROM intake_history"
    );
    tx.exec(
        &sql,
        &[
            (&closing.scope.to_string()).into(),
            moved.state.as_str().into(),
            moved.epoch.into(),
            (&order.reason).into(),
            (&commitment.salt).into(),
            (&order.actor).into(),
            (&order.incident).into(),
            (&ended).into(),
            moved.approval.into(),
            order.at.into(),
            (&closing.clause).into(),
            closing.until.into(),
        ],
    )
    .await?;
    Ok(commitment)
}

/// Adds the row and leaves the one leaf of the operator's act. An order that
/// found the gate where it wanted it is an act too, and says that it changed nothing.
pub(crate) async fn add_with_leaf(
    tx: &mut Tx,
    act: &str,
    order: &Order,
    closing: &Closing,
    moved: Move<'_>,
    changed: bool,
) -> Result<(), GateError> {
    let Commitment { digest: reason, salt } = add(tx, order, closing, &moved).await?;
    // Free text, like the reason, whose salt is in the same row of history.
    let clause = closing
        .clause
        .as_ref()
        .map(|clause| evidence::commit(&salt, clause));
    let ended: Vec<i64> = moved.ended.iter().map(|one| one.pid).collect();
    let body = json!({
        "changed": changed, "clause_commitment": clause, "epoch": moved.epoch, "incident": order.incident,
        "reason_commitment": reason, "state": moved.state, "terminated": ended, "until": closing.until,
    });
    let leaf = Leaf {
        origin: evidence::FINANCING,
        act,
        actor: &order.actor,
        subject: &closing.scope.to_string(),
        at: order.at,
        body,
    };
    evidence::leave(tx, leaf).await?;
    Ok(())
}

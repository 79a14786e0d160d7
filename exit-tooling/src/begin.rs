//! Where an exit begins: two people besides its planner approved this very plan, and that is on record before anything
//! is done; and where it ends.

use auth::approvals::book::{self, Approved};
use auth::approvals::{ApprovalError, Proposal};
use db::{Db, DbError, Tx};
use evidence::Leaf;
use serde_json::{Value, json};

use crate::plan::Plan;

/// The act that a proposal must be of.
pub const ACT: &str = "exit.purge";

/// Why an exit does not begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The database.
    #[error("the database refuses")]
    Database(#[from] DbError),
    /// It is not approved.
    #[error("the proposal does not carry this exit: {0}")]
    Approval(#[from] ApprovalError),
    /// It is of something else.
    #[error("the proposal is not of this plan")]
    OtherPlan,
    /// Whoever planned must be who proposed: else one person less has looked at it.
    #[error("the plan is {planner}'s, and somebody else proposed it")]
    OtherPlanner {
        /// Who planned.
        planner: String,
    },
    /// A plan is carried out on one approval.
    #[error("this plan's exit was begun on another proposal")]
    OtherProposal,
}

/// What an exit is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// Its id, made of its plan's digest.
    pub id: String,
    /// The plan's digest.
    pub digest: String,
    /// The proposal that approved it.
    pub proposal: String,
    /// Who carries it out.
    pub actor: String,
}

/// How an exit stands in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The proposal that it was begun on.
    pub proposal: String,
    /// When, microseconds since 1970.
    pub started_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
}

/// The id of the exit of a plan: the same each time that its command is run.
#[must_use]
pub fn id(digest: &str) -> String {
    format!("ext_{}", digest.get(..32).unwrap_or(digest))
}

/// Whether an exit was begun.
///
/// # Errors
/// Any [`DbError`].
pub async fn find(db: &Db, id: &str) -> Result<Option<Begun>, DbError> {
    let sql = "SELECT proposal, started_at, finished_at FROM exits WHERE id = $1";
    let Some(row) = db.one(sql, &[id.into()]).await? else {
        return Ok(None);
    };
    Ok(Some(Begun {
        proposal: row.text(0)?.to_owned(),
        started_at: row.int(1)?,
        finished_at: row.opt_int(2)?,
    }))
}

/// Begins an exit: takes the approval, leaves the row and its leaf, in one transaction. Begun already, nothing changes.
///
/// # Errors
/// [`BeginError`]; then nothing is recorded.
pub async fn begin(db: &Db, exit: &Exit, plan: &Plan, at: i64) -> Result<(), BeginError> {
    if let Some(begun) = find(db, &exit.id).await? {
        let same = begun.proposal == exit.proposal;
        return if same {
            Ok(())
        } else {
            Err(BeginError::OtherProposal)
        };
    }
    let (exit, plan) = (exit.clone(), plan.clone());
    db.write(move |tx| Box::pin(async move { first(tx, &exit, &plan, at).await }))
        .await
}

async fn first(tx: &mut Tx, exit: &Exit, plan: &Plan, at: i64) -> Result<(), BeginError> {
    let (proposal, approved) = book::execute_here(tx, &exit.proposal, &exit.actor, at).await?;
    carries(&proposal, &approved, exit, plan)?;
    let sql = "INSERT INTO exits (id, scope, plan_digest, proposal, rules_digest, rehearsal, started_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = [
        (&exit.id).into(),
        plan.scope.word().into(),
        (&exit.digest).into(),
        (&exit.proposal).into(),
        (&plan.rules).into(),
        plan.rehearsal.into(),
        at.into(),
    ];
    tx.exec(sql, &values).await?;
    let body = json!({
        "plan": exit.digest, "rules": plan.rules, "rehearsal": plan.rehearsal, "customers": plan.leaving.len(),
        "proposal": exit.proposal,
    });
    Ok(leave(tx, "exit.begin", exit, at, body).await?)
}

fn carries(proposal: &Proposal, approved: &Approved, exit: &Exit, plan: &Plan) -> Result<(), BeginError> {
    let same = approved.act() == ACT
        && approved.parameter("plan") == exit.digest
        && approved.parameter("scope") == plan.scope.word();
    if !same {
        return Err(BeginError::OtherPlan);
    }
    if proposal.proposer != plan.planner {
        let planner = plan.planner.clone();
        return Err(BeginError::OtherPlanner { planner });
    }
    Ok(())
}

/// Ends an exit, once; gives when that was.
///
/// # Errors
/// Any [`DbError`].
pub async fn finish(db: &Db, exit: &Exit, body: Value, at: i64) -> Result<i64, DbError> {
    if let Some(at) = find(db, &exit.id).await?.and_then(|begun| begun.finished_at) {
        return Ok(at);
    }
    let exit = exit.clone();
    db.write(move |tx| {
        Box::pin(async move {
            let sql = "UPDATE exits SET finished_at = $2 WHERE id = $1 AND finished_at IS NULL";
            if tx.exec(sql, &[(&exit.id).into(), at.into()]).await? == 1 {
                leave(tx, "exit.finish", &exit, at, body).await?;
            }
            Ok::<_, DbError>(at)
        })
    })
    .await
}

/// Who approved: the persons whose verdicts carried the proposal.
///
/// # Errors
/// Any [`DbError`].
pub async fn approvers(db: &Db, proposal: &str) -> Result<Vec<String>, DbError> {
    let proposal = proposal.to_owned();
    let rows: Result<Vec<db::Row>, DbError> = db
        .read(move |tx| {
            Box::pin(async move {
                let sql = "SELECT person FROM verdicts WHERE proposal = $1 AND verdict = 'approve' ORDER BY at, person";
                tx.many(sql, &[(&proposal).into()]).await
            })
        })
        .await;
    rows?.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

async fn leave(tx: &mut Tx, act: &str, exit: &Exit, at: i64, body: Value) -> Result<(), DbError> {
    let leaf = Leaf {
        origin: evidence::FINANCING,
        act,
        actor: &exit.actor,
        subject: &exit.id,
        at,
        body,
    };
    evidence::leave(tx, leaf).await
}

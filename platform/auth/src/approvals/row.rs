//! Proposals and verdicts as rows.

use db::{DbError, Row, Tx};

use super::standing::{Proposal, Verdict};
use crate::sql::locking;

const COLUMNS: &str = "id, act, parameters, digest, proposer, needed, proposed_at, expires_at, executed_at, \
    CASE WHEN EXISTS (SELECT 1 FROM accounts a WHERE a.name = proposer AND a.state <> 'active') THEN 0 ELSE 1 END";

/// A proposal, held until the transaction ends where it is to be moved.
pub(super) async fn find(tx: &mut Tx, id: &str, hold: bool) -> Result<Option<Proposal>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM proposals WHERE id = $1");
    let sql = if hold { locking(tx, &sql) } else { sql };
    let row = tx.one(&sql, &[id.into()]).await?;
    row.as_ref().map(read).transpose()
}

/// Those of an act that somebody approved and that are neither executed nor expired, the newest first.
pub(super) async fn alive(tx: &mut Tx, act: &str, now: i64) -> Result<Vec<Proposal>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM proposals WHERE act = $1 AND executed_at IS NULL AND expires_at > $2 \
         AND EXISTS (SELECT 1 FROM verdicts v WHERE v.proposal = proposals.id AND v.verdict = 'approve') \
         ORDER BY proposed_at DESC, id LIMIT 100"
    );
    let rows = tx.many(&sql, &[act.into(), now.into()]).await?;
    rows.iter().map(read).collect()
}

/// The role of an account, if there is one of this name.
pub(super) async fn role(tx: &mut Tx, name: &str) -> Result<Option<String>, DbError> {
    let row = tx
        .one("SELECT role FROM accounts WHERE name = $1", &[name.into()])
        .await?;
    row.map(|row| row.text(0).map(str::to_owned)).transpose()
}

fn read(row: &Row) -> Result<Proposal, DbError> {
    let text = |at| row.text(at).map(str::to_owned);
    Ok(Proposal {
        id: text(0)?,
        act: text(1)?,
        parameters: text(2)?,
        digest: text(3)?,
        proposer: text(4)?,
        needed: u8::try_from(row.int(5)?).unwrap_or(u8::MAX),
        proposed_at: row.int(6)?,
        expires_at: row.int(7)?,
        executed_at: row.opt_int(8)?,
        stands: row.int(9)? == 1,
    })
}

pub(super) async fn insert(tx: &mut Tx, proposal: &Proposal) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO proposals (id, act, parameters, digest, proposer, needed, proposed_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            (&proposal.id).into(),
            (&proposal.act).into(),
            (&proposal.parameters).into(),
            (&proposal.digest).into(),
            (&proposal.proposer).into(),
            i64::from(proposal.needed).into(),
            proposal.proposed_at.into(),
            proposal.expires_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// In the order in which they were given. Persons known by a certificate have no account here.
pub(super) async fn verdicts(tx: &mut Tx, id: &str) -> Result<Vec<Verdict>, DbError> {
    let sql = "SELECT v.person, v.seat, v.verdict, v.digest, \
        CASE WHEN COALESCE(p.state, 'active') = 'active' AND COALESCE(s.state, 'active') = 'active' THEN 1 ELSE 0 END \
        FROM verdicts v LEFT JOIN accounts p ON p.name = v.person LEFT JOIN accounts s ON s.name = v.seat \
        WHERE v.proposal = $1 ORDER BY v.at, v.person LIMIT 100";
    let rows = tx.many(sql, &[id.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Verdict {
                person: row.text(0)?.to_owned(),
                seat: row.text(1)?.to_owned(),
                approves: row.text(2)? == "approve",
                digest: row.text(3)?.to_owned(),
                stands: row.int(4)? == 1,
            })
        })
        .collect()
}

pub(super) async fn judge(tx: &mut Tx, id: &str, verdict: &Verdict, at: i64) -> Result<(), DbError> {
    let word = if verdict.approves { "approve" } else { "reject" };
    tx.exec(
        "INSERT INTO verdicts (proposal, person, seat, verdict, digest, at) VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            id.into(),
            (&verdict.person).into(),
            (&verdict.seat).into(),
            word.into(),
            (&verdict.digest).into(),
            at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Marks it as executed; false when it was already.
pub(super) async fn execute(tx: &mut Tx, id: &str, executor: &str, at: i64) -> Result<bool, DbError> {
    let sql = "UPDATE proposals SET executor = $2, executed_at = $3 WHERE id = $1 AND executed_at IS NULL";
    Ok(tx.exec(sql, &[id.into(), executor.into(), at.into()]).await? == 1)
}

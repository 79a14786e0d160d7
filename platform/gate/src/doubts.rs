//! Payment doubts: transactions that a closing ended while they had a draw in hand.
//!
//! Such a transaction was rolled back. Whoever ran it may have moved money beside it, as hand-written code does that
//! pays before it commits; this service's own instruction leaves after its commit only. The database cannot tell,
//! so each stays a case until a person has asked core banking and writes down what was found.

use db::{Db, Row, Tx};
use evidence::{Commitment, Leaf};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{GateError, Terminated};

/// What core banking said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Money moved, and is booked or called back by hand.
    Moved,
    /// No money moved.
    NotMoved,
}

impl Finding {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::NotMoved => "not_moved",
        }
    }

    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Moved, Self::NotMoved]
            .into_iter()
            .find(|one| one.as_str() == name)
    }
}

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Its id.
    pub id: String,
    /// The epoch of the closing that ended it, as far as it was known then.
    pub epoch: Option<i64>,
    /// Who was ended.
    pub ended: Terminated,
    /// When, in microseconds since the Unix epoch.
    pub at: i64,
    /// What was found, why it is believed, by whom and when.
    pub settled: Option<Settled>,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What was found.
    pub finding: Finding,
    /// In the words of who asked.
    pub reason: String,
    /// Who asked.
    pub by: String,
    /// When, in microseconds since the Unix epoch.
    pub at: i64,
}

const COLUMNS: &str = "SELECT id, epoch, pid, application, role, open_ms, at, finding, reason, settled_by, settled_at \
                       FROM intake_doubts";

/// Notes those among the ended that had a draw in hand. One that is told to end twice is one case.
pub(crate) async fn note(
    tx: &mut Tx,
    ended: &[Terminated],
    epoch: Option<i64>,
    at: i64,
) -> Result<(), GateError> {
    for one in ended.iter().filter(|one| one.draw) {
        tx.exec(
            "INSERT INTO intake_doubts (id, epoch, pid, application, role, open_ms, at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
            &[
                (&format!("{at}-{}", one.pid)).into(),
                epoch.into(),
                one.pid.into(),
                (&one.application).into(),
                (&one.role).into(),
                one.open_ms.into(),
                at.into(),
            ],
        )
        .await?;
    }
    Ok(())
}

/// The cases, open ones first, then the newest; a thousand at most.
///
/// # Errors
/// The database can't be asked.
pub async fn doubts(db: &Db, limit: u16) -> Result<Vec<Doubt>, GateError> {
    let limit = i64::from(limit.min(1000));
    db.read(move |tx| {
        Box::pin(async move {
            let sql = format!(
                "{COLUMNS} ORDER BY CASE WHEN settled_at IS NULL THEN 0 ELSE 1 END, at DESC, id LIMIT $1"
            );
            let rows = tx.many(&sql, &[limit.into()]).await?;
            rows.iter().map(decode).collect()
        })
    })
    .await
}

/// How many cases are open.
///
/// # Errors
/// The database can't be asked.
pub async fn open(db: &Db) -> Result<i64, GateError> {
    db.read(|tx| {
        Box::pin(async move {
            let sql = "SELECT COUNT(*) FROM intake_doubts WHERE settled_at IS NULL";
            let row = tx.one(sql, &[]).await?;
            Ok(row.map_or(Ok(0), |row| row.int(0))?)
        })
    })
    .await
}

/// Writes down what was found, once, with its evidence.
///
/// # Errors
/// [`GateError::NoDoubt`], [`GateError::Settled`], or the database's refusal.
pub async fn settle_in(tx: &mut Tx, id: &str, settled: &Settled) -> Result<Doubt, GateError> {
    let Commitment { digest, salt } = Commitment::to(&settled.reason)?;
    let changed = tx
        .exec(
            "UPDATE intake_doubts SET finding = $1, reason = $2, reason_salt = $3, settled_by = $4, settled_at = $5 \
             WHERE id = $6 AND settled_at IS NULL",
            &[
                settled.finding.as_str().into(),
                (&settled.reason).into(),
                (&salt).into(),
                (&settled.by).into(),
                settled.at.into(),
                id.into(),
            ],
        )
        .await?;
    let row = tx.one(&format!("{COLUMNS} WHERE id = $1"), &[id.into()]).await?;
    let doubt = decode(&row.ok_or(GateError::NoDoubt)?)?;
    if changed == 0 {
        return Err(GateError::Settled);
    }
    let leaf = Leaf {
        origin: evidence::FINANCING,
        act: "intake.settle_doubt",
        actor: &settled.by,
        subject: id,
        at: settled.at,
        body: json!({ "epoch": doubt.epoch, "finding": settled.finding, "reason_commitment": digest }),
    };
    evidence::leave(tx, leaf).await?;
    Ok(doubt)
}

fn decode(row: &Row) -> Result<Doubt, GateError> {
    let finding = row.opt_text(7)?.and_then(Finding::named);
    let settled = finding.map(|finding| {
        Ok::<_, GateError>(Settled {
            finding,
            reason: row.text(8)?.to_owned(),
            by: row.text(9)?.to_owned(),
            at: row.int(10)?,
        })
    });
    Ok(Doubt {
        id: row.text(0)?.to_owned(),
        epoch: row.opt_int(1)?,
        ended: Terminated {
            pid: row.int(2)?,
            application: row.text(3)?.to_owned(),
            role: row.text(4)?.to_owned(),
            open_ms: row.int(5)?,
            draw: true,
        },
        at: row.int(6)?,
        settled: settled.transpose()?,
    })
}

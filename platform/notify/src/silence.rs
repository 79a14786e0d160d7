//! Silences: for a time, alerts that match are not told. They still fire, and are counted and listed as such.

use base::ids::Ids;
use db::{Row, Tx};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::error::NotifyError;
use crate::guard;
use crate::matcher::{self, Labels, Matcher};
use crate::rows::{json, parsed};
use crate::schema;

/// Most silences at once: each alert is held against each.
const MOST: usize = 500;
/// Most matchers of one.
const MATCHERS: usize = 32;
/// Longest name of a person, and longest reason.
const WHO: usize = 128;
const WHY: usize = 1024;

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSilence {
    /// All must hold, and at least one must not hold for an alert without labels.
    pub matchers: Vec<Matcher>,
    /// From when; now, if that is later.
    pub starts_at: i64,
    /// Until when.
    pub ends_at: i64,
    /// Who.
    pub created_by: String,
    /// Why.
    pub comment: String,
}

/// A silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Silence {
    /// Its id.
    pub id: String,
    /// What it covers.
    pub matchers: Vec<Matcher>,
    /// From when, in microseconds since 1970.
    pub starts_at: i64,
    /// Until when.
    pub ends_at: i64,
    /// When it was asked for.
    pub created_at: i64,
    /// Who asked.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// Who ended it early.
    pub ended_by: Option<String>,
}

/// Puts a silence in force, in the caller's transaction, and gives its id.
///
/// # Errors
/// [`NotifyError::Invalid`] for one without a reason, without an end within the bound, or that covers everything.
pub async fn create(
    tx: &mut Tx,
    config: &Config,
    ids: &Ids,
    asked: &NewSilence,
    now: i64,
) -> Result<String, NotifyError> {
    let starts_at = asked.starts_at.max(now);
    check(config, asked, starts_at)?;
    schema::lock(tx).await?;
    let known = tx
        .one(
            "SELECT COUNT(*) FROM notify_silences WHERE ends_at > $1",
            &[now.into()],
        )
        .await?;
    if known.map_or(Ok(0), |row| row.int(0))? >= i64::try_from(MOST).unwrap_or(i64::MAX) {
        return Err(NotifyError::Full {
            what: "silences",
            bound: MOST,
        });
    }
    let id = ids.next().to_string();
    let matchers = json(&asked.matchers)?;
    let (comment, by) = (guard::clean(&asked.comment), guard::clean(&asked.created_by));
    let sql = "INSERT INTO notify_silences (id, matchers, starts_at, ends_at, created_at, created_by, comment) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = [
        (&id).into(),
        (&matchers).into(),
        starts_at.into(),
        asked.ends_at.into(),
        now.into(),
        by.as_ref().into(),
        comment.as_ref().into(),
    ];
    tx.exec(sql, &values).await?;
    Ok(id)
}

fn check(config: &Config, asked: &NewSilence, starts_at: i64) -> Result<(), NotifyError> {
    if asked.matchers.is_empty() || asked.matchers.len() > MATCHERS {
        return Err(NotifyError::invalid(
            "matchers",
            format!("1 to {MATCHERS} matchers"),
        ));
    }
    if matcher::all(&asked.matchers, &Labels::new()) {
        let mend =
            "at least one matcher that needs a value: without, the silence covers every alert there is";
        return Err(NotifyError::invalid("matchers", mend));
    }
    if asked.ends_at <= starts_at {
        return Err(NotifyError::invalid("ends_at", "a time to come, after starts_at"));
    }
    if asked.ends_at - starts_at > config.limits.silence.0 {
        let hours = config.limits.silence.0 / 3_600_000_000;
        return Err(NotifyError::invalid(
            "ends_at",
            format!("at most {hours} h after starts_at"),
        ));
    }
    who("created_by", &asked.created_by)?;
    if asked.comment.trim().is_empty() || asked.comment.len() > WHY {
        return Err(NotifyError::invalid(
            "comment",
            format!("a reason of 1 to {WHY} bytes"),
        ));
    }
    Ok(())
}

/// A name of somebody.
pub(crate) fn who(field: &str, name: &str) -> Result<(), NotifyError> {
    if name.trim().is_empty() || name.len() > WHO || name.chars().any(char::is_control) {
        return Err(NotifyError::invalid(field, format!("a name of 1 to {WHO} bytes")));
    }
    Ok(())
}

/// Ends a silence now, in the caller's transaction.
///
/// # Errors
/// [`NotifyError::Unknown`] if there is none, or it is over.
pub async fn expire(tx: &mut Tx, id: &str, by: &str, now: i64) -> Result<(), NotifyError> {
    who("by", by)?;
    schema::lock(tx).await?;
    let sql = "UPDATE notify_silences SET ends_at = $1, ended_by = $2 WHERE id = $3 AND ends_at > $1";
    if tx.exec(sql, &[now.into(), by.into(), id.into()]).await? == 0 {
        return Err(NotifyError::Unknown("silence in force"));
    }
    Ok(())
}

/// Silences that are in force or to come, and with `over` also the latest that are over.
///
/// # Errors
/// The store's.
pub async fn list(tx: &mut Tx, now: i64, over: bool) -> Result<Vec<Silence>, NotifyError> {
    let after = if over { i64::MIN } else { now };
    let sql = "SELECT id, matchers, starts_at, ends_at, created_at, created_by, comment, ended_by \
               FROM notify_silences WHERE ends_at > $1 ORDER BY ends_at DESC, id LIMIT 1000";
    tx.many(sql, &[after.into()]).await?.iter().map(read).collect()
}

/// Those in force.
///
/// # Errors
/// The store's.
pub(crate) async fn in_force(tx: &mut Tx, now: i64) -> Result<Vec<Silence>, NotifyError> {
    let mut silences = list(tx, now, false).await?;
    silences.retain(|silence| silence.starts_at <= now);
    Ok(silences)
}

/// The silence that covers labels, if one does.
pub(crate) fn covering<'s>(silences: &'s [Silence], labels: &Labels) -> Option<&'s str> {
    let found = silences
        .iter()
        .find(|silence| matcher::all(&silence.matchers, labels));
    found.map(|silence| silence.id.as_str())
}

fn read(row: &Row) -> Result<Silence, NotifyError> {
    Ok(Silence {
        id: row.text(0)?.to_owned(),
        matchers: parsed(row.text(1)?, "notify_silences")?,
        starts_at: row.int(2)?,
        ends_at: row.int(3)?,
        created_at: row.int(4)?,
        created_by: row.text(5)?.to_owned(),
        comment: row.text(6)?.to_owned(),
        ended_by: row.opt_text(7)?.map(str::to_owned),
    })
}

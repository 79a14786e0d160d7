//! Rows of the notifier's tables, read and written.

use std::collections::BTreeSet;

use db::{DbError, Row, Tx, V};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::decide::Told;
use crate::error::NotifyError;
use crate::matcher::Labels;
use crate::notice::Alert;

/// JSON of what a column holds.
///
/// # Errors
/// Never for maps and lists of strings.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, NotifyError> {
    serde_json::to_string(value).map_err(|_| NotifyError::Row("what is to be written"))
}

/// What JSON in a column says.
///
/// # Errors
/// [`NotifyError::Row`].
pub(crate) fn parsed<T: DeserializeOwned>(text: &str, table: &'static str) -> Result<T, NotifyError> {
    serde_json::from_str(text).map_err(|_| NotifyError::Row(table))
}

const ALERT: &str = "a.fingerprint, a.labels, a.annotations, a.starts_at, a.ends_at, a.generator";

fn alert(row: &Row) -> Result<Alert, NotifyError> {
    Ok(Alert {
        fingerprint: row.text(0)?.to_owned(),
        labels: parsed(row.text(1)?, "notify_alerts")?,
        annotations: parsed(row.text(2)?, "notify_alerts")?,
        starts_at: row.int(3)?,
        ends_at: row.opt_int(4)?,
        generator: row.text(5)?.to_owned(),
    })
}

/// One alert.
///
/// # Errors
/// The store's, or an unreadable row.
pub(crate) async fn one_alert(tx: &mut Tx, fingerprint: &str) -> Result<Option<Alert>, NotifyError> {
    let sql = format!("SELECT {ALERT} FROM notify_alerts a WHERE a.fingerprint = $1");
    let row = tx.one(&sql, &[fingerprint.into()]).await?;
    row.as_ref().map(alert).transpose()
}

/// Alerts that fire; the bound on alerts bounds them.
///
/// # Errors
/// The store's, or an unreadable row.
pub(crate) async fn firing(tx: &mut Tx, now: i64) -> Result<Vec<Alert>, NotifyError> {
    let sql = format!(
        "SELECT {ALERT} FROM notify_alerts a WHERE a.ends_at IS NULL OR a.ends_at > $1 ORDER BY a.fingerprint"
    );
    tx.many(&sql, &[now.into()]).await?.iter().map(alert).collect()
}

/// How many fire.
///
/// # Errors
/// The store's.
pub(crate) async fn how_many_fire(tx: &mut Tx, now: i64) -> Result<usize, DbError> {
    let sql = "SELECT COUNT(*) FROM notify_alerts WHERE ends_at IS NULL OR ends_at > $1";
    number(tx, sql, &[now.into()]).await
}

/// A count.
///
/// # Errors
/// The store's.
pub(crate) async fn number(tx: &mut Tx, sql: &str, values: &[V<'_>]) -> Result<usize, DbError> {
    let row = tx.one(sql, values).await?;
    let count = row.map_or(Ok(0), |row| row.int(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Writes an alert.
///
/// # Errors
/// The store's.
pub(crate) async fn put_alert(tx: &mut Tx, alert: &Alert, now: i64) -> Result<(), NotifyError> {
    let (labels, annotations) = (json(&alert.labels)?, json(&alert.annotations)?);
    let sql = "INSERT INTO notify_alerts (fingerprint, labels, annotations, starts_at, ends_at, generator, received_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (fingerprint) DO UPDATE SET \
               annotations = excluded.annotations, starts_at = excluded.starts_at, ends_at = excluded.ends_at, \
               generator = excluded.generator, received_at = excluded.received_at";
    let values = [
        (&alert.fingerprint).into(),
        (&labels).into(),
        (&annotations).into(),
        alert.starts_at.into(),
        alert.ends_at.into(),
        (&alert.generator).into(),
        now.into(),
    ];
    tx.exec(sql, &values).await?;
    Ok(())
}

/// A group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) route: String,
    pub(crate) receiver: String,
    pub(crate) labels: Labels,
    pub(crate) next_at: i64,
    pub(crate) told: Told,
    pub(crate) ticket: Option<String>,
}

const GROUP: &str = "id, key, route, receiver, labels, next_at, told_at, firing, ticket";

fn group(row: &Row) -> Result<Group, NotifyError> {
    Ok(Group {
        id: row.text(0)?.to_owned(),
        key: row.text(1)?.to_owned(),
        route: row.text(2)?.to_owned(),
        receiver: row.text(3)?.to_owned(),
        labels: parsed(row.text(4)?, "notify_groups")?,
        next_at: row.int(5)?,
        told: Told {
            at: row.opt_int(6)?,
            firing: parsed::<BTreeSet<String>>(row.text(7)?, "notify_groups")?,
        },
        ticket: row.opt_text(8)?.map(str::to_owned),
    })
}

/// One group.
///
/// # Errors
/// The store's, or an unreadable row.
pub(crate) async fn one_group(tx: &mut Tx, id: &str) -> Result<Option<Group>, NotifyError> {
    let sql = format!("SELECT {GROUP} FROM notify_groups WHERE id = $1");
    let row = tx.one(&sql, &[id.into()]).await?;
    row.as_ref().map(group).transpose()
}

/// Groups that are due, the longest due first.
///
/// # Errors
/// The store's, or an unreadable row.
pub(crate) async fn due_groups(tx: &mut Tx, now: i64, most: i64) -> Result<Vec<Group>, NotifyError> {
    let sql = format!("SELECT {GROUP} FROM notify_groups WHERE next_at <= $1 ORDER BY next_at, id LIMIT $2");
    tx.many(&sql, &[now.into(), most.into()])
        .await?
        .iter()
        .map(group)
        .collect()
}

/// The alerts of a group.
///
/// # Errors
/// The store's, or an unreadable row.
pub(crate) async fn members(tx: &mut Tx, id: &str) -> Result<Vec<Alert>, NotifyError> {
    let sql = format!(
        "SELECT {ALERT} FROM notify_members m JOIN notify_alerts a ON a.fingerprint = m.fingerprint \
         WHERE m.grp = $1 ORDER BY a.fingerprint"
    );
    tx.many(&sql, &[id.into()]).await?.iter().map(alert).collect()
}

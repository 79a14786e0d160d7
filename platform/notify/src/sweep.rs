//! Forgets what is over for long, a little at a time, and looks anew at what waits when the clock has been set back.

use db::{DbError, Tx};

use crate::config::Config;
use crate::error::NotifyError;
use crate::micros::{DAY, MINUTE, SECOND};
use crate::schema;

/// Rows of one kind in one transaction.
const ROWS: i64 = 500;
/// How long alerts that are over can be listed.
const ALERTS: i64 = 7 * DAY;
/// How far the clock may go back without anything being done about it.
const BACK: i64 = 5 * SECOND;
/// Longest wait for anything but a group's interval; what waits longer than this was written by another clock.
const WAIT: i64 = 10 * MINUTE;

/// Deletes some of what is over, and says whether there may be more.
///
/// # Errors
/// The store's.
pub(crate) async fn sweep(tx: &mut Tx, config: &Config, now: i64) -> Result<bool, NotifyError> {
    schema::lock(tx).await?;
    let old = now.saturating_sub(config.limits.keep.0);
    let statements: [(&str, i64); 6] = [
        (
            "DELETE FROM notify_alerts WHERE fingerprint IN (SELECT a.fingerprint FROM notify_alerts a \
             WHERE a.ends_at < $1 AND NOT EXISTS \
             (SELECT 1 FROM notify_members m WHERE m.fingerprint = a.fingerprint) LIMIT $2)",
            now.saturating_sub(ALERTS),
        ),
        (
            "DELETE FROM notify_attempts WHERE outbox IN \
             (SELECT id FROM notify_outbox WHERE state <> 'queued' AND done_at < $1 ORDER BY id LIMIT $2)",
            old,
        ),
        (
            "DELETE FROM notify_outbox WHERE id IN \
             (SELECT id FROM notify_outbox WHERE state <> 'queued' AND done_at < $1 ORDER BY id LIMIT $2)",
            old,
        ),
        (
            "DELETE FROM notify_silences WHERE id IN (SELECT id FROM notify_silences WHERE ends_at < $1 LIMIT $2)",
            old,
        ),
        (
            "DELETE FROM notify_acks WHERE id IN (SELECT id FROM notify_acks WHERE at < $1 LIMIT $2)",
            old,
        ),
        (
            // Tests of the call tree stay: they are what an auditor asks for.
            "DELETE FROM notify_escalations WHERE grp IN (SELECT e.grp FROM notify_escalations e \
             WHERE e.opened_at < $1 AND NOT EXISTS (SELECT 1 FROM notify_groups g WHERE g.id = e.grp) LIMIT $2)",
            old,
        ),
    ];
    let mut more = false;
    for (sql, before) in statements {
        let gone = tx.exec(sql, &[before.into(), ROWS.into()]).await?;
        more |= gone >= ROWS.unsigned_abs();
    }
    Ok(more)
}

/// Notes the time, and says by how much it has gone back since it was noted last.
///
/// # Errors
/// The store's.
pub(crate) async fn seen(tx: &mut Tx, now: i64) -> Result<Option<i64>, DbError> {
    schema::lock(tx).await?;
    let before = schema::state(tx, "seen_at")
        .await?
        .and_then(|text| text.parse::<i64>().ok());
    schema::set_state(tx, "seen_at", &now.to_string()).await?;
    let back = before.map_or(0, |before| before.saturating_sub(now));
    if back < BACK {
        return Ok(None);
    }
    // Rather early than late: what waits for a time that will come again only after `back` is looked at now.
    let latest = now.saturating_add(WAIT);
    let sql = "UPDATE notify_outbox SET next_at = $1 WHERE state = 'queued' AND next_at > $2";
    tx.exec(sql, &[now.into(), latest.into()]).await?;
    let sql = "UPDATE notify_outbox SET claimed_until = $1 WHERE state = 'queued' AND claimed_until > $2";
    tx.exec(sql, &[now.into(), latest.into()]).await?;
    tx.exec(
        "UPDATE notify_groups SET next_at = $1 WHERE next_at > $1",
        &[now.into()],
    )
    .await?;
    let sql = "UPDATE notify_escalations SET next_at = $1 WHERE acked_by IS NULL AND next_at > $1";
    tx.exec(sql, &[now.into()]).await?;
    Ok(Some(back))
}

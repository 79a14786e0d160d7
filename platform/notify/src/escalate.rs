//! Who has to answer for a group, and who is next when nobody does.
//!
//! A route with an escalation opens one when its group is first told of. Each step pages its people; without an answer
//! the next step follows, after the last one the first again, for as long as the group fires. An answer stops that
//! until its time is over, or until something fires in the group that it did not know of.

use std::collections::BTreeSet;

use db::{Row, Tx, V};

use crate::context::Context;
use crate::error::NotifyError;
use crate::notice::Alert;
use crate::outbox;
use crate::page::{Kind, Page};
use crate::rows::{self, Group, json, parsed};

/// An escalation that is open.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub(crate) group: String,
    pub(crate) policy: String,
    pub(crate) code: String,
    pub(crate) opened_at: i64,
    pub(crate) step: usize,
    pub(crate) round: i64,
    pub(crate) covers: BTreeSet<String>,
    pub(crate) told: BTreeSet<String>,
    pub(crate) acked_by: Option<String>,
    pub(crate) acked_until: Option<i64>,
}

pub(crate) const COLUMNS: &str =
    "grp, policy, token, opened_at, step, round, covers, told, acked_by, acked_until";

pub(crate) fn read(row: &Row) -> Result<Open, NotifyError> {
    Ok(Open {
        group: row.text(0)?.to_owned(),
        policy: row.text(1)?.to_owned(),
        code: row.text(2)?.to_owned(),
        opened_at: row.int(3)?,
        step: usize::try_from(row.int(4)?).unwrap_or_default(),
        round: row.int(5)?,
        covers: parsed(row.text(6)?, "notify_escalations")?,
        told: parsed(row.text(7)?, "notify_escalations")?,
        acked_by: row.opt_text(8)?.map(str::to_owned),
        acked_until: row.opt_int(9)?,
    })
}

/// The escalation of a group.
///
/// # Errors
/// The store's.
pub(crate) async fn of(tx: &mut Tx, group: &str) -> Result<Option<Open>, NotifyError> {
    let sql = format!("SELECT {COLUMNS} FROM notify_escalations WHERE grp = $1");
    let row = tx.one(&sql, &[group.into()]).await?;
    row.as_ref().map(read).transpose()
}

/// All that are open.
///
/// # Errors
/// The store's.
pub(crate) async fn all(tx: &mut Tx, most: i64) -> Result<Vec<Open>, NotifyError> {
    let sql = format!("SELECT {COLUMNS} FROM notify_escalations ORDER BY opened_at, grp LIMIT $1");
    tx.many(&sql, &[most.into()]).await?.iter().map(read).collect()
}

/// Opens, widens, opens anew or closes the escalation of a group that was just looked at.
///
/// `shown` are the marks that fire and are not hidden; `fires` says whether anything fires, hidden or not.
///
/// # Errors
/// The store's.
pub(crate) async fn observe(
    tx: &mut Tx,
    context: &Context,
    group: &Group,
    policy: Option<&str>,
    (shown, fires): (&BTreeSet<String>, bool),
    over: &[Alert],
    now: i64,
) -> Result<(), NotifyError> {
    let open = of(tx, &group.id).await?;
    match (open, policy) {
        (None, Some(policy)) if !shown.is_empty() => insert(tx, context, group, policy, shown, now).await,
        (None, _) => Ok(()),
        (Some(open), Some(_)) if fires => {
            let fresh = !shown.is_subset(&open.covers);
            let covers: BTreeSet<String> = open.covers.union(shown).cloned().collect();
            if fresh && open.acked_by.is_some() {
                // Whoever answered did not know of this one.
                return begin_anew(tx, context, &open, &covers, now).await;
            }
            if fresh {
                let covers = json(&covers)?;
                let sql = "UPDATE notify_escalations SET covers = $1 WHERE grp = $2";
                tx.exec(sql, &[(&covers).into(), (&group.id).into()]).await?;
            }
            Ok(())
        }
        (Some(open), _) => close(tx, context, group, &open, over, now).await,
    }
}

async fn insert(
    tx: &mut Tx,
    context: &Context,
    group: &Group,
    policy: &str,
    covers: &BTreeSet<String>,
    now: i64,
) -> Result<(), NotifyError> {
    let (code, covers) = (fresh_code(tx, context).await?, json(covers)?);
    let sql = "INSERT INTO notify_escalations (grp, policy, token, opened_at, step, round, next_at, covers, told) \
               VALUES ($1, $2, $3, $4, 0, 0, $4, $5, '[]')";
    let values: [V<'_>; 5] = [
        (&group.id).into(),
        policy.into(),
        (&code).into(),
        now.into(),
        (&covers).into(),
    ];
    tx.exec(sql, &values).await?;
    Ok(())
}

/// From the first step again, under another code: an old page cannot answer for what is new.
pub(crate) async fn begin_anew(
    tx: &mut Tx,
    context: &Context,
    open: &Open,
    covers: &BTreeSet<String>,
    now: i64,
) -> Result<(), NotifyError> {
    let (code, covers) = (fresh_code(tx, context).await?, json(covers)?);
    let sql = "UPDATE notify_escalations SET token = $1, step = 0, next_at = $2, covers = $3, acked_by = NULL, \
               acked_until = NULL WHERE grp = $4";
    tx.exec(
        sql,
        &[(&code).into(), now.into(), (&covers).into(), (&open.group).into()],
    )
    .await?;
    Ok(())
}

/// A code that nobody else has: eight digits, to be typed on a telephone.
///
/// # Errors
/// The store's; [`NotifyError::Full`] if ten in a row are taken, which with some dozen open ones does not happen.
pub(crate) async fn fresh_code(tx: &mut Tx, context: &Context) -> Result<String, NotifyError> {
    for _ in 0..10 {
        let code = context.code();
        let sql = "SELECT (SELECT COUNT(*) FROM notify_escalations WHERE token = $1) + \
                   (SELECT COUNT(*) FROM notify_tree_calls WHERE token = $1)";
        if rows::number(tx, sql, &[(&code).into()]).await? == 0 {
            return Ok(code);
        }
    }
    Err(NotifyError::Full {
        what: "codes of answers",
        bound: 100_000_000,
    })
}

/// It is over: whoever was paged is told, and pages that still wait are not sent.
async fn close(
    tx: &mut Tx,
    context: &Context,
    group: &Group,
    open: &Open,
    over: &[Alert],
    now: i64,
) -> Result<(), NotifyError> {
    withdraw(tx, &group.id, "the group is over", now).await?;
    tx.exec(
        "DELETE FROM notify_escalations WHERE grp = $1",
        &[(&group.id).into()],
    )
    .await?;
    for person in &open.told {
        let mut page = Page::new(Kind::Closed, format!("person:{person}"), now);
        page.group.clone_from(&group.id);
        page.group_key.clone_from(&group.key);
        page.group_labels.clone_from(&group.labels);
        page.ticket.clone_from(&group.ticket);
        page.external_url.clone_from(&context.config.external_url);
        page.alerts = over
            .iter()
            .take(context.config.limits.alerts_per_page)
            .cloned()
            .collect();
        outbox::to_person(tx, context, person, &page, now).await?;
    }
    Ok(())
}

/// Takes pages that ask for an answer out of the queue; one that is being sent goes out.
///
/// # Errors
/// The store's.
pub(crate) async fn withdraw(tx: &mut Tx, group: &str, why: &str, now: i64) -> Result<(), NotifyError> {
    let sql = "UPDATE notify_outbox SET state = 'superseded', error = $1, done_at = $2 \
               WHERE grp = $3 AND kind = 'escalation' AND state = 'queued' AND claimed_until <= $2";
    tx.exec(sql, &[why.into(), now.into(), group.into()]).await?;
    Ok(())
}

//! Pages that are to be sent: written in the transaction of the change that asks for them.

use std::collections::BTreeSet;

use db::{Tx, V};

use crate::context::Context;
use crate::error::NotifyError;
use crate::page::{Kind, Page};
use crate::rows::{self, json, parsed};

/// How long a summary gathers what is cut before it goes: a minute is the window of rate limits.
const GATHER: i64 = crate::micros::MINUTE;

/// A page on its way to a channel.
pub(crate) struct Entry<'e> {
    pub(crate) channel: &'e str,
    /// Whose address it goes to; empty for the channel's own.
    pub(crate) person: &'e str,
    pub(crate) page: &'e Page,
    /// The marks of all alerts that it tells of, listed or not.
    pub(crate) marks: &'e BTreeSet<String>,
}

/// Queues a page and gives its key. What waits for the same group and channel, has not been tried, and says nothing
/// that this page does not say, is taken out.
///
/// Where too many wait, a page to a group's receiver is cut: it stays on record, and a summary says how many there
/// were and of which groups.
///
/// # Errors
/// The store's.
pub(crate) async fn put(
    tx: &mut Tx,
    context: &Context,
    entry: &Entry<'_>,
    now: i64,
) -> Result<String, NotifyError> {
    let id = context.id();
    let kind = entry.page.kind;
    let mut place = now;
    if kind == Kind::Group {
        place = supersede(tx, entry, &id, now).await?.unwrap_or(now).min(now);
    }
    let summary = if kind.may_be_cut() && too_many(tx, context, entry.channel).await? {
        Some(summary(tx, context, entry.channel, now).await?)
    } else {
        None
    };
    insert(tx, context, entry, &id, (now, place), summary.as_deref()).await?;
    Ok(id)
}

/// Gives since when the first of what was taken out has waited: whoever takes its place keeps it, or a group that
/// changes faster than its channel sends would never be told.
async fn supersede(tx: &mut Tx, entry: &Entry<'_>, id: &str, now: i64) -> Result<Option<i64>, NotifyError> {
    let sql = "SELECT id, marks, next_at FROM notify_outbox WHERE grp = $1 AND channel = $2 AND state = 'queued' \
               AND kind = 'group' AND attempts = 0 LIMIT 100";
    let mut place: Option<i64> = None;
    let waiting = tx
        .many(sql, &[(&entry.page.group).into(), entry.channel.into()])
        .await?;
    for row in &waiting {
        let told: BTreeSet<String> = parsed(row.text(1)?, "notify_outbox")?;
        if told.is_subset(entry.marks) {
            let sql = "UPDATE notify_outbox SET state = 'superseded', instead = $1, done_at = $2 \
                       WHERE id = $3 AND state = 'queued' AND attempts = 0";
            let taken_out = tx
                .exec(sql, &[id.into(), now.into(), row.text(0)?.into()])
                .await?;
            if taken_out == 1 {
                let waits = row.int(2)?;
                place = Some(place.map_or(waits, |place| place.min(waits)));
            }
        }
    }
    Ok(place)
}

async fn too_many(tx: &mut Tx, context: &Context, channel: &str) -> Result<bool, NotifyError> {
    let sql = "SELECT COUNT(*) FROM notify_outbox WHERE state = 'queued' AND channel = $1 AND kind = 'group'";
    Ok(rows::number(tx, sql, &[channel.into()]).await? >= context.config.limits.queued)
}

/// The summary that still gathers for a channel, or a new one.
async fn summary(tx: &mut Tx, context: &Context, channel: &str, now: i64) -> Result<String, NotifyError> {
    let sql = "SELECT id FROM notify_outbox WHERE state = 'queued' AND channel = $1 AND kind = 'summary' \
               AND attempts = 0 LIMIT 1";
    if let Some(row) = tx.one(sql, &[channel.into()]).await? {
        let id = row.text(0)?.to_owned();
        // Held until this transaction ends: whoever claims it meanwhile waits, and counts what is cut here.
        let sql =
            "UPDATE notify_outbox SET next_at = next_at WHERE id = $1 AND state = 'queued' AND attempts = 0";
        if tx.exec(sql, &[(&id).into()]).await? == 1 {
            return Ok(id);
        }
    }
    let id = context.id();
    let mut page = Page::new(Kind::Summary, channel, now);
    page.external_url.clone_from(&context.config.external_url);
    let entry = Entry {
        channel,
        person: "",
        page: &page,
        marks: &BTreeSet::new(),
    };
    insert(tx, context, &entry, &id, (now, now.saturating_add(GATHER)), None).await?;
    Ok(id)
}

async fn insert(
    tx: &mut Tx,
    context: &Context,
    entry: &Entry<'_>,
    id: &str,
    (now, next_at): (i64, i64),
    cut_for: Option<&str>,
) -> Result<(), NotifyError> {
    let (page, marks) = (json(entry.page)?, json(entry.marks)?);
    let sql = "INSERT INTO notify_outbox (id, grp, channel, person, kind, rank, page, marks, created_at, next_at, \
               give_up_at, attempts, claimed_until, state, done_at, instead) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, $12, $13, $14)";
    let values: [V<'_>; 14] = [
        id.into(),
        (&entry.page.group).into(),
        entry.channel.into(),
        entry.person.into(),
        entry.page.kind.as_str().into(),
        entry.page.kind.rank().into(),
        (&page).into(),
        (&marks).into(),
        now.into(),
        next_at.into(),
        now.max(next_at)
            .saturating_add(context.config.limits.give_up.0)
            .into(),
        (if cut_for.is_some() { "cut" } else { "queued" }).into(),
        cut_for.map(|_| now).into(),
        cut_for.into(),
    ];
    tx.exec(sql, &values).await?;
    Ok(())
}

/// Queues a page to all contacts of a person, and gives how many there are.
///
/// # Errors
/// The store's.
pub(crate) async fn to_person(
    tx: &mut Tx,
    context: &Context,
    person: &str,
    page: &Page,
    now: i64,
) -> Result<usize, NotifyError> {
    let Some(known) = context.config.people.get(person) else {
        return Ok(0);
    };
    let contacts = known
        .contacts
        .iter()
        .filter(|contact| page.kind != Kind::Closed || contact.resolved);
    let mut queued = 0;
    for contact in contacts {
        let entry = Entry {
            channel: &contact.channel,
            person,
            page,
            marks: &BTreeSet::new(),
        };
        put(tx, context, &entry, now).await?;
        queued += 1;
    }
    Ok(queued)
}

/// What a summary says, from the pages that were cut for it.
///
/// # Errors
/// The store's.
pub(crate) async fn fill_summary(tx: &mut Tx, id: &str, page: &mut Page) -> Result<(), NotifyError> {
    const LISTED: i64 = 20;
    let sql = "SELECT COUNT(*) FROM notify_outbox WHERE instead = $1 AND state = 'cut'";
    let cut = rows::number(tx, sql, &[id.into()]).await?;
    let sql = "SELECT g.key, COUNT(*) FROM notify_outbox o JOIN notify_groups g ON g.id = o.grp \
               WHERE o.instead = $1 AND o.state = 'cut' GROUP BY g.key ORDER BY COUNT(*) DESC, g.key LIMIT $2";
    let groups = tx.many(sql, &[id.into(), LISTED.into()]).await?;
    page.notes = vec![format!("{cut} 条通知 / pages")];
    for row in &groups {
        page.notes.push(format!("  {} × {}", row.int(1)?, row.text(0)?));
    }
    Ok(())
}

//! Claims pages to send; `mark` writes down what became of them.
//!
//! A claim is on disk before the page leaves, so a process that is killed in between leaves an attempt without an
//! outcome. When its lease is over the page is sent again under the same key. So no page is lost, and a kill makes at
//! most one page twice on each channel: a channel sends one after the other.
//!
//! **Invariant**: nothing is marked as sent before its receiver has said so.

use std::time::Duration;

use db::{Tx, V};

use crate::channel::{Delivered, Failure};
use crate::context::Context;
use crate::error::NotifyError;
use crate::micros::SECOND;
use crate::outbox;
use crate::page::{Kind, Page};
use crate::rows::{self, parsed};

/// The window of rate limits, a little longer than a minute: the receiver's clock starts when a page arrives.
const WINDOW: i64 = 62 * SECOND;
/// How long after an attempt's own bound its outcome may still be written.
const GRACE: i64 = 20 * SECOND;

/// A page that this process is to send.
#[derive(Debug, Clone)]
pub(crate) struct Claimed {
    pub(crate) id: String,
    pub(crate) attempt: i64,
    pub(crate) channel: String,
    pub(crate) person: String,
    pub(crate) page: Page,
}

/// What there is to send on a channel.
#[derive(Debug)]
pub(crate) enum Next {
    /// This, now.
    Page(Box<Claimed>),
    /// Nothing.
    Nothing,
    /// Something, but the channel's limit allows none before this time.
    NotBefore(i64),
}

const DUE: &str = "state = 'queued' AND channel = $1 AND next_at <= $2 AND claimed_until <= $2";

/// Whether something waits on a channel, without writing.
///
/// # Errors
/// The store's.
pub(crate) async fn is_due(db: &db::Db, channel: &str, now: i64) -> Result<bool, NotifyError> {
    let sql = format!("SELECT id FROM notify_outbox WHERE {DUE} LIMIT 1");
    Ok(db.one(&sql, &[channel.into(), now.into()]).await?.is_some())
}

/// Claims the next page of a channel. What asks somebody to act goes first.
///
/// # Errors
/// The store's.
pub(crate) async fn claim(
    tx: &mut Tx,
    context: &Context,
    channel: &str,
    now: i64,
) -> Result<Next, NotifyError> {
    let Some(config) = context.config.channels.get(channel) else {
        return Ok(Next::Nothing);
    };
    let sql = format!(
        "SELECT id, attempts, person, page FROM notify_outbox WHERE {DUE} ORDER BY rank, next_at, id LIMIT 1"
    );
    let Some(row) = tx.one(&sql, &[channel.into(), now.into()]).await? else {
        return Ok(Next::Nothing);
    };
    // What lies in the future was written by a clock that has since been set back.
    let sql = "SELECT COUNT(*), MIN(at) FROM notify_attempts WHERE channel = $1 AND at > $2 AND at <= $3";
    let recent = [channel.into(), (now - WINDOW).into(), (now + WINDOW).into()];
    if let Some(spent) = tx.one(sql, &recent).await?
        && spent.int(0)? >= i64::from(config.per_minute)
    {
        return Ok(Next::NotBefore(
            spent.opt_int(1)?.unwrap_or(now).saturating_add(WINDOW),
        ));
    }
    let id = row.text(0)?.to_owned();
    let attempt = row.int(1)? + 1;
    let until = now.saturating_add(config.timeout.0).saturating_add(GRACE);
    let sql = "UPDATE notify_outbox SET attempts = $1, claimed_until = $2 \
               WHERE id = $3 AND state = 'queued' AND attempts = $4";
    let values: [V<'_>; 4] = [attempt.into(), until.into(), (&id).into(), (attempt - 1).into()];
    if tx.exec(sql, &values).await? == 0 {
        return Ok(Next::Nothing);
    }
    let sql = "INSERT INTO notify_attempts (outbox, n, channel, at) VALUES ($1, $2, $3, $4)";
    tx.exec(sql, &[(&id).into(), attempt.into(), channel.into(), now.into()])
        .await?;
    let mut page: Page = parsed(row.text(3)?, "notify_outbox")?;
    if page.kind == Kind::Summary {
        outbox::fill_summary(tx, &id, &mut page).await?;
    }
    Ok(Next::Page(Box::new(Claimed {
        attempt,
        channel: channel.to_owned(),
        person: row.text(2)?.to_owned(),
        page,
        id,
    })))
}

/// Runs an attempt within its bound.
pub(crate) async fn bounded(
    sending: crate::channel::Sending<'_>,
    bound: Duration,
) -> Result<Delivered, Failure> {
    match tokio::time::timeout(bound, sending).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::new("no answer in time")),
    }
}

/// How many pages wait, by channel.
///
/// # Errors
/// The store's.
pub(crate) async fn waiting(tx: &mut Tx, state: &str, channel: &str) -> Result<usize, NotifyError> {
    let sql = "SELECT COUNT(*) FROM notify_outbox WHERE state = $1 AND channel = $2";
    Ok(rows::number(tx, sql, &[state.into(), channel.into()]).await?)
}

//! What becomes of an attempt: sent, to be tried again, or given up, which is told by an alert of its own.

use db::{Tx, V};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sha2::{Digest, Sha256};

use crate::ack::{self, Acked, Answer, Way};
use crate::channel::{Delivered, Failure};
use crate::context::Context;
use crate::error::NotifyError;
use crate::event::Event;
use crate::micros::{HOUR, MINUTE, SECOND};
use crate::notice::Notice;
use crate::page::Page;
use crate::rows::parsed;
use crate::schema;
use crate::sender::Claimed;
use crate::take;
use crate::witness;

/// The first wait after a failure, and the longest.
const FIRST: i64 = 5 * SECOND;
const LONGEST: i64 = 5 * MINUTE;
/// How long the alert about a dead letter fires if nothing else happens.
const TOLD: i64 = 4 * HOUR;

/// Writes down what became of an attempt.
///
/// # Errors
/// The store's; then the lease runs out and the page is sent again.
pub(crate) async fn mark(
    tx: &mut Tx,
    context: &Context,
    claimed: &Claimed,
    outcome: &Result<Delivered, Failure>,
    now: i64,
) -> Result<Option<Event>, NotifyError> {
    // Before any row of the outbox, as every other transaction has it, so that none waits for another in a circle.
    schema::lock(tx).await?;
    let said = match outcome {
        Ok(_) => "sent",
        Err(failure) => &failure.why,
    };
    let sql = "UPDATE notify_attempts SET outcome = $1 WHERE outbox = $2 AND n = $3";
    tx.exec(sql, &[said.into(), (&claimed.id).into(), claimed.attempt.into()])
        .await?;
    match outcome {
        Ok(delivered) => sent(tx, context, claimed, delivered, now).await,
        Err(failure) => failed(tx, context, claimed, failure, now).await,
    }
}

async fn sent(
    tx: &mut Tx,
    context: &Context,
    claimed: &Claimed,
    delivered: &Delivered,
    now: i64,
) -> Result<Option<Event>, NotifyError> {
    let sql = "UPDATE notify_outbox SET state = 'sent', done_at = $1, claimed_until = 0, error = NULL WHERE id = $2";
    tx.exec(sql, &[now.into(), (&claimed.id).into()]).await?;
    recovered(tx, context, &claimed.channel, now).await?;
    let (Some(by), Some(code)) = (&delivered.acked_by, &claimed.page.code) else {
        return Ok(None);
    };
    let answer = Answer {
        by: by.clone(),
        way: Way::Exec,
        until: None,
    };
    match ack::by_code(tx, &context.config, &context.ids, code, &answer, now).await {
        Ok(Acked::Again { .. }) => Ok(None),
        Ok(acked) => {
            let over = format!("channel:{}", claimed.channel);
            let actor = witness::actor(&context.config, by, &over);
            let of = (actor.as_str(), over.as_str(), Way::Exec, now);
            context.watched.saw(tx, &acked, of, None).await?;
            Ok(Some(Event::Acked {
                group: claimed.page.group.clone(),
                by: by.clone(),
            }))
        }
        // Somebody else was quicker, or it is over, or this is nobody's name. The page was sent all the same.
        Err(NotifyError::Unknown(_) | NotifyError::Invalid { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn failed(
    tx: &mut Tx,
    context: &Context,
    claimed: &Claimed,
    failure: &Failure,
    now: i64,
) -> Result<Option<Event>, NotifyError> {
    let wait = backoff(&claimed.id, claimed.attempt);
    let asked = failure
        .retry_after
        .map_or(0, |wait| i64::try_from(wait.as_micros()).unwrap_or(i64::MAX));
    let next_at = now.saturating_add(wait.max(asked));
    let sql = "UPDATE notify_outbox SET next_at = $1, claimed_until = 0, error = $2 \
               WHERE id = $3 AND state = 'queued' AND give_up_at > $4 AND give_up_at >= $1";
    let values: [V<'_>; 4] = [
        next_at.into(),
        failure.why.as_str().into(),
        (&claimed.id).into(),
        now.into(),
    ];
    if tx.exec(sql, &values).await? == 1 {
        return Ok(None);
    }
    let sql = "UPDATE notify_outbox SET state = 'dead', done_at = $1, claimed_until = 0, error = $2 \
               WHERE id = $3 AND state = 'queued'";
    if tx
        .exec(
            sql,
            &[now.into(), failure.why.as_str().into(), (&claimed.id).into()],
        )
        .await?
        == 0
    {
        return Ok(None);
    }
    undelivered(tx, context, &claimed.channel, Some(TOLD), now).await?;
    Ok(Some(Event::Dead {
        key: claimed.id.clone(),
        channel: claimed.channel.clone(),
        kind: claimed.page.kind,
        attempts: claimed.attempt,
        why: failure.why.clone(),
    }))
}

/// The name of the alert about dead letters.
pub const UNDELIVERED: &str = "BackstopPageUndelivered";

/// A dead letter is told by an alert of its own, in the same transaction, over whatever routes take it. The same alert
/// fires for each dead letter of a channel, so that they cannot breed.
async fn undelivered(
    tx: &mut Tx,
    context: &Context,
    channel: &str,
    fires_for: Option<i64>,
    now: i64,
) -> Result<(), NotifyError> {
    let text = |zh: &str, en: &str| format!("{zh} / {en}");
    let labels = [
        ("alertname", UNDELIVERED),
        ("channel", channel),
        ("severity", "critical"),
    ];
    let summary = text(
        "通知通道不可用,有通知未送达",
        "a channel does not deliver; a page was given up",
    );
    let notice = Notice {
        labels: labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        annotations: [("summary".to_owned(), summary)].into(),
        starts_at: now,
        ends_at: Some(fires_for.map_or(now, |time| now.saturating_add(time))),
        generator: String::new(),
    };
    take::take(tx, context, &[notice], now).await?;
    let flag = if fires_for.is_some() { "1" } else { "" };
    schema::set_state(tx, &format!("dead:{channel}"), flag).await?;
    Ok(())
}

/// A page got through: what was said of the channel is over.
async fn recovered(tx: &mut Tx, context: &Context, channel: &str, now: i64) -> Result<(), NotifyError> {
    let flag = schema::state(tx, &format!("dead:{channel}")).await?;
    if flag.is_some_and(|flag| !flag.is_empty()) {
        undelivered(tx, context, channel, None, now).await?;
    }
    Ok(())
}

/// Gives up what waits for channels that the configuration does not have any more: nobody would ever look at it.
///
/// # Errors
/// The store's.
pub(crate) async fn give_up_unconfigured(
    tx: &mut Tx,
    context: &Context,
    now: i64,
) -> Result<Vec<Event>, NotifyError> {
    const WHY: &str = "a channel that is not configured any more";
    schema::lock(tx).await?;
    let sql = "SELECT DISTINCT channel FROM notify_outbox WHERE state = 'queued'";
    let mut events = Vec::new();
    for row in &tx.many(sql, &[]).await? {
        let channel = row.text(0)?;
        if context.config.channels.contains_key(channel) {
            continue;
        }
        let sql = "SELECT id, page, attempts FROM notify_outbox WHERE state = 'queued' AND channel = $1 ORDER BY id";
        for page in &tx.many(sql, &[channel.into()]).await? {
            events.push(Event::Dead {
                key: page.text(0)?.to_owned(),
                channel: channel.to_owned(),
                kind: parsed::<Page>(page.text(1)?, "notify_outbox")?.kind,
                attempts: page.int(2)?,
                why: WHY.to_owned(),
            });
        }
        let sql = "UPDATE notify_outbox SET state = 'dead', done_at = $1, claimed_until = 0, error = $2 \
                   WHERE state = 'queued' AND channel = $3";
        tx.exec(sql, &[now.into(), WHY.into(), channel.into()]).await?;
        undelivered(tx, context, channel, Some(TOLD), now).await?;
    }
    Ok(events)
}

/// How long to wait after a failed attempt: twice as long each time, up to five minutes, a fifth more or less, so that
/// pages that failed together do not come back together. The same page waits the same in each run.
pub(crate) fn backoff(id: &str, attempt: i64) -> i64 {
    let doublings = u32::try_from(attempt.saturating_sub(1).clamp(0, 16)).unwrap_or_default();
    let wait = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let digest = Sha256::digest(format!("{id}#{attempt}").as_bytes());
    let mut seed = [0_u8; 32];
    seed.copy_from_slice(&digest);
    let fifth = wait / 5;
    wait + StdRng::from_seed(seed).random_range(-fifth..=fifth)
}

/// Puts a dead letter back, for whoever has mended its channel.
///
/// # Errors
/// [`NotifyError::Unknown`] if there is no such dead letter.
pub(crate) async fn revive(tx: &mut Tx, context: &Context, id: &str, now: i64) -> Result<(), NotifyError> {
    let give_up_at = now.saturating_add(context.config.limits.give_up.0);
    let sql = "UPDATE notify_outbox SET state = 'queued', next_at = $1, give_up_at = $2, done_at = NULL \
               WHERE id = $3 AND state = 'dead'";
    if tx.exec(sql, &[now.into(), give_up_at.into(), id.into()]).await? == 0 {
        return Err(NotifyError::Unknown("dead letter"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_differ_and_are_the_same_in_each_run() {
        let waits: Vec<i64> = (1..=10).map(|attempt| backoff("a", attempt)).collect();
        assert_eq!(
            waits,
            (1..=10).map(|attempt| backoff("a", attempt)).collect::<Vec<_>>()
        );
        assert!((4 * SECOND..=6 * SECOND).contains(&waits[0]));
        assert!(waits.iter().all(|wait| *wait <= LONGEST + LONGEST / 5));
        assert!(waits[9] >= LONGEST - LONGEST / 5);
        assert_ne!(backoff("a", 5), backoff("b", 5));
    }
}

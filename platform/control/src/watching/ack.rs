//! Acknowledgements: somebody works on an alert, so that nobody else is woken.

use base::problem::Code;
use client::watch::{Ack, NewAck};
use db::Tx;
use notify::ack::{self, Acked, Answer, Way};
use notify::{Notifier, NotifyError};
use serde_json::json;

use super::once::Asked;
use crate::drills::Call;
use crate::{App, Refusal};

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;
/// Hexadecimal digits of a fingerprint.
const DIGITS: usize = 16;

/// Acknowledges every group in which an alert waits for an answer; answers whether it was done before.
///
/// # Errors
/// `invalid-field`; `not-found` if nobody waits; `idempotency-key-reused`; the database's refusal.
pub async fn acknowledge(app: &App, call: Call, asked: NewAck) -> Result<(Ack, bool), Refusal> {
    let digits = asked.fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit());
    if asked.fingerprint.len() != DIGITS || !digits || asked.seconds == 0 {
        let mend = "an alert's fingerprint, 16 hexadecimal digits, and one second at least";
        return Err(Refusal::field("fingerprint", mend));
    }
    let notifier = super::notifier(app)?.clone();
    let alerts = notifier.alerts().await?;
    let alert = alerts
        .into_iter()
        .find(|listed| listed.alert.fingerprint == asked.fingerprint);
    let groups = alert.map(|listed| listed.groups).unwrap_or_default();
    app.db
        .write(move |tx| Box::pin(async move { put(tx, &notifier, &call, &asked, &groups).await }))
        .await
}

async fn put(
    tx: &mut Tx,
    notifier: &Notifier,
    call: &Call,
    asked: &NewAck,
    groups: &[String],
) -> Result<(Ack, bool), Refusal> {
    let once = Asked::new(call, "watch.ack", "", asked)?;
    if let Some(known) = once.known(tx).await? {
        return Ok((known, true));
    }
    let answer = Answer {
        by: call.principal.name.to_string(),
        way: Way::Console,
        until: Some(call.now.saturating_add(i64::from(asked.seconds) * SECOND)),
    };
    let mut latest = None;
    for group in groups {
        match ack::by_group(tx, notifier.config(), notifier.ids(), group, &answer, call.now).await {
            Ok(Acked::Group { until, .. } | Acked::Again { until, .. }) => latest = latest.max(Some(until)),
            // A group whose route has no escalation waits for nobody.
            Ok(Acked::CallTree { .. }) | Err(NotifyError::Unknown(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let none = || Refusal::with(Code::NotFound, "no such alert fires that waits for an answer");
    let answer = Ack {
        fingerprint: asked.fingerprint.clone(),
        until: latest.ok_or_else(none)?,
    };
    once.done(tx, &asked.fingerprint, &answer, json!({ "until": answer.until }))
        .await?;
    Ok((answer, false))
}

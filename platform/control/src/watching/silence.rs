//! Silences: put in force, ended, listed.

use base::problem::Code;
use client::watch::{NewSilence, Silence, Silences};
use db::Tx;
use notify::Matcher;
use notify::Notifier;
use notify::guard;
use notify::silence;
use serde_json::json;

use super::once::Asked;
use crate::drills::Call;
use crate::{App, Refusal, names};

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// Puts a silence in force; answers whether it was there before.
///
/// # Errors
/// `invalid-field`; `idempotency-key-reused`; the database's refusal.
pub async fn create(app: &App, call: Call, asked: NewSilence) -> Result<(Silence, bool), Refusal> {
    names::name("reason", &asked.reason)?;
    let matchers: Result<Vec<Matcher>, String> =
        asked.matchers.iter().map(|text| Matcher::parse(text)).collect();
    let matchers = matchers.map_err(|mend| Refusal::field("matchers", &mend))?;
    // Alerts hold no customer data, so a matcher that looks like some matches nothing, and would only keep it.
    if asked
        .matchers
        .iter()
        .any(|text| guard::clean(text) != text.as_str())
    {
        return Err(Refusal::field("matchers", "without a customer's number or name"));
    }
    let notifier = super::notifier(app)?.clone();
    let wanted = silence::NewSilence {
        matchers,
        starts_at: call.now,
        ends_at: call.now.saturating_add(i64::from(asked.seconds) * SECOND),
        created_by: call.principal.name.to_string(),
        comment: asked.reason.clone(),
    };
    app.db
        .write(move |tx| Box::pin(async move { put(tx, &notifier, &call, &asked, &wanted).await }))
        .await
}

async fn put(
    tx: &mut Tx,
    notifier: &Notifier,
    call: &Call,
    asked: &NewSilence,
    wanted: &silence::NewSilence,
) -> Result<(Silence, bool), Refusal> {
    let once = Asked::new(call, "watch.silence", "", asked)?;
    if let Some(known) = once.known(tx).await? {
        return Ok((known, true));
    }
    let id = silence::create(tx, notifier.config(), notifier.ids(), wanted, call.now).await?;
    let answer = Silence {
        id,
        matchers: asked.matchers.clone(),
        starts_at: wanted.starts_at,
        ends_at: wanted.ends_at,
        by: wanted.created_by.clone(),
        reason: asked.reason.clone(),
    };
    let body = json!({
        "ends_at": answer.ends_at,
        "matchers": answer.matchers.len(),
        "reason": answer.reason,
    });
    once.done(tx, &answer.id, &answer, body).await?;
    Ok((answer, false))
}

/// Ends a silence now; answers whether it was done before.
///
/// # Errors
/// `not-found`, also for one that is over; `idempotency-key-reused`; the database's refusal.
pub async fn expire(app: &App, call: Call, id: String) -> Result<(Silence, bool), Refusal> {
    super::notifier(app)?;
    app.db
        .write(move |tx| Box::pin(async move { end(tx, &call, &id).await }))
        .await
}

async fn end(tx: &mut Tx, call: &Call, id: &str) -> Result<(Silence, bool), Refusal> {
    let once = Asked::new(call, "watch.expire", id, &())?;
    if let Some(known) = once.known(tx).await? {
        return Ok((known, true));
    }
    let listed = silence::list(tx, call.now, false).await?;
    let none = || Refusal::with(Code::NotFound, "no such silence in force");
    let silence = listed
        .into_iter()
        .find(|silence| silence.id == id)
        .ok_or_else(none)?;
    silence::expire(tx, id, &call.principal.name, call.now).await?;
    let mut answer = shown(silence);
    answer.ends_at = call.now;
    once.done(tx, id, &answer, json!({ "ends_at": call.now })).await?;
    Ok((answer, false))
}

/// Those that are not over.
///
/// # Errors
/// The database's refusal.
pub async fn list(app: &App) -> Result<Silences, Refusal> {
    let silences = super::notifier(app)?.silences(false).await?;
    Ok(Silences {
        silences: silences.into_iter().map(shown).collect(),
    })
}

fn shown(silence: silence::Silence) -> Silence {
    Silence {
        matchers: silence.matchers.iter().map(ToString::to_string).collect(),
        id: silence.id,
        starts_at: silence.starts_at,
        ends_at: silence.ends_at,
        by: silence.created_by,
        reason: silence.comment,
    }
}

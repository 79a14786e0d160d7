//! A test page to a receiver. That it is sent is on record before it is.

use client::watch::{TestReceiver, TestedReceiver};
use serde_json::json;

use super::once::Asked;
use crate::drills::Call;
use crate::{App, Refusal};

/// Longest name of a receiver.
const NAME: usize = 128;

/// Sends a test over each channel of a receiver, or to each contact of a person (`person:ID`). The same request is on
/// record once, and sends again: what became of the first was not seen by whoever repeats it.
///
/// # Errors
/// `invalid-field`; `not-found`; `idempotency-key-reused`; the database's refusal.
pub async fn test(app: &App, call: Call, asked: TestReceiver) -> Result<TestedReceiver, Refusal> {
    let name = asked.receiver.clone();
    if name.is_empty() || name.len() > NAME {
        return Err(Refusal::field(
            "receiver",
            "a receiver of the configuration, or person:ID",
        ));
    }
    let notifier = super::notifier(app)?.clone();
    let known = notifier.config().receivers().any(|each| each == name) || name.starts_with("person:");
    if known {
        let asked = asked.clone();
        app.db
            .write(move |tx| {
                Box::pin(async move {
                    let once = Asked::new(&call, "watch.test", "", &asked)?;
                    if once.known::<TestReceiver>(tx).await?.is_none() {
                        once.done(tx, &asked.receiver, &asked, json!({})).await?;
                    }
                    Ok::<_, Refusal>(())
                })
            })
            .await?;
    }
    let outcomes = notifier.test_receiver(&name).await?;
    let failed: Vec<String> = outcomes
        .iter()
        .filter_map(|(channel, outcome)| outcome.as_ref().err().map(|why| format!("{channel}: {why}")))
        .collect();
    let none = outcomes.is_empty().then(|| "it has no channel".to_owned());
    let error = none.or_else(|| (!failed.is_empty()).then(|| failed.join("; ")));
    Ok(TestedReceiver {
        receiver: name,
        delivered: error.is_none(),
        error,
    })
}

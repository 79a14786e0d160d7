//! Answers that come from outside (replies, key presses, programs, tickets) are acts, like those of the console: each has
//! its row and its leaf in the transaction of the answer, and no text of whoever answered is in either.

use db::{DbError, Job, Tx};
use evidence::{CONTROL, Leaf, leave};
use notify::witness::{Acknowledged, Witness};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Leaves what the notifier tells of.
pub struct Record;

impl Witness for Record {
    fn acknowledged<'t>(&'t self, tx: &'t mut Tx, answer: &'t Acknowledged) -> Job<'t, (), DbError> {
        Box::pin(put(tx, answer))
    }
}

async fn put(tx: &mut Tx, answer: &Acknowledged) -> Result<(), DbError> {
    let (act, body) = match &answer.ticket {
        None => (
            "watch.ack",
            json!({ "over": answer.over, "until": answer.until, "way": answer.way.as_str() }),
        ),
        Some((ticket, stage)) => (
            "watch.ticket",
            json!({ "stage": stage.as_str(), "ticket": ticket, "until": answer.until }),
        ),
    };
    let digest = digest(act, answer, &body);
    let text = body.to_string();
    let sql = "INSERT INTO watch_acts (by_whom, key, act, subject, request, answer, at) \
               VALUES ($1, $2, $3, $4, $2, $5, $6)";
    let values = [
        answer.actor.as_str().into(),
        digest.as_str().into(),
        act.into(),
        answer.group.as_str().into(),
        text.as_str().into(),
        answer.at.into(),
    ];
    tx.exec(sql, &values).await?;
    let leaf = Leaf {
        origin: CONTROL,
        act,
        actor: &answer.actor,
        subject: &answer.group,
        at: answer.at,
        body,
    };
    leave(tx, leaf).await
}

/// Stands where a request has its key: whoever answers from outside sends none.
fn digest(act: &str, answer: &Acknowledged, body: &Value) -> String {
    let text = format!("{act}\0{}\0{}\0{body}", answer.group, answer.at);
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

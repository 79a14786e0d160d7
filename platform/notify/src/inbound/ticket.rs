//! A ticket system's webhook: it took a group over, has answered for it, or is done with it.
//!
//! The other way is a `signed` channel, whose `ticket_key` is what comes back here as `ticket_key`.

use base::ids::Ids;
use db::Tx;
use serde::Deserialize;

use super::json;
use crate::ack::{self, Acked, Answer, Way};
use crate::channel::signed;
use crate::config::Config;
use crate::error::NotifyError;
use crate::guard;
use crate::rows;
use crate::schema;

/// Longest body: some words.
const BODY: usize = 16 * 1024;
/// Longest id of a ticket.
const TICKET: usize = 64;

/// What has become of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It was opened; pages name it from now on.
    Created,
    /// Somebody works on it; nobody else is paged for now.
    Acknowledged,
    /// It was closed. The alerts may still fire: as long as they do this counts as an acknowledgement, no more.
    Closed,
}

impl Stage {
    /// As answers have it.
    #[must_use]
    pub fn way(self) -> Way {
        match self {
            Self::Created | Self::Acknowledged => Way::Ticket,
            Self::Closed => Way::Closed,
        }
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Acknowledged => "acknowledged",
            Self::Closed => "closed",
        }
    }
}

/// What a body says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    /// The `ticket_key` that was sent with the group.
    pub ticket_key: String,
    /// The id of the ticket there.
    pub ticket: String,
    /// What has become of it.
    pub event: Stage,
    /// Who did it; a word, no name of a customer.
    pub by: String,
}

/// What a request carries beside its body.
#[derive(Debug, Clone, Copy)]
pub struct Signature<'s> {
    /// The header [`signed::TIMESTAMP`].
    pub timestamp: &'s str,
    /// The header [`signed::SIGNATURE`].
    pub signature: &'s str,
}

/// Checks the signature of a body and reads it.
///
/// # Errors
/// [`NotifyError::Unsigned`] before anything is read; [`NotifyError::Invalid`].
pub fn parse(key: &[u8], given: Signature<'_>, body: &[u8], now: i64) -> Result<Ticket, NotifyError> {
    if body.len() > BODY || !signed::verify(key, given.timestamp, given.signature, body, now) {
        let mend = "sign TIMESTAMP.BODY with HMAC-SHA256 under the shared key, within five minutes";
        return Err(NotifyError::Unsigned(mend));
    }
    let ticket: Ticket = json(body, BODY)?;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '#' | '/');
    if ticket.ticket.is_empty() || ticket.ticket.len() > TICKET || !ticket.ticket.chars().all(good) {
        return Err(NotifyError::invalid(
            "ticket",
            "1 to 64 letters, digits, - _ . # /",
        ));
    }
    if guard::clean(&ticket.ticket) != ticket.ticket || guard::clean(&ticket.by) != ticket.by {
        return Err(NotifyError::invalid(
            "by",
            "an account or a word: this looks like customer data",
        ));
    }
    Ok(ticket)
}

/// Does what a ticket says, in the caller's transaction; gives the answer that it is, if it is one.
///
/// # Errors
/// [`NotifyError::Unknown`] if the group is over, or waits for no answer.
pub async fn apply(
    tx: &mut Tx,
    config: &Config,
    ids: &Ids,
    ticket: &Ticket,
    now: i64,
) -> Result<Option<Acked>, NotifyError> {
    schema::lock(tx).await?;
    let group = rows::one_group(tx, &ticket.ticket_key)
        .await?
        .ok_or(NotifyError::Unknown("group"))?;
    let sql = "UPDATE notify_groups SET ticket = $1 WHERE id = $2";
    tx.exec(sql, &[(&ticket.ticket).into(), (&group.id).into()])
        .await?;
    if ticket.event == Stage::Created {
        return Ok(None);
    }
    let answer = Answer {
        by: ticket.by.clone(),
        way: ticket.event.way(),
        until: None,
    };
    Ok(Some(
        ack::by_group(tx, config, ids, &group.id, &answer, now).await?,
    ))
}

//! Answers: somebody says that they look after a group. That stops its escalation, not its alerts.

use std::collections::BTreeSet;

use base::ids::Ids;
use db::Tx;
use serde::{Deserialize, Serialize};

use crate::calltree;
use crate::config::Config;
use crate::error::NotifyError;
use crate::escalate;
use crate::guard;
use crate::notice::Alert;
use crate::rows::{self, json};
use crate::schema;
use crate::silence::who;

/// How an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// A message that was sent back.
    Reply,
    /// A key that was pressed during a call.
    Keypress,
    /// The answer of a program.
    Exec,
    /// A ticket system: somebody works on it.
    Ticket,
    /// A ticket system: somebody closed it.
    Closed,
    /// The console or the command line.
    Console,
}

impl Way {
    /// As rows have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Keypress => "keypress",
            Self::Exec => "exec",
            Self::Ticket => "ticket",
            Self::Closed => "closed",
            Self::Console => "console",
        }
    }
}

/// Who answers, how, and until when they look after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Who: a person's id or an account.
    pub by: String,
    /// How.
    pub way: Way,
    /// Until when, at most the bound of the configuration, which is also what `None` means.
    pub until: Option<i64>,
}

/// What an answer was for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Acked {
    /// A group, until a time.
    Group {
        /// The group's id.
        group: String,
        /// Until when nobody else is paged, in microseconds since 1970.
        until: i64,
    },
    /// A group, for which the same person has answered the same way, and that answer holds: nothing was changed.
    Again {
        /// The group's id.
        group: String,
        /// Until when nobody else is paged, in microseconds since 1970.
        until: i64,
    },
    /// A test of the call tree.
    CallTree {
        /// The test's id.
        test: String,
        /// Who has been reached.
        person: String,
        /// Whether this is the first time.
        fresh: bool,
    },
}

/// Answers by the code of a page, in the caller's transaction.
///
/// # Errors
/// [`NotifyError::Unknown`] for a code that stands for nothing, or no more.
pub async fn by_code(
    tx: &mut Tx,
    config: &Config,
    ids: &Ids,
    code: &str,
    answer: &Answer,
    now: i64,
) -> Result<Acked, NotifyError> {
    if code.len() != 8 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotifyError::invalid("code", "the eight digits of the page"));
    }
    let row = tx
        .one(
            "SELECT grp FROM notify_escalations WHERE token = $1",
            &[code.into()],
        )
        .await?;
    if let Some(row) = row {
        let group = row.text(0)?.to_owned();
        return by_group(tx, config, ids, &group, answer, now).await;
    }
    calltree::answer(tx, code, answer.way, now).await
}

/// Answers by the key of a page that was sent, which is what gateways and programs give back.
///
/// # Errors
/// [`NotifyError::Unknown`] for a key that stands for nothing, or no more.
pub async fn by_key(
    tx: &mut Tx,
    config: &Config,
    ids: &Ids,
    key: &str,
    answer: &Answer,
    now: i64,
) -> Result<Acked, NotifyError> {
    let sql = "SELECT page FROM notify_outbox WHERE id = $1";
    let row = tx
        .one(sql, &[key.into()])
        .await?
        .ok_or(NotifyError::Unknown("page"))?;
    let page: crate::page::Page = rows::parsed(row.text(0)?, "notify_outbox")?;
    let code = page
        .code
        .ok_or(NotifyError::Unknown("page that asks for an answer"))?;
    by_code(tx, config, ids, &code, answer, now).await
}

/// Answers for a group by its id, in the caller's transaction.
///
/// # Errors
/// [`NotifyError::Unknown`] if nobody has to answer for it.
pub async fn by_group(
    tx: &mut Tx,
    config: &Config,
    ids: &Ids,
    group: &str,
    answer: &Answer,
    now: i64,
) -> Result<Acked, NotifyError> {
    who("by", &answer.by)?;
    // A gateway may give a number where a name is asked for.
    let by = guard::clean(&answer.by);
    schema::lock(tx).await?;
    let open = escalate::of(tx, group)
        .await?
        .ok_or(NotifyError::Unknown("group that waits for an answer"))?;
    if answer.until.is_none()
        && let Some(until) = again(tx, &open, &by, answer.way, now).await?
    {
        let group = group.to_owned();
        return Ok(Acked::Again { group, until });
    }
    let latest = now.saturating_add(config.limits.ack.0);
    let until = answer.until.unwrap_or(latest).min(latest);
    if until <= now {
        return Err(NotifyError::invalid("until", "a time to come"));
    }
    // What has joined the group since the last page was told to nobody, so nobody has answered for it.
    let firing = rows::members(tx, group).await?;
    let firing = firing.iter().filter(|a| a.fires(now)).map(Alert::mark);
    let covers: BTreeSet<String> = firing.filter(|mark| open.covers.contains(mark)).collect();
    let covers = json(&covers)?;
    let sql = "UPDATE notify_escalations SET acked_by = $1, acked_until = $2, next_at = $2, covers = $3 WHERE grp = $4";
    tx.exec(
        sql,
        &[by.as_ref().into(), until.into(), (&covers).into(), group.into()],
    )
    .await?;
    escalate::withdraw(tx, group, "acknowledged", now).await?;
    let sql = "INSERT INTO notify_acks (id, grp, by_whom, way, at, until) VALUES ($1, $2, $3, $4, $5, $6)";
    let id = ids.next().to_string();
    let values = [
        (&id).into(),
        group.into(),
        by.as_ref().into(),
        answer.way.as_str().into(),
        now.into(),
        until.into(),
    ];
    tx.exec(sql, &values).await?;
    Ok(Acked::Group {
        group: group.to_owned(),
        until,
    })
}

/// Until when a group is looked after that the same person answered for in the same way before: gateways and ticket
/// systems repeat what they think was not heard. Only while that answer holds; what is new asks under another code.
async fn again(
    tx: &mut Tx,
    open: &escalate::Open,
    by: &str,
    way: Way,
    now: i64,
) -> Result<Option<i64>, NotifyError> {
    let Some(until) = open.acked_until.filter(|until| *until > now) else {
        return Ok(None);
    };
    let sql =
        "SELECT id FROM notify_acks WHERE grp = $1 AND by_whom = $2 AND way = $3 AND until > $4 LIMIT 1";
    let values = [(&open.group).into(), by.into(), way.as_str().into(), now.into()];
    Ok(tx.one(sql, &values).await?.map(|_| until))
}

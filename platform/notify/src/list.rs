//! What there is to look at: alerts with their states, open escalations, pages that wait or were given up.

use db::Tx;
use serde::Serialize;

use crate::config::Config;
use crate::error::NotifyError;
use crate::escalate;
use crate::notice::Alert;
use crate::rows;
use crate::view::View;

/// An alert and what is made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The alert.
    #[serde(flatten)]
    pub alert: Alert,
    /// Whether it fires.
    pub firing: bool,
    /// The silence that covers it.
    pub silenced_by: Option<String>,
    /// The fingerprint of the root under which it is listed.
    pub inhibited_by: Option<String>,
    /// Ids of the groups that it is in.
    pub groups: Vec<String>,
}

/// Alerts that fire, in Alertmanager's order.
///
/// # Errors
/// The store's.
pub(crate) async fn alerts(tx: &mut Tx, config: &Config, now: i64) -> Result<Vec<Listed>, NotifyError> {
    let view = View::load(tx, config, now).await?;
    let mut listed = Vec::with_capacity(view.firing.len());
    for alert in &view.firing {
        let hidden = view.hidden(&alert.fingerprint);
        let sql = "SELECT grp FROM notify_members WHERE fingerprint = $1 ORDER BY grp LIMIT 100";
        let groups = tx.many(sql, &[(&alert.fingerprint).into()]).await?;
        listed.push(Listed {
            alert: alert.clone(),
            firing: true,
            silenced_by: hidden.and_then(|hidden| hidden.silence.clone()),
            inhibited_by: hidden.and_then(|hidden| hidden.root.clone()),
            groups: groups
                .iter()
                .map(|row| row.text(0).map(str::to_owned))
                .collect::<Result<_, _>>()?,
        });
    }
    listed.sort_by(|a, b| crate::notice::order(&a.alert, &b.alert));
    Ok(listed)
}

/// A group that somebody has to answer for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The group's id.
    pub group: String,
    /// Alertmanager's key of the group.
    pub key: String,
    /// The escalation.
    pub policy: String,
    /// Since when, in microseconds since 1970.
    pub opened_at: i64,
    /// The next step, from 1.
    pub step: usize,
    /// How often all steps were taken.
    pub round: i64,
    /// Whom it has paged.
    pub told: Vec<String>,
    /// Who has answered.
    pub acked_by: Option<String>,
    /// Until when that counts.
    pub acked_until: Option<i64>,
    /// The ticket of another system.
    pub ticket: Option<String>,
}

/// Escalations that are open, the oldest first.
///
/// # Errors
/// The store's.
pub(crate) async fn escalations(tx: &mut Tx) -> Result<Vec<Waiting>, NotifyError> {
    let mut listed = Vec::new();
    for open in escalate::all(tx, 1000).await? {
        let group = rows::one_group(tx, &open.group).await?;
        listed.push(Waiting {
            key: group.as_ref().map(|group| group.key.clone()).unwrap_or_default(),
            ticket: group.and_then(|group| group.ticket),
            group: open.group,
            policy: open.policy,
            opened_at: open.opened_at,
            step: open.step + 1,
            round: open.round,
            told: open.told.into_iter().collect(),
            acked_by: open.acked_by,
            acked_until: open.acked_until,
        });
    }
    Ok(listed)
}

/// A page and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Its key.
    pub key: String,
    /// The group that it is about; empty for none.
    pub group: String,
    /// The channel.
    pub channel: String,
    /// Whom it is for; empty for the channel itself.
    pub person: String,
    /// What it is about.
    pub kind: String,
    /// `queued`, `sent`, `dead`, `superseded` or `cut`.
    pub state: String,
    /// When it was asked for, in microseconds since 1970.
    pub created_at: i64,
    /// When that state was reached.
    pub done_at: Option<i64>,
    /// How often it was tried.
    pub attempts: i64,
    /// Why the last attempt failed, or why it was not sent.
    pub error: Option<String>,
}

/// The latest pages in a state, or in any.
///
/// # Errors
/// The store's.
pub(crate) async fn pages(tx: &mut Tx, state: Option<&str>, most: u32) -> Result<Vec<Sent>, NotifyError> {
    let sql = "SELECT id, grp, channel, person, kind, state, created_at, done_at, attempts, error FROM notify_outbox \
               WHERE $1 = '' OR state = $1 ORDER BY created_at DESC, id DESC LIMIT $2";
    let rows = tx
        .many(sql, &[state.unwrap_or_default().into(), most.min(1000).into()])
        .await?;
    let read = |row: &db::Row| -> Result<Sent, NotifyError> {
        Ok(Sent {
            key: row.text(0)?.to_owned(),
            group: row.text(1)?.to_owned(),
            channel: row.text(2)?.to_owned(),
            person: row.text(3)?.to_owned(),
            kind: row.text(4)?.to_owned(),
            state: row.text(5)?.to_owned(),
            created_at: row.int(6)?,
            done_at: row.opt_int(7)?,
            attempts: row.int(8)?,
            error: row.opt_text(9)?.map(str::to_owned),
        })
    };
    rows.iter().map(read).collect()
}

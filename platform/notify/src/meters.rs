//! What is counted, as plain numbers; whoever shows them names them so.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use db::Tx;

use crate::calltree;
use crate::config::Config;
use crate::error::NotifyError;
use crate::rows;
use crate::sender;
use crate::view::View;

/// One number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Meter {
    /// Its name, with a unit where it has one.
    pub name: &'static str,
    /// The channel that it is about; empty for none.
    pub channel: String,
    /// Its value.
    pub value: u64,
}

/// What this process has counted since it started.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<BTreeMap<(&'static str, String), u64>>);

impl Counters {
    pub(crate) fn add(&self, name: &'static str, channel: &str, more: u64) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((name, channel.to_owned())).or_default() += more;
    }

    pub(crate) fn read(&self) -> Vec<Meter> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let meter = |((name, channel), value): (&(&'static str, String), &u64)| Meter {
            name,
            channel: channel.clone(),
            value: *value,
        };
        counts.iter().map(meter).collect()
    }
}

/// Alerts that were taken.
pub(crate) const TAKEN: &str = "backstop_notify_alerts_taken_total";
/// Alerts that were refused.
pub(crate) const REFUSED: &str = "backstop_notify_alerts_refused_total";
/// Alerts in which something that looked like customer data was masked.
pub(crate) const MASKED: &str = "backstop_notify_alerts_masked_total";
/// Pages that their receiver took.
pub(crate) const SENT: &str = "backstop_notify_pages_sent_total";
/// Attempts that failed.
pub(crate) const FAILED: &str = "backstop_notify_attempts_failed_total";
/// Pages that were sent again since nobody knew what became of the attempt before.
pub(crate) const RESENT: &str = "backstop_notify_pages_resent_total";
/// Pages that were given up.
pub(crate) const DEAD: &str = "backstop_notify_pages_dead_total";
/// Times that the store did not do what it was asked.
pub(crate) const STORE: &str = "backstop_notify_store_errors_total";
/// Wrong codes that somebody answered with.
pub(crate) const GUESSES: &str = "backstop_notify_wrong_codes_total";
/// Events that nobody fetched in time.
pub(crate) const EVENTS: &str = "backstop_notify_events_dropped_total";
/// When the last pass was made, in seconds since 1970: a monitor that does not move is dead.
pub(crate) const PASSED: &str = "backstop_notify_last_pass_seconds";

/// The store's numbers.
///
/// # Errors
/// The store's.
pub(crate) async fn read(tx: &mut Tx, config: &Config, now: i64) -> Result<Vec<Meter>, NotifyError> {
    let mut meters = Vec::new();
    let mut put = |name, channel: &str, value: usize| {
        meters.push(Meter {
            name,
            channel: channel.to_owned(),
            value: value as u64,
        });
    };
    let view = View::load(tx, config, now).await?;
    let hidden = view
        .firing
        .iter()
        .filter_map(|alert| view.hidden(&alert.fingerprint));
    let silenced = hidden.clone().filter(|hidden| hidden.silence.is_some()).count();
    put("backstop_notify_alerts_firing", "", view.firing.len());
    put("backstop_notify_alerts_silenced", "", silenced);
    put(
        "backstop_notify_alerts_inhibited",
        "",
        hidden.filter(|hidden| hidden.root.is_some()).count(),
    );
    let sql = "SELECT COUNT(*) FROM notify_groups WHERE next_at >= $1";
    put(
        "backstop_notify_groups",
        "",
        rows::number(tx, sql, &[i64::MIN.into()]).await?,
    );
    let sql = "SELECT COUNT(*) FROM notify_escalations WHERE acked_by IS NULL AND opened_at <= $1";
    put(
        "backstop_notify_escalations_unanswered",
        "",
        rows::number(tx, sql, &[now.into()]).await?,
    );
    if config.call_tree.is_some() {
        let seconds = |micros: i64| usize::try_from(micros / 1_000_000).unwrap_or_default();
        if let Some(since) = calltree::asked_since(tx).await? {
            put("backstop_notify_call_tree_asked_seconds", "", seconds(since));
        }
        if let Some(tree) = calltree::last_held(tx).await? {
            let (ended, missing) = (tree.finished_at.unwrap_or_default(), tree.missing().count());
            put("backstop_notify_call_tree_ended_seconds", "", seconds(ended));
            put("backstop_notify_call_tree_missing", "", missing);
            put("backstop_notify_call_tree_passed", "", usize::from(missing == 0));
        }
    }
    for channel in config.channels.keys() {
        put(
            "backstop_notify_pages_queued",
            channel,
            sender::waiting(tx, "queued", channel).await?,
        );
        put(
            "backstop_notify_pages_dead",
            channel,
            sender::waiting(tx, "dead", channel).await?,
        );
        put(
            "backstop_notify_pages_cut",
            channel,
            sender::waiting(tx, "cut", channel).await?,
        );
        let sql = "SELECT MIN(created_at) FROM notify_outbox WHERE state = 'queued' AND channel = $1";
        let oldest = tx.one(sql, &[channel.as_str().into()]).await?;
        let oldest = oldest.map_or(Ok(None), |row| row.opt_int(0))?;
        let age = oldest.map_or(0, |oldest| now.saturating_sub(oldest).max(0) / 1_000_000);
        put(
            "backstop_notify_oldest_queued_seconds",
            channel,
            usize::try_from(age).unwrap_or_default(),
        );
    }
    Ok(meters)
}

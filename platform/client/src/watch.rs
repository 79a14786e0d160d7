//! What the control plane watches: targets, rules, alerts, pages.
//!
//! Times are microseconds since 1970. Reasons and references are 1 to 40 of `a-z`, `0-9` and `-`, a letter first, as in
//! [`crate::drills`]: no sentence is kept, so none can hold a customer's name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /v1/watch`: whether the watcher itself works, and what it sees.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WatchStatus {
    /// `watching`; `blind` if its rules are not evaluated or nobody can be paged.
    pub state: String,
    /// What is against it, in words.
    pub complaints: Vec<String>,
    /// The last evaluation that came to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluated_at: Option<i64>,
    /// What is scraped and probed.
    pub targets: Vec<WatchTarget>,
    /// Rule groups.
    pub groups: Vec<WatchGroup>,
    /// Alerts by state: `pending`, `firing`, `unknown`.
    pub alerts: BTreeMap<String, u64>,
    /// Series in the store.
    pub series: u64,
    /// Pages that wait, and pages that were given up.
    pub pages: BTreeMap<String, u64>,
}

/// One target.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WatchTarget {
    /// Whose.
    pub job: String,
    /// Which.
    pub instance: String,
    /// `up`, `down`, or `unknown` if the last answer is older than two intervals.
    pub health: String,
    /// The newest sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<i64>,
    /// Why it is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One rule group.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WatchGroup {
    /// Its name.
    pub name: String,
    /// Seconds between two evaluations.
    pub interval: f64,
    /// How many rules it has.
    pub rules: u64,
    /// Why rules of it could not be evaluated the last time.
    pub failures: Vec<String>,
}

/// `GET /v1/watch/alerts`
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WatchAlerts {
    /// Those that are pending, firing, or over for less than 15 minutes.
    pub alerts: Vec<WatchAlert>,
}

/// One alert.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WatchAlert {
    /// By which it is acknowledged and found again.
    pub fingerprint: String,
    /// `pending`, `firing` or `resolved`.
    pub state: String,
    /// Its labels, `alertname` among them.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// When its condition came to hold.
    pub active_at: i64,
    /// Since when the data it stands on has been missing: whether the condition still holds is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_since: Option<i64>,
    /// The value of its expression, as a text, since it may be infinite.
    pub value: String,
}

/// `POST /v1/watch/silences`
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSilence {
    /// As in `severity="warning"` or `instance=~"10.*"`; all have to match.
    pub matchers: Vec<String>,
    /// For how long, in seconds, from now.
    pub seconds: u32,
    /// Why, as in `planned-maintenance`.
    pub reason: String,
}

/// A silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Silence {
    /// `sil_…`
    pub id: String,
    /// What it silences.
    pub matchers: Vec<String>,
    /// From when.
    pub starts_at: i64,
    /// Until when.
    pub ends_at: i64,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// `GET /v1/watch/silences`
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Silences {
    /// Those that are not over.
    pub silences: Vec<Silence>,
}

/// `POST /v1/watch/acks`: somebody works on it, so that nobody else is woken.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAck {
    /// The alert's fingerprint.
    pub fingerprint: String,
    /// For how long, in seconds, from now.
    pub seconds: u32,
}

/// What was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ack {
    /// The alert's fingerprint.
    pub fingerprint: String,
    /// Until when it stays so.
    pub until: i64,
}

/// `POST /v1/alerts/replies/{channel}` and `POST /v1/alerts/tickets`: what became of an answer from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Answered {
    /// What it was for: `alerts`, or `call-tree`.
    pub about: String,
    /// Until when nobody else is paged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// Whether it changed anything; not, if it was said before.
    pub changed: bool,
}

/// `POST /v1/alerts/security-events`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counted {
    /// How many events were counted.
    pub counted: u64,
}

/// `GET /v1/watch/call-trees`
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CallTrees {
    /// Tests of the call tree, the last one first; at most twelve.
    pub call_trees: Vec<CallTree>,
    /// What the next one would be; nothing, if the configuration asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<PlannedCallTree>,
}

/// A test of the call tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallTree {
    /// Its id.
    pub id: String,
    /// `running`, `passed`, or `failed` if somebody did not answer in time.
    pub state: String,
    /// The escalation whose people were called.
    pub escalation: String,
    /// When it began.
    pub begun_at: i64,
    /// Who began it; `calendar`, if nobody did.
    pub begun_by: String,
    /// Until when people have to answer.
    pub ends_at: i64,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<i64>,
    /// Who was called.
    pub calls: Vec<TreeCall>,
}

/// Somebody who was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TreeCall {
    /// Their id in the configuration.
    pub person: String,
    /// When they answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<i64>,
    /// How: `reply`, `keypress` or `exec`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<String>,
}

/// What a test of the call tree would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlannedCallTree {
    /// The escalation.
    pub escalation: String,
    /// Who would be called.
    pub people: Vec<String>,
    /// How long they have to answer, in seconds.
    pub seconds: u64,
}

/// `POST /v1/watch/receivers/test`
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestReceiver {
    /// Its name in the configuration.
    pub receiver: String,
}

/// What became of a test page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestedReceiver {
    /// Its name.
    pub receiver: String,
    /// Whether it was taken.
    pub delivered: bool,
    /// What the receiver said if it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

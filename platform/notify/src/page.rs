//! What is to be told: the content of a page, as it is stored and as every channel gets it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::notice::Alert;

/// What a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A group, to a receiver.
    Group,
    /// A group, to somebody who has to answer.
    Escalation,
    /// A group that somebody had to answer for is over.
    Closed,
    /// Somebody's turn begins.
    Handover,
    /// Pages that were left out because there were too many.
    Summary,
    /// A test of the call tree.
    CallTree,
    /// A test of a receiver.
    Test,
    /// The control plane itself is silent.
    Deadman,
}

impl Kind {
    /// As rows and headers have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Escalation => "escalation",
            Self::Closed => "closed",
            Self::Handover => "handover",
            Self::Summary => "summary",
            Self::CallTree => "calltree",
            Self::Test => "test",
            Self::Deadman => "deadman",
        }
    }

    /// What goes first where pages wait: whoever has to act, then news, then the rest.
    pub(crate) fn rank(self) -> i64 {
        match self {
            Self::Escalation | Self::Deadman => 0,
            Self::Group | Self::CallTree | Self::Test => 1,
            Self::Handover | Self::Summary | Self::Closed => 2,
        }
    }

    /// Whether too many of them may be summed up instead of sent. What asks a person to act never is.
    pub(crate) fn may_be_cut(self) -> bool {
        self == Self::Group
    }
}

/// The content of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// What it is about.
    pub kind: Kind,
    /// The receiver's name, or `person:ID`.
    pub receiver: String,
    /// The group's id; empty if it is about none.
    pub group: String,
    /// Alertmanager's key of the group.
    pub group_key: String,
    /// The labels that the group is grouped by.
    pub group_labels: BTreeMap<String, String>,
    /// Alerts in Alertmanager's order; those that have ended at [`Page::at`] are over.
    pub alerts: Vec<Alert>,
    /// How many more there are.
    pub truncated: usize,
    /// Names of alerts that a root in this page hides, at most a few.
    pub dependents: Vec<String>,
    /// How many there are of those.
    pub dependents_total: usize,
    /// How many alerts of the group fire and are silenced.
    pub silenced: usize,
    /// The code with which somebody answers for the group.
    pub code: Option<String>,
    /// The step of the escalation, from 1.
    pub step: Option<u32>,
    /// The ticket that another system has opened for the group.
    pub ticket: Option<String>,
    /// More to say, such as the groups that are open; lines.
    pub notes: Vec<String>,
    /// When it was written, in microseconds since 1970.
    pub at: i64,
    /// Where to look.
    pub external_url: String,
}

impl Page {
    /// An empty page.
    #[must_use]
    pub fn new(kind: Kind, receiver: impl Into<String>, at: i64) -> Self {
        Self {
            kind,
            receiver: receiver.into(),
            group: String::new(),
            group_key: String::new(),
            group_labels: BTreeMap::new(),
            alerts: Vec::new(),
            truncated: 0,
            dependents: Vec::new(),
            dependents_total: 0,
            silenced: 0,
            code: None,
            step: None,
            ticket: None,
            notes: Vec::new(),
            at,
            external_url: String::new(),
        }
    }

    /// Whether an alert in it was firing when it was written.
    #[must_use]
    pub fn fires(&self) -> bool {
        self.alerts.iter().any(|alert| alert.fires(self.at))
    }

    /// Labels that all its alerts have in common.
    #[must_use]
    pub fn common_labels(&self) -> BTreeMap<String, String> {
        common(self.alerts.iter().map(|alert| &alert.labels))
    }

    /// Annotations that all its alerts have in common.
    #[must_use]
    pub fn common_annotations(&self) -> BTreeMap<String, String> {
        common(self.alerts.iter().map(|alert| &alert.annotations))
    }
}

fn common<'a>(mut all: impl Iterator<Item = &'a BTreeMap<String, String>>) -> BTreeMap<String, String> {
    let mut common = all.next().cloned().unwrap_or_default();
    for one in all {
        common.retain(|name, value| one.get(name) == Some(value));
    }
    common
}

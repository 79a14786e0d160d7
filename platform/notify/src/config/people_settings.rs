//! What the configuration says about people, turns and escalations.

use serde::Deserialize;

use super::settings::yes;
use super::span::Span;

/// Somebody who can be on call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonSettings {
    /// A short word; goes into rows and pages.
    pub id: String,
    /// How to reach them; all at once.
    pub contacts: Vec<ContactSettings>,
}

/// A way to reach somebody.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactSettings {
    /// A channel that sends to addresses: mail, gateway or exec.
    pub channel: String,
    /// File with their address there.
    pub to_file: String,
    /// Whether they are told of the end this way, too.
    #[serde(default = "yes")]
    pub resolved: bool,
}

/// Who is on call when.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotaSettings {
    /// Its name.
    pub name: String,
    /// Ids of people, in turn.
    pub people: Vec<String>,
    /// A handover, in RFC 3339: the first of the list takes over then, and every `shift` the next.
    pub starts: String,
    /// How long a turn is.
    pub shift: Span,
    /// Who stands in for whom.
    #[serde(default)]
    pub overrides: Vec<OverrideSettings>,
}

/// Somebody stands in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideSettings {
    /// From when, in RFC 3339.
    pub from: String,
    /// Until when.
    pub to: String,
    /// Who.
    pub person: String,
}

/// Who is paged when nobody answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscalationSettings {
    /// Its name.
    pub name: String,
    /// Steps, one after the other.
    pub steps: Vec<StepSettings>,
    /// After how long without an answer to the last step it begins anew; 15 min.
    pub again: Option<Span>,
}

/// A step of an escalation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepSettings {
    /// How long the step before had time; ignored for the first. 5 min.
    pub after: Option<Span>,
    /// `rota:NAME` or `person:ID`, all at once.
    pub page: Vec<String>,
}

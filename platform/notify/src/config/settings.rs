//! What the configuration file says, before it is checked: section `[notify]` of `watch.toml`.

use serde::Deserialize;

use super::channel_settings::ChannelSettings;
use super::people_settings::{EscalationSettings, PersonSettings, RotaSettings};
use super::span::Span;
use crate::matcher::Matcher;

/// In which language pages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
    /// Chinese, then English.
    #[default]
    Both,
}

/// The whole section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where people look at alerts; goes into pages and webhooks. May be empty.
    #[serde(default)]
    pub external_url: String,
    /// The language of pages.
    #[serde(default)]
    pub language: Language,
    /// Bounds.
    #[serde(default)]
    pub limits: LimitSettings,
    /// The root of the routes.
    pub route: RouteSettings,
    /// Who is told of a group.
    pub receivers: Vec<ReceiverSettings>,
    /// Ways to send.
    #[serde(default)]
    pub channels: Vec<ChannelSettings>,
    /// What hides what.
    #[serde(default)]
    pub inhibit: Vec<InhibitSettings>,
    /// Who can be on call.
    #[serde(default)]
    pub people: Vec<PersonSettings>,
    /// Who is on call when.
    #[serde(default)]
    pub rotas: Vec<RotaSettings>,
    /// Who is paged when nobody answers.
    #[serde(default)]
    pub escalations: Vec<EscalationSettings>,
    /// Hours at which routes keep quiet.
    #[serde(default)]
    pub mutes: Vec<MuteSettings>,
    /// The ticket system that answers.
    pub tickets: Option<TicketSettings>,
    /// The monthly test of a call tree.
    pub call_tree: Option<CallTreeSettings>,
}

/// Bounds, each with a default that says why.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// Alerts that may fire at once.
    pub alerts: usize,
    /// Alerts that one page lists.
    pub alerts_per_page: usize,
    /// Pages that may wait for one channel before further ones are summed up.
    pub queued: usize,
    /// For how long a page is tried before it is a dead letter.
    pub give_up: Span,
    /// The longest silence.
    pub silence: Span,
    /// The longest acknowledgement.
    pub ack: Span,
    /// For how long what is over stays on record.
    pub keep: Span,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            // All rules on all targets of a service of some dozen processes; more at once is one event, not many.
            alerts: 5_000,
            // Nobody reads on, and a row stays below a megabyte.
            alerts_per_page: 200,
            // At 20 a minute this is five minutes of waiting; whoever gets that many reads none of them.
            queued: 100,
            // An hour outlives the restart of a mail server; after it the page is no news and somebody else is told.
            give_up: Span::hours(1),
            // A weekend and a bit; what is silenced for longer belongs out of the rules.
            silence: Span::days(7),
            // A shift.
            ack: Span::hours(12),
            // A quarter, for whoever looks back at an incident.
            keep: Span::days(90),
        }
    }
}

/// A node of the tree of routes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteSettings {
    /// All must hold; the root has none.
    #[serde(default)]
    pub matchers: Vec<Matcher>,
    /// Who is told; inherited.
    pub receiver: Option<String>,
    /// Labels that keep groups apart; `["..."]` is all of them. Inherited.
    pub group_by: Option<Vec<String>>,
    /// How long a new group gathers; inherited, 30 s.
    pub group_wait: Option<Span>,
    /// How long a group that was told of gathers changes; inherited, 5 min.
    pub group_interval: Option<Span>,
    /// After how long it is told again; inherited, 4 h.
    pub repeat_interval: Option<Span>,
    /// Whether later siblings are looked at, too.
    #[serde(default, rename = "continue")]
    pub go_on: bool,
    /// Names of mute hours.
    #[serde(default)]
    pub mute: Vec<String>,
    /// The escalation that a firing group starts; inherited, none.
    pub escalation: Option<String>,
    /// Children, the first that matches wins.
    #[serde(default)]
    pub routes: Vec<RouteSettings>,
}

/// Who is told of a group.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverSettings {
    /// Its name.
    pub name: String,
    /// Names of channels, each of which gets everything.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Whether the end is told, too.
    #[serde(default = "yes")]
    pub send_resolved: bool,
}

/// An alert that hides others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InhibitSettings {
    /// What the root looks like.
    pub source: Vec<Matcher>,
    /// What depends on it.
    pub target: Vec<Matcher>,
    /// Labels that must be alike in both.
    #[serde(default)]
    pub equal: Vec<String>,
}

/// Hours at which a route keeps quiet.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MuteSettings {
    /// Its name.
    pub name: String,
    /// Days of the week, 1 Monday – 7 Sunday; all by default.
    #[serde(default)]
    pub days: Vec<i8>,
    /// From `HH:MM` in China.
    pub from: String,
    /// To `HH:MM`, not included; before `from` means on the next day.
    pub to: String,
}

/// The ticket system that answers for what a `signed` channel told it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketSettings {
    /// File with the key that it signs with.
    pub key_file: String,
}

/// The monthly test of a call tree.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallTreeSettings {
    /// The escalation whose people are called.
    pub escalation: String,
    /// Day of the month, 1–28.
    pub day: i8,
    /// `HH:MM` in China.
    pub at: String,
    /// How long people have to answer; 30 min.
    pub within: Option<Span>,
}

pub(super) fn yes() -> bool {
    true
}

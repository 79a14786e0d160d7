//! What the configuration file says, before it is checked: section `[notify]` of `watch.toml`.

use serde::Deserialize;

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

/// A way to send: exactly one of the kinds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelSettings {
    /// Its name.
    pub name: String,
    /// Most pages in a minute; 20 for chat robots, which is what they allow, else 60.
    pub per_minute: Option<u32>,
    /// How long one attempt may take; 10 s.
    pub timeout: Option<Span>,
    /// Alertmanager's webhook.
    pub webhook: Option<WebhookSettings>,
    /// Plain JSON with an HMAC; also for ticket systems.
    pub signed: Option<SignedSettings>,
    /// E-mail.
    pub mail: Option<MailSettings>,
    /// SMS or voice through a gateway.
    pub gateway: Option<GatewaySettings>,
    /// A program.
    pub exec: Option<ExecSettings>,
    /// WeCom's robot.
    pub wecom: Option<RobotSettings>,
    /// DingTalk's robot.
    pub dingtalk: Option<RobotSettings>,
    /// Feishu's robot.
    pub feishu: Option<RobotSettings>,
}

/// Alertmanager's webhook.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// File with the address.
    pub url_file: String,
    /// File with a bearer token.
    pub token_file: Option<String>,
    /// Most alerts in one body; 0 is all that the page has.
    #[serde(default)]
    pub max_alerts: usize,
}

/// Plain JSON, signed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedSettings {
    /// File with the address.
    pub url_file: String,
    /// File with the key of the HMAC.
    pub key_file: String,
}

/// E-mail over SMTP.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// The server's name or address.
    pub host: String,
    /// Its port; 465 with `tls`, 587 with `starttls`, 25 with `none`.
    pub port: Option<u16>,
    /// How it is protected.
    #[serde(default)]
    pub security: MailSecurity,
    /// The sender, such as `Backstop <alerts@bank.example>`.
    pub from: String,
    /// File with addresses, one a line, for receivers; people have their own.
    pub to_file: Option<String>,
    /// File with `user:password`.
    pub login_file: Option<String>,
}

/// How an SMTP connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// TLS after STARTTLS, which is required.
    Starttls,
    /// None; only on loopback.
    None,
}

/// A gateway for SMS or voice: a JSON body in which words in braces are replaced.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewaySettings {
    /// File with the address.
    pub url_file: String,
    /// File with a bearer token.
    pub token_file: Option<String>,
    /// The body; strings in it may hold `{to}`, `{text}`, `{key}` and `{code}`.
    pub body: serde_json::Value,
    /// A field of the answer, as a JSON pointer, and what it must be; by default the status alone counts.
    pub expect: Option<ExpectSettings>,
    /// File with numbers, one a line, for receivers; people have their own.
    pub to_file: Option<String>,
    /// Longest text in characters; 300, some four messages.
    pub max_chars: Option<usize>,
}

/// What a good answer says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectSettings {
    /// A JSON pointer (RFC 6901), such as `/code`.
    pub pointer: String,
    /// The value there.
    pub value: serde_json::Value,
}

/// A program that is run with the page as JSON on its standard input.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecSettings {
    /// An absolute path.
    pub program: String,
    /// Its arguments, as they are.
    #[serde(default)]
    pub args: Vec<String>,
}

/// A chat robot.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RobotSettings {
    /// File with the address, which holds the robot's key.
    pub url_file: String,
    /// File with the secret of its signature; WeCom has none.
    pub secret_file: Option<String>,
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

fn yes() -> bool {
    true
}

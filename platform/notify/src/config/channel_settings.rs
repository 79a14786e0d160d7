//! What the configuration says about ways to send.

use serde::Deserialize;

use super::span::Span;

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
    /// `WeCom`'s robot.
    pub wecom: Option<RobotSettings>,
    /// `DingTalk`'s robot.
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
    /// File with the secret of its signature; `WeCom` has none.
    pub secret_file: Option<String>,
}

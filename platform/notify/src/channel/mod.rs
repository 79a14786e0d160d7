//! Ways to send, one file each: `webhook` (Alertmanager's), [`signed`] (plain JSON with an HMAC; ticket systems),
//! `mail`, `gateway` (SMS and voice), `exec` (a program), and chat robots: `wecom`, `dingtalk`, `feishu` over
//! `robot`. `http` is what most of them share.

pub(crate) mod dingtalk;
pub(crate) mod exec;
pub(crate) mod feishu;
pub(crate) mod gateway;
pub(crate) mod http;
pub(crate) mod mail;
pub(crate) mod robot;
pub mod signed;
pub(crate) mod webhook;
pub(crate) mod wecom;

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use crate::config::Language;
use crate::config::secret::SecretError;
use crate::page::Page;

/// A page on its way out.
#[derive(Clone)]
pub struct Outgoing {
    /// The key under which a receiver knows it again; the same each time that it is sent.
    pub key: String,
    /// Its content.
    pub page: Page,
    /// Addresses of whom it is for; empty where the channel itself says that. Personal data: not to be logged.
    pub to: Vec<String>,
    /// Which time it is sent, from 1.
    pub attempt: u32,
    /// In which language.
    pub language: Language,
    /// Now, in microseconds since 1970.
    pub now: i64,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Outgoing({}, attempt {}, {} addresses)",
            self.key,
            self.attempt,
            self.to.len()
        )
    }
}

/// It has been sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivered {
    /// Who answered for it at once, as a program may say.
    pub acked_by: Option<String>,
}

/// It has not been sent, or nobody knows whether it has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Failure {
    /// Why, without addresses, secrets or what the other side said in words.
    pub why: String,
    /// How long the other side wants to be left alone.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// For a reason.
    #[must_use]
    pub fn new(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            retry_after: None,
        }
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        Self::new(error.to_string())
    }
}

/// An attempt that is under way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Delivered, Failure>> + Send + 'a>>;

/// A way to send.
pub trait Channel: Send + Sync {
    /// Sends once. May be dropped at any time; whoever drops it knows nothing of the outcome.
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a>;
}

/// What a channel is, as configured.
#[derive(Debug, Clone)]
pub(crate) enum Spec {
    Webhook(webhook::Settings),
    Signed(signed::Settings),
    Mail(mail::Settings),
    Gateway(gateway::Settings),
    Exec(exec::Settings),
    Robot(robot::Settings),
}

impl Spec {
    /// Whether it knows itself where to send, so that receivers can use it.
    pub(crate) fn has_own_address(&self) -> bool {
        match self {
            Self::Mail(mail) => mail.to.is_some(),
            Self::Gateway(gateway) => gateway.to.is_some(),
            Self::Webhook(_) | Self::Signed(_) | Self::Exec(_) | Self::Robot(_) => true,
        }
    }

    /// Whether it sends to the address of a person.
    pub(crate) fn reaches_people(&self) -> bool {
        matches!(self, Self::Mail(_) | Self::Gateway(_) | Self::Exec(_))
    }

    /// The channel.
    pub(crate) fn build(&self, client: &reqwest::Client) -> Box<dyn Channel> {
        match self.clone() {
            Self::Webhook(settings) => Box::new(webhook::Webhook::new(settings, client.clone())),
            Self::Signed(settings) => Box::new(signed::Signed::new(settings, client.clone())),
            Self::Mail(settings) => Box::new(mail::Mail::new(settings)),
            Self::Gateway(settings) => Box::new(gateway::Gateway::new(settings, client.clone())),
            Self::Exec(settings) => Box::new(exec::Exec::new(settings)),
            Self::Robot(settings) => Box::new(robot::Robot::new(settings, client.clone())),
        }
    }
}

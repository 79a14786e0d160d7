//! The configuration: [`settings`] is what the file says, [`Config`] what has been checked.
//!
//! `check` turns the one into the other and names the field and the mend of whatever is wrong; [`span`] and [`secret`]
//! are what fields are made of; `people`, `channels` and `limits` check their parts.
//!
//! A small one, with everything else at its default:
//!
//! ```toml
//! external_url = "https://ops.example/backstop"
//!
//! [route]
//! receiver = "ops"
//! group_by = ["alertname", "service"]
//! [[route.routes]]
//! matchers = ['severity="critical"']
//! escalation = "core"
//!
//! [[receivers]]
//! name = "ops"
//! channels = ["chat", "itsm"]
//!
//! [[channels]]
//! name = "chat"
//! dingtalk = { url_file = "secrets/chat.url", secret_file = "secrets/chat.key" }
//! [[channels]]
//! name = "itsm"
//! signed = { url_file = "secrets/itsm.url", key_file = "secrets/itsm.key" }
//! [[channels]]
//! name = "call"
//! gateway = { url_file = "secrets/call.url", body = { phone = "{to}", say = "{text}", ref = "{key}" } }
//!
//! [[people]]
//! id = "li"
//! contacts = [{ channel = "call", to_file = "secrets/li.phone", resolved = false }]
//! [[people]]
//! id = "wang"
//! contacts = [{ channel = "call", to_file = "secrets/wang.phone", resolved = false }]
//!
//! [[rotas]]
//! name = "core"
//! people = ["li", "wang"]
//! starts = "2026-01-05T09:00:00+08:00"
//! shift = "7d"
//!
//! [[escalations]]
//! name = "core"
//! steps = [{ page = ["rota:core"] }, { after = "5m", page = ["person:li", "person:wang"] }]
//! ```

pub mod channel_settings;
mod channels;
mod check;
mod limits;
mod people;
pub mod people_settings;
pub mod secret;
pub mod settings;
pub mod span;

use std::collections::BTreeMap;
use std::path::Path;

use crate::channel::Spec;
use crate::error::NotifyError;
use crate::inhibit::Inhibit;
use crate::mute::Mute;
use crate::rota::{Escalation, Person, Rota};
use crate::route::Route;
use secret::SecretFile;
pub use settings::{Language, Settings};

/// Longest configuration: some thousand routes.
const LONGEST: usize = 1024 * 1024;

/// A configuration that was checked: every name in it stands for something.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where people look at alerts; without a slash at its end.
    pub external_url: String,
    /// The language of pages.
    pub language: Language,
    /// Bounds.
    pub limits: settings::LimitSettings,
    pub(crate) route: Route,
    pub(crate) receivers: BTreeMap<String, Receiver>,
    pub(crate) channels: BTreeMap<String, ChannelConfig>,
    pub(crate) inhibit: Vec<Inhibit>,
    pub(crate) people: BTreeMap<String, Person>,
    pub(crate) rotas: BTreeMap<String, Rota>,
    pub(crate) escalations: BTreeMap<String, Escalation>,
    pub(crate) mutes: BTreeMap<String, Mute>,
    pub(crate) tickets: Option<SecretFile>,
    pub(crate) call_tree: Option<CallTree>,
}

/// Who is told of a group.
#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    pub(crate) channels: Vec<String>,
    pub(crate) send_resolved: bool,
}

/// A way to send, checked.
#[derive(Debug, Clone)]
pub(crate) struct ChannelConfig {
    pub(crate) per_minute: u32,
    pub(crate) timeout: span::Span,
    pub(crate) spec: Spec,
}

/// When the call tree is tested.
#[derive(Debug, Clone)]
pub(crate) struct CallTree {
    pub(crate) escalation: String,
    pub(crate) day: i8,
    pub(crate) minute: u16,
    pub(crate) within: span::Span,
}

impl Config {
    /// Reads the text of the section, as a document of its own. Relative paths in it are below `folder`.
    ///
    /// # Errors
    /// [`NotifyError::Invalid`] with the field and the mend.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, NotifyError> {
        if text.len() > LONGEST {
            return Err(NotifyError::invalid("watch.toml", "keep it below 1 MiB"));
        }
        let document = toml::Deserializer::parse(text)
            .map_err(|error| NotifyError::invalid("watch.toml", error.message().to_owned()))?;
        let settings: Settings = serde_path_to_error::deserialize(document).map_err(|error| {
            let field = error.path().to_string();
            NotifyError::invalid(field, error.into_inner().message().to_owned())
        })?;
        Self::check(settings, folder)
    }

    /// Checks what a file said. Relative paths in it are below `folder`.
    ///
    /// # Errors
    /// [`NotifyError::Invalid`] with the field and the mend.
    pub fn check(settings: Settings, folder: &Path) -> Result<Self, NotifyError> {
        check::check(settings, folder)
    }

    /// The names of the receivers.
    pub fn receivers(&self) -> impl Iterator<Item = &str> {
        self.receivers.keys().map(String::as_str)
    }
}

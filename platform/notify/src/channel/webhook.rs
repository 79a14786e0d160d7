//! Alertmanager's webhook, version 4, field by field: whatever understands Alertmanager understands this.

use std::collections::BTreeMap;

use reqwest::Client;
use serde::Serialize;

use super::http::{self, Post};
use super::{Channel, Delivered, Failure, Outgoing, Sending};
use crate::config::secret::SecretFile;
use crate::micros::{NO_TIME, rfc3339};
use crate::notice::{Alert, fingerprint};
use crate::page::Page;
use crate::text;

/// What is configured.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) url: SecretFile,
    pub(crate) token: Option<SecretFile>,
    /// 0 is all.
    pub(crate) max_alerts: usize,
}

pub(crate) struct Webhook {
    settings: Settings,
    client: Client,
}

/// The body, with Alertmanager's names in Alertmanager's order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Body {
    receiver: String,
    status: &'static str,
    alerts: Vec<BodyAlert>,
    group_labels: BTreeMap<String, String>,
    common_labels: BTreeMap<String, String>,
    common_annotations: BTreeMap<String, String>,
    #[serde(rename = "externalURL")]
    external_url: String,
    version: &'static str,
    group_key: String,
    truncated_alerts: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BodyAlert {
    status: &'static str,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    starts_at: String,
    ends_at: String,
    #[serde(rename = "generatorURL")]
    generator_url: String,
    fingerprint: String,
}

impl Webhook {
    pub(crate) fn new(settings: Settings, client: Client) -> Self {
        Self { settings, client }
    }

    async fn post(&self, outgoing: &Outgoing) -> Result<Delivered, Failure> {
        let token = self.settings.token.as_ref().map(SecretFile::read).transpose()?;
        let post = Post {
            url: http::address_in(&self.settings.url)?,
            body: serde_json::to_vec(&body(outgoing, self.settings.max_alerts))
                .map_err(|_| Failure::new("no JSON"))?,
            key: &outgoing.key,
            token,
            headers: Vec::new(),
            now: outgoing.now,
        };
        http::post(&self.client, post).await?;
        Ok(Delivered::default())
    }
}

impl Channel for Webhook {
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.post(outgoing))
    }
}

/// The body of a page with at most so many alerts; 0 is all.
pub(crate) fn body(outgoing: &Outgoing, max_alerts: usize) -> Body {
    let mut page = outgoing.page.clone();
    if page.alerts.is_empty() {
        page.alerts.push(in_place(outgoing));
    }
    // As Alertmanager has it, what is common is common to those alerts that are shown.
    if max_alerts > 0 && page.alerts.len() > max_alerts {
        page.truncated += page.alerts.len() - max_alerts;
        page.alerts.truncate(max_alerts);
    }
    Body {
        status: status(page.fires()),
        group_labels: page.group_labels.clone(),
        common_labels: page.common_labels(),
        common_annotations: page.common_annotations(),
        version: "4",
        truncated_alerts: page.truncated,
        alerts: page.alerts.iter().map(|alert| one(alert, &page)).collect(),
        receiver: page.receiver,
        external_url: page.external_url,
        group_key: page.group_key,
    }
}

/// For a page that is about no alert, such as a summary: this format knows nothing else.
fn in_place(outgoing: &Outgoing) -> Alert {
    let page = &outgoing.page;
    let name = format!("Backstop_{}", page.kind.as_str());
    let labels = BTreeMap::from([("alertname".to_owned(), name)]);
    let text = text::body(page, outgoing.language, 4096);
    Alert {
        fingerprint: fingerprint(&labels),
        labels,
        annotations: BTreeMap::from([("summary".to_owned(), text)]),
        starts_at: page.at,
        ends_at: None,
        generator: String::new(),
    }
}

fn one(alert: &Alert, page: &Page) -> BodyAlert {
    let fires = alert.fires(page.at);
    BodyAlert {
        status: status(fires),
        labels: alert.labels.clone(),
        annotations: alert.annotations.clone(),
        starts_at: rfc3339(alert.starts_at),
        ends_at: alert
            .ends_at
            .filter(|_| !fires)
            .map_or_else(|| NO_TIME.to_owned(), rfc3339),
        generator_url: alert.generator.clone(),
        fingerprint: alert.fingerprint.clone(),
    }
}

fn status(fires: bool) -> &'static str {
    if fires { "firing" } else { "resolved" }
}

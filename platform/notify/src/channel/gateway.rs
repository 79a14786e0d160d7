//! SMS and voice through a gateway: a JSON body from a template, once for each address.
//!
//! Whoever is called presses a key, whoever got a message replies: the gateway hands that back to the control plane
//! with `{key}` or `{code}`, see `inbound::reply`.

use reqwest::Client;
use serde_json::Value;

use super::http::{self, Post};
use super::{Channel, Delivered, Failure, Outgoing, Sending};
use crate::config::secret::SecretFile;
use crate::text;

/// Most addresses of one page.
const MOST: usize = 50;

/// What is configured.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) url: SecretFile,
    pub(crate) token: Option<SecretFile>,
    pub(crate) body: Value,
    /// A JSON pointer into the answer and what must be there.
    pub(crate) expect: Option<(String, Value)>,
    pub(crate) to: Option<SecretFile>,
    pub(crate) max_chars: usize,
}

pub(crate) struct Gateway {
    settings: Settings,
    client: Client,
}

impl Gateway {
    pub(crate) fn new(settings: Settings, client: Client) -> Self {
        Self { settings, client }
    }

    async fn post(&self, outgoing: &Outgoing) -> Result<Delivered, Failure> {
        let settings = &self.settings;
        let to = match (&settings.to, outgoing.to.is_empty()) {
            (Some(own), true) => own.lines()?,
            _ => outgoing.to.clone(),
        };
        if to.is_empty() || to.len() > MOST {
            return Err(Failure::new("no address, or more than 50"));
        }
        let text = text::short(&outgoing.page, outgoing.language, settings.max_chars);
        let mut failed = None;
        for (i, to) in to.iter().enumerate() {
            // Each address has a key of its own, the same each time: what got through is not delivered twice.
            let key = if i == 0 {
                outgoing.key.clone()
            } else {
                format!("{}-{i}", outgoing.key)
            };
            let words = [
                ("{to}", to.as_str()),
                ("{text}", &text),
                ("{key}", &key),
                ("{code}", outgoing.page.code.as_deref().unwrap_or_default()),
            ];
            let post = Post {
                url: http::address_in(&settings.url)?,
                body: fill(&settings.body, &words).to_string().into_bytes(),
                key: &key,
                token: settings.token.as_ref().map(SecretFile::read).transpose()?,
                headers: Vec::new(),
                now: outgoing.now,
            };
            let sent = http::post(&self.client, post).await;
            match sent.and_then(|answer| self.judge(&answer.body)) {
                Ok(()) => {}
                // Whoever asks to be left alone is asked nothing more for now.
                Err(failure) if failure.retry_after.is_some() => return Err(failure),
                // A number that is refused keeps no other from the page.
                Err(failure) => failed = failed.or(Some(failure)),
            }
        }
        failed.map_or(Ok(Delivered::default()), Err)
    }

    fn judge(&self, body: &[u8]) -> Result<(), Failure> {
        let Some((pointer, expected)) = &self.settings.expect else {
            return Ok(());
        };
        let answer: Value =
            serde_json::from_slice(body).map_err(|_| Failure::new("an answer that is no JSON"))?;
        if answer.pointer(pointer) == Some(expected) {
            return Ok(());
        }
        Err(Failure::new(format!(
            "an answer whose {pointer} is not what a success has"
        )))
    }
}

impl Channel for Gateway {
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.post(outgoing))
    }
}

/// The template with its words replaced, each once: what is put in is not looked at again.
fn fill(template: &Value, words: &[(&str, &str)]) -> Value {
    match template {
        Value::String(text) => Value::String(replaced(text, words)),
        Value::Array(items) => items.iter().map(|item| fill(item, words)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), fill(value, words)))
            .collect(),
        other => other.clone(),
    }
}

fn replaced(text: &str, words: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match words
            .iter()
            .find_map(|(word, value)| from.strip_prefix(word).map(|after| (*value, after)))
        {
            Some((value, after)) => {
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push('{');
                rest = from.strip_prefix('{').unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        let template = serde_json::json!({ "m": ["{to}", { "t": "a {text} {x}" }], "n": 1 });
        let filled = fill(&template, &[("{to}", "1"), ("{text}", "{to} \"q\"")]);
        assert_eq!(
            filled,
            serde_json::json!({ "m": ["1", { "t": "a {to} \"q\" {x}" }], "n": 1 })
        );
    }
}

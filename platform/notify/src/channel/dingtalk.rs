//! `DingTalk`'s robot (钉钉自定义机器人): Markdown, a body of at most 20,000 bytes, 20 messages a minute, and a signature
//! over time and secret in the address.

use reqwest::Url;
use serde_json::json;

use super::{Outgoing, robot};
use crate::text;

/// Longest body, in bytes.
pub(crate) const BODY: usize = 20_000;

/// The address with `timestamp` (milliseconds since 1970) and `sign`.
pub(crate) fn signed(mut url: Url, secret: Option<&str>, now: i64) -> Url {
    if let Some(secret) = secret {
        let millis = now.div_euclid(1000).to_string();
        let sign = robot::hmac(secret.as_bytes(), format!("{millis}\n{secret}").as_bytes());
        url.query_pairs_mut()
            .append_pair("timestamp", &millis)
            .append_pair("sign", &sign);
    }
    url
}

pub(crate) fn body(outgoing: &Outgoing) -> String {
    let title = text::subject(&outgoing.page, outgoing.language);
    robot::within(BODY, |bytes| {
        // A single line end is none in Markdown.
        let text = robot::markdown(outgoing, bytes).replace('\n', "\n\n");
        json!({ "msgtype": "markdown", "markdown": { "title": title, "text": text } }).to_string()
    })
}

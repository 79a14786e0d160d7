//! Chat robots: an address that holds a key, a bounded body, and an answer that says in its body whether it worked.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, Url};
use serde::Deserialize;
use sha2::Sha256;

use super::http::{self, Post};
use super::{Channel, Delivered, Failure, Outgoing, Sending, dingtalk, feishu, wecom};
use crate::config::secret::SecretFile;
use crate::text;

/// Whose robot it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Maker {
    WeCom,
    DingTalk,
    Feishu,
}

/// What is configured.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) maker: Maker,
    pub(crate) url: SecretFile,
    pub(crate) secret: Option<SecretFile>,
}

pub(crate) struct Robot {
    settings: Settings,
    client: Client,
}

/// What robots say: HTTP 200, and in the body whether they did it.
#[derive(Debug, Deserialize)]
struct Verdict {
    errcode: Option<i64>,
    code: Option<i64>,
    #[serde(rename = "StatusCode")]
    status_code: Option<i64>,
}

impl Robot {
    pub(crate) fn new(settings: Settings, client: Client) -> Self {
        Self { settings, client }
    }

    async fn post(&self, outgoing: &Outgoing) -> Result<Delivered, Failure> {
        let url = http::address_in(&self.settings.url)?;
        let secret = self.settings.secret.as_ref().map(SecretFile::read).transpose()?;
        let (url, body): (Url, String) = match self.settings.maker {
            Maker::WeCom => (url, wecom::body(outgoing)),
            Maker::DingTalk => (
                dingtalk::signed(url, secret.as_deref(), outgoing.now),
                dingtalk::body(outgoing),
            ),
            Maker::Feishu => (url, feishu::body(outgoing, secret.as_deref())),
        };
        let post = Post {
            url,
            body: body.into_bytes(),
            key: &outgoing.key,
            token: None,
            headers: Vec::new(),
            now: outgoing.now,
        };
        let answer = http::post(&self.client, post).await?;
        judge(self.settings.maker, &answer.body)
    }
}

impl Channel for Robot {
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.post(outgoing))
    }
}

fn judge(maker: Maker, body: &[u8]) -> Result<Delivered, Failure> {
    let verdict: Verdict =
        serde_json::from_slice(body).map_err(|_| Failure::new("an answer that is not the robot's"))?;
    let code = match maker {
        Maker::WeCom | Maker::DingTalk => verdict.errcode,
        Maker::Feishu => verdict.code.or(verdict.status_code),
    };
    match code {
        Some(0) => Ok(Delivered::default()),
        Some(code) => Err(Failure {
            why: format!("HTTP status 200 with the robot's error code {code}"),
            retry_after: pause(maker, code),
        }),
        None => Err(Failure::new("an answer without the robot's error code")),
    }
}

/// How long a robot that has had too much wants to be left alone.
fn pause(maker: Maker, code: i64) -> Option<Duration> {
    match (maker, code) {
        (Maker::WeCom, 45009) | (Maker::Feishu, 9499 | 11232) => Some(Duration::from_mins(1)),
        // DingTalk refuses for the next ten minutes.
        (Maker::DingTalk, 130_101 | 90030 | 410_100) => Some(Duration::from_mins(10)),
        _ => None,
    }
}

/// HMAC-SHA256 in base64, as both signatures have it.
pub(super) fn hmac(key: &[u8], message: &[u8]) -> String {
    // HMAC takes keys of any length, so this is never nothing.
    let code = Hmac::<Sha256>::new_from_slice(key).map(|mut mac| {
        mac.update(message);
        mac.finalize().into_bytes()
    });
    STANDARD.encode(code.unwrap_or_default())
}

/// The page's text as Markdown that nothing in a label can break out of: no markup, no link of somebody else's.
pub(super) fn markdown(outgoing: &Outgoing, bytes: usize) -> String {
    let text = text::body(&outgoing.page, outgoing.language, bytes);
    let harmless = text.replace('<', "(").replace('>', ")").replace("](", "] (");
    text::fit(&harmless, bytes)
}

/// A body of at most so many bytes, made with as much text as that leaves.
pub(super) fn within(limit: usize, make: impl Fn(usize) -> String) -> String {
    let mut bytes = limit;
    loop {
        let body = make(bytes);
        if body.len() <= limit || bytes == 0 {
            return body;
        }
        // JSON writes a byte as six at most, so this never cuts more than it must by much.
        bytes = bytes.saturating_sub(((body.len() - limit) / 6).max(16));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_of_success_is_no_success() {
        let judged = |maker, body: &str| judge(maker, body.as_bytes());
        assert!(judged(Maker::WeCom, r#"{"errcode":0,"errmsg":"ok"}"#).is_ok());
        assert!(judged(Maker::Feishu, r#"{"code":0,"msg":"success","data":{}}"#).is_ok());
        assert!(judged(Maker::Feishu, r#"{"StatusCode":0,"StatusMessage":"success"}"#).is_ok());
        for (maker, body) in [
            (
                Maker::WeCom,
                r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#,
            ),
            (Maker::DingTalk, r#"{"errcode":310000,"errmsg":"sign not match"}"#),
            (Maker::Feishu, r#"{"code":19021,"msg":"sign match fail"}"#),
            (Maker::Feishu, r#"{"errcode":0}"#),
            (Maker::WeCom, "{}"),
            (Maker::WeCom, "<html>"),
        ] {
            let failure = judged(maker, body).unwrap_err();
            assert!(
                !failure.why.contains("sign"),
                "the other side's words are not repeated: {failure}"
            );
        }
        let limited = judged(Maker::DingTalk, r#"{"errcode":130101}"#).unwrap_err();
        assert_eq!(limited.retry_after, Some(Duration::from_mins(10)));
    }

    #[test]
    fn bodies_are_cut_until_they_fit() {
        let quotes = "\"".repeat(500);
        let make = |bytes: usize| serde_json::json!({ "t": crate::guard::cut(&quotes, bytes) }).to_string();
        let body = within(300, make);
        assert!(body.len() <= 300 && body.len() > 250, "{}", body.len());
    }
}

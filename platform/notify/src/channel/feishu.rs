//! Feishu's robot (飞书自定义机器人): text, a bounded body, and a signature in it.

use serde_json::json;

use super::{Outgoing, robot};
use crate::micros::SECOND;
use crate::text;

/// Longest body, in bytes. Its maker has named 30 KB and, later, 20 KB; this is below both.
pub(crate) const BODY: usize = 20_000;

pub(crate) fn body(outgoing: &Outgoing, secret: Option<&str>) -> String {
    let seconds = outgoing.now.div_euclid(SECOND).to_string();
    // Here time and secret are the key, and the message is empty.
    let sign = secret.map(|secret| robot::hmac(format!("{seconds}\n{secret}").as_bytes(), b""));
    robot::within(BODY, |bytes| {
        let text = text::body(&outgoing.page, outgoing.language, bytes);
        let mut body = json!({ "msg_type": "text", "content": { "text": harmless(&text) } });
        if let (Some(sign), Some(fields)) = (&sign, body.as_object_mut()) {
            fields.insert("timestamp".to_owned(), json!(seconds));
            fields.insert("sign".to_owned(), json!(sign));
        }
        body.to_string()
    })
}

/// Text in which no label calls everybody: mentions are tags here.
fn harmless(text: &str) -> String {
    text.replace('<', "(").replace('>', ")")
}

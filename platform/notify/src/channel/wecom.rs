//! `WeCom`'s group robot (企业微信群机器人): Markdown of at most 4,096 bytes, 20 messages a minute.

use serde_json::json;

use super::{Outgoing, robot};

/// Longest content, in bytes.
pub(crate) const CONTENT: usize = 4096;

pub(crate) fn body(outgoing: &Outgoing) -> String {
    json!({ "msgtype": "markdown", "markdown": { "content": robot::markdown(outgoing, CONTENT) } })
        .to_string()
}

//! Makes answers comparable: ids and times change with every run, the rest must not.

use serde_json::Value;

/// The value with every typed id's digits and every time replaced.
pub(crate) fn redact(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| {
                let value = if name.ends_with("_at") {
                    Value::from("[time]")
                } else {
                    redact(value)
                };
                (name.clone(), value)
            })
            .collect(),
        Value::Array(list) => list.iter().map(redact).collect(),
        Value::String(text) if is_id(text) => Value::from(format!("{}_[id]", &text[..3])),
        other => other.clone(),
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 36 && text.as_bytes()[3] == b'_' && text[4..].bytes().all(|byte| byte.is_ascii_hexdigit())
}

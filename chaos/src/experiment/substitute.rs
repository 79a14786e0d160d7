//! Puts variables in: `${name}` and `$name`, in texts at any depth. A text that is one variable becomes its value, of
//! whatever type; a name that stands for nothing stays as it is; `$$` is a dollar.

use serde_json::{Map, Value};

pub(super) fn fill(value: &Value, vars: &Map<String, Value>) -> Value {
    match value {
        Value::String(text) => fill_text(text, vars),
        Value::Array(list) => list.iter().map(|one| fill(one, vars)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), fill(value, vars)))
            .collect(),
        other => other.clone(),
    }
}

fn fill_text(text: &str, vars: &Map<String, Value>) -> Value {
    let alone = text
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .or_else(|| text.strip_prefix('$'))
        .filter(|name| is_name(name));
    if let Some(value) = alone.and_then(|name| vars.get(name)) {
        return value.clone();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let braced = rest
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'))
            .filter(|(name, _)| is_name(name));
        let (name, after) = braced.unwrap_or_else(|| {
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            rest.split_at(end)
        });
        match vars.get(name).filter(|_| is_name(name)) {
            Some(Value::String(value)) => out.push_str(value),
            Some(value) => out.push_str(&value.to_string()),
            None => {
                out.push('$');
                continue;
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Value::from(out)
}

fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn variables_are_put_in_with_their_type_where_they_stand_alone() {
        let vars = json!({ "port": 8080, "host": "h", "deep": { "a": 1 } });
        let vars = vars.as_object().unwrap();
        for (text, expected) in [
            (json!("${port}"), json!(8080)),
            (json!("$port"), json!(8080)),
            (json!("http://${host}:${port}/"), json!("http://h:8080/")),
            (json!("${none} $none"), json!("${none} $none")),
            (json!("$.a.b"), json!("$.a.b")),
            (json!("costs 5$"), json!("costs 5$")),
            (json!("$$host"), json!("$host")),
            (
                json!(["${host}", { "a": "${deep}" }]),
                json!(["h", { "a": { "a": 1 } }]),
            ),
            (json!("${host"), json!("${host")),
        ] {
            assert_eq!(fill(&text, vars), expected, "{text}");
        }
    }
}

//! Puts values where their names stand.

use std::fmt::Write;

use reqwest::Url;
use serde_json::Value;

use super::Values;
use crate::targets::journey::fits_a_path;
use crate::targets::template::{Part, parts};

/// Where a step asks. `None` if a value does not fit there: one that was captured could lead elsewhere.
pub(super) fn url(base: &str, path: &str, values: &Values) -> Option<Url> {
    let mut text = base.to_owned();
    for part in parts(path)? {
        match part {
            Part::Text(own) => text.push_str(own),
            Part::Name(name) => {
                let value = values.get(name)?.to_text();
                if !fits_a_path(&value) {
                    return None;
                }
                encode(&mut text, &value);
            }
        }
    }
    let url = Url::parse(&text).ok()?;
    // What has to be mended, as two dots from two values, is not what was meant.
    (url.as_str() == text).then_some(url)
}

/// All that could mean something in a URL becomes `%XX`.
fn encode(text: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _written = write!(text, "%{byte:02X}");
        }
    }
}

/// A document with values in its texts; a text that is one name becomes the value as it is.
pub(super) fn document(template: &Value, values: &Values) -> Option<Value> {
    Some(match template {
        Value::String(text) => {
            let parts = parts(text)?;
            if let [Part::Name(name)] = parts.as_slice() {
                return Some(values.get(*name)?.to_json());
            }
            let mut filled = String::new();
            for part in parts {
                match part {
                    Part::Text(own) => filled.push_str(own),
                    Part::Name(name) => filled.push_str(&values.get(name)?.to_text()),
                }
            }
            Value::String(filled)
        }
        Value::Array(all) => Value::Array(
            all.iter()
                .map(|each| document(each, values))
                .collect::<Option<_>>()?,
        ),
        Value::Object(all) => {
            let filled = all
                .iter()
                .map(|(name, each)| Some((name.clone(), document(each, values)?)));
            Value::Object(filled.collect::<Option<_>>()?)
        }
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::targets::Scalar;

    fn values(all: &[(&str, &str)]) -> Values {
        let one = |(name, value): &(&str, &str)| ((*name).to_owned(), Scalar::Text((*value).to_owned()));
        all.iter().map(one).collect()
    }

    #[test]
    fn a_value_stays_in_its_part_of_the_path() {
        let made = |path: &str, value: &str| {
            url("http://h:1/api", path, &values(&[("a", value)])).map(|url| url.to_string())
        };
        let ours = |text: &str| Some(format!("http://h:1/api{text}"));
        assert_eq!(made("/v1/firms/{a}", "frm_1"), ours("/v1/firms/frm_1"));
        assert_eq!(
            made("/v1/{a}/x", "甲 ?#%&"),
            ours("/v1/%E7%94%B2%20%3F%23%25%26/x")
        );
        assert_eq!(made("/v1?of={a}", "a&b=c+d"), ours("/v1?of=a%26b%3Dc%2Bd"));
        assert_eq!(made("/v1/{a}/x", "%2e%2e"), ours("/v1/%252e%252e/x"));
        for outside in ["", ".", "..", "../x", "a/b", "\\", "a..b"] {
            assert_eq!(made("/v1/{a}/x", outside), None, "{outside}");
        }
        assert_eq!(made("/v1/.{a}/x", "x"), ours("/v1/.x/x"));
        assert_eq!(
            url("http://h:1", "/{a}{b}", &values(&[("a", "."), ("b", "x")])),
            None
        );
    }

    #[test]
    fn a_number_stays_a_number() {
        let mut known = values(&[("firm", "a\"b")]);
        known.insert("amount".to_owned(), Scalar::Integer(500));
        let template =
            json!({"of": "{firm}", "amount": "{amount}", "note": "{amount} by {firm}", "more": [1, true]});
        assert_eq!(
            document(&template, &known).unwrap(),
            json!({"of": "a\"b", "amount": 500, "note": "500 by a\"b", "more": [1, true]})
        );
    }
}

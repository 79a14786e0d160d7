//! A bounded JSON body whose failing field is named.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use base::problem::Code;
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use crate::limits::Limits;
use crate::problem::Failure;

/// How much of a body that is too large is read and thrown away, so that the
/// client reads the refusal rather than a reset connection: past 1 MiB the
/// client is not in good faith.
const DRAIN: usize = 1024 * 1024;

/// # Errors
/// `unsupported-media-type` unless the content type is `application/json`,
/// with or without parameters.
pub fn must_be_json(headers: &HeaderMap) -> Result<(), Failure> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) {
        Ok(())
    } else {
        Err(Failure::of(Code::UnsupportedMediaType))
    }
}

/// Reads the whole body, within the limits of size and time.
///
/// # Errors
/// `body-too-large`, `body-timeout`, or `invalid-body` when the client stops half-way.
pub async fn read(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Vec<u8>, Failure> {
    let expected: usize = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or(0);
    match tokio::time::timeout(limits.body_time, collect(body, expected, limits.body_bytes)).await {
        Ok(result) => result,
        Err(_) => Err(Failure::of(Code::BodyTimeout)),
    }
}

async fn collect(mut body: Body, expected: usize, most: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::with_capacity(expected.min(most));
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Failure::of(Code::InvalidBody).detail("the body ended early"))?;
        let Ok(data) = frame.into_data() else { continue };
        seen += data.len();
        if seen <= most {
            bytes.extend_from_slice(&data);
        } else if seen > DRAIN {
            break;
        }
    }
    if seen > most {
        return Err(Failure::of(Code::BodyTooLarge).detail(format!("at most {most} bytes")));
    }
    Ok(bytes)
}

/// Parses the body. No part of what was sent is repeated in the refusal: it may be customer data.
///
/// # Errors
/// `invalid-body` when it is not JSON; `invalid-field`, with the field's path, when it has another shape.
pub fn parse<B: DeserializeOwned>(bytes: &[u8]) -> Result<B, Failure> {
    // Derived parsers take an array for an object, its items in the order of the fields.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(not_json().detail("an object is expected"));
    }
    // Tracking the path costs on every field, so only a refused body pays for it.
    if let Ok(body) = serde_json::from_slice(bytes) {
        return Ok(body);
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let error = match serde_path_to_error::deserialize::<_, B>(&mut reader) {
        Err(error) => error,
        Ok(_) => return Err(not_json().detail("there is something after the object")),
    };
    let path = error.path().to_string();
    if !error.inner().is_data() {
        return Err(not_json().detail("not well-formed JSON"));
    }
    Err(name_field(&path, &error.inner().to_string()))
}

fn not_json() -> Failure {
    Failure::of(Code::InvalidBody)
}

/// Turns serde's message into one that repeats nothing of the body's values.
fn name_field(path: &str, message: &str) -> Failure {
    let parent = if path == "." { "" } else { path };
    if let Some(name) = quoted(message, "missing field `") {
        let full = if parent.is_empty() {
            name.to_owned()
        } else {
            format!("{parent}.{name}")
        };
        return Failure::of(Code::InvalidField).field(full).detail("is missing");
    }
    if message.starts_with("unknown field") {
        // The name was chosen by the sender, so it is not repeated either.
        return Failure::of(Code::InvalidBody).detail("there is a field that is not known here");
    }
    if parent.is_empty() {
        return Failure::of(Code::InvalidBody).detail("an object is expected");
    }
    Failure::of(Code::InvalidField)
        .field(parent)
        .detail("has the wrong type or is out of range")
}

fn quoted<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    message.strip_prefix(prefix)?.split('`').next()
}

#[cfg(test)]
mod tests {
    use client::firms::GiveConsent;
    use client::problem::Problem;

    use super::*;

    /// A body of the shape that an application's consents have.
    #[derive(Debug, serde::Deserialize)]
    struct Several {
        #[serde(rename = "consents")]
        _consents: Vec<GiveConsent>,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Nothing {}

    fn refused(body: &str) -> Problem {
        parse::<Several>(format!(r#"{{"consents":[{body}]}}"#).as_bytes())
            .unwrap_err()
            .problem()
    }

    #[test]
    fn an_array_is_no_object_although_its_items_would_fit() {
        let whole = br#" ["tax","pre_approval",30]"#;
        assert!(serde_json::from_slice::<GiveConsent>(whole).is_ok(), "the trap");
        let refused = parse::<GiveConsent>(whole).unwrap_err().problem();
        assert_eq!(refused.code.as_str(), "invalid-body");
    }

    #[test]
    fn the_failing_field_is_named() {
        let missing = refused(r#"{"source":"tax","days":1}"#);
        assert_eq!(
            (missing.code.as_str(), missing.field.as_deref()),
            ("invalid-field", Some("consents[0].purpose"))
        );
        let wrong = refused(r#"{"source":"tax","purpose":"x","days":"110105194912310021"}"#);
        assert_eq!(
            (wrong.code.as_str(), wrong.field.as_deref()),
            ("invalid-field", Some("consents[0].days"))
        );
    }

    #[test]
    fn nothing_of_the_body_is_repeated() {
        for body in [
            r#"{"source":"tax","purpose":"x","days":"110105194912310021"}"#,
            r#"{"110105194912310021":1}"#,
            r#""110105194912310021""#,
        ] {
            let problem = serde_json::to_string(&refused(body)).unwrap();
            assert!(!problem.contains("1949"), "{problem}");
        }
    }

    #[test]
    fn what_is_not_json_is_an_invalid_body() {
        for body in ["", "{", "{} x", "nul"] {
            let problem = parse::<Nothing>(body.as_bytes()).unwrap_err().problem();
            assert_eq!(problem.code, "invalid-body", "{body:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_more_than_a_problem(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..512)) {
            let refused = parse::<GiveConsent>(&bytes);
            proptest::prop_assert!(refused.is_err_and(|failure| failure.code().status() == 400));
        }

        #[test]
        fn no_json_is_repeated_however_it_is_nested(depth in 0_usize..400, value in "[1-9][0-9]{17}") {
            let body = format!("{}\"{value}\"{}", "[".repeat(depth), "]".repeat(depth));
            let problem = serde_json::to_string(&parse::<GiveConsent>(body.as_bytes()).unwrap_err().problem()).unwrap();
            proptest::prop_assert!(!problem.contains(&value), "{problem}");
        }
    }

    #[test]
    fn json_with_parameters_is_json() {
        let mut headers = HeaderMap::new();
        assert!(must_be_json(&headers).is_err());
        headers.insert(
            header::CONTENT_TYPE,
            "application/json; charset=utf-8".parse().unwrap(),
        );
        assert!(must_be_json(&headers).is_ok());
        headers.insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
        assert!(must_be_json(&headers).is_err());
    }
}

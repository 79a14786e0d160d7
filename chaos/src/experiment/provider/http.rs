//! Requests. Any answer is a success, whatever its status: what it should be is said by a tolerance.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url};
use serde_json::{Map, Value, json};

use crate::experiment::document::text;
use crate::experiment::provider::Failed;

/// Where an activity says nothing; Chaos Toolkit would wait forever.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest body that is kept, in bytes: it goes into the journal.
const LARGEST: usize = 4 << 20;

pub(super) async fn run(fields: &Map<String, Value>) -> Result<Value, Failed> {
    let (client, total) = client(fields)?;
    let tries = fields
        .get("max_retries")
        .and_then(Value::as_u64)
        .unwrap_or(0)
        .min(10);
    let mut outcome = send(&client, fields, total).await;
    for _ in 0..tries {
        if outcome.is_ok() {
            break;
        }
        outcome = send(&client, fields, total).await;
    }
    outcome
}

/// A timeout is one for all, or a pair for connecting and for the answer.
fn client(fields: &Map<String, Value>) -> Result<(Client, Duration), Failed> {
    let seconds = |value: &Value| {
        let seconds = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
        Duration::try_from_secs_f64(seconds).ok()
    };
    let (connect, total) = match fields.get("timeout") {
        Some(Value::Array(pair)) => (pair.first().and_then(seconds), pair.get(1).and_then(seconds)),
        Some(one) => (None, seconds(one)),
        None => (None, None),
    };
    let total = total.unwrap_or(PATIENCE);
    let unverified = fields.get("verify_tls") == Some(&Value::Bool(false));
    let client = Client::builder()
        .connect_timeout(connect.unwrap_or(total))
        .tls_danger_accept_invalid_certs(unverified)
        // What an experiment asks is on the other side of its faults, not behind somebody's proxy.
        .no_proxy()
        .build();
    let client = client.map_err(|error| Failed(told(&error)))?;
    Ok((client, total))
}

async fn send(client: &Client, fields: &Map<String, Value>, total: Duration) -> Result<Value, Failed> {
    let url = text(fields, "url").unwrap_or_default();
    let mut url = Url::parse(url).map_err(|error| Failed(format!("{url} is no address: {error}")))?;
    let method = text(fields, "method").unwrap_or("GET").to_uppercase();
    let arguments = fields.get("arguments").filter(|value| !value.is_null());
    let mut headers = headers(fields)?;
    let mut body = None;
    match arguments {
        None => {}
        Some(Value::Object(pairs)) if method == "GET" => put(&mut url, pairs),
        Some(arguments)
            if headers
                .get(CONTENT_TYPE)
                .is_some_and(|kind| kind == "application/json") =>
        {
            body = Some(arguments.to_string());
        }
        Some(Value::Object(pairs)) => {
            let mut form = url.clone();
            form.set_query(None);
            put(&mut form, pairs);
            body = form.query().map(str::to_owned);
            let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
            headers.entry(CONTENT_TYPE).or_insert(kind);
        }
        Some(Value::String(text)) => body = Some(text.clone()),
        Some(other) => body = Some(other.to_string()),
    }
    let method = Method::from_bytes(method.as_bytes()).map_err(|error| Failed(error.to_string()))?;
    let mut request = client.request(method, url).headers(headers).timeout(total);
    if let Some(body) = body {
        request = request.body(body);
    }
    let answer = request.send().await.map_err(|error| Failed(told(&error)))?;
    let status = answer.status().as_u16();
    let shown: Map<String, Value> = answer
        .headers()
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), Value::from(value))
        })
        .collect();
    let is_json = shown
        .get("content-type")
        .and_then(Value::as_str)
        .is_some_and(|kind| kind.starts_with("application/json"));
    let bytes = bounded(answer).await?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let body = is_json.then(|| serde_json::from_str(&text).ok()).flatten();
    Ok(json!({ "status": status, "headers": shown, "body": body.unwrap_or(Value::from(text)) }))
}

async fn bounded(mut answer: reqwest::Response) -> Result<Vec<u8>, Failed> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| Failed(told(&error)))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LARGEST {
            return Err(Failed(format!("the answer is larger than {LARGEST} bytes")));
        }
    }
    Ok(bytes)
}

fn headers(fields: &Map<String, Value>) -> Result<HeaderMap, Failed> {
    let given = fields.get("headers").and_then(Value::as_object);
    given
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let value = plain(value);
            let pair = HeaderName::from_bytes(name.as_bytes())
                .ok()
                .zip(HeaderValue::from_str(&value).ok());
            // Its value may be a secret.
            pair.ok_or_else(|| Failed(format!("header {name} cannot be sent")))
        })
        .collect()
}

fn put(url: &mut Url, pairs: &Map<String, Value>) {
    let mut query = url.query_pairs_mut();
    for (name, value) in pairs {
        match value {
            Value::Null => {}
            Value::Array(list) => {
                for one in list {
                    query.append_pair(name, &plain(one));
                }
            }
            one => {
                query.append_pair(name, &plain(one));
            }
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The whole chain: the library's first line only says that sending failed.
fn told(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

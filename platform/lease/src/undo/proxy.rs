//! Takes toxics off a proxy over its HTTP API, which is Toxiproxy's. A proxy that is gone has taken its toxics along.

use std::io;

use serde_json::Value;

use crate::http::{Answer, ask, segment};

pub(super) fn remove_toxic(api: &str, proxy: &str, toxic: &str) -> Result<(), String> {
    let path = format!("/proxies/{}/toxics/{}", segment(proxy), segment(toxic));
    if request("DELETE", api, &path, "")?.is_none() {
        return Ok(());
    }
    match request("GET", api, &path, "")? {
        None => Ok(()),
        Some(_) => Err(format!("toxic {toxic} of proxy {proxy} at {api} is still there")),
    }
}

pub(super) fn restore(api: &str, proxy: &str, enabled: bool) -> Result<(), String> {
    let path = format!("/proxies/{}", segment(proxy));
    let Some(found) = show(api, &path)? else {
        return Ok(());
    };
    for toxic in names(&found) {
        remove_toxic(api, proxy, &toxic)?;
    }
    let body = serde_json::json!({ "enabled": enabled }).to_string();
    // POST, since older servers know no PATCH.
    request("POST", api, &path, &body)?;
    match show(api, &path)? {
        None => Ok(()),
        Some(now) if names(&now).is_empty() && now.get("enabled") == Some(&Value::Bool(enabled)) => Ok(()),
        Some(_) => Err(format!("proxy {proxy} at {api} is not as it was")),
    }
}

fn show(api: &str, path: &str) -> Result<Option<Value>, String> {
    let Some(answer) = request("GET", api, path, "")? else {
        return Ok(None);
    };
    serde_json::from_slice(&answer.body)
        .map(Some)
        .map_err(|error| format!("GET http://{api}{path}: {error}"))
}

fn names(proxy: &Value) -> Vec<String> {
    let toxics = proxy
        .get("toxics")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    toxics
        .filter_map(|toxic| Some(toxic.get("name")?.as_str()?.to_owned()))
        .collect()
}

/// None if there is no such thing, or nobody who could have it.
fn request(method: &str, api: &str, path: &str, body: &str) -> Result<Option<Answer>, String> {
    let failed = |what: String| format!("{method} http://{api}{path}: {what}");
    match ask(method, api, path, body) {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(Some(answer)),
        Ok(answer) if answer.status == 404 => Ok(None),
        Ok(answer) => Err(failed(format!(
            "{} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body).trim()
        ))),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(None),
        Err(error) => Err(failed(error.to_string())),
    }
}

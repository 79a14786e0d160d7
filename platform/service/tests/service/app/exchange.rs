//! What is asked over HTTP, and what comes back, held against the OpenAPI document.

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::TestApp;
use crate::schema;

impl TestApp {
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        let url = format!("http://{}{path}", self.address);
        Request {
            builder: self.http.request(method.parse().unwrap(), url),
            method: method.to_owned(),
            path: path.to_owned(),
        }
    }

    /// A write with a new key.
    pub(crate) async fn write(&self, holder: &str, path: &str, body: &Value) -> Answer {
        self.write_as(holder, path, &crate::path::fresh_key(), body).await
    }

    /// A write with this key.
    pub(crate) async fn write_as(&self, holder: &str, path: &str, key: &str, body: &Value) -> Answer {
        // Verdicts are given by people; everything else may be a token's.
        let verdict = path.ends_with("/approvals") || path.starts_with("/v1/renewals/");
        let bearer = match verdict && holder.starts_with("officer") {
            true => self.officer(holder).await,
            false => self.token(holder).to_owned(),
        };
        self.request("POST", path)
            .bearer(&bearer)
            .header("idempotency-key", key)
            .json_text(&body.to_string())
            .send()
            .await
    }

    pub(crate) async fn read(&self, holder: &str, path: &str) -> Answer {
        self.request("GET", path).bearer(self.token(holder)).send().await
    }

    /// A read without credentials.
    pub(crate) async fn probe(&self, path: &str) -> Answer {
        self.request("GET", path).send().await
    }
}

/// A request under construction.
pub(crate) struct Request {
    builder: reqwest::RequestBuilder,
    method: String,
    path: String,
}

impl Request {
    pub(crate) fn bearer(self, token: &str) -> Self {
        let builder = self.builder.bearer_auth(token);
        Self { builder, ..self }
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        let builder = self.builder.header(name, value);
        Self { builder, ..self }
    }

    pub(crate) fn json_text(self, body: &str) -> Self {
        self.header("content-type", "application/json").body(body)
    }

    pub(crate) fn body(self, body: &str) -> Self {
        let builder = self.builder.body(body.to_owned());
        Self { builder, ..self }
    }

    pub(crate) async fn send(self) -> Answer {
        let response = self.builder.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        let kind = headers
            .get("content-type")
            .map_or("", |kind| kind.to_str().unwrap());
        if let Err(why) = schema::conforms(&self.method, &self.path, status, kind, &json) {
            panic!("{why}");
        }
        Answer {
            status,
            replayed: headers.contains_key("idempotency-replayed"),
            json,
            headers,
            text,
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) replayed: bool,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn created(self) -> Self {
        assert_eq!(self.status, 201, "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert!((200..300).contains(&self.status), "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn ok_text(self) -> String {
        self.ok().text
    }

    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.json["id"]
            .as_str()
            .unwrap_or_else(|| panic!("no id: {}", self.text))
            .to_owned()
    }

    /// Status and code of a problem.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, &str) {
        (
            self.status,
            self.json["code"]
                .as_str()
                .unwrap_or_else(|| panic!("no problem: {}", self.text)),
        )
    }
}

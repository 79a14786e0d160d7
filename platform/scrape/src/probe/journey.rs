//! A customer's way: one request after the other, until one is not answered as it should be.
//!
//! [`fill`] puts values into what is sent, and [`answer`] judges what comes back. Neither values nor answers leave
//! this module but in requests: the figures are of steps, whose names people wrote.

mod answer;
mod fill;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use tokio::time::{Instant, timeout_at};

use super::Found;
use super::http;
use super::trust::Watch;
use crate::targets::{self, Method, Scalar, Step, address, token};

/// What says of a request that no customer sent it: `journey/JOB`.
const MARK: HeaderName = HeaderName::from_static("x-backstop-probe");
const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What stands for names.
type Values = BTreeMap<String, Scalar>;

/// One journey, by one customer at one target.
pub(super) struct Journey {
    /// Before each path, without a / at its end.
    base: String,
    job: String,
    steps: Vec<Step>,
    values: Values,
    bearer_token_file: Option<PathBuf>,
}

/// A step that was begun.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) name: String,
    pub(super) success: bool,
    pub(super) took: Duration,
    /// 0 if nothing was answered.
    pub(super) status: u16,
}

/// What all requests of one run have alike.
struct Run<'a> {
    client: &'a Client,
    authorization: Option<HeaderValue>,
    mark: HeaderValue,
    /// When it began, in microseconds since 1970.
    at: i64,
}

impl Journey {
    pub(super) fn new(config: &targets::Probe, target: &str) -> Self {
        let base = address::url(target).map(String::from).unwrap_or_default();
        Self {
            base: base.trim_end_matches('/').to_owned(),
            job: config.job.clone(),
            steps: config.steps.clone(),
            values: config.values.clone(),
            bearer_token_file: config.bearer_token_file.clone(),
        }
    }

    /// All steps, up to the first that fails or is not answered by `until`. None is begun without a token where
    /// one is asked for: an answer to a stranger would say nothing of a customer's way. `at` is in microseconds
    /// since 1970.
    pub(super) async fn run(&self, watch: Option<&Watch>, at: i64, until: Instant) -> Found {
        let mut steps = Vec::new();
        let done = self.walk(&mut steps, watch, at, until).await.is_some();
        Found {
            success: done,
            expiry: watch.and_then(Watch::expiry),
            steps,
            ..Found::default()
        }
    }

    async fn walk(
        &self,
        tried: &mut Vec<Tried>,
        watch: Option<&Watch>,
        at: i64,
        until: Instant,
    ) -> Option<()> {
        let authorization = match &self.bearer_token_file {
            Some(path) => Some(bearer(&token::read(path)?)?),
            None => None,
        };
        let run = Run {
            client: &http::client(watch)?,
            authorization,
            mark: HeaderValue::try_from(format!("journey/{}", self.job)).ok()?,
            at,
        };
        let mut values = self.values.clone();
        for step in &self.steps {
            let begun = Instant::now();
            let mut status = 0;
            let asked = timeout_at(until, self.ask(&run, step, &values, &mut status)).await;
            let captured = asked.ok().flatten();
            tried.push(Tried {
                name: step.name.clone(),
                success: captured.is_some(),
                took: begun.elapsed(),
                status,
            });
            values.extend(captured?);
        }
        Some(())
    }

    /// What it captures; `None` if it failed.
    async fn ask(&self, run: &Run<'_>, step: &Step, values: &Values, status: &mut u16) -> Option<Values> {
        let url = fill::url(&self.base, &step.path, values)?;
        let mut request = match step.method {
            Method::Get => run.client.get(url),
            Method::Post => run.client.post(url).header(KEY, self.key(run.at, &step.name)),
        };
        if let Some(body) = &step.body {
            let body = fill::document(body, values)?.to_string();
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        if let Some(authorization) = &run.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.header(ACCEPT, "application/json").header(MARK, &run.mark);
        let answer = request.send().await.ok()?;
        *status = answer.status().as_u16();
        answer::judge(answer, step, values).await
    }

    /// Of one request only: the same run never asks a step twice, and the next one means another.
    fn key(&self, at: i64, step: &str) -> String {
        let of = [&self.job, &self.base, &at.to_string(), step].join("\n");
        let digest = Sha256::digest(of);
        let hex = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
        format!("probe-{}", hex.collect::<String>())
    }
}

fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

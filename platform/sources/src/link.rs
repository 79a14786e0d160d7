//! One guarded way out: every call to an outside system takes the same steps.
//! A place in the [`Bulkhead`], the [`Breaker`]'s leave, an attempt with a
//! time limit, and perhaps another after a random pause.

use std::time::Duration;

use rand::TryRngCore;
use rand::rngs::OsRng;
use reqwest::{Client, Method, Response, Url};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::breaker::Breaker;
use crate::bulkhead::Bulkhead;
use crate::error::{SetupError, SourceError, Unusable};
use crate::settings::Limits;
use crate::stats::{Counters, SourceStats};

/// Longest pause between attempts, however often they were doubled.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Link {
    name: &'static str,
    client: Client,
    limits: Limits,
    breaker: Breaker,
    bulkhead: Bulkhead,
    counters: Counters,
}

/// An answer that is a JSON object.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Map<String, Value>,
}

/// A call that may be repeated: a read, or one that the other side knows by a
/// reference. No other kind of call goes through a link.
pub(crate) struct Idempotent<'a, B: Serialize> {
    pub(crate) method: Method,
    pub(crate) url: &'a Url,
    pub(crate) body: Option<&'a B>,
    /// Statuses whose body is an answer.
    pub(crate) answers: &'a [u16],
}

impl Link {
    pub(crate) fn new(name: &'static str, client: Client, limits: Limits) -> Result<Self, SetupError> {
        limits.check(name)?;
        Ok(Self {
            name,
            client,
            breaker: Breaker::new(name, limits.breaker.clone()),
            bulkhead: Bulkhead::new(limits.concurrent, limits.waiting),
            counters: Counters::default(),
            limits,
        })
    }

    pub(crate) fn stats(&self) -> SourceStats {
        self.counters.read(self.name, self.breaker.state())
    }

    /// Makes the call.
    pub(crate) async fn call<B: Serialize + Sync>(
        &self,
        call: Idempotent<'_, B>,
    ) -> Result<Answer, SourceError> {
        self.counters.called();
        let result = self.guarded(&call).await;
        if let Err(error) = result {
            self.counters.failed(error);
        }
        result
    }

    async fn guarded<B: Serialize + Sync>(&self, call: &Idempotent<'_, B>) -> Result<Answer, SourceError> {
        if self.breaker.is_shut() {
            return Err(SourceError::Open);
        }
        let Some(_place) = self.bulkhead.enter(self.limits.timeout).await else {
            return Err(SourceError::Full);
        };
        let mut known = SourceError::Open;
        for attempt in 0..self.limits.attempts {
            if attempt > 0 {
                tokio::time::sleep(pause(self.limits.backoff, attempt)).await;
            }
            let Some(permit) = self.breaker.permit() else {
                return Err(known);
            };
            if attempt > 0 {
                self.counters.retried();
            }
            let attempted = tokio::time::timeout(self.limits.timeout, self.attempt(call)).await;
            let result = attempted.unwrap_or(Err(SourceError::Timeout));
            permit.tell(result.as_ref().is_err_and(|error| error.tells_against()));
            match result {
                Ok(answer) => return Ok(answer),
                // An attempt that may have acted is not forgotten when a later one surely didn't.
                Err(error) if error.may_have_acted() || !known.may_have_acted() => known = error,
                Err(_) => {}
            }
            if !known.passes_quickly() {
                break;
            }
        }
        Err(known)
    }

    async fn attempt<B: Serialize + Sync>(&self, call: &Idempotent<'_, B>) -> Result<Answer, SourceError> {
        let mut request = self.client.request(call.method.clone(), call.url.clone());
        if let Some(body) = call.body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| kind(&error))?;
        let status = response.status().as_u16();
        if !call.answers.contains(&status) {
            return Err(SourceError::Broken(status));
        }
        let bytes = read(response, self.limits.answer_bytes).await?;
        let body =
            serde_json::from_slice(&bytes).map_err(|_| SourceError::BadAnswer(Unusable::NotAnObject))?;
        Ok(Answer { status, body })
    }
}

/// Reads the body up to its bound.
async fn read(mut response: Response, most: usize) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| kind(&error))? {
        if bytes.len() + chunk.len() > most {
            return Err(SourceError::BadAnswer(Unusable::TooLarge));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What an error of the HTTP client means; its text, which holds the URL, goes no further.
fn kind(error: &reqwest::Error) -> SourceError {
    if error.is_timeout() {
        SourceError::Timeout
    } else if error.is_connect() {
        SourceError::Unreachable
    } else {
        SourceError::Disconnected
    }
}

/// A random part of the backoff, which doubles with each attempt.
fn pause(backoff: Duration, attempt: u32) -> Duration {
    let doubled = backoff.saturating_mul(1 << (attempt - 1).min(16));
    // Without randomness from the system the whole pause is as good as any.
    let part = OsRng.try_next_u32().unwrap_or(u32::MAX);
    doubled
        .min(LONGEST_PAUSE)
        .mul_f64(f64::from(part) / f64::from(u32::MAX))
}

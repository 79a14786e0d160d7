//! Makes a target slow or faulty while the process runs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::product::Source;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::App;

/// Longest latency and jitter, in milliseconds: beyond a minute every client has gone.
const LONGEST_MS: u64 = 60_000;

/// How a target behaves. `{}` is a healthy one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Control {
    /// Delay of every answer, in milliseconds, at most 60,000.
    pub latency_ms: u64,
    /// Added to it at random, from nothing to so much, at most 60,000.
    pub jitter_ms: u64,
    /// Share of the requests that fail, 0 to 1.
    pub failure_rate: f64,
    /// Status of a failed answer, 400 to 599.
    pub status: u16,
    /// How they fail.
    pub failure: Failure,
}

/// How a request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Nothing is done, and the status says so.
    Status,
    /// What was asked is done, and the answer is the status all the same.
    Acted,
    /// A 200 that is not JSON.
    Garbage,
    /// A 200 of 256 KiB.
    Oversized,
    /// The connection ends in the middle of the answer.
    Cut,
    /// No answer, until the client goes or a minute has passed.
    Silent,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            latency_ms: 0,
            jitter_ms: 0,
            failure_rate: 0.0,
            status: 500,
            failure: Failure::Status,
        }
    }
}

impl Control {
    fn check(&self) -> Result<(), &'static str> {
        if self.latency_ms > LONGEST_MS || self.jitter_ms > LONGEST_MS {
            return Err("latency_ms and jitter_ms must be 0 to 60000");
        }
        if !(0.0..=1.0).contains(&self.failure_rate) {
            return Err("failure_rate must be 0 to 1");
        }
        if !(400..=599).contains(&self.status) {
            return Err("status must be 400 to 599");
        }
        Ok(())
    }
}

/// The targets, by name.
#[derive(Debug)]
pub(crate) struct Controls(BTreeMap<&'static str, Target>);

#[derive(Debug)]
struct Target {
    seed: u64,
    control: RwLock<Control>,
    requests: AtomicU64,
    failures: AtomicU64,
}

/// What is to happen to one request.
pub(crate) struct Fate {
    pub(crate) delay_ms: u64,
    pub(crate) failure: Option<(Failure, u16)>,
}

impl Controls {
    pub(crate) fn new(seed: u64) -> Self {
        let names = Source::ALL
            .iter()
            .map(|source| source.as_str())
            .chain(["core", "notices", "pager"]);
        let target = |(place, name)| {
            let target = Target {
                seed: mix(seed ^ mix(place)),
                control: RwLock::default(),
                requests: AtomicU64::new(0),
                failures: AtomicU64::new(0),
            };
            (name, target)
        };
        Self((1..).zip(names).map(target).collect())
    }

    /// Counts a request and decides on it; the same seed and the same order of
    /// requests give the same decisions. An unknown target is healthy.
    pub(crate) fn decide(&self, name: &str) -> Fate {
        let Some(target) = self.0.get(name) else {
            return Fate {
                delay_ms: 0,
                failure: None,
            };
        };
        let number = target.requests.fetch_add(1, Ordering::Relaxed);
        let control = target.read();
        let chance = mix(target.seed.wrapping_add(number));
        let failure = (unit(chance) < control.failure_rate).then_some((control.failure, control.status));
        if failure.is_some() {
            target.failures.fetch_add(1, Ordering::Relaxed);
        }
        let jitter = mix(chance) % (control.jitter_ms + 1);
        Fate {
            delay_ms: control.latency_ms + jitter,
            failure,
        }
    }
}

impl Target {
    fn read(&self) -> Control {
        self.control
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn view(&self) -> Value {
        let mut view = serde_json::to_value(self.read()).unwrap_or_default();
        view["requests"] = self.requests.load(Ordering::Relaxed).into();
        view["failures"] = self.failures.load(Ordering::Relaxed).into();
        view
    }
}

/// `GET /control`.
pub(crate) async fn list(State(app): State<Arc<App>>) -> Json<Value> {
    let targets = app
        .controls
        .0
        .iter()
        .map(|(name, target)| ((*name).to_owned(), target.view()));
    Json(Value::Object(targets.collect()))
}

/// `GET /control/{target}`.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, StatusCode> {
    app.controls
        .0
        .get(name.as_str())
        .map(|target| Json(target.view()))
        .ok_or(StatusCode::NOT_FOUND)
}

/// `PUT /control/{target}`: what is not named goes back to its default.
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    body: Result<Json<Control>, JsonRejection>,
) -> (StatusCode, Json<Value>) {
    let refuse = |status, error: String| (status, Json(json!({ "error": error })));
    let Some(target) = app.controls.0.get(name.as_str()) else {
        return refuse(StatusCode::NOT_FOUND, "no such target".to_owned());
    };
    let control = match body {
        Ok(Json(control)) => control,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, error.body_text()),
    };
    if let Err(error) = control.check() {
        return refuse(StatusCode::BAD_REQUEST, error.to_owned());
    }
    tracing::info!(target = name, ?control, "control changed");
    *target.control.write().unwrap_or_else(PoisonError::into_inner) = control;
    (StatusCode::OK, Json(target.view()))
}

/// Scatters the bits of a number (the finaliser of `SplitMix64`).
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The upper 53 bits as a number from 0 to below 1.
#[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(seed: u64, rate: f64) -> Vec<bool> {
        let controls = Controls::new(seed);
        controls.0["tax"].control.write().unwrap().failure_rate = rate;
        (0..2_000)
            .map(|_| controls.decide("tax").failure.is_some())
            .collect()
    }

    #[test]
    fn the_rate_is_kept_and_the_choice_repeats_with_the_seed() {
        assert_eq!(failing(1, 0.25), failing(1, 0.25));
        assert_ne!(failing(1, 0.25), failing(2, 0.25));
        let count = failing(1, 0.25).iter().filter(|failed| **failed).count();
        assert!((440..=560).contains(&count), "{count} of 2000 failed");
        assert!(failing(1, 1.0).iter().all(|failed| *failed));
        assert!(!failing(1, 0.0).iter().any(|failed| *failed));
    }

    #[test]
    fn delays_stay_between_latency_and_latency_plus_jitter() {
        let controls = Controls::new(1);
        *controls.0["core"].control.write().unwrap() = Control {
            latency_ms: 10,
            jitter_ms: 5,
            ..Control::default()
        };
        let delays: Vec<u64> = (0..500).map(|_| controls.decide("core").delay_ms).collect();
        assert!(delays.iter().all(|delay| (10..=15).contains(delay)));
        assert!(delays.contains(&10) && delays.contains(&15));
    }
}

//! Requests: how many, how long, how many now. Every child is made at start,
//! so that a request only touches atomics.

use std::sync::Arc;
use std::time::Instant;

use axum::http::StatusCode;
use base::problem::Code;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
};

use super::problems::{KindProblems, ProblemMeters};
use crate::route::Route;

/// Upper bounds of the duration histogram, in seconds: a read is some tens of
/// microseconds, a group commit some milliseconds, a pre-approval with slow
/// sources some seconds.
const BUCKETS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
    10.0, 30.0,
];

/// Outcomes by status class, then two ways of having no answer.
const OUTCOMES: [&str; 6] = ["2xx", "3xx", "4xx", "5xx", "shed", "gone"];
const SHED: usize = 4;
const GONE: usize = 5;

/// The families.
pub struct HttpMeters {
    requests: IntCounterVec,
    duration: HistogramVec,
    in_flight: IntGauge,
    problems: ProblemMeters,
}

/// One route's children.
#[derive(Clone)]
pub struct RouteMeters(Arc<Children>);

struct Children {
    requests: [IntCounter; 6],
    duration: Histogram,
    in_flight: IntGauge,
    problems: KindProblems,
}

impl HttpMeters {
    /// # Errors
    /// When a name is taken, which is a bug.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let meters = Self {
            requests: IntCounterVec::new(
                Opts::new(
                    "financing_http_requests_total",
                    "Requests by kind of business, route and outcome: status class, shed before the handler, or gone (the client left).",
                ),
                &["kind", "method", "route", "outcome"],
            )?,
            duration: HistogramVec::new(
                HistogramOpts::new(
                    "financing_http_request_duration_seconds",
                    "Time from the end of the request's head to its response, by route.",
                )
                .buckets(BUCKETS.to_vec()),
                &["kind", "method", "route"],
            )?,
            in_flight: IntGauge::new("financing_http_in_flight", "Requests being handled now.")?,
            problems: ProblemMeters::new(registry)?,
        };
        registry.register(Box::new(meters.requests.clone()))?;
        registry.register(Box::new(meters.duration.clone()))?;
        registry.register(Box::new(meters.in_flight.clone()))?;
        Ok(meters)
    }

    /// The children of one route.
    #[must_use]
    pub fn route(&self, route: &Route) -> RouteMeters {
        let (method, path) = (route.method(), route.path());
        let (kind, method) = (route.class.as_str(), method.as_str());
        RouteMeters(Arc::new(Children {
            requests: OUTCOMES.map(|outcome| self.requests.with_label_values(&[kind, method, path, outcome])),
            duration: self.duration.with_label_values(&[kind, method, path]),
            in_flight: self.in_flight.clone(),
            problems: self.problems.of(route.class),
        }))
    }
}

impl RouteMeters {
    /// Starts timing one request.
    #[must_use]
    pub fn start(&self) -> Timing {
        self.0.in_flight.inc();
        Timing {
            meters: Arc::clone(&self.0),
            start: Instant::now(),
            outcome: GONE,
        }
    }

    /// The request is answered with this problem.
    pub fn problem(&self, code: Code) {
        self.0.problems.count(code);
    }
}

/// One request under way; dropped unfinished, it counts as gone.
pub struct Timing {
    meters: Arc<Children>,
    start: Instant,
    outcome: usize,
}

impl Timing {
    /// The request was answered.
    pub fn done(mut self, status: StatusCode) {
        self.outcome = match status.as_u16() {
            ..300 => 0,
            300..400 => 1,
            400..500 => 2,
            500.. => 3,
        };
        self.meters.duration.observe(self.start.elapsed().as_secs_f64());
    }

    /// The request was shed before its handler.
    pub fn shed(mut self) {
        self.outcome = SHED;
    }
}

impl Drop for Timing {
    fn drop(&mut self) {
        self.meters.in_flight.dec();
        if let Some(counter) = self.meters.requests.get(self.outcome) {
            counter.inc();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_counted_once_however_it_ends() {
        let registry = Registry::new();
        let meters = HttpMeters::new(&registry).unwrap();
        let route = meters.route(&Route {
            name: "GET /x",
            class: crate::route::Class::Read,
            roles: &[],
            act: None,
        });
        route.start().done(StatusCode::OK);
        route.start().done(StatusCode::CONFLICT);
        route.start().shed();
        drop(route.start());
        let counts: Vec<u64> = route.0.requests.iter().map(IntCounter::get).collect();
        assert_eq!(counts, [1, 0, 1, 0, 1, 1]);
        assert_eq!(route.0.duration.get_sample_count(), 2);
        assert_eq!(meters.in_flight.get(), 0);
    }
}

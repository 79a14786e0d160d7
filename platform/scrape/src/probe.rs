//! Tries an address from outside, as a customer would, and tells it under the names of `blackbox_exporter`:
//! `probe_success`, `probe_duration_seconds`, `probe_http_status_code`, `probe_ssl_earliest_cert_expiry`.
//!
//! [`http`], [`stream`] (TCP, and TLS on it) and [`journey`], whose steps have names of our own
//! (`backstop_probe_step_…`), are the ways; [`trust`] says whose certificates are good and
//! notes when those end that a server shows, good or not; [`expiry`] reads that out of one.

mod expiry;
mod http;
mod journey;
mod stream;
mod trust;

use std::path::PathBuf;
use std::time::Duration;

use base::clock::Clock;
use tokio::time::Instant;

use journey::{Journey, Tried};
use trust::{Trust, Watch};

use crate::host::Page;
use crate::targets::{self, Expect, ProbeKind};

/// One address that is tried.
pub(crate) struct Probe {
    kind: ProbeKind,
    target: String,
    expect: Expect,
    ca_file: Option<PathBuf>,
    trust: Trust,
    /// For the kind of that name.
    journey: Option<Journey>,
    /// How often it failed since it last came to its end.
    failures: u32,
    clock: Clock,
}

/// What an attempt found out.
#[derive(Debug, Default)]
struct Found {
    success: bool,
    /// Of an HTTP answer.
    status: Option<u16>,
    /// Whether the text that it must hold was missing.
    text_missing: bool,
    /// When the first certificate of those that were shown ends, in seconds since the Unix epoch.
    expiry: Option<i64>,
    /// Of a journey, those that were begun.
    steps: Vec<Tried>,
}

impl Probe {
    pub(crate) fn new(config: &targets::Probe, target: &str, clock: Clock) -> Self {
        Self {
            journey: (config.kind == ProbeKind::Journey).then(|| Journey::new(config, target)),
            failures: 0,
            clock,
            kind: config.kind,
            target: target.to_owned(),
            expect: config.expect.clone(),
            ca_file: config.ca_file.clone(),
            trust: Trust::default(),
        }
    }

    /// An exposition, whatever comes of it, before the patience ends.
    pub(crate) async fn attempt(&mut self, patience: Duration) -> Vec<u8> {
        let begun = Instant::now();
        // A twentieth is left to tell of it.
        let until = begun + patience / 20 * 19;
        // A journey ends itself a little sooner, to tell which step was under way.
        let tried = tokio::time::timeout_at(until, self.try_it(until - patience / 40)).await;
        let found = tried.unwrap_or_default();
        let mut page = Page::default();
        page.put("probe_success", &[], f64::from(u8::from(found.success)));
        page.put("probe_duration_seconds", &[], begun.elapsed().as_secs_f64());
        if self.kind == ProbeKind::Http {
            page.put(
                "probe_http_status_code",
                &[],
                f64::from(found.status.unwrap_or(0)),
            );
            if self.expect.text.is_some() {
                page.put(
                    "probe_failed_due_to_regex",
                    &[],
                    f64::from(u8::from(found.text_missing)),
                );
            }
        }
        if self.journey.is_some() {
            // A rule asks for two looks by it, whatever is between them, and whichever step fails.
            self.failures = if found.success {
                0
            } else {
                self.failures.saturating_add(1)
            };
            page.put("backstop_probe_failures_in_a_row", &[], f64::from(self.failures));
        }
        for step in &found.steps {
            let of = [("step", step.name.as_str())];
            let success = f64::from(u8::from(step.success));
            page.put("backstop_probe_step_success", &of, success);
            page.put(
                "backstop_probe_step_duration_seconds",
                &of,
                step.took.as_secs_f64(),
            );
            page.put("backstop_probe_step_status_code", &of, f64::from(step.status));
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds of any year that a certificate can name"
        )]
        let expiry = found.expiry.map(|seconds| seconds as f64);
        page.put("probe_ssl_earliest_cert_expiry", &[], expiry);
        page.into_bytes()
    }

    async fn try_it(&mut self, until: Instant) -> Found {
        match self.kind {
            ProbeKind::Tcp => stream::tcp(&self.target).await,
            ProbeKind::Tls => match self.trust.watch(self.ca_file.as_deref()) {
                Some(watch) => stream::tls(&self.target, watch).await,
                None => Found::default(),
            },
            ProbeKind::Http => match self.encryption() {
                Some(watch) => http::get(&self.target, &self.expect, watch).await,
                None => Found::default(),
            },
            ProbeKind::Journey => match (self.encryption(), &self.journey) {
                (Some(watch), Some(journey)) => {
                    journey.run(watch.as_ref(), self.clock.now_micros(), until).await
                }
                _ => Found::default(),
            },
        }
    }

    /// For a URL; `None` if it needs authorities that cannot be read.
    fn encryption(&mut self) -> Option<Option<Watch>> {
        if self.target.starts_with("https://") {
            self.trust.watch(self.ca_file.as_deref()).map(Some)
        } else {
            Some(None)
        }
    }
}

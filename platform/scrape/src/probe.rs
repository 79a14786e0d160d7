//! Tries an address from outside, as a customer would, and tells it under the names of `blackbox_exporter`:
//! `probe_success`, `probe_duration_seconds`, `probe_http_status_code`, `probe_ssl_earliest_cert_expiry`.
//!
//! [`http`] and [`stream`] (TCP, and TLS on it) are the ways; [`trust`] says whose certificates are good and
//! notes when those end that a server shows, good or not; [`expiry`] reads that out of one.

mod expiry;
mod http;
mod stream;
mod trust;

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use crate::host::Page;
use crate::targets::{self, Expect, ProbeKind};

/// One address that is tried.
pub(crate) struct Probe {
    kind: ProbeKind,
    target: String,
    expect: Expect,
    ca_file: Option<PathBuf>,
    trust: trust::Trust,
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
}

impl Probe {
    pub(crate) fn new(config: &targets::Probe, target: &str) -> Self {
        Self {
            kind: config.kind,
            target: target.to_owned(),
            expect: config.expect.clone(),
            ca_file: config.ca_file.clone(),
            trust: trust::Trust::default(),
        }
    }

    /// An exposition, whatever comes of it, before the patience ends.
    pub(crate) async fn attempt(&mut self, patience: Duration) -> Vec<u8> {
        let begun = Instant::now();
        // A twentieth is left to tell of it.
        let tried = tokio::time::timeout(patience / 20 * 19, self.try_it()).await;
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
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds of any year that a certificate can name"
        )]
        let expiry = found.expiry.map(|seconds| seconds as f64);
        page.put("probe_ssl_earliest_cert_expiry", &[], expiry);
        page.into_bytes()
    }

    async fn try_it(&mut self) -> Found {
        match self.kind {
            ProbeKind::Tcp => stream::tcp(&self.target).await,
            ProbeKind::Tls => match self.trust.watch(self.ca_file.as_deref()) {
                Some(watch) => stream::tls(&self.target, watch).await,
                None => Found::default(),
            },
            ProbeKind::Http => {
                let encrypted = self.target.starts_with("https://");
                let watch = if encrypted {
                    self.trust.watch(self.ca_file.as_deref())
                } else {
                    None
                };
                if encrypted && watch.is_none() {
                    return Found::default();
                }
                http::get(&self.target, &self.expect, watch).await
            }
        }
    }
}

//! The load client, `backstop-load`, and what it measured.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::bench::Context;
use crate::bench::children::{Service, pinned};
use crate::process;

/// Clients of every load that is judged; pgbench runs with as many.
pub(crate) const CLIENTS: u32 = 16;
/// Clients of a load that is told beside it.
pub(crate) const MANY_CLIENTS: u32 = 64;
/// Firms that apply, at both sides: enough that the row of one is no hot spot.
pub(crate) const FIRMS: u32 = 64;

/// What the load client prints.
#[derive(Deserialize)]
pub(crate) struct Measured {
    pub(crate) ok: u64,
    pub(crate) ok_per_second: f64,
    pub(crate) broken: u64,
    pub(crate) p99_us: Option<u64>,
    pub(crate) client_cpu_us: f64,
    statuses: std::collections::BTreeMap<String, u64>,
}

/// Consents that come with an application: one per source for the pre-approval.
pub(crate) const CONSENTS: u32 = 6;

/// One load of applications.
pub(crate) struct Applications {
    /// Numbers the loads on one database: each brings firms of its own.
    pub(crate) run: u32,
    pub(crate) clients: u32,
    /// Consents that each application brings.
    pub(crate) consents: u32,
    /// Random idempotency keys, not such as sort by time.
    pub(crate) random_keys: bool,
    pub(crate) seconds: u32,
}

/// Runs one load of applications.
pub(crate) fn applications(
    context: &Context<'_>,
    service: &Service,
    load: &Applications,
) -> Result<Measured> {
    let mut command = pinned(&context.binary("backstop-load"), &[]);
    command.args(["applications", "--json", "--url", &service.financing.url()]);
    command.arg("--token-file").arg(service.tokens());
    command.args([
        "--clients",
        &load.clients.to_string(),
        "--firm-count",
        &FIRMS.to_string(),
    ]);
    command.args([
        "--first-firm",
        &(load.run * FIRMS).to_string(),
        "--consents",
        &load.consents.to_string(),
        "--duration",
        &load.seconds.to_string(),
    ]);
    if load.random_keys {
        command.arg("--random-keys");
    }
    measured(&process::capture(&mut command)?)
}

/// Reads of the paths in turn for so many seconds.
pub(crate) fn reads(
    context: &Context<'_>,
    url: &str,
    paths: &[String],
    tokens: Option<&Path>,
    pin: &[&str],
) -> Result<Measured> {
    let mut command = pinned(&context.binary("backstop-load"), pin);
    command.args(["reads", "--json", "--url", url, "--clients", &CLIENTS.to_string()]);
    command.args(["--duration", &context.seconds().to_string()]);
    for path in paths {
        command.args(["--path", path]);
    }
    if let Some(tokens) = tokens {
        command.arg("--token-file").arg(tokens);
    }
    measured(&process::capture(&mut command)?)
}

/// A run in which anything was refused or broke measures something else.
pub(crate) fn measured(json: &str) -> Result<Measured> {
    let found: Measured =
        serde_json::from_str(json).context("failed to read what the load client printed")?;
    let refused: u64 = found
        .statuses
        .iter()
        .filter(|(status, _)| !status.starts_with('2'))
        .map(|(_, count)| count)
        .sum();
    if refused > 0 || found.broken > 0 {
        bail!(
            "{refused} requests were refused and {} broke: {json}",
            found.broken
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_with_refusals_is_not_a_measurement() {
        let good =
            r#"{"ok":7,"ok_per_second":3.5,"broken":0,"p99_us":9,"client_cpu_us":1.0,"statuses":{"201":7}}"#;
        assert_eq!(measured(good).unwrap().ok, 7);
        let refused = good.replace(r#""201":7"#, r#""201":7,"503":1"#);
        assert!(measured(&refused).is_err());
        assert!(measured(&good.replace(r#""broken":0"#, r#""broken":1"#)).is_err());
    }
}

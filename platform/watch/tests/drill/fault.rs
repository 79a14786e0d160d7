//! A fault, and the ways in which the series of a quiet system are harmed.

use crate::stage::{Series, Stage};

/// Of the quiet system, in seconds: as long as the longest window of a rule that counts events of minutes.
pub(crate) const BEFORE: i64 = 6 * 60;

pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) inject: fn(&mut Stage),
    /// The alert that the one page is about.
    pub(crate) root: &'static str,
    /// Seconds from the injection within which it comes.
    pub(crate) within: i64,
    /// Seconds between two scrapes, and how long all was quiet before.
    pub(crate) pace: (i64, i64),
}

pub(crate) const fn fault(
    name: &'static str,
    root: &'static str,
    within: i64,
    inject: fn(&mut Stage),
) -> Fault {
    Fault {
        name,
        inject,
        root,
        within,
        pace: (5, BEFORE),
    }
}

/// One whose rule compares with yesterday.
pub(crate) const fn slow(
    name: &'static str,
    root: &'static str,
    within: i64,
    inject: fn(&mut Stage),
) -> Fault {
    Fault {
        pace: (60, 25 * 3600),
        ..fault(name, root, within, inject)
    }
}

/// What is hard and certain is told within this, in seconds.
pub(crate) const HARD: i64 = 15;

pub(crate) const INSTANCE: [(&str, &str); 2] = [("job", "financing"), ("instance", "127.0.0.1:7000")];

/// Refusals of a code begin, so many a second.
pub(crate) fn problems(stage: &mut Stage, kind: &str, code: &str, rate: f64) {
    stage.rate(
        "financing_http_problems_total",
        &[("kind", kind), ("code", code)],
        rate,
    );
}

/// Of all requests of a kind so large a part ends with 5xx, for a reason.
pub(crate) fn failing(stage: &mut Stage, kind: &str, code: &str, part: f64) {
    let name = "financing_http_requests_total";
    stage.shift(
        name,
        &[("kind", kind), ("outcome", "2xx")],
        ("outcome", "5xx"),
        part,
    );
    problems(stage, kind, code, 30.0 * part);
}

/// Requests of a kind take longer than so many seconds, all of them.
pub(crate) fn slower(stage: &mut Stage, kind: &str, seconds: f64) {
    stage.each(
        "financing_http_request_duration_seconds_bucket",
        &[("kind", kind)],
        |series| {
            if series.label("le").parse::<f64>().unwrap() <= seconds {
                series.rate = 0.0;
            }
        },
    );
}

/// The probe customer's journey does not get past this step for the second time; the one after it is not tried.
pub(crate) fn stuck(stage: &mut Stage, step: &str) {
    stage.set("probe_success", &JOURNEY, 0.0);
    stage.set("backstop_probe_failures_in_a_row", &JOURNEY, 2.0);
    let name = "backstop_probe_step_success";
    stage.set(name, &[("step", step)], 0.0);
    if step == "firm" {
        stage.each(name, &[("step", "loan")], Series::end);
    }
}

pub(crate) const JOURNEY: [(&str, &str); 1] = [("job", "journey")];

/// The service says of its database that it cannot be asked.
pub(crate) fn database_gone(stage: &mut Stage) {
    stage.set("financing_intake_state", &[("state", "open")], 0.0);
    stage.set("financing_intake_state", &[("state", "unverified")], 1.0);
    stage.set("financing_outbox_pending", &INSTANCE, f64::NAN);
    stage.set("financing_evidence_alarm", &INSTANCE, f64::NAN);
    stage.set("financing_intake_stop_rule", &INSTANCE, f64::NAN);
    for kind in ["existing", "read", "intake"] {
        failing(stage, kind, "unavailable", 1.0);
    }
    stage.rate("financing_decisions_total", &[], 0.0);
    slower(stage, "existing", 1.0);
    stage.set("probe_success", &[("component", "financing")], 0.0);
    stuck(stage, "firm");
}

pub(crate) fn closed(stage: &mut Stage) {
    stage.set("financing_intake_state", &[("state", "open")], 0.0);
    stage.set("financing_intake_state", &[("state", "closed")], 1.0);
    stage.set("financing_intake_scopes_shut", &INSTANCE, 1.0);
    stage.shift(
        "financing_http_requests_total",
        &[("kind", "intake"), ("outcome", "2xx")],
        ("outcome", "5xx"),
        1.0,
    );
    problems(stage, "intake", "intake-closed", 40.0);
    stage.rate("financing_decisions_total", &[], 0.0);
}

pub(crate) fn source_gone(stage: &mut Stage, source: &str) {
    stage.set("financing_source_breaker", &[("source", source)], 2.0);
    let calls = [("source", source)];
    stage.rate("financing_source_failures_total", &calls, 1.0);
    stage.rate("financing_source_calls_total", &calls, 1.0);
}

pub(crate) fn disk_left(stage: &mut Stage, part: f64) {
    // Of the one file system that the recording knows as a disk.
    let size = stage.value("node_filesystem_size_bytes", &DISK);
    stage.set("node_filesystem_avail_bytes", &DISK, size * part);
}

pub(crate) const DISK: [(&str, &str); 2] = [("fstype", "ext4"), ("mountpoint", "/")];

pub(crate) fn memory_left(stage: &mut Stage, part: f64) {
    let size = stage.value("node_memory_MemTotal_bytes", &[]);
    stage.set("node_memory_MemAvailable_bytes", &[], size * part);
}

//! Faults, each with what it does to the series of a quiet system, its consequences elsewhere too: one page comes, and
//! it names the root.

use notify::ack::{Answer, Way};
use notify::page::Kind;

use crate::plane::Plane;
use crate::stage::{Series, Stage};
use crate::stand::Receipt;

/// Of the quiet system, in seconds: as long as the longest window of a rule that counts events of minutes.
const BEFORE: i64 = 6 * 60;
/// After the page: a second one would have come by then.
const AFTER: i64 = 10 * 60;

struct Fault {
    name: &'static str,
    inject: fn(&mut Stage),
    /// The alert that the one page is about.
    root: &'static str,
    /// Seconds from the injection within which it comes.
    within: i64,
    /// Seconds between two scrapes, and how long all was quiet before.
    pace: (i64, i64),
}

const fn fault(name: &'static str, root: &'static str, within: i64, inject: fn(&mut Stage)) -> Fault {
    Fault {
        name,
        inject,
        root,
        within,
        pace: (5, BEFORE),
    }
}

/// One whose rule compares with yesterday.
const fn slow(name: &'static str, root: &'static str, within: i64, inject: fn(&mut Stage)) -> Fault {
    Fault {
        pace: (60, 25 * 3600),
        ..fault(name, root, within, inject)
    }
}

/// What is hard and certain is told within this, in seconds.
const HARD: i64 = 15;

const INSTANCE: [(&str, &str); 2] = [("job", "financing"), ("instance", "127.0.0.1:7000")];

/// Refusals of a code begin, so many a second.
fn problems(stage: &mut Stage, kind: &str, code: &str, rate: f64) {
    stage.rate(
        "financing_http_problems_total",
        &[("kind", kind), ("code", code)],
        rate,
    );
}

/// Of all requests of a kind so large a part ends with 5xx, for a reason.
fn failing(stage: &mut Stage, kind: &str, code: &str, part: f64) {
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
fn slower(stage: &mut Stage, kind: &str, seconds: f64) {
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
fn stuck(stage: &mut Stage, step: &str) {
    stage.set("probe_success", &JOURNEY, 0.0);
    stage.set("backstop_probe_failures_in_a_row", &JOURNEY, 2.0);
    let name = "backstop_probe_step_success";
    stage.set(name, &[("step", step)], 0.0);
    if step == "firm" {
        stage.each(name, &[("step", "loan")], Series::end);
    }
}

const JOURNEY: [(&str, &str); 1] = [("job", "journey")];

/// The service says of its database that it cannot be asked.
fn database_gone(stage: &mut Stage) {
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

fn closed(stage: &mut Stage) {
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

fn source_gone(stage: &mut Stage, source: &str) {
    stage.set("financing_source_breaker", &[("source", source)], 2.0);
    let calls = [("source", source)];
    stage.rate("financing_source_failures_total", &calls, 1.0);
    stage.rate("financing_source_calls_total", &calls, 1.0);
}

fn disk_left(stage: &mut Stage, part: f64) {
    // Of the one file system that the recording knows as a disk.
    let size = stage.value("node_filesystem_size_bytes", &DISK);
    stage.set("node_filesystem_avail_bytes", &DISK, size * part);
}

const DISK: [(&str, &str); 2] = [("fstype", "ext4"), ("mountpoint", "/")];

fn memory_left(stage: &mut Stage, part: f64) {
    let size = stage.value("node_memory_MemTotal_bytes", &[]);
    stage.set("node_memory_MemAvailable_bytes", &[], size * part);
}

const FAULTS: &[Fault] = &[
    // Core links, now.
    fault("every instance is killed", "ServiceDown", HARD, |stage| {
        stage.down("financing");
        stage.set("probe_success", &[("component", "financing")], 0.0);
        stage.set("probe_success", &[("component", "service")], 0.0);
        stuck(stage, "firm");
        stage.set("namedprocess_namegroup_num_procs", &[], 0.0);
    }),
    fault("one instance of two is killed", "InstanceDown", HARD, |stage| {
        stage.set("up", &[("instance", "127.0.0.1:7001")], 0.0);
    }),
    fault("the database's server dies", "DatabaseDown", HARD, |stage| {
        stage.set("probe_success", &[("component", "database")], 0.0);
        database_gone(stage);
    }),
    fault(
        "an instance is cut off from its database",
        "DatabaseUnreachable",
        HARD,
        database_gone,
    ),
    fault("somebody closes intake", "IntakeClosed", HARD, closed),
    // Core links.
    fault("a product is closed", "IntakePartlyClosed", HARD, |stage| {
        stage.set("financing_intake_scopes_shut", &INSTANCE, 1.0);
        problems(stage, "intake", "intake-closed", 4.0);
    }),
    fault("repayments fail", "ExistingBusinessFailing", 60, |stage| {
        failing(stage, "existing", "internal", 0.5)
    }),
    fault("applications fail", "NewBusinessFailing", 60, |stage| {
        failing(stage, "intake", "unavailable", 0.5)
    }),
    fault("one step fails", "CoreStepFailing", 150, |stage| {
        let route = ("route", "/v1/applications/{id}/accept");
        let name = "financing_http_requests_total";
        stage.shift(
            name,
            &[("method", "POST"), ("outcome", "2xx"), route],
            ("outcome", "5xx"),
            0.3,
        );
    }),
    fault(
        "existing business is slow",
        "ExistingBusinessSlow",
        120,
        |stage| {
            slower(stage, "existing", 1.0);
            slower(stage, "read", 1.0);
        },
    ),
    fault(
        "existing business hangs",
        "ExistingBusinessStalled",
        120,
        |stage| {
            slower(stage, "existing", 5.0);
            slower(stage, "read", 5.0);
        },
    ),
    fault("a payment has no outcome", "PaymentUnsettled", HARD, |stage| {
        stage.set("financing_payments_oldest_seconds", &[("state", "sent")], 301.0);
    }),
    fault("draws do not leave", "DrawsNotLeaving", 120, |stage| {
        stage.rate(
            "financing_payments_oldest_seconds",
            &[("state", "requested")],
            1.0,
        );
    }),
    fault("a draw may have been paid", "PaymentDoubtsOpen", HARD, |stage| {
        stage.set("financing_payment_doubts_open", &INSTANCE, 1.0);
    }),
    fault("the service restarts", "InstanceRestarted", HARD, |stage| {
        stage.each("process_start_time_seconds", &[("job", "financing")], |series| {
            series.value += 3_600.0
        });
    }),
    // Interfaces.
    fault(
        "the balancer sends nobody on",
        "ServiceUnreachable",
        30,
        |stage| {
            stage.set("probe_success", &[("component", "financing")], 0.0);
        },
    ),
    fault("a step of the journey fails", "JourneyFailing", HARD, |stage| {
        stuck(stage, "loan")
    }),
    fault("the journey has no token", "ProbeFailing", 30, |stage| {
        stage.set("probe_success", &JOURNEY, 0.0);
        stage.set("backstop_probe_failures_in_a_row", &JOURNEY, 2.0);
        stage.each("backstop_probe_step_success", &JOURNEY, Series::end);
    }),
    fault("a certificate has a day", "CertificateEnds", HARD, |stage| {
        let ends = stage.value("probe_ssl_earliest_cert_expiry", &[]);
        stage.set(
            "probe_ssl_earliest_cert_expiry",
            &[],
            ends - 94.0 * 86_400.0 - 43_200.0,
        );
    }),
    fault("a bug", "InternalErrors", 90, |stage| {
        problems(stage, "read", "internal", 0.2)
    }),
    fault("a commit of unknown outcome", "AmbiguousOutcomes", 30, |stage| {
        problems(stage, "existing", "ambiguous", 0.2)
    }),
    fault("more comes than can be served", "NewBusinessShed", 60, |stage| {
        problems(stage, "intake", "overloaded", 5.0)
    }),
    fault("core banking is gone", "CoreBankingOpen", HARD, |stage| {
        source_gone(stage, "core");
        stage.rate("financing_payments_oldest_seconds", &[("state", "sent")], 1.0);
        stage.rate(
            "financing_payments_oldest_seconds",
            &[("state", "requested")],
            1.0,
        );
    }),
    fault("the tax office is gone", "SourceBreakerOpen", 30, |stage| {
        source_gone(stage, "tax");
        stage.rate(
            "financing_decisions_total",
            &[("by", "rules"), ("outcome", "approved")],
            0.0,
        );
        stage.rate(
            "financing_decisions_total",
            &[("by", "rules"), ("outcome", "referred")],
            9.0,
        );
    }),
    fault(
        "a source answers every second question",
        "SourceFailing",
        120,
        |stage| {
            stage.rate("financing_source_failures_total", &[("source", "judicial")], 5.0);
        },
    ),
    // Modules.
    fault(
        "the evidence log contradicts its anchor",
        "EvidenceRefused",
        HARD,
        |stage| {
            stage.set("financing_evidence_duty", &[("duty", "holding")], 0.0);
            stage.set("financing_evidence_duty", &[("duty", "refused")], 1.0);
            stage.set("financing_evidence_alarm", &INSTANCE, 1.0);
        },
    ),
    fault("leaves are not integrated", "EvidenceAlarm", HARD, |stage| {
        stage.set("financing_evidence_alarm", &INSTANCE, 1.0);
    }),
    fault("notices do not leave", "OutboxStuck", 60, |stage| {
        stage.set("financing_outbox_oldest_seconds", &INSTANCE, 400.0);
    }),
    fault("keys are refused", "KeysRefused", 30, |stage| {
        stage.set("financing_vault_fresh", &INSTANCE, 0.0);
    }),
    fault("two days were not closed", "EndOfDayMissed", HARD, |stage| {
        stage.set("financing_days_behind", &INSTANCE, 2.0);
    }),
    // Continuity.
    fault("the database was restored", "IntakeUnverified", 30, |stage| {
        stage.set("financing_intake_state", &[("state", "open")], 0.0);
        stage.set("financing_intake_state", &[("state", "unverified")], 1.0);
        failing(stage, "intake", "intake-closed", 1.0);
    }),
    fault(
        "the journal's disk is full",
        "RecoveryJournalFailing",
        30,
        |stage| {
            stage.set("financing_recovery_journal_failing", &INSTANCE, 1.0);
        },
    ),
    fault("fsync is off", "WeakDurability", HARD, |stage| {
        stage.set("financing_database_weak_settings", &INSTANCE, 1.0);
    }),
    fault("checkpoints do not arrive", "AnchorsBehind", 240, |stage| {
        stage.rate("financing_evidence_signed_size", &INSTANCE, 0.5);
    }),
    fault(
        "somebody does not answer the call tree",
        "CallTreeFailed",
        90,
        |stage| {
            stage.set("backstop_notify_call_tree_missing", &[], 1.0);
            stage.set("backstop_notify_call_tree_passed", &[], 0.0);
        },
    ),
    fault("no call tree was held", "CallTreeOverdue", 90, |stage| {
        let ended = stage.value("backstop_notify_call_tree_ended_seconds", &[]);
        stage.set(
            "backstop_notify_call_tree_ended_seconds",
            &[],
            ended - 31.0 * 86_400.0,
        );
    }),
    // Hardware.
    fault("the disk is full", "DiskFull", HARD, |stage| {
        disk_left(stage, 0.01)
    }),
    fault("the disk is nearly full", "DiskLow", 90, |stage| {
        disk_left(stage, 0.07)
    }),
    fault("the disk is read-only", "DiskReadOnly", HARD, |stage| {
        stage.set("node_filesystem_readonly", &DISK, 1.0);
    }),
    fault("no memory is left", "HostMemoryOut", 30, |stage| {
        memory_left(stage, 0.01)
    }),
    fault("the processor is busy", "HostCpuBusy", 13 * 60, |stage| {
        stage.rate("node_cpu_seconds_total", &[("mode", "idle")], 0.01);
        stage.rate("node_cpu_seconds_total", &[("mode", "user")], 0.94);
    }),
    fault(
        "a process nears its descriptors",
        "ProcessFilesLow",
        30,
        |stage| {
            stage.set("namedprocess_namegroup_worst_fd_ratio", &[], 0.9);
        },
    ),
    // Security.
    fault("passwords are guessed", "CredentialGuessing", 180, |stage| {
        stage.rate("financing_sign_ins_total", &[("outcome", "wrong")], 0.5);
    }),
    fault(
        "accounts of elsewhere are tried",
        "CredentialStuffing",
        180,
        |stage| {
            stage.rate("financing_sign_ins_total", &[("outcome", "wrong")], 20.0);
        },
    ),
    fault("ids are tried", "Enumeration", 300, |stage| {
        problems(stage, "read", "not-found", 3.0)
    }),
    fault("rights are tried", "RoleProbing", 300, |stage| {
        problems(stage, "read", "forbidden", 1.0)
    }),
    fault("somebody reads what is masked", "RevealsUnusual", 900, |stage| {
        stage.rate(
            "financing_revealed_values_total",
            &[("role", "officer"), ("purpose", "diligence")],
            0.5,
        );
    }),
    fault("the firewall is attacked", "WafAttackSurge", 180, |stage| {
        stage.rate(
            "backstop_security_severities_total",
            &[("source", "waf"), ("severity", "high")],
            1.0,
        );
    }),
    fault(
        "the detection sees somebody within",
        "IdsHighSeverity",
        60,
        |stage| {
            let name = "backstop_security_severities_total";
            let of = [("source", "ids"), ("severity", "high")];
            stage.set(name, &of, stage.value(name, &of) + 1.0);
        },
    ),
    // Business, data.
    fault("a stop rule is exceeded", "StopRuleExceeded", 90, |stage| {
        stage.set("financing_intake_stop_rule", &INSTANCE, 1.0);
    }),
    fault("loans fall overdue", "OverdueShareHigh", 420, |stage| {
        stage.set("financing_overdue_principal_ratio", &INSTANCE, 0.06);
    }),
    fault("hardly anybody is approved", "ApprovalShareLow", 3_600, |stage| {
        stage.rate(
            "financing_decisions_total",
            &[("by", "rules"), ("outcome", "approved")],
            0.0,
        );
        stage.rate(
            "financing_decisions_total",
            &[("by", "rules"), ("outcome", "declined")],
            11.0,
        );
    }),
    fault("the rules refer most", "ReferralShareHigh", 1_200, |stage| {
        stage.rate(
            "financing_decisions_total",
            &[("by", "rules"), ("outcome", "approved")],
            4.0,
        );
        stage.rate(
            "financing_decisions_total",
            &[("by", "rules"), ("outcome", "referred")],
            20.0,
        );
    }),
    slow(
        "decisions are not those of yesterday",
        "DecisionMixShifted",
        2 * 3_600,
        |stage| {
            stage.rate(
                "financing_decisions_total",
                &[("by", "rules"), ("outcome", "approved")],
                5.0,
            );
            stage.rate(
                "financing_decisions_total",
                &[("by", "rules"), ("outcome", "declined")],
                5.8,
            );
        },
    ),
    slow(
        "more is overdue than yesterday",
        "OverdueShareRising",
        1_200,
        |stage| {
            stage.set("financing_overdue_principal_ratio", &INSTANCE, 0.03);
        },
    ),
    // Objectives.
    fault(
        "a part of existing business fails for long",
        "ExistingBusinessAvailabilityFastBurn",
        3_600,
        |stage| {
            let name = "financing_http_requests_total";
            stage.shift(
                name,
                &[("route", "/v1/loans/{id}/repayments"), ("outcome", "2xx")],
                ("outcome", "5xx"),
                0.15,
            );
        },
    ),
    // The watch itself.
    fault(
        "nobody watches the service any more",
        "TargetsGone",
        60,
        |stage| {
            stage.forget("financing");
        },
    ),
    fault("the control plane is gone", "ControlPlaneDown", HARD, |stage| {
        stage.down("backstop")
    }),
    fault("a host is not seen", "ScrapeFailing", 60, |stage| {
        stage.down("node")
    }),
    fault("a rule fails", "RulesFailing", 60, |stage| {
        stage.set("backstop_watch_rules_failing", &[], 1.0)
    }),
    fault("pages are given up", "PagesGivenUp", HARD, |stage| {
        stage.set("backstop_notify_pages_dead", &[("channel", "sms")], 1.0);
        stage.set(
            "backstop_notify_oldest_queued_seconds",
            &[("channel", "sms")],
            3_600.0,
        );
    }),
];

/// What people got that fires: to the desk, and to whom is on call.
fn firing(receipts: &[Receipt]) -> Vec<&Receipt> {
    let fires = |receipt: &&Receipt| {
        receipt.page.fires() && matches!(receipt.page.kind, Kind::Group | Kind::Escalation)
    };
    receipts.iter().filter(fires).collect()
}

/// Injects it and looks at what comes; the seconds until the first page.
async fn injected(fault: &Fault) -> Result<i64, String> {
    let mut plane = Plane::shipped().await;
    let mut stage = Stage::quiet();
    // The second instance, of which nothing is told but that it is there.
    stage.add(
        "up",
        &[("job", "financing"), ("instance", "127.0.0.1:7001")],
        1.0,
        0.0,
    );
    let (pace, before) = fault.pace;
    for _ in 0..before / pace {
        plane.step(&mut stage, pace).await;
    }
    if let Some(early) = firing(&plane.stand.receipts()).first() {
        return Err(format!("a page before it: {:?}", early.names(true)));
    }
    (fault.inject)(&mut stage);
    let begun = plane.at();
    let mut first = None;
    let mut acked = false;
    while plane.at() - begun < (first.unwrap_or(fault.within) + AFTER) * 1_000 {
        plane.step(&mut stage, pace).await;
        let receipts = plane.stand.receipts();
        let pages = firing(&receipts);
        if first.is_none() && !pages.is_empty() {
            first = Some((plane.at() - begun) / 1_000);
        }
        // Somebody answers, so that nobody else is woken.
        if let Some(code) = pages.iter().find_map(|page| page.page.code.clone())
            && !std::mem::replace(&mut acked, true)
        {
            let (by, way) = ("first".to_owned(), Way::Reply);
            let answer = Answer { by, way, until: None };
            plane
                .notifier()
                .ack_code(&code, answer)
                .await
                .map_err(|error| error.to_string())?;
        }
    }
    let first = first.ok_or_else(|| format!("no page within {} s", fault.within))?;
    if first > fault.within {
        return Err(format!("a page after {first} s, not {} s", fault.within));
    }
    let receipts = plane.stand.receipts();
    let pages = firing(&receipts);
    for kind in [Kind::Group, Kind::Escalation] {
        let names: Vec<_> = pages
            .iter()
            .filter(|page| page.page.kind == kind)
            .map(|page| page.names(true))
            .collect();
        let wanted = names
            .iter()
            .all(|page| page.iter().all(|name| name == fault.root));
        if names.len() > 1 || !wanted || (kind == Kind::Group && names.is_empty()) {
            return Err(format!("{kind:?}: {names:?}, not one page of {}", fault.root));
        }
    }
    Ok(first)
}

#[expect(clippy::print_stderr, reason = "figures of a run, for whoever looks")]
async fn all(faults: &[Fault]) {
    let mut wrong = Vec::new();
    for fault in faults {
        match injected(fault).await {
            Ok(seconds) => eprintln!("{}: {} after {seconds} s", fault.name, fault.root),
            Err(why) => {
                eprintln!("{}: {why}", fault.name);
                wrong.push(format!("{}: {why}", fault.name));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        faults.len(),
        wrong.join("\n")
    );
}

/// As many tests as there are cores on a small machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_brings_one_page_that_names_its_root() {
    all(FAULTS.get(..FAULTS.len() / 2).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_does_each_of_the_other_half() {
    all(FAULTS.get(FAULTS.len() / 2..).unwrap()).await;
}

/// Also over windows of hours, and where the rules look at yesterday.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiet_day_brings_none() {
    let mut plane = Plane::shipped().await;
    let mut stage = Stage::quiet();
    for _ in 0..26 * 60 {
        plane.step(&mut stage, 60).await;
    }
    let receipts = plane.stand.receipts();
    let names: Vec<_> = receipts.iter().map(|receipt| receipt.names(true)).collect();
    assert!(names.is_empty(), "{names:?}");
}

/// Without the table of what hides what, consequences are told beside their root.
#[tokio::test]
async fn a_plane_that_hides_nothing_is_caught() {
    let shipped = include_str!("../../../../deploy/watch.toml");
    let begins = shipped.split("[[notify.inhibit]]").count() - 1;
    assert!(begins > 10);
    let fault = FAULTS.first().unwrap();
    let mut plane = Plane::shipped_without("[[notify.inhibit]]").await;
    let mut stage = Stage::quiet();
    for _ in 0..BEFORE / 5 {
        plane.step(&mut stage, 5).await;
    }
    (fault.inject)(&mut stage);
    for _ in 0..60 {
        plane.step(&mut stage, 5).await;
    }
    let receipts = plane.stand.receipts();
    let mut names: Vec<_> = firing(&receipts)
        .iter()
        .flat_map(|page| page.names(true))
        .collect();
    names.sort();
    names.dedup();
    assert!(names.len() > 2, "{names:?}");
}

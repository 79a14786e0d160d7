//! Faults, each with what it does to the series of a quiet system, its consequences elsewhere too, and the alert that the
//! one page is about.

use crate::fault::{
    DISK, Fault, HARD, INSTANCE, JOURNEY, closed, database_gone, disk_left, failing, fault, memory_left,
    problems, slow, slower, source_gone, stuck,
};
use crate::stage::Series;

pub(crate) const FAULTS: &[Fault] = &[
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

#[test]
fn no_group_of_rules_is_without_a_fault() {
    let groups = rules::load(watch::shipped::RULES.iter().copied()).unwrap();
    assert!(groups.len() > 10);
    for group in &groups {
        let paged = |fault: &Fault| group.rules.iter().any(|rule| *rule.name == *fault.root);
        assert!(FAULTS.iter().any(paged), "{}", group.name);
    }
}

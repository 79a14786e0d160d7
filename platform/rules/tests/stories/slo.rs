//! Objectives: rules that promtool accepts, with tests that promtool passes.

use tempfile::tempdir;

use crate::programs::promtool;

const SLOS: &str = r#"
slos:
- name: intake-availability
  summary_zh: 进件可用
  summary_en: intake answers
  objective: 99.9
  minimum_events: 20
  errors: http_requests_total{job="financing",code=~"5.."}
  total: http_requests_total{job="financing"}
  class: availability
  owner: lending
  runbook: runbooks/intake.md
  example:
    bad: 'http_requests_total{job="financing",code="503"}'
    good: 'http_requests_total{job="financing",code="200"}'
- name: decision-latency
  summary_zh: 授信决定及时
  summary_en: decisions are quick
  objective: 95
  window: 28d
  minimum_events: 3
  errors: sum(increase(decision_seconds_count[$window])) - sum(increase(decision_seconds_bucket{le="2"}[$window]))
  total: sum(increase(decision_seconds_count[$window]))
  page: warning
  ticket: info
  class: latency
  owner: risk
  runbook: runbooks/decision.md
  example:
    bad: decision_seconds_count
    good: decision_seconds_bucket{le="2"}
"#;

/// The first objective alone: the second one's examples would need a counter for both.
fn first() -> String {
    SLOS.split("- name: decision").next().unwrap().to_owned()
}

#[test]
fn promtool_accepts_the_rules_and_passes_their_tests() {
    let generated = rules::slo::generate("slo.yml", &first()).unwrap_or_else(|problems| panic!("{problems}"));
    let groups = rules::load([("slo.rules.yml", &generated.rules)]).unwrap();
    rules::conventions::check(&groups).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(
        generated.rules.contains("14.4 * 0.001") && generated.rules.contains("increase3d"),
        "{}",
        generated.rules
    );
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("slo.rules.yml"), &generated.rules).unwrap();
    std::fs::write(folder.path().join("slo.test.yml"), &generated.tests).unwrap();
    let Some(ended) = promtool("slo", folder.path(), &["check", "rules", "slo.rules.yml"]) else {
        return;
    };
    assert!(ended.passed, "{}{}", ended.stdout, ended.stderr);
    let Some(ended) = promtool("slo", folder.path(), &["test", "rules", "slo.test.yml"]) else {
        return;
    };
    assert!(ended.passed, "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn the_tests_see_a_guard_that_is_gone_and_an_alert_that_never_fires() {
    let generated = rules::slo::generate("slo.yml", &first()).unwrap();
    for (part, instead) in [
        (">= 20", ">= 0"),
        ("14.4 * 0.001", "1440 * 0.001"),
        ("> 1 * 0.001", "> 0.1 * 0.001"),
    ] {
        let spoilt = generated.rules.replace(part, instead).replace(
            "> 6 * 0.001",
            if part == "14.4 * 0.001" {
                "> 600 * 0.001"
            } else {
                "> 6 * 0.001"
            },
        );
        assert!(spoilt != generated.rules, "{part}");
        let report = rules::unit::run_text("t.yml", &generated.tests, &|name| {
            Ok(vec![(name.to_owned(), spoilt.clone())])
        });
        assert!(!report.passed(), "{part}");
    }
}

#[test]
fn an_expression_with_its_window_is_an_objective_too() {
    let second = format!(
        "slos:\n- name: decision{}",
        SLOS.split("- name: decision").nth(1).unwrap()
    );
    let generated = rules::slo::generate("slo.yml", &second);
    // Its bad series is counted in all, its good one is not: of all events all fail, which the tests see.
    let problems = generated.err().unwrap().to_string();
    assert!(
        problems.contains("the generated tests fail with these examples"),
        "{problems}"
    );
    let events = second
        .replace("sum(increase(decision_seconds_count[$window])) - sum(increase(decision_seconds_bucket{le=\"2\"}[$window]))", "sum(increase(decisions_total{late=\"yes\"}[$window]))")
        .replace("sum(increase(decision_seconds_count[$window]))", "sum(increase(decisions_total[$window]))")
        .replace("bad: decision_seconds_count", "bad: 'decisions_total{late=\"yes\"}'")
        .replace("good: decision_seconds_bucket{le=\"2\"}", "good: 'decisions_total{late=\"no\"}'");
    let generated = rules::slo::generate("slo.yml", &events).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(
        generated.rules.contains("DecisionLatencyFastBurn") && generated.rules.contains("severity: \"info\"")
    );
}

#[test]
fn what_is_wrong_with_an_objective_has_its_place() {
    for (part, instead, place, reason) in [
        ("99.9", "100", "slo.yml:6:14", "percentage"),
        ("99.9", "50", "slo.yml:6:14", "percentage"),
        (
            "minimum_events: 20",
            "minimum_events: 0",
            "slo.yml:7:19",
            "1 or more",
        ),
        ("  owner: lending\n", "", "slo.yml:3:3", "`owner`"),
        (
            "http_requests_total{job=\"financing\"}\n",
            "sum(x)\n",
            "slo.yml:9:10",
            "selector",
        ),
        ("intake-availability", "Intake", "slo.yml:3:9", "lower-case"),
        ("  class:", "  page: urgent\n  class:", "slo.yml:10:9", "severity"),
        (
            "  class:",
            "  window: 1d\n  class:",
            "slo.yml:10:11",
            "three days",
        ),
        ("  class:", "  clas:", "slo.yml:10:3", "no field"),
        ("intake answers", "'{{ x }}'", "slo.yml:5:15", "no template"),
    ] {
        let text = first().replacen(part, instead, 1);
        let problems = rules::slo::generate("slo.yml", &text)
            .err()
            .unwrap_or_else(|| panic!("{instead} is accepted"));
        let found = problems
            .0
            .iter()
            .any(|problem| problem.to_string().starts_with(place) && problem.reason.contains(reason));
        assert!(found, "{instead}: {problems}");
    }
}

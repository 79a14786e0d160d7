//! promtool's unit tests: the same files are run by promtool and here, and both say the same.

use std::path::Path;

use tempfile::tempdir;

use crate::programs::promtool;

const RULES: &str = r#"groups:
- name: first
  interval: 30s
  rules:
  - record: job:errors:rate5m
    expr: sum by (job) (rate(errors_total[5m]))
  - record: job:errors:rate5m_twice
    expr: job:errors:rate5m * 2
    labels: {doubled: "yes"}
- name: second
  rules:
  - alert: Errors
    expr: job:errors:rate5m > 0.1
    for: 2m
    labels: {severity: critical, where: '{{ $externalLabels.region }}'}
    annotations:
      summary: '{{ $labels.job }} fails {{ $value | humanize }} times a second'
  - alert: Down
    expr: up == 0
    keep_firing_for: 3m
    annotations: {summary: '{{ $labels.instance }} is down', empty: '{{ $labels.none }}'}
  - alert: Always
    expr: vector(1)
  - record: firing
    expr: count by (alertname) (ALERTS{alertstate="firing"})
"#;

/// Test files, and whether they pass.
const FILES: &[(&str, bool)] = &[
    (
        r#"
rule_files: [rules.yml]
evaluation_interval: 1m
group_eval_order: [first, second]
tests:
- name: errors
  interval: 1m
  external_labels: {region: east}
  input_series:
  - series: 'errors_total{job="intake",instance="a"}'
    values: '0+60x10 600x10'
  - series: 'errors_total{job="intake",instance="b"}'
    values: '0x10 stale'
  - series: 'up{instance="a"}'
    values: '1 1 0 0 1 1 1 _ _ 0 stale'
  alert_rule_test:
  - eval_time: 1m
    alertname: Errors
    exp_alerts: []
  - eval_time: 5m
    alertname: Errors
    exp_alerts:
    - exp_labels: {severity: critical, job: intake, where: east}
      exp_annotations: {summary: intake fails 1 times a second}
  - eval_time: 20m
    alertname: Errors
  - eval_time: 3m
    alertname: Down
    exp_alerts:
    - exp_labels: {instance: a}
      exp_annotations: {summary: a is down, empty: ''}
  - eval_time: 6m
    alertname: Down
    exp_alerts:
    - exp_labels: {instance: a}
      exp_annotations: {summary: a is down, empty: ''}
  - eval_time: 7m
    alertname: Down
    exp_alerts: []
  - eval_time: 0
    alertname: Always
    exp_alerts: [{}]
  promql_expr_test:
  - expr: job:errors:rate5m
    eval_time: 5m
    exp_samples:
    - labels: 'job:errors:rate5m{job="intake"}'
      value: 1
  - expr: job:errors:rate5m_twice
    eval_time: 5m30s
    exp_samples:
    - {labels: '{__name__="job:errors:rate5m_twice",doubled="yes",job="intake"}', value: 2}
  - expr: count(ALERTS) by (alertname, alertstate)
    eval_time: 4m
    exp_samples:
    - {labels: '{alertname="Always",alertstate="firing"}', value: 1}
    - {labels: '{alertname="Errors",alertstate="firing"}', value: 1}
    - {labels: '{alertname="Down",alertstate="firing"}', value: 1}
  - expr: ALERTS_FOR_STATE{alertname="Errors"}
    eval_time: 4m
    exp_samples:
    - {labels: 'ALERTS_FOR_STATE{alertname="Errors",job="intake",severity="critical",where="east"}', value: 60}
  - expr: time()
    eval_time: 90s
    exp_samples: [{value: 90}]
  - expr: firing{alertname="Always"}
    eval_time: 2m
    exp_samples: [{labels: 'firing{alertname="Always"}', value: 1}]
"#,
        true,
    ),
    // Without an order promtool evaluates groups in a random one.
    // Planted: wrong labels, a wrong annotation, an alert too many, one too few, a wrong value, a missing sample.
    (
        r#"
rule_files: [rules.yml]
group_eval_order: [first, second]
tests:
- interval: 1m
  name: wrong
  input_series:
  - series: 'errors_total{job="intake"}'
    values: '0+60x10'
  - series: 'up{instance="a"}'
    values: '0x10'
  alert_rule_test:
  - eval_time: 5m
    alertname: Errors
    exp_alerts:
    - exp_labels: {severity: warning, job: intake}
      exp_annotations: {summary: intake fails 1 times a second}
  - eval_time: 5m30s
    alertname: Down
    exp_alerts:
    - exp_labels: {instance: a}
      exp_annotations: {summary: a is up, empty: ''}
  - eval_time: 6m
    alertname: Always
  - eval_time: 6m
    alertname: None
    exp_alerts: [{exp_labels: {a: b}}]
  promql_expr_test:
  - expr: job:errors:rate5m
    eval_time: 5m
    exp_samples: [{labels: 'job:errors:rate5m{job="intake"}', value: 1.5}]
  - expr: sum by (instance) (up) + 0.25
    eval_time: 5m
    exp_samples: []
  - expr: none
    eval_time: 5m
    exp_samples: [{labels: 'none{a="b"}', value: 3}]
"#,
        false,
    ),
    // An alert that is there but without its empty annotation.
    (
        r#"
rule_files: [rules.yml]
tests:
- interval: 1m
  input_series:
  - {series: 'up{instance="a"}', values: '0x10'}
  alert_rule_test:
  - eval_time: 5m
    alertname: Down
    exp_alerts:
    - exp_labels: {instance: a}
      exp_annotations: {summary: a is down}
"#,
        false,
    ),
    // Samples between evaluations and after the last one; staleness and lookback.
    (
        r#"
tests:
- interval: 10s
  input_series:
  - {series: a, values: '0+1x60'}
  - {series: b, values: '1 stale _ _ 2 _x60'}
  - {series: 'c{x="1"}', values: 'NaN Inf -Inf 1e3 -2.5 1-1x3'}
  promql_expr_test:
  - {expr: a, eval_time: 90s, exp_samples: [{labels: a, value: 9}]}
  - {expr: a, eval_time: 3m, exp_samples: [{labels: a, value: 18}]}
  - {expr: b, eval_time: 15s, exp_samples: []}
  - {expr: b, eval_time: 5m40s, exp_samples: [{labels: b, value: 2}]}
  - {expr: b, eval_time: 5m41s, exp_samples: []}
  - {expr: 'count_over_time(c[2m])', eval_time: 2m, exp_samples: [{labels: '{x="1"}', value: 9}]}
"#,
        true,
    ),
    // The last evaluation is at 60 s, and what comes after it is not loaded.
    (
        r#"
tests:
- interval: 10s
  input_series: [{series: a, values: '0+1x60'}]
  promql_expr_test: [{expr: a, eval_time: 90s, exp_samples: [{labels: a, value: 6}]}]
"#,
        true,
    ),
    // An order that decides what is seen.
    (
        r#"
rule_files: ['rule?.yml']
group_eval_order: [second, first]
tests:
- interval: 1m
  input_series: [{series: 'errors_total{job="x"}', values: '0+60x10'}]
  alert_rule_test:
  - {eval_time: 3m, alertname: Errors, exp_alerts: []}
"#,
        true,
    ),
    (
        "tests: [{interval: 1m, input_series: [{series: 'a{', values: 1}]}]\n",
        false,
    ),
    (
        "tests: [{interval: 1m, input_series: [{series: a, values: '1 2 x'}]}]\n",
        false,
    ),
    (
        "tests: [{interval: 1m, alert_rule_test: [{eval_time: 1m}]}]\n",
        false,
    ),
    ("rule_files: [rules.yml]\ntests: [{nterval: 1m}]\n", false),
    ("rule_files: [broken.yml]\ntests: [{interval: 1m}]\n", false),
    ("group_eval_order: [a, a]\ntests: []\n", false),
    (
        "tests: [{interval: 1m, promql_expr_test: [{expr: 'sum(', eval_time: 1m}]}]\n",
        false,
    ),
    // Two series that become one.
    (
        "rule_files: [clash.yml]\ntests: [{interval: 1m, input_series: [{series: 'a{b=\"1\"}', values: 1}, {series: 'a{b=\"2\"}', values: 1}]}]\n",
        false,
    ),
];

const CLASH: &str = "groups: [{name: g, rules: [{record: r, expr: a, labels: {b: ''}}]}]\n";

fn files(folder: &Path, test: &str) {
    std::fs::write(folder.join("rules.yml"), RULES).unwrap();
    std::fs::write(folder.join("clash.yml"), CLASH).unwrap();
    std::fs::write(folder.join("broken.yml"), "groups: [{nam: a}]\n").unwrap();
    std::fs::write(folder.join("test.yml"), test).unwrap();
}

#[test]
fn promtool_and_we_find_the_same() {
    for (text, passes) in FILES {
        let folder = tempdir().unwrap();
        files(folder.path(), text);
        let report = rules::unit::run([folder.path().join("test.yml")]);
        assert_eq!(report.passed(), *passes, "{report}\n{text}");
        let Some(ended) = promtool("unit tests", folder.path(), &["test", "rules", "test.yml"]) else {
            return;
        };
        assert_eq!(ended.passed, *passes, "{}{}\n{text}", ended.stdout, ended.stderr);
    }
}

#[test]
fn of_failed_expectations_the_report_is_promtools_word_for_word() {
    for (text, passes) in FILES.iter().take(3) {
        let folder = tempdir().unwrap();
        files(folder.path(), text);
        let report = rules::unit::run([folder.path().join("test.yml")]);
        let ours: Vec<String> = report.files[0].failures.iter().map(ToString::to_string).collect();
        assert_eq!(ours.is_empty(), *passes);
        let Some(ended) = promtool("unit tests", folder.path(), &["test", "rules", "test.yml"]) else {
            return;
        };
        let theirs = ended
            .stderr
            .trim_start_matches("  FAILED:\n")
            .trim_end_matches('\n');
        assert_eq!(ours.join("\n"), theirs);
    }
}

#[test]
fn what_is_wrong_with_a_test_file_has_its_place() {
    let text = "tests:\n- interval: 1m\n  input_series:\n  - series: 'a{b}'\n    values: '1 2x'\n  foo: 1\n";
    let report = rules::unit::run_text("t.yml", text, &|_| Ok(Vec::new()));
    let all: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
    assert!(
        all[0].starts_with("t.yml:4:13: ") && all[1].starts_with("t.yml:5:13: "),
        "{all:?}"
    );
    assert!(all[2].starts_with("t.yml:6:3: "), "{all:?}");
}

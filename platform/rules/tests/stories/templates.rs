//! Templates: promtool expands the same texts over the same series.

use std::fmt::Write;

use promql::Labels;
use rules::memory::Memory;
use rules::{Engine, Options, Store};
use tempfile::tempdir;

use crate::programs::promtool;

/// Each is expanded over each of [`VALUES`].
const TEMPLATES: &[&str] = &[
    "{{ $value }}",
    "{{ .Value }}",
    "{{ $.Value }}",
    "{{ $labels.job }}/{{ .Labels.instance }}",
    "{{ $labels.missing }}|{{ $externalLabels.region }}|{{ .ExternalLabels.none }}",
    "{{ $labels }}",
    "{{ $externalURL }}{{ .ExternalURL }}",
    "{{ $value | humanize }}",
    "{{ humanize $value }}B",
    "{{ $value | humanize1024 }}",
    "{{ if lt $value 1e18 }}{{ $value | humanizeDuration }}{{ end }}",
    "{{ $value | humanizePercentage }}",
    "{{ if lt $value 1e10 }}{{ $value | humanizeTimestamp }}{{ end }}",
    "{{ \"0.25\" | humanizePercentage }}{{ humanize 1200 }}{{ humanize 0.003 }}",
    "{{ printf \"%.2f\" $value }}",
    "{{ printf \"%f %e %g %v\" $value $value $value $value }}",
    "{{ printf \"%d\" $value }}",
    "{{ printf \"%s is %d%%, %q\" $labels.job 12 $labels.instance }}",
    "{{ printf \"%8.3f|%-8s|%08.2f|%+d\" $value $labels.job $value 5 }}",
    "{{ printf \"%s\" $value }}{{ printf \"%d\" \"x\" }}{{ printf \"%d %d\" 1 }}{{ printf \"x\" 1 2.5 }}",
    "{{ printf \"%.3s|%5t|%v\" \"逾期贷款\" true false }}",
    "{{ $value | printf \"%.1f\" | toUpper }}",
    "{{ title \"loan over-due in_stage two\" }}{{ $labels.job | toUpper }}{{ \"ABC\" | toLower }}",
    "{{ if match \"^node.*9100$\" $labels.instance }}yes{{ else }}no{{ end }}",
    "{{ reReplaceAll \"(.*):(.*)\" \"$2 at ${1}\" $labels.instance }}",
    "{{ $labels.instance | reReplaceAll \":\\\\d+\" \"\" }}",
    "{{ if gt $value 1.0 }}high{{ else if eq $value 1.0 }}one{{ else }}low{{ end }}",
    "{{ if and (ge $value 0.0) (lt $value 100.0) }}in{{ end }}{{ if or (le $value -1.0) (ne $labels.job \"x\") }}out{{ end }}",
    "{{ if not $labels.missing }}none{{ end }}{{ if eq $labels.job \"a\" \"node\" }}any{{ end }}",
    "  {{- /* a remark */ -}}  x  {{- $labels.job -}}  y ",
    "a {{- \" b \" -}} c {{ `raw \"text\"` }}",
    "{{ $x := $value }}{{ if $labels.job }}{{ $x = 2.5 }}{{ $y := \"in\" }}{{ $y }}{{ end }}{{ $x }}",
    "{{ with $labels.job }}{{ . }} of {{ $labels.instance }}{{ end }}{{ with $labels.none }}x{{ else }}empty{{ end }}",
    "{{ range query \"other\" | sortByLabel \"a\" }}[{{ .Labels.a }}={{ .Value }}]{{ end }}{{ range query \"none\" }}x{{ else }}nothing{{ end }}",
    "{{ with query \"sum(other)\" }}{{ . | first | value | humanize }}{{ end }}",
    "{{ query \"other\" | sortByLabel \"a\" | first | label \"a\" }}{{ len (query \"other\") }}{{ len $labels.job }}",
    "{{ printf \"other{a='%s'}\" \"2\" | query | first | value }}",
    "{{ print 1 2 \"x\" 3.5 true }}{{ (printf \"%v\" 1e6) }} {{ 1e21 }} {{ 0.00001 }} {{ -7 }} {{ true }}",
    "no action at all, 逾期 { { }} }",
    "{{ if $value }}not zero{{ end }}",
    "{{ \"a\\tb\\\"c\\\\\" }}{{ printf \"%q\" \"tab\\tquote\\\" 逾期\" }}",
    "{{ range $labels }}<{{ . }}>{{ end }}",
    "{{ and 1 0 }}{{ or 0 \"x\" }}{{ and \"\" 1 }}{{ 1 | or 0 }}",
];

const VALUES: [&str; 14] = [
    "0",
    "1",
    "-3",
    "1.5",
    "123456789",
    "0.00012345",
    "1e21",
    "59.999",
    "3725",
    "93784.5",
    "1669500000.25",
    "Inf",
    "-Inf",
    "1048576",
];

/// Fails in promtool, and in the same way here.
const FAILING: &[&str] = &[
    "{{ gt $value 1 }}",
    "{{ $labels.job | humanize }}",
    "{{ title $value }}",
    "{{ $value.x }}",
    "{{ query \"none\" | first }}",
    "{{ reReplaceAll $labels.broken \"x\" \"y\" }}",
    "{{ eq $labels $labels }}",
    "{{ printf \"sum(\" | query }}",
    "{{ lt true false }}",
    "{{ 1e30 | humanizeTimestamp }}",
];

fn yaml(text: &str) -> String {
    // A text of JSON is one of YAML.
    serde_json::to_string(text).unwrap()
}

fn rule_file(templates: &[&str]) -> String {
    let mut file = String::from("groups:\n- name: g\n  rules:\n");
    for (at, template) in templates.iter().enumerate() {
        let _ = write!(
            file,
            "  - alert: T{at}\n    expr: m > -Inf or m == -Inf\n    labels: {{t: {}}}\n    annotations:\n      a: {}\n",
            yaml(template),
            yaml(template)
        );
    }
    file
}

fn series() -> Vec<(String, String)> {
    let measured = VALUES.iter().map(|value| {
        (
            format!("m{{job=\"node\",instance=\"node-1:9100\",broken=\"(\",n=\"{value}\"}}"),
            (*value).to_owned(),
        )
    });
    let others = [
        ("other{a=\"2\"}".to_owned(), "7".to_owned()),
        ("other{a=\"1\"}".to_owned(), "1500".to_owned()),
    ];
    measured.chain(others).collect()
}

/// The alerts of these templates, as a test file that expects them.
fn test_file(templates: &[&str], change: impl Fn(&str) -> String) -> String {
    let groups = rules::load([("rules.yml", rule_file(templates))]).unwrap();
    let options = Options {
        external_labels: Labels::new([("region", "华东")]),
        external_url: "http://monitor".to_owned(),
        ..Options::default()
    };
    let mut engine = Engine::new(groups, options);
    let mut store = Memory::new();
    for (series, value) in series() {
        let labels = Labels::new(rules::unit::metric::metric(&series).unwrap());
        store
            .append(
                0,
                &[(labels, rules::unit::notation::values(&value).unwrap()[0].unwrap())],
            )
            .unwrap();
    }
    let outcome = engine.evaluate(0, 0, &mut store);
    assert_eq!(outcome.failures, []);
    let mut file = String::from(
        "rule_files: [rules.yml]\ntests:\n- interval: 1m\n  external_labels: {region: 华东}\n  external_url: http://monitor\n  input_series:\n",
    );
    for (series, value) in series() {
        let _ = writeln!(
            file,
            "  - {{series: {}, values: {}}}",
            yaml(&series),
            yaml(&value)
        );
    }
    file.push_str("  alert_rule_test:\n");
    for at in 0..templates.len() {
        let name = format!("T{at}");
        let _ = write!(
            file,
            "  - eval_time: 0s\n    alertname: {name}\n    exp_alerts:\n"
        );
        for alert in engine.alerts().filter(|alert| *alert.rule == *name) {
            let labels: Vec<String> = alert
                .labels
                .iter()
                .filter(|(name, _)| *name != "alertname")
                .map(|(name, value)| format!("{name}: {}", yaml(value)))
                .collect();
            let _ = write!(
                file,
                "    - exp_labels: {{{}}}\n      exp_annotations: {{a: {}}}\n",
                labels.join(", "),
                yaml(&change(&alert.annotations[0].1))
            );
        }
    }
    file
}

fn checked_by_promtool(
    templates: &[&str],
    change: impl Fn(&str) -> String,
) -> Option<crate::programs::Ended> {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("rules.yml"), rule_file(templates)).unwrap();
    std::fs::write(folder.path().join("test.yml"), test_file(templates, change)).unwrap();
    promtool("templates", folder.path(), &["test", "rules", "test.yml"])
}

#[test]
fn promtool_expands_them_to_the_same_texts() {
    assert!(TEMPLATES.len() >= 30);
    let Some(ended) = checked_by_promtool(TEMPLATES, str::to_owned) else {
        return;
    };
    assert!(ended.passed, "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn promtool_sees_a_text_that_is_not_the_same() {
    let Some(ended) = checked_by_promtool(TEMPLATES, |text| text.replace("1.507k", "1.6k")) else {
        return;
    };
    assert!(!ended.passed);
    // Only the templates in which that text is.
    assert!(
        ended.stderr.contains("alertname: T34") && !ended.stderr.contains("alertname: T0,"),
        "{}",
        ended.stderr
    );
}

#[test]
fn what_fails_in_promtool_fails_here_and_says_so_in_its_place() {
    let Some(ended) = checked_by_promtool(FAILING, |_| "other".to_owned()) else {
        return;
    };
    assert!(!ended.passed);
    for (at, failing) in FAILING.iter().enumerate() {
        let name = format!("alertname: T{at},");
        let part = ended.stderr.split(&name).nth(1).unwrap_or_default();
        let part = part.split("alertname: T").next().unwrap();
        let got = part.split("got:").nth(1).unwrap_or_default();
        assert!(got.contains("a=\"<error expanding template"), "{failing}: {part}");
    }
    let file = test_file(FAILING, str::to_owned);
    let expected = file.lines().filter(|line| line.contains("exp_annotations"));
    for line in expected {
        assert!(line.contains("<error expanding template: "), "{line}");
    }
}

#[test]
fn what_is_outside_of_the_subset_is_refused_with_its_place() {
    let all = [
        ("{{ template \"x\" }}", 0, "outside of the subset"),
        ("a {{ $labels.x | tableLink }}", 17, "no function of the subset"),
        ("{{ nil }}", 3, "cannot be given"),
        ("{{ $x }}", 3, "not declared"),
        ("{{ if true }}{{ $y := 1 }}{{ end }}{{ $y }}", 38, "not declared"),
        ("{{ printf \"%x\" 1 }}", 10, "no %x"),
        ("{{ $value | 3 }}", 12, "only a function"),
        ("{{ \"a }}", 3, "closing quote"),
        ("{{ $value", 0, "no `}}`"),
        ("{{ end }}", 0, "without what"),
        ("{{ if true }}", 0, "no {{end}}"),
        ("{{ . }}", 3, "name a field"),
        ("{{ match \"[\" \"x\" }}", 9, "not a pattern"),
        ("{{ }}", 0, "missing"),
        ("{{ query \"sum(\" }}", 9, "the query"),
        ("{{ $labels.x\"y\" }}", 12, "white space"),
        ("{{ 'x' }}", 3, "does not belong"),
        ("{{ range $i, $x := $labels }}{{ end }}", 11, "does not belong"),
    ];
    for (text, offset, reason) in all {
        let error = rules::template::Template::parse(text)
            .err()
            .unwrap_or_else(|| panic!("{text} is accepted"));
        assert!(
            error.offset == offset && error.reason.contains(reason),
            "{text}: {error:?}"
        );
    }
}

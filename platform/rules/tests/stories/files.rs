//! Rule files: what promtool accepts is accepted, and what is wrong is told with its place, all of it.

use tempfile::tempdir;

use crate::programs::promtool;

/// Lines and columns.
type Places = &'static [(u32, u32)];

/// Accepted by promtool and by us.
const GOOD: &[&str] = &[
    "groups: []\n",
    "",
    "groups:\n- name: a\n",
    "groups:\n- name: a\n  rules: []\n- name: b\n  interval: 1h30m\n  limit: 10\n  rules:\n  - record: a:b:c\n    expr: sum(up)\n",
    "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up == 0\n    for: 5m\n    keep_firing_for: 1d\n    labels: {severity: 1, on: true}\n    annotations: {summary: '{{ $labels.job }} is {{ $value }}'}\n",
    "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: |\n      sum by (job) (rate(x_total[5m]))\n        > 0.5\n    for: 0\n",
    "groups:\n- name: g\n  rules:\n  - alert: 逾期 过高\n    expr: 1\n    annotations:\n      summary: \"逾期率 {{ $value | humanizePercentage }}\"\n",
    "groups:\n- name: g\n  rules:\n  - &a\n    alert: A\n    expr: up\n    labels: &l {x: y}\n  - alert: B\n    expr: up\n    labels: *l\n",
    "groups:\n- name: g\n  rules:\n  - record: r\n    expr: vector(1)\n    labels: {a: '{{ not a template }'}\n",
    "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: >-\n      up\n      == 0\n    labels: {a: ''}\n    annotations: {b: ~}\n",
];

/// Refused by both: the file, and the lines and columns of what we find, in order.
const BAD: &[(&str, Places)] = &[
    ("groups:\n- name: a\n  rulez: []\n", &[(3, 3)]),
    ("group:\n- name: a\n", &[(1, 1)]),
    ("groups:\n- name: a\n- name: a\n", &[(3, 3)]),
    ("groups:\n- rules: []\n", &[(2, 3)]),
    ("groups:\n- name: a\n  interval: 5\n", &[(3, 13)]),
    ("groups:\n- name: a\n  interval: -5m\n", &[(3, 13)]),
    ("groups:\n- name: a\n  limit: many\n", &[(3, 10)]),
    ("groups:\n- name: g\n  rules:\n  - expr: up\n", &[(4, 5)]),
    (
        "groups:\n- name: g\n  rules:\n  - record: a\n    alert: b\n    expr: up\n",
        &[(4, 5)],
    ),
    ("groups:\n- name: g\n  rules:\n  - record: a\n", &[(4, 5)]),
    (
        "groups:\n- name: g\n  rules:\n  - record: a-b\n    expr: up\n",
        &[(4, 13)],
    ),
    (
        "groups:\n- name: g\n  rules:\n  - record: a\n    expr: up\n    for: 5m\n",
        &[(6, 5)],
    ),
    (
        "groups:\n- name: g\n  rules:\n  - record: a\n    expr: up\n    keep_firing_for: 5m\n",
        &[(6, 5)],
    ),
    (
        "groups:\n- name: g\n  rules:\n  - record: a\n    expr: up\n    annotations: {a: b}\n",
        &[(6, 5)],
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: sum(up) by\n",
        &[(5, 21)],
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: |\n      sum(\n        up{job=}\n      )\n",
        &[(7, 16)],
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: up\n    for: 5 m\n",
        &[(6, 10)],
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: up\n    labels: {a-b: c, __name__: d}\n",
        &[(6, 14), (6, 22)],
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: up\n    labels: {'{{ $labels.x }}': d}\n",
        &[(6, 14)],
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: up\n    annotations: {1a: c}\n",
        &[(6, 19)],
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: up\n    annotations: {a: 'x {{ $lables.job }}'}\n",
        &[(6, 28)],
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: up\n    annotations:\n      a: \"x {{ humanise $value }}\"\n",
        &[(7, 16)],
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: up\n    labels: {a: '{{ if eq $value 1.0 }}x'}\n",
        &[(6, 18)],
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: up\n    labels: {a: b, a: c}\n",
        &[(6, 20)],
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n   expr: up\n",
        &[(5, 4)],
    ),
    ("groups:\n- name: g\n  rules: [a]\n", &[(3, 11)]),
    ("groups:\n  a: b\n", &[(2, 3)]),
];

/// Accepted by promtool, and refused by us on purpose: it could never work, or is outside of the subset.
const STRICTER: &[(&str, Places, &str)] = &[
    (
        "groups:\n- name: g\n  rules:\n  - record: r\n    expr: up[5m]\n",
        &[(5, 11)],
        "one value for each series",
    ),
    (
        "groups:\n- name: g\n  rules:\n  - record: r\n    expr: '\"text\"'\n",
        &[(5, 11)],
        "one value for each series",
    ),
    (
        "groups:\n- name: g\n---\ngroups:\n- name: h\n",
        &[(3, 1)],
        "second document",
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: up\n    annotations: {a: '{{ humanize 1 2 }}'}\n",
        &[(6, 35)],
        "takes 1 values",
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: up\n    annotations: {a: '{{ .Lables.job }}'}\n",
        &[(6, 26)],
        "has no .Lables",
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: up\n    annotations: {a: '{{ $labels.a | match \"(\" }}'}\n",
        &[(6, 44)],
        "not a pattern",
    ),
    (
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: up\n    annotations: {a: '{{ tableLink \"up\" }}'}\n",
        &[(6, 26)],
        "no function of the subset",
    ),
];

fn accepted_by_promtool(test: &str, text: &str) -> Option<bool> {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("rules.yml"), text).unwrap();
    // What it calls lint is about style.
    promtool(
        test,
        folder.path(),
        &["check", "rules", "--lint=none", "rules.yml"],
    )
    .map(|ended| ended.passed)
}

fn places(text: &str) -> Vec<(u32, u32)> {
    let problems = rules::load([("rules.yml", text)])
        .err()
        .map(|problems| problems.0)
        .unwrap_or_default();
    problems
        .iter()
        .map(|problem| (problem.line, problem.column))
        .collect()
}

#[test]
fn what_promtool_accepts_is_accepted() {
    for text in GOOD {
        assert_eq!(
            places(text),
            [],
            "{text}\n{:?}",
            rules::load([("rules.yml", text)]).err()
        );
        let Some(accepted) = accepted_by_promtool("rule files", text) else {
            return;
        };
        assert!(accepted, "promtool refuses\n{text}");
    }
}

#[test]
fn what_promtool_refuses_is_refused_with_its_place() {
    for (text, wanted) in BAD {
        assert_eq!(
            places(text),
            *wanted,
            "{text}\n{:?}",
            rules::load([("rules.yml", text)]).err()
        );
        let Some(accepted) = accepted_by_promtool("rule files", text) else {
            return;
        };
        assert!(!accepted, "promtool accepts\n{text}");
    }
}

#[test]
fn what_could_never_work_is_refused_although_promtool_accepts_it() {
    for (text, wanted, reason) in STRICTER {
        assert_eq!(
            places(text),
            *wanted,
            "{text}\n{:?}",
            rules::load([("rules.yml", text)]).err()
        );
        let problems = rules::load([("rules.yml", text)]).err().unwrap();
        assert!(problems.0[0].reason.contains(reason), "{problems}");
        let Some(accepted) = accepted_by_promtool("rule files", text) else {
            return;
        };
        assert!(accepted, "promtool refuses\n{text}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once_by_file_and_place() {
    let one = "groups:\n- name: a\n  rules:\n  - alert: x\n    expr: sum(\n    for: soon\n  - record: y\n";
    let problems = rules::load([("b.yml", one), ("a.yml", "groups: 3\n")])
        .err()
        .unwrap();
    let lines: Vec<String> = problems
        .to_string()
        .lines()
        .map(|line| line.split(": ").next().unwrap().to_owned())
        .collect();
    assert_eq!(lines.len(), 4, "{problems}");
    assert!(
        lines[0].starts_with("a.yml:1:9") && lines[1].starts_with("b.yml:5:"),
        "{problems}"
    );
    assert!(
        lines[2].starts_with("b.yml:6:10") && lines[3].starts_with("b.yml:7:5"),
        "{problems}"
    );
}

#[test]
fn what_is_too_large_or_too_deep_is_refused() {
    let long = format!("groups: [] # {}\n", "x".repeat(1 << 20));
    let deep = format!("groups: {}{}\n", "[".repeat(100), "]".repeat(100));
    let mut many = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        many.push_str(&format!(
            "a{level}: &a{level} [{}]\n",
            [before.as_str(); 10].join(", ")
        ));
    }
    let repeated = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(500_000),
        ["*a"; 1_000].join(", ")
    );
    for text in [long, deep, many, repeated] {
        let problems = rules::load([("rules.yml", text)]).err().unwrap();
        assert!(problems.to_string().len() < 400, "{problems}");
        let large = ["longer than", "nested more", "more than 200000"];
        assert!(
            large.iter().any(|reason| problems.to_string().contains(reason)),
            "{problems}"
        );
    }
}

//! What every shipped rule must say.

fn lacking(rule: &str) -> Vec<String> {
    let file = format!("groups:\n- name: g\n  rules:\n  - {rule}\n");
    let groups = rules::load([("rules.yml", file)]).unwrap_or_else(|problems| panic!("{problems}"));
    rules::conventions::check(&groups)
        .err()
        .map(|problems| problems.0)
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect()
}

const WHOLE: &str = "{alert: A, expr: up, labels: {severity: critical, class: availability, owner: lending}, \
                     annotations: {summary_zh: '服务停了 {{ $value }}', summary_en: it is down, runbook: pages/down.md}}";

#[test]
fn a_whole_rule_passes_and_each_missing_part_is_named() {
    assert_eq!(lacking(WHOLE), Vec::<String>::new());
    for (part, instead, reason) in [
        ("severity: critical, ", "", "needs the label severity"),
        ("severity: critical", "severity: page", "severity \"page\""),
        (
            "severity: critical",
            "severity: '{{ $labels.x }}'",
            "which is none of",
        ),
        ("class: availability, ", "", "needs the label class"),
        (", owner: lending", "", "needs the label owner"),
        (
            "summary_zh: '服务停了 {{ $value }}', ",
            "",
            "in Chinese and English",
        ),
        ("服务停了", "down", "in Chinese and English"),
        ("it is down", "'{{ $labels.x }}'", "in Chinese and English"),
        (", runbook: pages/down.md", "", "needs the annotation runbook"),
    ] {
        assert!(WHOLE.contains(part), "{part}");
        let found = lacking(&WHOLE.replace(part, instead));
        assert!(found.len() == 1 && found[0].contains(reason), "{part}: {found:?}");
        assert!(found[0].starts_with("rules.yml:4:5: \"A\" "), "{found:?}");
    }
}

#[test]
fn both_languages_may_stand_in_one_text_and_records_need_nothing() {
    let both = WHOLE.replace(
        "summary_zh: '服务停了 {{ $value }}', summary_en: it is down",
        "summary: 停了 down, description: 请看 look",
    );
    assert_eq!(lacking(&both), Vec::<String>::new());
    assert_eq!(lacking("{record: r, expr: up}"), Vec::<String>::new());
}

#[test]
fn two_rules_that_would_overwrite_each_other_are_seen() {
    let found = lacking(
        "{record: r, expr: up}\n  - {record: r, expr: down}\n  - {record: r, expr: x, labels: {a: b}}",
    );
    assert!(
        found.len() == 1 && found[0].starts_with("rules.yml:5:5: "),
        "{found:?}"
    );
}

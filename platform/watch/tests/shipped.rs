//! The shipped files, by Prometheus's own tools and by ours: both read all of them, and both see that every rule fires
//! and keeps quiet; a rule that was changed fails its test.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's helpers may fail as the test does, and say what was skipped"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy")
        .canonicalize()
        .unwrap()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(deploy().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{folder}");
    files
}

/// `None` where the program is not installed, which says so.
fn run(program: &str, args: &[&str], files: &[PathBuf]) -> Option<Output> {
    match Command::new(program).args(args).args(files).output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("SKIPPED: shipped files: {program} cannot be run: {error}");
            None
        }
    }
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn prometheus_reads_the_rules_and_runs_their_tests_as_we_do() {
    let (shipped, tests) = (files("rules"), files("rules/tests"));
    if let Some(checked) = run("promtool", &["check", "rules"], &shipped) {
        assert!(checked.status.success(), "{}", said(&checked));
    }
    if let Some(tested) = run("promtool", &["test", "rules"], &tests) {
        assert!(tested.status.success(), "{}", said(&tested));
    }
    let report = rules::unit::run(&tests);
    assert!(report.passed(), "{report}");
    let checked: usize = report.files.iter().map(|file| file.checked).sum();
    let groups = rules::load_paths(&shipped).unwrap();
    let count: usize = groups.iter().map(|group| group.rules.len()).sum();
    // Each fires in one expectation, and keeps quiet in another.
    assert!(checked >= 2 * count, "{checked} expectations of {count} rules");
}

#[test]
fn prometheus_and_alertmanager_take_their_configuration() {
    let config = [deploy().join("prometheus/prometheus.yml")];
    // The files of tokens are made where it is installed.
    if let Some(checked) = run("promtool", &["check", "config", "--syntax-only"], &config) {
        assert!(checked.status.success(), "{}", said(&checked));
    }
    let config = [deploy().join("alertmanager/alertmanager.yml")];
    if let Some(checked) = run("amtool", &["check-config"], &config) {
        assert!(checked.status.success(), "{}", said(&checked));
    }
}

#[test]
fn the_rules_of_objectives_are_those_that_are_generated() {
    let text = fs::read_to_string(deploy().join("slo.yml")).unwrap();
    let made = rules::slo::generate("slo.yml", &text).unwrap();
    let kept = |file: &str| fs::read_to_string(deploy().join("rules").join(file)).unwrap();
    assert_eq!(kept("slo.yml"), made.rules);
    assert_eq!(
        kept("tests/slo.test.yml"),
        made.tests.replace(rules::slo::generate::RULES, "../slo.yml")
    );
}

#[test]
fn every_alert_has_its_section_and_every_section_its_alert() {
    let text = fs::read_to_string(deploy().join("../docs/alerts.md")).unwrap();
    let sections: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .collect();
    let groups = rules::load_paths(files("rules")).unwrap();
    let alerts: Vec<&str> = groups
        .iter()
        .flat_map(|group| &group.rules)
        .map(|rule| &*rule.name)
        // What is recorded has a colon in its name, and no alert has.
        .filter(|name| !name.contains(':'))
        .collect();
    for alert in &alerts {
        assert!(sections.contains(alert), "docs/alerts.md lacks {alert}");
    }
    let own = fs::read_to_string(deploy().join("prometheus/self.yml")).unwrap();
    for section in sections.iter().filter(|section| !section.contains(' ')) {
        let known = alerts.contains(section) || own.contains(&format!("alert: {section}\n"));
        assert!(known, "docs/alerts.md has {section}, which no rule is");
    }
}

#[test]
fn a_rule_that_was_changed_fails_its_test() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("tests")).unwrap();
    for file in files("rules/tests") {
        fs::copy(&file, folder.path().join("tests").join(file.file_name().unwrap())).unwrap();
    }
    for file in files("rules") {
        let text = fs::read_to_string(&file).unwrap();
        // What compares says the opposite.
        let changed = text.replace("> ", "< ").replace("== ", "!= ");
        assert_ne!(text, changed, "{}", file.display());
        fs::write(folder.path().join(file.file_name().unwrap()), changed).unwrap();
        let stem = file.file_stem().unwrap().to_string_lossy();
        let test = folder.path().join("tests").join(format!("{stem}.test.yml"));
        assert!(!rules::unit::run([&test]).passed(), "{stem}: changed rules pass");
    }
}

/// What hides what: source, target and what both must have alike, each without its way of quoting.
type Hides = Vec<[String; 3]>;

fn bare(text: &str) -> String {
    text.chars().filter(|c| !" '\"[]".contains(*c)).collect()
}

#[test]
fn alertmanager_hides_under_a_root_what_the_watcher_does() {
    let read = |file: &str| fs::read_to_string(deploy().join(file)).unwrap();
    let collect = |text: &str, begin: &str, [source, target, equal]: [&str; 3]| -> Hides {
        let tables = text.split(begin).skip(1);
        let field = |table: &str, name: &str| {
            let line = table.lines().find_map(|line| line.trim().strip_prefix(name));
            bare(line.unwrap_or_default())
        };
        let mut all: Hides = tables
            .map(|table| [source, target, equal].map(|name| field(table, name)))
            .collect();
        all.sort();
        all
    };
    let theirs = read("alertmanager/alertmanager.yml");
    let (theirs, _) = theirs.split_once("\nreceivers:").unwrap();
    let theirs = collect(
        theirs,
        "\n  - source_matchers:",
        ["", "target_matchers:", "equal:"],
    );
    let ours = read("watch.toml").replace("[[notify.", "\n\n[[notify.");
    let ours: String = ours
        .split("\n\n")
        .filter(|table| table.contains("[[notify.inhibit]]"))
        .map(|table| format!("{table}\n"))
        .collect();
    let ours = collect(&ours, "[[notify.inhibit]]\n", ["source =", "target =", "equal ="]);
    assert!(ours.len() > 15, "{ours:#?}");
    assert_eq!(ours, theirs);
}

/// What the panels of a dashboard ask.
fn asked(panels: &serde_json::Value) -> Vec<String> {
    let mut all = Vec::new();
    for panel in panels.as_array().into_iter().flatten() {
        let targets = panel["targets"].as_array().into_iter().flatten();
        all.extend(targets.map(|target| target["expr"].as_str().unwrap().to_owned()));
        all.extend(asked(&panel["panels"]));
    }
    all
}

#[test]
fn what_dashboards_ask_is_understood_by_prometheus_and_by_us() {
    let source =
        fs::read_to_string(deploy().join("grafana/provisioning/datasources/prometheus.yml")).unwrap();
    assert!(source.contains("uid: backstop"));
    let mut rules = String::from("groups:\n- name: dashboards\n  rules:\n");
    let mut uids = Vec::new();
    for file in fs::read_dir(deploy().join("grafana/dashboards")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
        uids.push(dashboard["uid"].as_str().unwrap().to_owned());
        let asked = asked(&dashboard["panels"]);
        assert!(!asked.is_empty() && text.contains("\"backstop\""), "{uids:?}");
        for expression in asked {
            promql::parse(&expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
            rules.push_str(&format!(
                "  - record: d\n    expr: {}\n",
                serde_json::to_string(&expression).unwrap()
            ));
        }
    }
    uids.sort();
    let known = uids.len();
    uids.dedup();
    assert_eq!(uids.len(), known, "two dashboards of one name");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dashboards.yml");
    fs::write(&file, rules).unwrap();
    if let Some(checked) = run("promtool", &["check", "rules", "--lint=none"], &[file]) {
        assert!(checked.status.success(), "{}", said(&checked));
    }
}

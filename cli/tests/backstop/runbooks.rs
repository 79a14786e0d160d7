//! Runbooks are listed and checked offline, and what does not fit between pages and rules is named.

use std::process::Output;

use serde_json::Value;

use crate::run::{backstop, stdout};

fn runbook(args: &[&str]) -> Output {
    backstop(&[&["runbook"], args].concat())
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_shipped_pages_are_listed_with_their_plans_and_fit_the_shipped_rules() {
    let listed = runbook(&["list", "--json"]);
    assert!(listed.status.success(), "{listed:?}");
    let pages = json(&listed);
    let ids: Vec<&str> = pages
        .as_array()
        .unwrap()
        .iter()
        .map(|page| page["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        [
            "close-intake",
            "database-failover",
            "leave-customer",
            "reopen-intake",
            "source-outage"
        ]
    );
    assert!(pages[0]["sha256"].as_str().unwrap().len() == 64);
    let people = stdout(&runbook(&["list"]));
    assert!(
        people.contains("关闭增量业务受理") && people.contains("Close intake"),
        "{people}"
    );

    let checked = runbook(&["check", "--json"]);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    assert_eq!(json(&checked)["pages"], 5);
}

#[test]
fn a_page_that_does_not_compile_and_a_rule_that_leads_nowhere_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (page, rules) = (folder.path().join("own.md"), folder.path().join("rules.yml"));
    std::fs::write(&page, "---\nid: own\n---\n").unwrap();
    let rule = "groups: [{name: g, rules: [{alert: Lost, expr: up == 0, annotations: {runbook: runbooks/pages/gone.md}}]}]\n";
    std::fs::write(&rules, rule).unwrap();
    let (page, rules) = (page.to_str().unwrap(), rules.to_str().unwrap());

    let broken = runbook(&["check", page, "--json"]);
    assert_eq!(broken.status.code(), Some(1), "{broken:?}");
    assert!(
        json(&broken)["problems"][0].as_str().unwrap().contains("own.md:"),
        "{broken:?}"
    );
    assert_eq!(runbook(&["list", page]).status.code(), Some(1));

    let nowhere = runbook(&["check", "--rules", rules, "--json"]);
    assert_eq!(nowhere.status.code(), Some(1), "{nowhere:?}");
    let problems = json(&nowhere)["problems"].to_string();
    assert!(problems.contains("Lost names runbook gone"), "{problems}");
    // The shipped pages answer alerts that these rules lack.
    assert!(problems.contains("which no rule has"), "{problems}");

    assert_eq!(runbook(&["check", "/no/such/page.md"]).status.code(), Some(2));
}

#[test]
fn a_page_that_is_too_long_is_called_so_wherever_it_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("long.md");
    for cut in ["", "a", "aa"] {
        std::fs::write(&page, format!("{cut}{}", "长".repeat(30_000))).unwrap();
        let told = runbook(&["check", page.to_str().unwrap(), "--json"]);
        assert_eq!(told.status.code(), Some(1), "{told:?}");
        assert!(json(&told)["problems"].to_string().contains("65536"), "{told:?}");
    }
}

#[test]
fn a_rule_is_not_blamed_for_its_page_that_does_not_compile() {
    let folder = tempfile::tempdir().unwrap();
    let (page, rules) = (folder.path().join("own.md"), folder.path().join("rules.yml"));
    std::fs::write(&page, "---\nid: own\n---\n").unwrap();
    let rule = "groups: [{name: g, rules: [{alert: Lost, expr: up == 0, annotations: {runbook: runbooks/pages/own.md}}]}]\n";
    std::fs::write(&rules, rule).unwrap();
    let told = runbook(&[
        "check",
        page.to_str().unwrap(),
        "--rules",
        rules.to_str().unwrap(),
        "--json",
    ]);
    let problems = json(&told)["problems"].to_string();
    assert!(
        problems.contains("own.md:") && !problems.contains("Lost"),
        "{problems}"
    );
}

#[test]
fn a_rule_that_leads_elsewhere_than_its_page_and_a_page_that_lost_its_alert_are_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let copied = |from: &str, to: &str| {
        let to = folder.path().join(to);
        std::fs::create_dir_all(&to).unwrap();
        for file in std::fs::read_dir(shipped.join(from)).unwrap() {
            let file = file.unwrap();
            if file.path().is_file() {
                std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
            }
        }
        to
    };
    let (rules, pages) = (copied("deploy/rules", "rules"), copied("runbooks/pages", "pages"));
    let check = || {
        runbook(&[
            "check",
            pages.to_str().unwrap(),
            "--rules",
            rules.to_str().unwrap(),
            "--json",
        ])
    };
    let plant = |file: &std::path::Path, from: &str, to: &str| {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(file, text.replace(from, to)).unwrap();
    };
    let well = check();
    assert_eq!(well.status.code(), Some(0), "{well:?}");

    let core = rules.join("core-links.yml");
    plant(
        &core,
        "runbooks/pages/reopen-intake.md",
        "docs/alerts.md#intakeclosed",
    );
    let told = check();
    assert_eq!(told.status.code(), Some(1));
    let problems = json(&told)["problems"].to_string();
    assert!(
        problems.contains("reopen-intake answers IntakeClosed"),
        "{problems}"
    );
    plant(
        &core,
        "docs/alerts.md#intakeclosed",
        "runbooks/pages/reopen-intake.md",
    );

    plant(&pages.join("source-outage.md"), "SourceBreakerOpen, ", "");
    let problems = json(&check())["problems"].to_string();
    assert!(
        problems.contains("SourceBreakerOpen names runbook source-outage"),
        "{problems}"
    );
}

#[test]
fn a_page_of_ones_own_is_held_against_the_shipped_rules_beside_the_shipped_pages() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../runbooks/pages/close-intake.md");
    let text = std::fs::read_to_string(shipped).unwrap();
    let own = folder.path().join("close-harder.md");
    std::fs::write(&own, text.replace("id: close-intake", "id: close-harder")).unwrap();
    let told = runbook(&["check", folder.path().to_str().unwrap(), "--json"]);
    assert_eq!(
        json(&told),
        serde_json::json!({ "ok": true, "pages": 1, "problems": [] }),
        "{told:?}"
    );
    assert_eq!(
        runbook(&["check", "--rules", folder.path().to_str().unwrap()])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn each_alert_is_listed_once_with_the_pages_that_answer_it() {
    let told = json(&runbook(&["coverage", "--json"]));
    let alerts = told["alerts"].as_array().unwrap();
    let of = |name: &str| {
        alerts
            .iter()
            .filter(|alert| alert["alert"] == name)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of("IntakeClosed")[0]["pages"],
        serde_json::json!(["reopen-intake"])
    );
    assert_eq!(
        (of("ServiceDown").len(), &of("ServiceDown")[0]["severity"]),
        (1, &"critical".into())
    );
    assert_eq!(
        (told["covered"].as_u64(), told["all"].as_u64()),
        (Some(8), u64::try_from(alerts.len()).ok())
    );
    let words = stdout(&runbook(&["coverage"]));
    assert!(
        words.contains("8 of ") && words.contains("ServiceDown"),
        "{words}"
    );
}

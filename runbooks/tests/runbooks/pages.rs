//! The pages that the program brings along.

use std::collections::BTreeSet;
use std::path::Path;

use runbooks::{Bound, Plan, compile, coverage, pages};
use saga::{Outcome, Ran};

use crate::stage::{PAGE, Stage, plan};

pub(crate) fn all() -> Vec<Plan> {
    pages::all().unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn each_page_compiles_and_the_folder_has_no_other() {
    let compiled: BTreeSet<String> = all().into_iter().map(|plan| format!("{}.md", plan.id)).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pages");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(compiled, files);
}

#[test]
fn the_alerts_of_each_page_are_those_of_shipped_rules() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/rules");
    let mut rules = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_none_or(|extension| extension != "yml") {
            continue;
        }
        let text = std::fs::read_to_string(file).unwrap();
        let mut alert = String::new();
        for line in text.lines() {
            if let Some(name) = line.trim().strip_prefix("- alert: ") {
                alert = name.to_owned();
            }
            if let Some(runbook) = line.trim().strip_prefix("runbook: ") {
                rules.push((alert.clone(), runbook.trim_matches('"').to_owned()));
            }
        }
    }
    assert!(rules.len() > 50, "{}", rules.len());
    let gaps: Vec<String> = coverage(&all(), &rules).iter().map(ToString::to_string).collect();
    assert_eq!(gaps, Vec::<String>::new());
}

#[test]
fn closing_takes_one_person_and_reopening_two() {
    let close = &all()[0];
    assert_eq!(close.id, "close-intake");
    assert!(close.steps.iter().all(|step| step.does.kind() != "approval"));
    // No token reopens, so no page lets a command do it.
    for page in all() {
        let text = serde_json::to_string(&page.steps).unwrap();
        let commands = page.steps.iter().filter(|step| step.does.kind() == "command");
        for step in commands {
            let argv = serde_json::to_string(&step.does).unwrap();
            assert!(
                !argv.contains("\"reopen\"") && !argv.contains("\"approve\""),
                "{argv}"
            );
        }
        if text.contains("intake reopen") {
            assert!(text.contains("intake approve"), "{}", page.id);
        }
    }
}

#[test]
fn a_plan_survives_its_text_form_and_its_hash_is_that_of_its_content() {
    let one = plan(&[]);
    let again: Plan = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
    assert_eq!(again, one);
    assert_eq!(again.hash(), one.hash());
    // Prose, order of attributes, comments in other fences: none of it is carried out.
    let prose = PAGE.replace("仅供测试。", "仅供测试，换一种说法。").replace(
        "kind=command undo=reopen verify=is-closed",
        "verify=is-closed undo=reopen kind=command",
    );
    assert_eq!(compile("every-kind.md", &prose).unwrap().hash(), one.hash());
}

#[test]
fn whatever_is_carried_out_or_shown_to_those_who_approve_is_in_the_hash() {
    let hashes: BTreeSet<String> = [
        ("severity: critical", "severity: warning"),
        ("title_en: Every kind", "title_en: Any kind"),
        ("minutes: 15", "minutes: 16"),
        ("[IntakeClosed]", "[]"),
        ("max: 40", "max: 41"),
        ("default: tax", "default: court"),
        ("people=2", "people=3"),
        ("timeout=30m", "timeout=31m"),
        ("please agree", "please do"),
        ("--pace {{word}}", "--pace slow --x={{word}}"),
        ("idempotent=true\nbackstop", "idempotent=false\nbackstop"),
        ("equals=closed", "equals=shut"),
        ("on-failure=undo\nPOST", "on-failure=ask\nPOST"),
        ("expect=200,201", "expect=200"),
        ("[1, true]", "[1, false]"),
        ("interval=20s", "interval=21s"),
        ("confirm=已通知", "confirm=好"),
        ("it is out", "it was sent"),
        ("verify=is-open", "idempotent=true verify=is-open"),
        ("owner: sre", "owner: sre"),
    ]
    .iter()
    .map(|change| plan(&[*change]).hash().unwrap())
    .collect();
    assert_eq!(hashes.len(), 20);
}

#[test]
fn the_hash_of_a_page_is_pinned_so_that_a_change_of_form_is_seen() {
    // A change here makes every approval that waits for nothing: change it on purpose only, with `plan::FORMAT`.
    assert_eq!(
        plan(&[]).hash().unwrap(),
        "fbc8d5ba1536248721d41b32e30a0c8d5bfe5d7d0bd0167c612e783da600d10d"
    );
}

/// A page with the values that have no default.
pub(crate) fn bound(page: &Plan) -> Bound {
    let values = [
        ("reason", "核心系统故障"),
        ("incident", "INC-7"),
        ("source", "tax"),
        ("proposal", "pro_1"),
        ("firm", "frm_1"),
        ("database", "sqlite:lending.db"),
        ("keystore", "sqlite:keys.db"),
        ("archivekey", "usb/archive.key"),
        ("witness", "usb/witness"),
        ("logs", "logs"),
        ("signingkey", "usb/signing.key"),
        ("actor", "ada"),
        ("old", "db1"),
        ("new", "db2"),
    ];
    let known = |name: &str| page.parameters.iter().any(|parameter| parameter.name == name);
    let given = values.iter().filter(|(name, _)| known(name));
    let given = given
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Bound::new(page.clone(), &given, "ann").unwrap()
}

#[tokio::test]
async fn each_page_runs_to_its_end_and_leaves_intake_as_it_says() {
    let wanted = [
        (
            "close-intake",
            false,
            true,
            &["intake impact", "intake close", "task tell"][..],
        ),
        (
            "database-failover",
            true,
            true,
            &[
                "task confirm",
                "task fence",
                "task promote",
                "task switch",
                "task check",
                "task rejoin",
            ],
        ),
        (
            "leave-customer",
            false,
            false,
            &[
                "exit run",
                "task stopped",
                "exit witness",
                "exit run",
                "task scan",
                "task started",
            ],
        ),
        (
            "reopen-intake",
            true,
            false,
            &["intake impact", "task reason-gone", "task propose", "task watch"],
        ),
        (
            "source-outage",
            false,
            false,
            &[
                "task call",
                "intake impact",
                "intake close",
                "task check",
                "task reopen",
            ],
        ),
    ];
    for (page, (id, before, after, acts)) in all().iter().zip(wanted) {
        assert_eq!(page.id, id);
        let stage = Stage::twin();
        let hands = stage.hands();
        hands.with(|world| world.closed = before);
        stage.begin(&bound(page)).await;
        assert_eq!(stage.run(&hands).await, Ran::Ended(Outcome::Done), "{id}");
        assert_eq!(hands.acts(), acts, "{id}");
        assert_eq!(hands.with(|world| world.closed), after, "{id}");
    }
}

#[tokio::test]
async fn a_source_that_does_not_come_back_can_be_given_up_and_intake_is_reopened_by_two() {
    let pages = all();
    let page = pages.iter().find(|page| page.id == "source-outage").unwrap();
    let stage = Stage::twin();
    let hands = stage.hands();
    stage.begin(&bound(page)).await;
    hands.with(|world| {
        world.fails.insert("task check".to_owned());
    });
    let ran = stage.run(&hands).await;
    let Ran::Waits { seq, .. } = ran else {
        panic!("{ran:?}")
    };
    let answer = runbooks::Answer {
        seq,
        ruling: saga::Ruling::GiveUp,
        by: "ann",
        reason: "another source is asked instead",
    };
    stage.engine().answer(&stage.run, &answer).await.unwrap();
    assert_eq!(stage.run(&hands).await, Ran::Ended(Outcome::Undone));
    assert!(!hands.with(|world| world.closed));
    let prompt = hands.with(|world| world.tasks.last().unwrap().prompt.clone());
    assert!(prompt.contains("--scope act=application"), "{prompt}");
}

#[test]
fn all_commands_of_a_plan_are_listed_with_those_of_conditions_and_undos() {
    let plan = plan(&[]);
    let commands: Vec<String> = plan.commands().iter().map(|words| words.join(" ")).collect();
    assert_eq!(
        commands,
        [
            "backstop intake close --reason {{reason}} --url {{url}}",
            "backstop intake status --url {{url}} --json",
            "backstop intake reopen --url {{url}}",
            "backstop intake status --json",
            "backstop watch ack --pace {{word}} {{source}} of {{reason}}",
            "backstop watch silence x",
        ]
    );
}

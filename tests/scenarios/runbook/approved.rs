//! A run that another person has to agree to.

use std::fs;

use super::operator::{Operator, state};
use crate::place::{Place, Store};
use crate::plane::Plane;
use crate::service::Service;
use crate::standin::Standin;

/// A page that another person has to approve before it closes.
const ASKING: &str = r#"---
id: close-with-consent
title_zh: 经同意后关闭受理
title_en: Close intake once somebody agrees
owner: lending-ops
severity: warning
minutes: 5
alerts: [CoreBankingOpen]
needs: [operator]
parameters:
  url: {type: url, title_zh: 地址, title_en: Address}
  tokens: {type: name, title_zh: 令牌文件, title_en: Token file}
  incident: {type: name, title_zh: 事件, title_en: Incident}
  reason: {type: text, title_zh: 原因, title_en: Why}
---

须另一人同意后才能关闭时使用。 · Use it where another person has to agree before intake is closed.

```step id=agree kind=approval people=1 timeout=1h
是否因「{{reason}}」关闭受理？ Close intake because of {{reason}}?
```

```step id=close kind=command idempotent=true undo=never why="两人方可重新开放 / reopening takes two" timeout=1m
backstop intake close --reason {{reason}} --incident {{incident}} --url {{url}} --token-file {{tokens}} --json
```
"#;

#[test]
fn somebody_else_approves_what_a_run_waits_for_and_whoever_began_it_cannot() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");
    let page = operator.folder.join("close-with-consent.md");
    fs::write(&page, ASKING).unwrap();
    let begin = operator.with(&["run", "./close-with-consent.md", "--yes"]);

    let waits = operator.json(&begin, 7);
    let (run, digest) = (
        waits["run"].as_str().unwrap(),
        waits["approval"]["digest"].as_str().unwrap(),
    );
    assert_eq!(state(&place, &service), "open");
    let yes = ["approve", run, "agree", "--digest", digest];
    // Not by whoever began it, who is nobody else under another command; nor about anything else.
    operator.acting(&yes, "operator", 6);
    operator.does(&["answer", run, "agree", "--word", "yes", "--by", "bob"], 6);
    operator.acting(&yes, "auditor", 6);
    operator.acting(
        &["approve", run, "agree", "--digest", &"0a".repeat(32)],
        "commander",
        6,
    );
    operator.acting(&["approve", run, "close", "--digest", digest], "commander", 6);
    assert_eq!(operator.json(&["resume", run], 7)["step"], "agree");
    plane.until_leaves(&[("runbook.ask", 1), ("runbook.judge", 0)]);
    // What is shown is what plan and values come to.
    let plan = operator.json(&operator.with(&["plan", "./close-with-consent.md"]), 0);
    let shown = operator.acting(&["approve", run, "agree"], "commander", 0);
    let shown = String::from_utf8(shown.stdout).unwrap();
    let bound = plan["bound_sha256"].as_str().unwrap();
    assert!(shown.contains(bound) && shown.contains(digest), "{shown}");

    operator.acting(&yes, "commander", 0);
    // Whoever changes the page now changes nothing of what was approved.
    fs::write(&page, ASKING.replace("intake close", "intake scram")).unwrap();
    assert_eq!(operator.json(&["resume", run], 0)["state"], "done");
    assert_eq!(state(&place, &service), "closed");
    plane.until_leaves(&[("runbook.judge", 1), ("runbook.end", 1)]);

    // A no ends it before anything is done.
    fs::write(&page, ASKING).unwrap();
    let waits = operator.json(&begin, 7);
    let (run, digest) = (
        waits["run"].as_str().unwrap(),
        waits["approval"]["digest"].as_str().unwrap(),
    );
    let no = ["approve", run, "agree", "--digest", digest, "--deny"];
    operator.acting(&no, "commander", 0);
    let ended = operator.json(&["resume", run], 1);
    assert_eq!(ended["state"], "undone", "{ended}");
    let journal = operator.json(&["show", run], 0)["journal"].to_string();
    assert!(!journal.contains("\"close\""), "{journal}");
}

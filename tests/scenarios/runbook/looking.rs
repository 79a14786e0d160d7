//! A run that only looks: at what is watched, and at an instance.

use std::fs;

use super::operator::Operator;
use crate::place::{Place, Store};
use crate::plane::Plane;
use crate::service::Service;
use crate::standin::Standin;

const LOOKING: &str = r#"---
id: look-around
title_zh: 查看服务是否正常
title_en: See whether the service is well
owner: sre
severity: info
minutes: 1
alerts: [ServiceDown]
needs: [operator]
parameters:
  url: {type: url, title_zh: 地址, title_en: Address}
  job: {type: name, title_zh: 任务, title_en: Job}
---

交接班时使用。 · Use it when a shift begins.

```step id=seen kind=wait-until of=promql timeout=1m interval=1s
up{job="{{job}}"} == 1
```

```step id=lives kind=http undo=nothing
GET {{url}}/livez
```

```step id=gone kind=wait-until of=promql timeout=2s interval=1s
up{job="{{job}}"} == 0
```
"#;

#[test]
fn what_is_watched_and_an_instance_are_asked() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");
    let page = operator.folder.join("look-around.md");
    fs::write(&page, LOOKING).unwrap();
    let url = format!("url={}", service.base);
    let words = |verb| {
        [
            verb,
            "./look-around.md",
            "--set",
            url.as_str(),
            "--set",
            "job=financing",
        ]
    };

    let waits = operator.json(&[&words("run")[..], &["--yes"]].concat(), 7);
    // Two things were seen; the third does not come, and a person decides.
    assert_eq!(
        (&waits["state"], &waits["step"]),
        (&"waits".into(), &"gone".into())
    );
    let run = waits["run"].as_str().unwrap();
    let journal = operator.json(&["show", run], 0)["journal"].to_string();
    assert!(
        journal.contains("series") && journal.contains("gives nothing"),
        "{journal}"
    );

    // A dry run looks at all three now, since none of them changes anything.
    let plan = operator.json(&words("plan"), 0);
    let known: Vec<&str> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["known"].as_str().unwrap())
        .collect();
    assert_eq!(known, ["holds", "would-do", "not-yet"]);
    // With nobody to ask it cannot be told, which is no failure.
    drop(plane);
    let plan = operator.json(&words("plan"), 0);
    assert_eq!(plan["steps"][0]["known"], "cannot-tell");
}

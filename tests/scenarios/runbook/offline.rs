//! A run while the control plane is down.

use super::operator::{Operator, state};
use crate::place::{Place, Store};
use crate::plane::Plane;
use crate::service::Service;
use crate::standin::Standin;

#[test]
fn a_run_goes_on_while_the_control_plane_is_down_and_what_is_owed_is_told_later() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");
    let Plane {
        dir,
        port,
        mut process,
        ..
    } = plane;
    process.kill();

    // Nothing is begun that nobody could be told of, unless somebody says why.
    let refused = operator.does(&operator.with(&["run", "close-intake", "--yes"]), 5);
    let refused = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.contains("--offline --reason"), "{refused}");
    assert_eq!(operator.json(&["show"], 0)["runs"], serde_json::json!([]));
    assert_eq!(state(&place, &service), "open");
    let offline = |reason| operator.with(&["run", "close-intake", "--yes", "--offline", "--reason", reason]);
    operator.does(&offline("张三 asked"), 2);
    let waits = operator.json(&offline("plane-down"), 7);
    assert_eq!(state(&place, &service), "closed");
    let run = waits["run"].as_str().unwrap();
    operator.does(&["answer", run, "tell", "--word", "已通知", "--by", "ann"], 0);
    assert_eq!(operator.json(&["resume", run], 0)["state"], "done");
    assert_eq!(operator.json(&["deliver"], 5)["owed"], 2);

    let plane = Plane::again(dir, port);
    // Told by whoever began it, and by nobody else; once.
    let refused = operator.acting(&["deliver"], "commander", 6);
    let refused = String::from_utf8(refused.stdout).unwrap();
    assert!(refused.contains("begun offline by operator"), "{refused}");
    assert_eq!(operator.json(&["deliver"], 0)["told"], 2);
    assert_eq!(operator.json(&["deliver"], 0)["told"], 0);
    plane.until_leaves(&[("runbook.begin", 1), ("runbook.end", 1)]);
}

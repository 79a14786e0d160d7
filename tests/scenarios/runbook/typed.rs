//! A run at a terminal.

use std::fs;
use std::time::Duration;

use super::operator::{Operator, state};
use crate::binaries::shipped;
use crate::place::{Place, Store};
use crate::plane::Plane;
use crate::report::skip;
use crate::service::Service;
use crate::standin::Standin;
use crate::terminal::{self, Terminal};

#[test]
fn at_a_terminal_a_person_is_shown_what_happens_and_types_the_word() {
    if let Some(why) = terminal::unavailable() {
        skip(
            "at_a_terminal_a_person_is_shown_what_happens_and_types_the_word",
            &why,
        );
        return;
    }
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");
    let held = operator.folder.join("tokens.json");
    fs::copy(plane.dir.join("etc/tokens.json"), &held).unwrap();
    let script = operator.folder.join("night.sh");
    let values: Vec<String> = operator.values.iter().map(|value| format!("'{value}'")).collect();
    let text = format!(
        "cd {} && backstop runbook run close-intake --url {} --token-file tokens.json {}\n",
        operator.folder.display(),
        operator.control,
        values.join(" ")
    );
    fs::write(&script, text).unwrap();

    let programs = shipped("backstop");
    let screen = Terminal::open(110, 48, programs.parent().unwrap());
    let soon = Duration::from_secs(10);
    let enter = |text: &str| {
        screen.types(text);
        screen.enter();
    };
    enter(&format!("sh {}", script.display()));
    screen.shows(soon, |row| row.contains("type yes"));
    assert_eq!(state(&place, &service), "open");
    enter("yes");
    screen.shows(soon, |row| row.contains("[2/3] close  已完成 · done"));
    screen.shows(soon, |row| row.contains("已通知"));
    // Another word is none, and it asks again.
    enter("ok");
    screen.shows(soon, |row| {
        row.matches("type").count() > 0 && row.trim_end().ends_with("later):")
    });
    enter("已通知");
    screen.shows(soon, |row| row.contains("close-intake  已完成 · done"));
    let runs = operator.json(&["show"], 0);
    assert_eq!(runs["runs"][0]["state"], "done");
}

//! Every mistake is named with its field and its mend.

use std::fs;

use notify::{Config, NotifyError};

use crate::world::{CONFIG, configured};

#[test]
fn every_mistake_names_its_field() {
    let folder = tempfile::tempdir().unwrap();
    configured(folder.path(), CONFIG);
    fs::write(
        folder.path().join("url"),
        "https://qyapi.example/send?key=hush-hush",
    )
    .unwrap();
    fs::write(
        folder.path().join("plain"),
        "http://qyapi.example/send?key=hush-hush",
    )
    .unwrap();
    let long = "a".repeat(65);
    for (old, new, field) in [
        ("receiver = \"ops\"", "", "route.receiver"),
        ("receiver = \"ops\"", "receiver = \"nobody\"", "route.receiver"),
        ("group_wait = \"30s\"", "group_wait = \"30\"", "route.group_wait"),
        (
            "group_interval = \"5m\"",
            "group_interval = \"0s\"",
            "route.group_interval",
        ),
        (
            "group_by = [\"alertname\"]",
            "group_by = [\"a-b\"]",
            "route.group_by",
        ),
        (
            "['severity=\"critical\"']",
            "['severity']",
            "route.routes[0].matchers",
        ),
        (
            "escalation = \"core\"",
            "escalation = \"none\"",
            "route.routes[0].escalation",
        ),
        ("mute = [\"night\"]", "mute = [\"day\"]", "route.routes[1].mute"),
        (
            "['team=\"night\"']",
            "['severity=\"critical\"']",
            "route.routes[1].matchers",
        ),
        (
            "channels = [\"chat\"]",
            "channels = [\"none\"]",
            "receivers[0].channels",
        ),
        (
            "name = \"chat\"",
            &format!("name = \"{long}\""),
            "channels[0].name",
        ),
        ("per_minute = 600", "per_minute = 0", "channels[0].per_minute"),
        (
            "exec = { program = \"/bin/true\" }",
            "exec = { program = \"true\" }",
            "channels[0].exec.program",
        ),
        ("exec = { program = \"/bin/true\" }", "", "channels[0]"),
        (
            "exec = { program = \"/bin/true\" }",
            "wecom = { url_file = \"missing\" }",
            "channels[0].wecom.url_file",
        ),
        (
            "exec = { program = \"/bin/true\" }",
            "wecom = { url_file = \"plain\" }",
            "channels[0].wecom.url_file",
        ),
        (
            "exec = { program = \"/bin/true\" }",
            "wecom = { url_file = \"url\", secret_file = \"url\" }",
            "channels[0].wecom.secret_file",
        ),
        (
            "exec = { program = \"/bin/true\" }",
            "gateway = { url_file = \"url\", body = { m = \"{text}\" } }",
            "channels[0].gateway.body",
        ),
        (
            "exec = { program = \"/bin/true\" }",
            "mail = { host = \"mail.example\", from = \"a@b.example\", security = \"none\" }",
            "channels[0].mail.security",
        ),
        (
            "to_file = \"li.phone\"",
            "to_file = \"missing\"",
            "people[0].contacts[0].to_file",
        ),
        (
            "channel = \"sms\"",
            "channel = \"none\"",
            "people[0].contacts[0].channel",
        ),
        (
            "people = [\"li\", \"wang\"]",
            "people = [\"li\", \"nobody\"]",
            "rotas[0].people",
        ),
        (
            "starts = \"2026-11-23T09:00:00+08:00\"",
            "starts = \"Monday\"",
            "rotas[0].starts",
        ),
        ("shift = \"7d\"", "shift = \"0s\"", "rotas[0].shift"),
        ("person:qian", "person:nobody", "escalations[0].steps[2].page"),
        ("source = ['alertname=\"HostDown\"']", "source = []", "inhibit[0]"),
        ("to = \"07:00\"", "to = \"22:00\"", "mutes[0].to"),
        ("from = \"22:00\"", "from = \"25:00\"", "mutes[0].from"),
        ("day = 27", "day = 31", "call_tree.day"),
        (
            "external_url = \"https://ops.example/backstop\"",
            "external_url = \"ops\"",
            "external_url",
        ),
        ("[route]", "[route]\nsurprise = 1", "route.surprise"),
        (
            "external_url",
            "limits = { alerts = 0 }\nexternal_url",
            "limits.alerts",
        ),
    ] {
        assert!(CONFIG.contains(old), "{old}");
        let config = CONFIG.replacen(old, new, 1);
        match Config::parse(&config, folder.path()) {
            Err(NotifyError::Invalid { field: at, mend }) => {
                // An unknown field is named with its table or with itself, a matcher with its place in the list.
                assert!(
                    at.starts_with(field) || field.starts_with(&at),
                    "{new}: {at} instead of {field}"
                );
                assert!(mend.len() > 5 && !mend.contains("hush-hush"), "{mend}");
            }
            other => panic!("{new}: {:?}", other.map(|_| "accepted")),
        }
    }
}

#[test]
fn a_configuration_shows_no_secret_when_it_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("url"),
        "https://qyapi.example/send?key=hush-hush",
    )
    .unwrap();
    let config = CONFIG.replacen(
        "exec = { program = \"/bin/true\" }",
        "wecom = { url_file = \"url\" }",
        1,
    );
    let config = configured(folder.path(), &config);
    let printed = format!("{config:?}");
    assert!(
        !printed.contains("hush-hush") && !printed.contains("1380000000"),
        "{printed}"
    );
}

#[test]
fn the_example_in_the_documentation_is_good() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("secrets")).unwrap();
    for name in ["chat.url", "itsm.url", "call.url"] {
        fs::write(folder.path().join("secrets").join(name), "https://hook.example/x").unwrap();
    }
    for name in ["chat.key", "itsm.key", "li.phone", "wang.phone"] {
        fs::write(folder.path().join("secrets").join(name), "x").unwrap();
    }
    let source = include_str!("../../src/config/mod.rs");
    let (_, example) = source.split_once("```toml\n").unwrap();
    let (example, _) = example.split_once("//! ```").unwrap();
    let example = example.replace("//! ", "").replace("//!", "");
    let config = Config::parse(&example, folder.path()).unwrap();
    assert_eq!(config.receivers().collect::<Vec<_>>(), ["ops"]);
}

//! Journeys by a probe customer through a real server.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::exhibit::{Exhibit, Page};
use crate::process;
use crate::watch::Watch;

const TOKEN: &str = "token-of-the-probe";

fn json(body: &str) -> Page {
    Page {
        content_type: "application/json".to_owned(),
        ..Page::text(body)
    }
}

fn with_status(status: &'static str, body: &str) -> Page {
    Page { status, ..json(body) }
}

/// A bank with one firm and its loan.
async fn bank() -> (Exhibit, TempDir) {
    let exhibit = Exhibit::start().await;
    exhibit.show("/v1/firms/frm_1", json(r#"{"loan": "ln 7", "name": "甲公司"}"#));
    exhibit.show(
        "/v1/loans/ln%207",
        json(r#"{"state": "active", "outstanding": 500, "open": true, "terms": [{"n": 1}]}"#),
    );
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("token"), format!("{TOKEN}\n")).unwrap();
    (exhibit, folder)
}

/// A step, `more` being what follows its path.
fn step(name: &str, path: &str, more: &str) -> String {
    format!("[[probe.steps]]\nname = \"{name}\"\npath = \"{path}\"\n{more}\n")
}

fn firm() -> String {
    step("firm", "/v1/firms/{firm}", "capture = { loan = \"/loan\" }")
}

fn journey(job: &str, exhibit: &Exhibit, more: &str, steps: &[String]) -> String {
    format!(
        "[[probe]]\njob = \"{job}\"\nkind = \"journey\"\ntargets = [\"http://{}\"]\ninterval = \"1s\"\n\
         bearer_token_file = \"token\"\n{more}\n{}[probe.values]\nfirm = \"frm_1\"\n",
        exhibit.address,
        steps.concat()
    )
}

/// Step, success and status of all that were begun.
type Steps = Vec<(&'static str, f64, f64)>;

/// Waits for a journey's end, and holds all that is told of it against what is wanted: no more, no less.
async fn expect(watch: &Watch, job: &str, success: f64, steps: &[(&str, f64, f64)]) {
    let tried = |watch: &Watch| watch.last("probe_success", &[("job", job)]).is_some();
    watch.until("it was tried", tried).await;
    let mut told = BTreeMap::new();
    for series in watch.all() {
        let labels = &series.labels;
        let name = labels.name().to_owned();
        if labels.get("job") != job || !(name.starts_with("probe_") || name.starts_with("backstop_")) {
            continue;
        }
        let names: BTreeSet<&str> = labels.iter().map(|(name, _)| name).collect();
        let step = if name.starts_with("backstop_probe_step_") {
            assert_eq!(names, BTreeSet::from(["__name__", "instance", "job", "step"]));
            labels.get("step").to_owned()
        } else {
            assert_eq!(names, BTreeSet::from(["__name__", "instance", "job"]));
            String::new()
        };
        let first = series.samples.first().unwrap().value;
        if name.ends_with("duration_seconds") {
            assert!((0.0..0.8).contains(&first), "{job} {step} took {first} s");
            told.insert((name, step), -1.0);
        } else {
            told.insert((name, step), first);
        }
    }
    let mut wanted = BTreeMap::from([
        (("probe_success".to_owned(), String::new()), success),
        (("probe_duration_seconds".to_owned(), String::new()), -1.0),
        (
            ("backstop_probe_failures_in_a_row".to_owned(), String::new()),
            1.0 - success,
        ),
    ]);
    for (step, success, status) in steps {
        let of = |name: &str| (format!("backstop_probe_step_{name}"), (*step).to_owned());
        wanted.insert(of("success"), *success);
        wanted.insert(of("duration_seconds"), -1.0);
        wanted.insert(of("status_code"), *status);
    }
    assert_eq!(told, wanted, "{job}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_journey_takes_along_what_it_captured_and_says_that_it_is_a_probe() {
    let (exhibit, folder) = bank().await;
    exhibit.show(
        "/v1/loans/ln%207/repayments?of=500",
        with_status("201 Created", "{}"),
    );
    let steps = [
        firm(),
        step(
            "loan",
            "/v1/loans/{loan}",
            "capture = { balance = \"/outstanding\", n = \"/terms/0/n\" }\n\
             expect = { status = 200, json = { \"/state\" = \"active\", \"/open\" = true, \"/terms/0/n\" = 1 } }",
        ),
        step(
            "repay",
            "/v1/loans/{loan}/repayments?of={balance}",
            "method = \"POST\"\nbody = { amount = \"{balance}\", note = \"{loan} \\\"{n}\\\"\" }\n\
             expect = { status = [200, 201] }",
        ),
        step(
            "again",
            "/v1/loans/{loan}",
            "expect = { json = { \"/outstanding\" = \"{balance}\" } }",
        ),
    ];
    let watch = Watch::start(&journey("way", &exhibit, "writes = true", &steps), folder.path());
    let names = ["firm", "loan", "repay", "again"];
    let wanted: Vec<_> = names
        .map(|name| (name, 1.0, if name == "repay" { 201.0 } else { 200.0 }))
        .to_vec();
    expect(&watch, "way", 1.0, &wanted).await;
    watch.until("a second one", |_| exhibit.heads().len() >= 8).await;
    let heads = exhibit.heads();
    for head in &heads {
        let head = head.to_ascii_lowercase();
        assert!(head.contains("\r\nx-backstop-probe: journey/way\r\n"), "{head}");
        assert!(
            head.contains(&format!("\r\nauthorization: bearer {TOKEN}\r\n")),
            "{head}"
        );
        assert_eq!(
            head.contains("idempotency-key"),
            head.starts_with("post "),
            "{head}"
        );
    }
    let posts: Vec<&String> = heads.iter().filter(|head| head.starts_with("POST ")).collect();
    let (_, body) = posts[0].split_once("\r\n\r\n").unwrap();
    assert_eq!(body, r#"{"amount":500,"note":"ln 7 \"1\""}"#);
    let keys: BTreeSet<&str> = posts
        .iter()
        .map(|head| {
            head.split("idempotency-key: ")
                .nth(1)
                .unwrap()
                .lines()
                .next()
                .unwrap()
        })
        .collect();
    assert_eq!(keys.len(), posts.len(), "a key for each run: {keys:?}");
    assert!(
        keys.iter()
            .all(|key| key.starts_with("probe-") && key.len() == 38),
        "{keys:?}"
    );
    // Nothing of values or answers is in what is told.
    let told = format!("{:?} {:?}", watch.all(), watch.health.targets());
    for kept in ["frm_1", "ln 7", "甲", TOKEN] {
        assert!(!told.contains(kept), "{kept}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_step_that_fails_is_the_last_that_is_begun() {
    let (exhibit, folder) = bank().await;
    let moved = format!(
        "application/json\r\nLocation: http://{}/v1/firms/frm_1",
        exhibit.address
    );
    exhibit.show(
        "/moved",
        Page {
            content_type: moved,
            ..with_status("302 Found", "{}")
        },
    );
    exhibit.show("/silent", Page::silent());
    exhibit.show("/down", with_status("503 Service Unavailable", "{}"));
    exhibit.show("/text", Page::text("{\"loan\": "));
    let long = |bytes: usize| json(&format!("\"{}\"", "x".repeat(bytes - 2)));
    exhibit.show("/long", long((64 << 10) + 1));
    exhibit.show("/longest", long(64 << 10));
    exhibit.show(
        "/out",
        json(r#"{"a": "../../v2", "b": "x/y", "c": {}, "d": "."}"#),
    );
    let expects = |json: &str| format!("expect = {{ json = {{ {json} }} }}");
    let captures = |pointer: &str| format!("capture = {{ a = \"{pointer}\" }}");
    let of = |name: &'static str, path: &str, more: &str| step(name, path, more);
    let cases: Vec<(&str, &str, Vec<String>, f64, Steps)> = vec![
        (
            "status",
            "",
            vec![of("one", "/down", "")],
            0.0,
            vec![("one", 0.0, 503.0)],
        ),
        (
            "status-as-wanted",
            "",
            vec![of("one", "/down", "expect = { status = 503 }")],
            1.0,
            vec![("one", 1.0, 503.0)],
        ),
        (
            "moved",
            "",
            vec![of("one", "/moved", "")],
            0.0,
            vec![("one", 0.0, 302.0)],
        ),
        (
            "value",
            "",
            vec![
                firm(),
                of("loan", "/v1/loans/{loan}", &expects("\"/state\" = \"closed\"")),
            ],
            0.0,
            vec![("firm", 1.0, 200.0), ("loan", 0.0, 200.0)],
        ),
        (
            "kind-of-value",
            "",
            vec![
                firm(),
                of("loan", "/v1/loans/{loan}", &expects("\"/outstanding\" = \"500\"")),
            ],
            0.0,
            vec![("firm", 1.0, 200.0), ("loan", 0.0, 200.0)],
        ),
        (
            "value-missing",
            "",
            vec![of("firm", "/v1/firms/{firm}", &expects("\"/none\" = 1"))],
            0.0,
            vec![("firm", 0.0, 200.0)],
        ),
        (
            "capture-missing",
            "",
            vec![
                of("firm", "/v1/firms/{firm}", &captures("/none")),
                of("two", "/v1/{a}", ""),
            ],
            0.0,
            vec![("firm", 0.0, 200.0)],
        ),
        (
            "capture-table",
            "",
            vec![of("one", "/out", &captures("/c"))],
            0.0,
            vec![("one", 0.0, 200.0)],
        ),
        (
            "no-json",
            "",
            vec![of("one", "/text", &captures("/loan"))],
            0.0,
            vec![("one", 0.0, 200.0)],
        ),
        (
            "text-is-enough",
            "",
            vec![of("one", "/text", "")],
            1.0,
            vec![("one", 1.0, 200.0)],
        ),
        (
            "long",
            "",
            vec![of("one", "/long", "")],
            0.0,
            vec![("one", 0.0, 200.0)],
        ),
        (
            "longest",
            "",
            vec![of("one", "/longest", "")],
            1.0,
            vec![("one", 1.0, 200.0)],
        ),
        (
            "silent",
            "timeout = \"400ms\"",
            vec![firm(), of("two", "/silent", ""), of("three", "/longest", "")],
            0.0,
            vec![("firm", 1.0, 200.0), ("two", 0.0, 0.0)],
        ),
        (
            "out",
            "",
            vec![of("one", "/out", &captures("/a")), of("two", "/v1/firms/{a}", "")],
            0.0,
            vec![("one", 1.0, 200.0), ("two", 0.0, 0.0)],
        ),
        (
            "out-by-a-part",
            "",
            vec![
                of("one", "/out", &captures("/b")),
                of("two", "/v1/firms?of={a}", ""),
            ],
            0.0,
            vec![("one", 1.0, 200.0), ("two", 0.0, 0.0)],
        ),
        (
            "out-by-a-dot",
            "",
            vec![
                of("one", "/out", &captures("/d")),
                of("two", "/v1/.{a}/firms", ""),
            ],
            0.0,
            vec![("one", 1.0, 200.0), ("two", 0.0, 0.0)],
        ),
    ];
    let mut config: String = cases
        .iter()
        .map(|(job, more, steps, _, _)| journey(job, &exhibit, more, steps))
        .collect();
    config += &journey("stranger", &exhibit, "", &[firm()]).replace("\"token\"", "\"none\"");
    let nobody = format!("127.0.0.1:{}", process::port());
    config += &journey("nobody", &exhibit, "", &[firm()]).replace(&exhibit.address, &nobody);
    let watch = Watch::start(&config, folder.path());
    for (job, _, _, success, steps) in &cases {
        expect(&watch, job, *success, steps).await;
    }
    expect(&watch, "stranger", 0.0, &[]).await;
    expect(&watch, "nobody", 0.0, &[("firm", 0.0, 0.0)]).await;
    let paths: BTreeSet<String> = exhibit
        .heads()
        .iter()
        .map(|head| head.split(' ').nth(1).unwrap().to_owned())
        .collect();
    let asked: Vec<&str> = paths.iter().map(String::as_str).collect();
    assert_eq!(
        asked,
        [
            "/down",
            "/long",
            "/longest",
            "/moved",
            "/out",
            "/silent",
            "/text",
            "/v1/firms/frm_1",
            "/v1/loans/ln%207"
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_is_no_longer_begun_has_no_value() {
    let (exhibit, folder) = bank().await;
    let steps = [firm(), step("loan", "/v1/loans/{loan}", "")];
    let watch = Watch::start(&journey("way", &exhibit, "", &steps), folder.path());
    let loan = [("job", "way"), ("step", "loan")];
    let success = |watch: &Watch| watch.last("backstop_probe_step_success", &loan);
    watch
        .until("it is answered", |watch| success(watch) == Some(1.0))
        .await;
    exhibit.show("/v1/firms/frm_1", with_status("500 Internal Server Error", "{}"));
    watch
        .until("it has ended", |watch| success(watch).is_none())
        .await;
    let failures = |watch: &Watch| watch.last("backstop_probe_failures_in_a_row", &[("job", "way")]);
    watch
        .until("it failed again", |watch| failures(watch) >= Some(2.0))
        .await;
    let firm = [("job", "way"), ("step", "firm")];
    assert_eq!(watch.last("backstop_probe_step_success", &firm), Some(0.0));
    assert_eq!(watch.last("backstop_probe_step_status_code", &firm), Some(500.0));
    exhibit.show("/v1/firms/frm_1", json(r#"{"loan": "ln 7"}"#));
    watch
        .until("it is well", |watch| failures(watch) == Some(0.0))
        .await;
    assert_eq!(success(&watch), Some(1.0));
}

#[test]
fn a_journey_that_writes_is_refused_until_somebody_says_that_it_may() {
    let text = "[[probe]]\njob = \"way\"\nkind = \"journey\"\ntargets = [\"http://h:1\"]\n\
                [[probe.steps]]\nname = \"apply\"\nmethod = \"POST\"\npath = \"/v1/applications\"\n";
    let settled = |text: &str| {
        let mut config: scrape::Config = toml::from_str(text).unwrap();
        config.settle(Path::new("/")).map_err(|error| error.to_string())
    };
    let told = settled(text).unwrap_err();
    assert!(
        told.starts_with("probe[0].steps[0].method: a POST binds the bank"),
        "{told}"
    );
    assert!(told.contains("`writes = true`"), "{told}");
    assert_eq!(
        settled(&text.replace("[[probe.steps]]", "writes = true\n[[probe.steps]]")),
        Ok(())
    );
}

#[test]
fn the_examples_that_people_copy_are_read() {
    let documented = include_str!("../../../../docs/watch.md");
    let documented = documented
        .split("```")
        .find(|part| part.contains("kind = \"journey\""))
        .unwrap();
    let shipped = include_str!("../../../../deploy/watch.toml");
    let shipped = shipped
        .split("\n\n")
        .find(|part| part.contains("kind = \"journey\""))
        .unwrap();
    let shipped: String = shipped
        .lines()
        .skip(1)
        .map(|line| line.trim_start_matches("# ").to_owned() + "\n")
        .collect();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("secrets")).unwrap();
    fs::write(
        folder.path().join("secrets/probe.json"),
        r#"{"firm": "frm_1", "loan": "lon_1"}"#,
    )
    .unwrap();
    for text in [documented, &shipped] {
        let mut config: scrape::Config = toml::from_str(text).unwrap();
        config.settle(folder.path()).unwrap();
        assert!(config.probe[0].steps.len() >= 2);
    }
}

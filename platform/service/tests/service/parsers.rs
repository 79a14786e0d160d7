//! Whatever a stranger or a careless colleague sends, the answer is a problem
//! that says what is wrong: never a 500, never a broken connection, never an echo.

use auth::Role;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::app::{Answer, TestApp};

/// The digits of an identity number, looked for in every answer.
const CANARY: &str = "110105194912310021";

/// Any JSON, not too deep, with the canary somewhere among its texts and names.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        Just(json!(CANARY)),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("reason".to_owned()),
        Just("act".to_owned()),
        Just("parameters".to_owned()),
        Just("digest".to_owned()),
        Just("account".to_owned()),
        Just("amount".to_owned()),
        Just("consents".to_owned()),
        Just(CANARY.to_owned()),
        "[a-z_]{1,8}",
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Header texts that fit a header and little else.
fn any_header() -> impl Strategy<Value = String> {
    prop_oneof![
        "[!-~ ]{0,120}",
        "(Bearer|bearer|Basic|) ?(bss_[0-9a-f]{64}|bst_[0-9a-f]{0,70}|[!-~]{0,30})",
        "(session|__Host-session)=(bss_[0-9a-f]{64}|[!-~]{0,20})(; session=[a-z]{0,5})?",
    ]
}

/// The same cases every time, so that a failure is one that can be repeated.
fn cases<T: std::fmt::Debug>(count: u32, strategy: &impl Strategy<Value = T>) -> Vec<T> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

#[track_caller]
fn is_a_problem(answer: &Answer, what: &str) {
    assert!(
        (400..500).contains(&answer.status),
        "{what}: {} {}",
        answer.status,
        answer.text
    );
    assert_eq!(
        answer.headers["content-type"], "application/problem+json",
        "{what}"
    );
    assert!(
        answer.json["code"].is_string() && answer.json["title_zh"].is_string(),
        "{what}: {}",
        answer.text
    );
    assert!(
        !answer.text.contains(CANARY),
        "{what} is repeated: {}",
        answer.text
    );
    if answer.json["code"] == "invalid-field" {
        assert!(answer.json["field"].is_string(), "{what}: {}", answer.text);
    }
}

/// Routes that write, their roles taken from the table.
fn writes() -> Vec<(&'static str, Role)> {
    service::router::routes()
        .iter()
        .filter(|row| row.route.is_write())
        .filter_map(|row| row.route.roles.first().map(|role| (row.route.path(), *role)))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_json_body_is_more_than_a_problem_on_any_route() {
    let app = TestApp::sqlite().await;
    let bodies = cases(40, &any_json());
    for (path, role) in writes() {
        let path = path.replace("{id}", "frm_01900000000070008000000000000000");
        for (n, body) in bodies.iter().enumerate() {
            let request = app
                .request("POST", &path)
                .bearer(app.token_of(role))
                .header("idempotency-key", &format!("any-{n}"))
                .json_text(&body.to_string());
            is_a_problem(&request.send().await, &format!("{path} {body}"));
        }
    }
    for body in &bodies {
        for path in ["/v1/sessions", "/v1/password"] {
            let request = app.request("POST", path).json_text(&body.to_string());
            is_a_problem(&request.send().await, &format!("{path} with {body}"));
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_body_with_one_field_spoilt_names_that_field() {
    let app = TestApp::sqlite().await;
    let whole = crate::path::registration(&app, 1);
    let spoilers = [
        json!(null),
        json!(7),
        json!([]),
        json!({}),
        json!(""),
        json!("\u{0}"),
        json!("x".repeat(5000)),
        json!(CANARY.repeat(9)),
    ];
    for field in whole.as_object().unwrap().keys() {
        for (n, spoiler) in spoilers.iter().enumerate() {
            let mut body = whole.clone();
            body[field] = spoiler.clone();
            let answer = app
                .write_as("channel", "/v1/firms", &format!("{field}-{n}"), &body)
                .await;
            is_a_problem(&answer, &format!("{field} = {spoiler}"));
            assert_eq!(
                answer.json["field"],
                json!(field),
                "{field} = {spoiler}: {}",
                answer.text
            );
        }
        let mut body = whole.clone();
        body.as_object_mut().unwrap().remove(field);
        let answer = app.write("channel", "/v1/firms", &body).await;
        assert_eq!((answer.status, &answer.json["field"]), (400, &json!(field)));
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_header_lets_anybody_in_or_breaks_anything() {
    let app = TestApp::sqlite().await;
    for text in cases(150, &any_header()) {
        for header in ["authorization", "cookie"] {
            let answer = app
                .request("POST", "/v1/intake/close")
                .header(header, &text)
                .header("x-csrf-token", &text)
                .header("origin", &text)
                .header("idempotency-key", "any")
                .json_text(r#"{"reason":"x"}"#)
                .send()
                .await;
            assert_eq!(answer.problem(), (401, "unauthenticated"), "{header}: {text}");
        }
        let answer = app
            .request("POST", "/v1/intake/close")
            .bearer(app.token("operator"))
            .header("idempotency-key", &text)
            .json_text(r#"{"nonsense":1}"#)
            .send()
            .await;
        is_a_problem(&answer, &text);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_id_and_no_query_is_more_than_a_problem() {
    let app = TestApp::sqlite().await;
    let strange = prop_oneof![
        "[!-~]{1,80}",
        "\\PC{1,30}",
        "(frm|app|lon|pro)_[0-9a-fA-F]{30,34}",
        Just("%00".to_owned()),
        Just("%ff%fe".to_owned()),
        Just("..%2F..".to_owned()),
    ];
    let reads = service::router::routes();
    let reads = reads
        .iter()
        .filter(|row| row.route.has_id() && !row.route.is_write());
    let paths: Vec<&str> = reads.map(|row| row.route.path()).collect();
    for text in cases(60, &strange) {
        let segment: String = text.chars().filter(|letter| !"/?#\\".contains(*letter)).collect();
        // A lone point would be another path, to the client's own mind.
        if segment.is_empty() || segment.chars().all(|letter| letter == '.') {
            continue;
        }
        for path in &paths {
            let answer = app.read("operator", &path.replace("{id}", &segment)).await;
            is_a_problem(&answer, &format!("{path} with {segment:?}"));
        }
        let query = format!("/v1/intake?{}", text.replace('#', ""));
        let answer = app.read("operator", &query).await;
        assert_eq!(answer.status, 200, "a query is not looked at: {query}");
    }
    app.stop().await;
}

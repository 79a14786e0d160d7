//! Every role against every route, and who has no role at all.
//!
//! The table is written out here and not taken from the router: a slip there
//! has to be made twice to pass.

use std::collections::BTreeSet;

use auth::Role;

use crate::app::TestApp;

const CUSTOMER_SIDE: &[Role] = &[Role::Channel];
const READERS: &[Role] = &[Role::Channel, Role::Officer, Role::Operator, Role::Auditor];
const WATCHERS: &[Role] = &[
    Role::Channel,
    Role::Officer,
    Role::Operator,
    Role::Commander,
    Role::Auditor,
];
const REVEALERS: &[Role] = &[Role::Officer, Role::Operator, Role::Auditor];
const STAFF: &[Role] = &[
    Role::Officer,
    Role::Operator,
    Role::Commander,
    Role::Auditor,
    Role::ModelManager,
    Role::ExitPlanner,
];
const ID: &str = "01900000000070008000000000000000";

const TABLE: &[(&str, &[Role])] = &[
    ("POST /v1/firms", CUSTOMER_SIDE),
    ("GET /v1/firms/{id}", READERS),
    ("POST /v1/firms/{id}/reveal", REVEALERS),
    ("POST /v1/firms/{id}/consents", CUSTOMER_SIDE),
    ("POST /v1/consents/{id}/revoke", CUSTOMER_SIDE),
    ("POST /v1/applications", CUSTOMER_SIDE),
    ("GET /v1/applications/{id}", READERS),
    ("POST /v1/applications/{id}/reveal", REVEALERS),
    ("POST /v1/applications/{id}/pre-approval", CUSTOMER_SIDE),
    ("POST /v1/applications/{id}/accept", CUSTOMER_SIDE),
    ("POST /v1/applications/{id}/take-up", &[Role::Officer]),
    ("POST /v1/tasks/{id}/report", &[Role::Officer]),
    ("POST /v1/applications/{id}/approvals", &[Role::Officer]),
    ("POST /v1/applications/{id}/contract", CUSTOMER_SIDE),
    ("GET /v1/contracts/{id}", READERS),
    ("POST /v1/contracts/{id}/draws", CUSTOMER_SIDE),
    ("GET /v1/draws/{id}", READERS),
    ("GET /v1/loans/{id}", READERS),
    ("GET /v1/loans/{id}/payoff", READERS),
    ("GET /v1/loans/{id}/statement", READERS),
    ("POST /v1/loans/{id}/repayments", CUSTOMER_SIDE),
    ("POST /v1/loans/{id}/payoff", CUSTOMER_SIDE),
    ("POST /v1/loans/{id}/extensions", &[Role::Channel, Role::Officer]),
    ("POST /v1/loans/{id}/renewals", &[Role::Channel, Role::Officer]),
    ("GET /v1/renewals/{id}", READERS),
    ("POST /v1/renewals/{id}/verdicts", &[Role::Officer]),
    ("POST /v1/entries/{id}/reversal", &[Role::Operator]),
    ("POST /v1/days", &[Role::Operator]),
    ("POST /v1/evidence/anchors", &[Role::Plane]),
    ("GET /v1/intake", WATCHERS),
    ("POST /ofrep/v1/evaluate/flags", WATCHERS),
    ("POST /ofrep/v1/evaluate/flags/{id}", WATCHERS),
    (
        "GET /v1/intake/history",
        &[Role::Operator, Role::Commander, Role::Auditor],
    ),
    (
        "GET /v1/intake/impact",
        &[Role::Operator, Role::Commander, Role::Auditor],
    ),
    (
        "GET /v1/intake/doubts",
        &[Role::Operator, Role::Commander, Role::Auditor],
    ),
    (
        "POST /v1/intake/doubts/{id}/finding",
        &[Role::Operator, Role::Commander],
    ),
    ("POST /v1/intake/close", &[Role::Operator, Role::Commander]),
    ("GET /v1/session", Role::ALL),
    (
        "GET /v1/accounts",
        &[Role::Operator, Role::Commander, Role::Auditor],
    ),
    (
        "POST /v1/accounts/{id}/disable",
        &[Role::Operator, Role::Commander],
    ),
    ("POST /v1/proposals", STAFF),
    ("GET /v1/proposals/{id}", STAFF),
    ("POST /v1/proposals/{id}/verdicts", STAFF),
    ("POST /v1/proposals/{id}/execution", STAFF),
    // Last, as it ends the session that the others are asked under.
    ("POST /v1/session/end", Role::ALL),
];

#[test]
fn the_table_names_every_route_that_asks_who_you_are() {
    let table: BTreeSet<&str> = TABLE.iter().map(|(name, _)| *name).collect();
    let routes: BTreeSet<&str> = service::router::routes()
        .iter()
        .filter(|row| !row.route.roles.is_empty())
        .map(|row| row.route.name)
        .collect();
    assert_eq!(table, routes);
}

#[tokio::test]
async fn each_role_gets_through_where_it_may_and_nowhere_else() {
    let app = TestApp::sqlite().await;
    for (name, allowed) in TABLE {
        for role in Role::ALL {
            let answer = ask(&app, name, Some(app.token_of(*role))).await;
            // A body of `{"nonsense":1}` never does anything, so who gets
            // through is told from who does not by the refusal.
            let through = answer != (403, "forbidden".to_owned());
            assert_eq!(through, allowed.contains(role), "{role} at {name}: {answer:?}");
            assert_ne!(answer.0, 401, "{role} at {name}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn nobody_gets_through_without_a_known_token() {
    let app = TestApp::sqlite().await;
    for (name, _) in TABLE {
        for token in [None, Some("bst_unknown"), Some("")] {
            let answer = ask(&app, name, token).await;
            assert_eq!(
                answer,
                (401, "unauthenticated".to_owned()),
                "{name} with {token:?}"
            );
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_token_that_has_ended_opens_no_route_whatever_its_role() {
    let app = TestApp::sqlite().await;
    for (name, _) in TABLE {
        for role in Role::ALL {
            let answer = ask(&app, name, Some(app.ended_token_of(*role))).await;
            assert_eq!(answer, (401, "unauthenticated".to_owned()), "{role} at {name}");
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_signed_in_gets_through_where_their_role_may() {
    let app = TestApp::builder()
        .limits(|limits| limits.sign_in_burst = 100.0)
        .start()
        .await;
    for role in Role::ALL {
        let session = app.person(&format!("one-{role}"), *role).await;
        for (name, allowed) in TABLE {
            let answer = ask(&app, name, Some(&session)).await;
            let through = answer != (403, "forbidden".to_owned());
            assert_eq!(through, allowed.contains(role), "{role} at {name}: {answer:?}");
            assert_ne!(answer.0, 401, "{role} at {name}");
        }
        let (name, _) = TABLE[0];
        assert_eq!(ask(&app, name, Some(&session)).await.0, 401, "signed out");
    }
    app.stop().await;
}

/// Every operation of the document as a client reads it: without credentials,
/// with every role that it does not name, and with sessions that have ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documents_every_route_is_shut_to_whom_it_does_not_name() {
    let app = TestApp::builder()
        .limits(|limits| limits.sign_in_burst = 100.0)
        .start()
        .await;
    let mut sessions = Vec::new();
    for role in Role::ALL {
        sessions.push((*role, app.person(&format!("one-{role}"), *role).await));
    }
    let document = app.probe("/openapi.json").await.ok().json;
    let guarded: Vec<(String, Vec<String>)> = guarded(&document);
    assert_eq!(guarded.len(), TABLE.len());
    for (name, roles) in &guarded {
        assert_eq!(
            ask(&app, name, None).await,
            (401, "unauthenticated".to_owned()),
            "{name}"
        );
        for (role, session) in &sessions {
            if !roles.contains(&role.to_string()) {
                let answer = ask(&app, name, Some(session)).await;
                assert_eq!(answer, (403, "forbidden".to_owned()), "{role} at {name}");
            }
        }
    }
    app.hand.advance_micros(auth::sessions::IDLE);
    for (name, _) in &guarded {
        for (role, session) in &sessions {
            let answer = ask(&app, name, Some(session)).await;
            assert_eq!(
                answer,
                (401, "unauthenticated".to_owned()),
                "{role} at {name}, too late"
            );
        }
    }
    app.stop().await;
}

/// Operations that want credentials, with the roles that they name; all others are
/// listed here by hand.
fn guarded(document: &serde_json::Value) -> Vec<(String, Vec<String>)> {
    const OPEN: &[&str] = &[
        "GET /livez",
        "GET /readyz",
        "GET /metrics",
        "GET /openapi.json",
        "POST /v1/sessions",
        "POST /v1/password",
    ];
    let mut guarded = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{} {path}", method.to_uppercase());
            let wants = operation["security"]
                .as_array()
                .is_some_and(|list| !list.is_empty());
            assert_eq!(wants, !OPEN.contains(&name.as_str()), "{name}");
            if wants {
                let roles = operation["x-roles"].as_array().unwrap();
                let roles = roles.iter().map(|role| role.as_str().unwrap().to_owned());
                guarded.push((name, roles.collect()));
            }
        }
    }
    guarded
}

async fn ask(app: &TestApp, name: &str, token: Option<&str>) -> (u16, String) {
    let (method, template) = name.split_once(' ').unwrap();
    let mut request = app.request(method, &template.replace("{id}", ID));
    if let Some(token) = token {
        request = request.bearer(token);
    }
    if method == "POST" {
        request = request
            .header("idempotency-key", "roles")
            .json_text(r#"{"nonsense":1}"#);
    }
    let answer = request.send().await;
    let code = answer.json["code"].as_str().unwrap_or_default().to_owned();
    (answer.status, code)
}

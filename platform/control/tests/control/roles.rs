//! Every role against every route, who has no role, and requests that are too large or not JSON.
//!
//! The table is written out here and not taken from the router: a slip there has to be made twice to pass.

use auth::Role;
use reqwest::{Client, StatusCode};

use crate::plane::Plane;

const LEADERS: &[Role] = &[Role::Operator, Role::Commander];

const OVERSEERS: &[Role] = &[Role::Operator, Role::Commander, Role::Auditor];

const TABLE: &[(&str, &[Role])] = &[
    ("POST /v1/drills", LEADERS),
    ("POST /v1/drills/{id}/faults", LEADERS),
    ("POST /v1/drills/{id}/end", LEADERS),
    ("GET /v1/drills/{id}", OVERSEERS),
    ("POST /v1/runs", LEADERS),
    ("POST /v1/runs/{id}/approvals", LEADERS),
    ("POST /v1/runs/{id}/verdicts", LEADERS),
    ("POST /v1/runs/{id}/end", LEADERS),
    ("GET /v1/runs/{id}", OVERSEERS),
    ("POST /v1/evidence/anchors", &[Role::Plane]),
    ("GET /v1/watch", OVERSEERS),
    ("GET /v1/watch/alerts", OVERSEERS),
    ("GET /v1/watch/query", OVERSEERS),
    ("GET /v1/watch/query_range", OVERSEERS),
    ("GET /v1/watch/silences", OVERSEERS),
    ("POST /v1/watch/silences", LEADERS),
    ("POST /v1/watch/silences/{id}/expire", LEADERS),
    ("POST /v1/watch/acks", LEADERS),
    ("POST /v1/watch/receivers/test", LEADERS),
    ("GET /v1/watch/call-trees", OVERSEERS),
    ("POST /v1/watch/call-trees", LEADERS),
    (
        "POST /v1/alerts/alertmanager",
        &[Role::Plane, Role::Operator, Role::Commander],
    ),
    ("POST /v1/alerts/replies/{channel}", &[Role::Plane]),
    (
        "POST /v1/alerts/security-events",
        &[Role::Plane, Role::Operator, Role::Commander],
    ),
];
/// Asks nobody who they are, but for a signature.
const SIGNED: &str = "POST /v1/alerts/tickets";

async fn ask(plane: &Plane, route: &str, token: Option<&str>) -> StatusCode {
    let (method, path) = route.split_once(' ').unwrap();
    let url = format!("{}{}", plane.url, path.replace("{id}", "drl_none"));
    let http = Client::new();
    let request = match method {
        "POST" => http
            .post(url)
            .header("idempotency-key", "k")
            .json(&serde_json::json!({})),
        _ => http.get(url),
    };
    let request = token
        .into_iter()
        .fold(request, reqwest::RequestBuilder::bearer_auth);
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_asks_for_its_role_and_probes_ask_nobody() {
    let plane = Plane::start().await;
    let mut seen: Vec<&str> = TABLE.iter().map(|(route, _)| *route).collect();
    for (route, roles) in TABLE {
        for token in [None, Some("bst_unknown"), Some("")] {
            assert_eq!(ask(&plane, route, token).await, 401, "{route} {token:?}");
        }
        for role in Role::ALL {
            let over = ask(&plane, route, Some(plane.ended_token(*role))).await;
            assert_eq!(over, 401, "{route} {role}, whose token's time is over");
            let status = ask(&plane, route, Some(plane.token(*role))).await;
            if roles.contains(role) {
                assert!(![401, 403].contains(&status.as_u16()), "{route} {role}: {status}");
            } else {
                assert_eq!(status, 403, "{route} {role}");
            }
        }
    }
    assert_eq!(ask(&plane, SIGNED, None).await, 401, "without a signature");
    seen.push(SIGNED);
    for probe in ["GET /livez", "GET /readyz", "GET /metrics", "GET /openapi.json"] {
        assert_eq!(ask(&plane, probe, None).await, 200, "{probe}");
        seen.push(probe);
    }
    // This one watches nothing, so its heart does not beat.
    let heartbeat = "GET /v1/watch/heartbeat";
    assert_eq!(ask(&plane, heartbeat, None).await, 503);
    seen.push(heartbeat);
    let routes = control::router::routes();
    let served: Vec<&str> = routes.iter().map(|row| row.route.name).collect();
    assert_eq!(seen, served);
    plane.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_guarded_and_requests_bounded() {
    let plane = Plane::start().await;
    let http = Client::new();
    let alive = http.get(format!("{}/livez", plane.url)).send().await.unwrap();
    assert_eq!(alive.headers()["x-content-type-options"], "nosniff");
    assert_eq!(alive.headers()["cache-control"], "no-store");
    let post = |body: String| {
        http.post(format!("{}/v1/drills", plane.url))
            .bearer_auth(plane.token(Role::Operator))
            .header("idempotency-key", "k")
            .header("content-type", "application/json")
            .body(body)
            .send()
    };
    assert_eq!(post("x".repeat(70_000)).await.unwrap().status(), 413);
    assert_eq!(post("{".to_owned()).await.unwrap().status(), 400);
    assert_eq!(post("{}".to_owned()).await.unwrap().status(), 400);
    let figures = http.get(format!("{}/metrics", plane.url)).send().await.unwrap();
    let figures = figures.text().await.unwrap();
    for name in [
        "backstop_http_requests_total{route=\"POST /v1/drills\",status=\"413\"} 1",
        "backstop_evidence_pending",
        "process_resident_memory_bytes",
    ] {
        assert!(figures.contains(name), "{name} in {figures}");
    }
    plane.stop().await;
}

//! People sign in, work under a bearer or a cookie, and sign out.

use auth::Role;
use auth::sessions::IDLE;
use serde_json::json;

use crate::app::{Answer, PASSWORD, Request, TestApp};

/// The cookie and the token that a page gets when its person signs in.
async fn page(app: &TestApp, name: &str, role: Role) -> (String, String) {
    let secret = app.enrol(name, role).await;
    let body = json!({ "account": name, "password": PASSWORD, "code": app.code(&secret), "cookie": true });
    let answer = app
        .request("POST", "/v1/sessions")
        .header("sec-fetch-site", "same-origin")
        .json_text(&body.to_string())
        .send()
        .await
        .created();
    assert!(
        answer.json["token"].is_null(),
        "no script needs the token: {}",
        answer.text
    );
    let set = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(set.contains("; HttpOnly; SameSite=Strict"), "{set}");
    let cookie = set.split(';').next().unwrap().to_owned();
    (cookie, answer.json["csrf"].as_str().unwrap().to_owned())
}

fn close(app: &TestApp, cookie: &str) -> Request {
    app.request("POST", "/v1/intake/close")
        .header("cookie", cookie)
        .header("idempotency-key", &crate::path::fresh_key())
        .json_text(r#"{"reason":"drill"}"#)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_in_acts_and_signs_out() {
    let app = TestApp::sqlite().await;
    let session = app.person("ann", Role::Operator).await;
    let shown = app
        .request("GET", "/v1/session")
        .bearer(&session)
        .send()
        .await
        .ok();
    assert_eq!(
        (&shown.json["account"], &shown.json["role"]),
        (&json!("ann"), &json!("operator"))
    );
    assert!(shown.json["token"].is_null() && shown.json["csrf"].is_null());
    app.act(&session, "/v1/intake/close", &json!({"reason": "drill"}))
        .await
        .ok();
    let intake = app
        .request("GET", "/v1/intake")
        .bearer(&session)
        .send()
        .await
        .ok();
    assert_eq!(intake.json["actor"], "ann");
    app.request("POST", "/v1/session/end")
        .bearer(&session)
        .send()
        .await
        .ok();
    let after = app.request("GET", "/v1/session").bearer(&session).send().await;
    assert_eq!(after.problem(), (401, "unauthenticated"));
    assert_eq!(
        app.acts().await,
        ["account.create", "intake.close", "session.begin", "session.end"]
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_changes_their_own_password() {
    let app = TestApp::sqlite().await;
    let secret = app.enrol("ann", Role::Operator).await;
    let change = async |new: &str| {
        let body = json!({
            "account": "ann", "password": PASSWORD, "code": app.code(&secret), "new_password": new,
        });
        let request = app.request("POST", "/v1/password").json_text(&body.to_string());
        request.send().await
    };
    let unfit = change("short").await;
    assert_eq!(unfit.problem(), (400, "invalid-field"));
    assert_eq!(unfit.json["field"], "new_password", "{}", unfit.text);
    assert!(
        !unfit.text.contains("\"short\""),
        "it is not repeated: {}",
        unfit.text
    );
    let changed = change("staple battery correct").await.ok();
    assert_eq!(changed.json, json!({ "sessions_ended": 0 }));
    assert_eq!(
        change("another battery horse").await.problem(),
        (401, "unauthenticated")
    );
    assert_eq!(app.acts().await, ["account.create", "account.password"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_outlives_a_restart_and_not_its_time() {
    let app = TestApp::sqlite().await;
    let session = app.person("ann", Role::Auditor).await;
    let app = app.restart().await;
    app.request("GET", "/v1/session")
        .bearer(&session)
        .send()
        .await
        .ok();
    app.hand.advance_micros(IDLE);
    let late = app.request("GET", "/v1/session").bearer(&session).send().await;
    assert_eq!(late.problem(), (401, "unauthenticated"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_refused_is_told_nothing() {
    let app = TestApp::builder()
        .limits(|limits| limits.sign_in_burst = 1000.0)
        .start()
        .await;
    let secret = app.enrol("ann", Role::Operator).await;
    let code = app.code(&secret);
    let told = |answer: Answer| (answer.status, answer.text);
    let nobody = told(app.try_in("nobody", PASSWORD, &code).await);
    assert_eq!(nobody.0, 401);
    assert_eq!(told(app.try_in("ann", PASSWORD, "000 00").await), nobody);
    assert_eq!(
        told(app.try_in("ann", "wrong horse battery", &code).await),
        nobody
    );
    assert_eq!(
        told(app.try_in("ann", PASSWORD, &code).await),
        nobody,
        "the code is used up"
    );
    for name in ["ann", "nobody"] {
        let slowed = loop {
            let answer = app.try_in(name, PASSWORD, "000000").await;
            if answer.status != 401 {
                break answer;
            }
        };
        assert_eq!(slowed.problem(), (429, "rate-limited"));
    }
    let figures = app.probe("/metrics").await.ok_text();
    assert!(
        figures.contains("financing_sign_ins_total{outcome=\"slowed\"} 2"),
        "{figures}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_tries_name_after_name_waits() {
    let app = TestApp::sqlite().await;
    let mut statuses = Vec::new();
    for n in 0..40 {
        statuses.push(app.try_in(&format!("name{n}"), PASSWORD, "000000").await.status);
    }
    assert_eq!(statuses[..20], [401; 20]);
    assert!(statuses[20..].contains(&429), "{statuses:?}");
    app.read("operator", "/v1/intake").await.ok();
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_under_a_cookie_comes_from_its_own_page_with_its_token() {
    let app = TestApp::sqlite().await;
    let (cookie, csrf) = page(&app, "ann", Role::Operator).await;
    let (_, another) = page(&app, "bob", Role::Operator).await;
    for (site, token) in [
        (None, Some(&csrf)),
        (Some("cross-site"), Some(&csrf)),
        (Some("same-site"), Some(&csrf)),
        (Some("same-origin"), None),
        (Some("same-origin"), Some(&another)),
    ] {
        let mut request = close(&app, &cookie);
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        if let Some(token) = token {
            request = request.header("x-csrf-token", token);
        }
        assert_eq!(
            request.send().await.problem(),
            (403, "cross-site"),
            "{site:?} {token:?}"
        );
    }
    let own = format!("http://{}", app.address);
    let older = close(&app, &cookie)
        .header("origin", &own)
        .header("x-csrf-token", &csrf);
    older.send().await.ok();
    let ours = close(&app, &cookie)
        .header("sec-fetch-site", "same-origin")
        .header("x-csrf-token", &csrf);
    ours.send().await.ok();

    let shown = app
        .request("GET", "/v1/session")
        .header("cookie", &cookie)
        .send()
        .await
        .ok();
    assert_eq!(
        shown.json["csrf"],
        json!(csrf),
        "a page that was loaded again asks for it"
    );
    let end = |site: &str| {
        app.request("POST", "/v1/session/end")
            .header("cookie", &cookie)
            .header("sec-fetch-site", site)
            .header("x-csrf-token", &csrf)
    };
    assert_eq!(end("cross-site").send().await.problem(), (403, "cross-site"));
    let ended = end("same-origin").send().await.ok();
    assert!(
        ended.headers["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    assert_eq!(
        close(&app, &cookie).send().await.problem(),
        (401, "unauthenticated")
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_sites_page_signs_nobody_in() {
    let app = TestApp::sqlite().await;
    let secret = app.enrol("eve", Role::Operator).await;
    let body = json!({ "account": "eve", "password": PASSWORD, "code": app.code(&secret), "cookie": true });
    let request = app
        .request("POST", "/v1/sessions")
        .header("sec-fetch-site", "cross-site");
    let refused = request.json_text(&body.to_string()).send().await;
    assert_eq!(refused.problem(), (403, "cross-site"));
    assert!(!refused.headers.contains_key("set-cookie"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_disables_another_at_once() {
    let app = TestApp::sqlite().await;
    let (ann, eve) = (
        app.person("ann", Role::Operator).await,
        app.person("eve", Role::Operator).await,
    );
    let disabled = app.act(&ann, "/v1/accounts/eve/disable", &json!({})).await.ok();
    assert_eq!(
        (&disabled.json["state"], &disabled.json["sessions"]),
        (&json!("disabled"), &json!(0))
    );
    let shut_out = app.request("GET", "/v1/session").bearer(&eve).send().await;
    assert_eq!(shut_out.problem(), (401, "unauthenticated"));
    let again = app.act(&ann, "/v1/accounts/eve/disable", &json!({})).await;
    assert_eq!(again.problem(), (409, "illegal-transition"));
    let unknown = app.act(&ann, "/v1/accounts/%E8%BF%90/disable", &json!({})).await;
    assert_eq!(unknown.problem(), (404, "not-found"));
    let list = app.request("GET", "/v1/accounts").bearer(&ann).send().await.ok();
    assert_eq!(list.json["accounts"].as_array().unwrap().len(), 2);
    app.stop().await;
}

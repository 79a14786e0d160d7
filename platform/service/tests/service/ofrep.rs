//! The gate as feature flags (OFREP 0.3.0).

use open_feature::EvaluationContext;
use open_feature::provider::FeatureProvider;
use open_feature_ofrep::{OfrepOptions, OfrepProvider};
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Value, json};

use crate::app::{Answer, TestApp};

const ALL: &str = "/ofrep/v1/evaluate/flags";

async fn evaluate(app: &TestApp, path: &str, body: &Value) -> Answer {
    app.request("POST", path)
        .bearer(app.token("channel"))
        .json_text(&body.to_string())
        .send()
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flags_say_what_the_gate_says_and_each_act_apart() {
    let app = TestApp::sqlite().await;
    let one = |flag: &str| format!("{ALL}/{flag}");
    let nobody = json!({ "context": { "targetingKey": "front-end" } });
    let open = evaluate(&app, &one("intake-open"), &nobody).await.ok();
    assert_eq!(
        open.json,
        json!({ "key": "intake-open", "value": true, "reason": "STATIC", "variant": "open",
                "metadata": { "state": "open", "epoch": 1 } })
    );
    let order = json!({ "reason": "drill", "scope": "act=application,product=credit,region=350000" });
    app.write("operator", "/v1/intake/close", &order).await.ok();
    for (flag, context, value) in [
        ("intake-open", json!({}), true),
        (
            "intake-open",
            json!({ "act": "application", "product": "credit", "region": "350200" }),
            false,
        ),
        (
            "intake-open",
            json!({ "act": "application", "product": "micro", "region": "350200" }),
            true,
        ),
        (
            "intake-open-application",
            json!({ "product": "credit", "region": "350200", "channel": "app" }),
            false,
        ),
        (
            "intake-open-application",
            json!({ "product": "credit", "region": "330100" }),
            true,
        ),
        (
            "intake-open-limit-increase",
            json!({ "product": "credit", "region": "350200" }),
            true,
        ),
        ("intake-open-draw", json!({ "product": null, "age": 7 }), true),
    ] {
        let said = evaluate(&app, &one(flag), &json!({ "context": context }))
            .await
            .ok();
        assert_eq!(said.json["value"], value, "{flag} {context}: {}", said.text);
        assert_eq!(said.json["key"], flag);
    }
    for (path, body, status, code) in [
        (
            one("intake-open"),
            json!({ "context": { "product": "gold" } }),
            400,
            "INVALID_CONTEXT",
        ),
        (
            one("intake-open"),
            json!({ "context": { "product": 7 } }),
            400,
            "INVALID_CONTEXT",
        ),
        (one("intake-open"), json!({ "context": 7 }), 400, "PARSE_ERROR"),
        (one("intake-open"), json!({}), 400, "PARSE_ERROR"),
        (one("intake-closed"), nobody.clone(), 404, "FLAG_NOT_FOUND"),
        (
            ALL.to_owned(),
            json!({ "context": { "region": "9" } }),
            400,
            "INVALID_CONTEXT",
        ),
    ] {
        let refused = evaluate(&app, &path, &body).await;
        assert_eq!(
            (refused.status, &refused.json["errorCode"]),
            (status, &json!(code)),
            "{path} {body}"
        );
    }
    let stranger = app
        .request("POST", ALL)
        .json_text(&nobody.to_string())
        .send()
        .await;
    assert_eq!(stranger.problem(), (401, "unauthenticated"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_not_changed_is_not_sent_again() {
    let app = TestApp::sqlite().await;
    let body = json!({ "context": { "targetingKey": "front-end" } }).to_string();
    let ask = async |seen: Option<&str>| {
        let request = app
            .request("POST", ALL)
            .bearer(app.token("channel"))
            .json_text(&body);
        match seen {
            Some(seen) => request.header("if-none-match", seen).send().await,
            None => request.send().await,
        }
    };
    let first = ask(None).await.ok();
    assert_eq!(first.json["flags"].as_array().unwrap().len(), 6);
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    let same = ask(Some(&tag)).await;
    assert_eq!(
        (same.status, same.text.as_str()),
        (StatusCode::NOT_MODIFIED.as_u16(), "")
    );
    app.write("operator", "/v1/intake/close", &json!({ "reason": "drill" }))
        .await
        .ok();
    let changed = ask(Some(&tag)).await.ok();
    let flags = changed.json["flags"].as_array().unwrap();
    for flag in flags {
        // Renewals are existing business unless a closing names them.
        let spared = flag["key"] == "intake-open-renewal";
        let state = if spared { "open" } else { "closed" };
        assert_eq!(
            (&flag["value"], &flag["metadata"]["state"]),
            (&json!(spared), &json!(state)),
            "{flag}"
        );
    }
    assert_ne!(changed.headers["etag"], tag.as_str());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_protocols_own_client_reads_the_gate() {
    let app = TestApp::sqlite().await;
    let mut headers = HeaderMap::new();
    headers.insert(
        AUTHORIZATION,
        format!("Bearer {}", app.token("channel")).parse().unwrap(),
    );
    let options = OfrepOptions {
        base_url: format!("http://{}", app.address),
        headers,
        ..OfrepOptions::default()
    };
    let provider = OfrepProvider::new(options).await.unwrap();
    let about = |product: &str| {
        EvaluationContext::default()
            .with_targeting_key("front-end")
            .with_custom_field("product", product)
    };
    let order = json!({ "reason": "drill", "scope": "act=application,product=credit" });
    app.write("operator", "/v1/intake/close", &order).await.ok();
    for (flag, product, value) in [
        ("intake-open-application", "credit", false),
        ("intake-open-application", "micro", true),
        ("intake-open-draw", "credit", true),
    ] {
        let said = provider.resolve_bool_value(flag, &about(product)).await.unwrap();
        assert_eq!(said.value, value, "{flag} {product}");
    }
    // What the service does not know becomes the caller's default.
    for (flag, product) in [("intake-closed", "credit"), ("intake-open", "gold")] {
        assert!(
            provider.resolve_bool_value(flag, &about(product)).await.is_err(),
            "{flag} {product}"
        );
    }
    app.stop().await;
}

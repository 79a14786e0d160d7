//! The stand-in's own answers, seen as a drill or a load generator sees them.

use crate::outside::Outside;
use population::replay::FirmFile;
use population::{Firms, Population};
use serde_json::{Value, json};
use sources::standin::book::Book;

#[tokio::test]
async fn a_firms_card_has_all_that_registration_and_application_need() {
    let outside = Outside::start().await;
    let (status, card) = outside.get("/firms/12").await;
    let firm = Population::new(1).firm(12);
    assert_eq!((status, &card["simulated"]), (200, &Value::Bool(true)));
    for (field, value) in [
        ("credit_code", firm.credit_code),
        ("name", firm.name),
        ("region", firm.region),
        ("industry", firm.industry),
        ("contact", firm.contact),
        ("contact_id", firm.contact_id),
        ("phone", firm.phone),
        ("account", firm.account),
    ] {
        assert_eq!(card[field], value.as_str(), "{field}");
    }
    assert!(card["turnover"].as_i64().unwrap() > 0);
    assert!(card["address"].as_str().is_some() && card["tax_number"].as_str().is_some());
}

#[tokio::test]
async fn a_file_of_firms_replaces_the_population() {
    let text = include_str!("../../../population/data/firms.example.jsonl");
    let firms = Firms::Replayed(FirmFile::from_json_lines(text.as_bytes()).unwrap());
    let outside = Outside::with(firms, Book::open(None).unwrap()).await;
    assert_eq!(outside.get("/firms").await.1["count"], 3);
    let (_, card) = outside.get("/firms/2").await;
    let asked = json!({ "credit_code": card["credit_code"] });
    let (status, facts) = outside.send("POST", "/sources/registration", &asked).await;
    assert_eq!((status, &facts["region"]), (200, &card["region"]));
    assert_eq!(outside.get("/firms/3").await.0, 404);
}

#[tokio::test]
async fn controls_are_shown_changed_and_reset_while_it_runs() {
    let outside = Outside::start().await;
    let (_, all) = outside.get("/control").await;
    assert_eq!(
        all.as_object().unwrap().len(),
        9,
        "six sources, core, notices and the pager"
    );
    let control = json!({ "latency_ms": 5, "failure_rate": 0.5, "failure": "cut", "status": 503 });
    let (status, shown) = outside.send("PUT", "/control/tax", &control).await;
    assert_eq!(
        (status, &shown["failure"], &shown["jitter_ms"]),
        (200, &"cut".into(), &0.into())
    );
    outside.heal("tax").await;
    assert_eq!(outside.get("/control/tax").await.1["failure_rate"], 0.0);
}

#[tokio::test]
async fn controls_out_of_bounds_are_refused_and_change_nothing() {
    let outside = Outside::start().await;
    let (_, before) = outside.get("/control").await;
    for bad in [
        json!({ "failure_rate": 1.5 }),
        json!({ "latency_ms": 60_001 }),
        json!({ "status": 200 }),
        json!({ "failure": "explode" }),
        json!({ "latency": 5 }),
    ] {
        let (status, answer) = outside.send("PUT", "/control/tax", &bad).await;
        assert!(status == 400 && answer["error"].is_string(), "{bad}: {status}");
    }
    assert_eq!(outside.send("PUT", "/control/moon", &json!({})).await.0, 404);
    assert_eq!(outside.get("/control").await.1, before);
}

#[tokio::test]
async fn a_share_of_the_requests_fails_and_is_counted() {
    let outside = Outside::start().await;
    outside
        .send(
            "PUT",
            "/control/tax",
            &json!({ "failure_rate": 0.3, "status": 502 }),
        )
        .await;
    let card = outside.get("/firms/0").await.1;
    let asked = json!({ "credit_code": card["credit_code"] });
    let mut failed = 0;
    for _ in 0..200 {
        let status = outside.send("POST", "/sources/tax", &asked).await.0;
        assert!(status == 200 || status == 502);
        failed += u64::from(status == 502);
    }
    let (_, tax) = outside.get("/control/tax").await;
    assert_eq!(
        (&tax["requests"], &tax["failures"]),
        (&200.into(), &failed.into())
    );
    assert!((35..=85).contains(&failed), "{failed} of 200 failed");
}

#[tokio::test]
async fn requests_that_make_no_sense_are_refused() {
    let outside = Outside::start().await;
    assert_eq!(outside.send("POST", "/sources/stars", &json!({})).await.0, 404);
    assert_eq!(outside.send("POST", "/sources/tax", &json!({})).await.0, 400);
    assert_eq!(
        outside
            .send("POST", "/core/payments", &json!({ "reference": "x" }))
            .await
            .0,
        400
    );
    for (field, value) in [
        ("amount", json!(0)),
        ("reference", json!("")),
        ("account", json!("abc")),
    ] {
        let mut order = json!({ "reference": "r", "amount": 1, "account": "12345678" });
        order[field] = value;
        let (status, answer) = outside.send("POST", "/core/payments", &order).await;
        assert_eq!((status, &answer["state"]), (422, &"refused".into()), "{field}");
    }
}

#[tokio::test]
async fn a_silent_answer_does_not_hold_up_the_shutdown() {
    let outside = Outside::start().await;
    outside.fail("core", "silent", 500).await;
    let request = outside
        .http
        .get(format!("{}/core/payments/drw_1", outside.url))
        .send();
    let asking = tokio::spawn(async move { request.await.map(|answer| answer.status().as_u16()) });
    while outside.requests("core").await == 0 {
        tokio::task::yield_now().await;
    }
    outside.shutdown.trigger();
    let started = std::time::Instant::now();
    outside.serving.await.unwrap().unwrap();
    assert!(started.elapsed().as_secs() < 4, "{:?}", started.elapsed());
    assert_eq!(asking.await.unwrap().unwrap(), 500);
}

/// The planted fault is a connector that tells everybody everything: the stand-in notices.
#[tokio::test]
async fn only_the_bureau_may_be_told_an_identity_number() {
    let outside = Outside::start().await;
    let card = outside.get("/firms/0").await.1;
    let bare = json!({ "credit_code": card["credit_code"] });
    let all = json!({ "credit_code": card["credit_code"], "contact_id": card["contact_id"] });
    for source in ["registration", "judicial", "tax", "tax_receipts", "invoices"] {
        let path = format!("/sources/{source}");
        assert_eq!(outside.send("POST", &path, &bare).await.0, 200, "{source}");
        assert_eq!(outside.send("POST", &path, &all).await.0, 400, "{source}");
    }
    assert_eq!(outside.send("POST", "/sources/credit_bureau", &all).await.0, 200);
    assert_eq!(outside.send("POST", "/sources/credit_bureau", &bare).await.0, 400);
}

#[tokio::test]
async fn a_page_is_kept_with_its_key_and_what_is_no_page_is_refused() {
    let outside = Outside::start().await;
    let alert = |status: &str| json!({ "status": status, "labels": { "alertname": "InstanceDown" } });
    let page = json!({ "version": "4", "groupKey": "a", "alerts": [alert("firing"), alert("resolved")] });
    assert_eq!(
        outside.send("POST", "/pages", &page).await,
        (200, json!({ "pages": 2 }))
    );
    let (_, kept) = outside.get("/pages").await;
    assert_eq!(kept["pages"][0]["alert"], "InstanceDown");
    assert_eq!(
        (&kept["pages"][0]["key"], &kept["pages"][1]["resolved"]),
        (&"a".into(), &true.into())
    );
    for (wrong, why) in [
        (
            json!({ "version": "3", "groupKey": "a", "alerts": [alert("firing")] }),
            "version",
        ),
        (
            json!({ "version": "4", "groupKey": "a", "alerts": [] }),
            "no alert",
        ),
        (
            json!({ "version": "4", "groupKey": "a", "alerts": [alert("lost")] }),
            "status",
        ),
        (
            json!({ "version": "4", "groupKey": "a", "alerts": [{ "status": "firing", "labels": {} }] }),
            "name",
        ),
        (json!({ "alerts": [] }), "webhook"),
    ] {
        let (status, answer) = outside.send("POST", "/pages", &wrong).await;
        assert_eq!(status, 400, "{wrong}");
        assert!(answer["error"].as_str().unwrap().contains(why), "{answer}");
    }
    assert_eq!(
        outside.get("/pages").await.1["pages"].as_array().unwrap().len(),
        2
    );
    outside.fail("pager", "status", 503).await;
    assert_eq!(outside.send("POST", "/pages", &page).await.0, 503);
    assert_eq!(
        outside.get("/pages").await.1["pages"].as_array().unwrap().len(),
        2
    );
}

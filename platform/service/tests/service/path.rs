//! Walks an enterprise along the whole path, step by step or at once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{Answer, TestApp};

/// Amount that every application asks for: 100,000.00 yuan.
pub(crate) const ASKED: i64 = 10_000_000;

/// A key that no other request of this process has.
pub(crate) fn fresh_key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("key-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// What registers the n-th simulated firm.
pub(crate) fn registration(app: &TestApp, n: u64) -> Value {
    let firm = app.population.firm(n);
    json!({
        "credit_code": firm.credit_code,
        "name": firm.name,
        "region": firm.region,
        "industry": firm.industry,
        "contact": firm.contact,
        "contact_id": firm.contact_id,
        "phone": firm.phone,
        "account": firm.account,
    })
}

/// What applies for a registered firm, with every consent.
pub(crate) fn application(app: &TestApp, n: u64, firm_id: &str) -> Value {
    let firm = app.population.firm(n);
    let consents: Vec<Value> = [
        "registration",
        "judicial",
        "credit_bureau",
        "tax",
        "tax_receipts",
        "invoices",
    ]
    .iter()
    .map(|source| json!({"source": source, "purpose": "pre_approval", "days": 30}))
    .collect();
    json!({
        "firm_id": firm_id,
        "product": "credit",
        "channel": "app",
        "region": firm.region,
        "amount": ASKED,
        "term_months": 12,
        "method": "equal_instalment",
        "use_of_funds": "原材料采购",
        "applicant": firm.contact,
        "applicant_id": firm.contact_id,
        "phone": firm.phone,
        "address": "福建省厦门市思明区某路1号",
        "turnover": firm.tax.taxable_sales_12m.max(1),
        "tax_number": firm.credit_code,
        "consents": consents,
    })
}

/// Ids along one firm's path.
#[derive(Debug, Clone, Default)]
pub(crate) struct Path {
    pub(crate) firm: String,
    pub(crate) application: String,
    pub(crate) task: String,
    pub(crate) limit: i64,
    pub(crate) contract: String,
}

/// An application of the n-th firm that comes without a consent: the rules refer it to a person.
pub(crate) async fn without_data(app: &TestApp, n: u64) -> String {
    let firm = app
        .write("channel", "/v1/firms", &registration(app, n))
        .await
        .created();
    let mut body = application(app, n, &firm.id());
    body["consents"] = json!([]);
    let applied = app.write("channel", "/v1/applications", &body).await;
    applied.created().id()
}

/// Registers firms until one is pre-approved; its offer is open.
pub(crate) async fn pre_approved(app: &TestApp) -> Path {
    for n in 1..=200 {
        let firm = app
            .write("channel", "/v1/firms", &registration(app, n))
            .await
            .created();
        let firm = firm.id();
        let applied = app
            .write("channel", "/v1/applications", &application(app, n, &firm))
            .await
            .created();
        let id = applied.id();
        let decided = app
            .write(
                "channel",
                &format!("/v1/applications/{id}/pre-approval"),
                &json!({}),
            )
            .await
            .ok();
        if decided.json["state"] == "pre_approved" {
            let limit = decided.json["offer"]["limit"].as_i64().unwrap();
            return Path {
                firm,
                application: id,
                limit,
                ..Path::default()
            };
        }
    }
    panic!("none of 200 firms was pre-approved");
}

/// From an open offer to an approved application.
pub(crate) async fn approved(app: &TestApp) -> Path {
    let mut path = pre_approved(app).await;
    let id = &path.application;
    let accepted = app
        .write("channel", &format!("/v1/applications/{id}/accept"), &json!({}))
        .await
        .ok();
    path.task = accepted.json["task_id"].as_str().unwrap().to_owned();
    app.write("officer1", &format!("/v1/tasks/{}/report", path.task), &report())
        .await
        .ok();
    for officer in ["officer1", "officer2"] {
        app.write(
            officer,
            &format!("/v1/applications/{id}/approvals"),
            &json!({"verdict": "approve"}),
        )
        .await
        .ok();
    }
    path
}

/// What an officer reports.
pub(crate) fn report() -> Value {
    json!({"finding": "satisfactory", "text": "现场核实经营正常"})
}

/// From nothing to a signed contract.
pub(crate) async fn signed(app: &TestApp) -> Path {
    let mut path = approved(app).await;
    let contract = app
        .write(
            "channel",
            &format!("/v1/applications/{}/contract", path.application),
            &json!({}),
        )
        .await
        .created();
    path.contract = contract.id();
    path
}

/// Draws and waits until the money has moved; answers the loan's id.
pub(crate) async fn lent(app: &TestApp, path: &Path, amount: i64) -> String {
    let draw = app
        .write(
            "channel",
            &format!("/v1/contracts/{}/draws", path.contract),
            &json!({"amount": amount}),
        )
        .await;
    assert_eq!(draw.status, 202, "{draw:?}");
    paid(app, &draw.id()).await.json["loan_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Waits until a draw is paid.
pub(crate) async fn paid(app: &TestApp, draw: &str) -> Answer {
    for _ in 0..500 {
        let seen = app.read("auditor", &format!("/v1/draws/{draw}")).await.ok();
        if seen.json["state"] == "paid" {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the draw was not paid in 10 s");
}

//! Customer data leaves masked, and in the clear only for a purpose, on record, in small numbers.

use serde_json::{Value, json};

use crate::app::{Answer, TestApp};
use crate::path;

/// A firm and an application of it.
async fn applied(app: &TestApp) -> (String, String) {
    let firm = app
        .write("channel", "/v1/firms", &path::registration(app, 1))
        .await
        .created();
    let body = path::application(app, 1, &firm.id());
    let applied = app.write("channel", "/v1/applications", &body).await.created();
    (firm.id(), applied.id())
}

async fn reveal(app: &TestApp, who: &str, of: &str, fields: &[&str], purpose: &str) -> Answer {
    let body = json!({ "fields": fields, "purpose": purpose, "reference": "CMP-17" });
    app.write(who, &format!("/v1/{of}/reveal"), &body).await
}

async fn leaves(app: &TestApp, act: &str) -> Vec<Value> {
    let act = act.to_owned();
    let rows = app.db.read::<_, db::DbError, _>(move |tx| {
        Box::pin(async move {
            let sql = "SELECT body FROM evidence_leaves WHERE act = $1 ORDER BY id";
            tx.many(sql, &[(&act).into()]).await
        })
    });
    let rows = rows.await.unwrap();
    rows.iter()
        .map(|row| serde_json::from_str(row.text(0).unwrap()).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_who_reads_a_firm_sees_it_masked() {
    let app = TestApp::sqlite().await;
    let (firm, _) = applied(&app).await;
    let known = app.population.firm(1);
    for holder in ["channel", "officer1", "operator", "auditor"] {
        let shown = app.read(holder, &format!("/v1/firms/{firm}")).await.ok();
        let masked = &shown.json["masked"];
        assert_eq!(masked["phone"].as_str().unwrap().len(), 11);
        assert!(
            masked["account"]
                .as_str()
                .unwrap()
                .ends_with(&known.account[known.account.len() - 4..])
        );
        for secret in [
            &known.credit_code,
            &known.name,
            &known.contact,
            &known.contact_id,
            &known.phone,
            &known.account,
        ] {
            assert!(!shown.text.contains(secret.as_str()), "{holder}");
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purpose_shows_its_fields_to_its_role_and_leaves_a_record() {
    let mut apps = vec![TestApp::sqlite().await];
    apps.extend(TestApp::postgres().await);
    for app in apps {
        let (firm, application) = applied(&app).await;
        let known = app.population.firm(1);
        let of_firm = format!("firms/{firm}");
        let shown = reveal(&app, "officer1", &of_firm, &["phone", "contact"], "complaint")
            .await
            .ok();
        assert_eq!(
            shown.json["fields"],
            json!({ "phone": known.phone, "contact": known.contact })
        );
        assert_eq!(shown.headers["cache-control"], "no-store");
        let of_application = format!("applications/{application}");
        let fields = ["applicant_id", "turnover", "guarantor"];
        let shown = reveal(&app, "auditor", &of_application, &fields, "audit")
            .await
            .ok();
        let turnover = known.tax.taxable_sales_12m.max(1).to_string();
        let expected = json!({ "applicant_id": known.contact_id, "turnover": turnover });
        assert_eq!(shown.json["fields"], expected, "there is no guarantor");

        let record = leaves(&app, "firm.reveal").await;
        assert_eq!(record.len(), 1);
        assert_eq!(
            (&record[0]["actor"], &record[0]["subject"]),
            (&json!("officer1"), &json!(firm))
        );
        let said = json!({ "fields": ["contact", "phone"], "purpose": "complaint", "reference": "CMP-17" });
        assert_eq!(record[0]["body"], said);
        assert!(!record[0].to_string().contains(&known.phone));
        assert_eq!(leaves(&app, "application.reveal").await.len(), 1);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_purpose_does_not_show_stays_shut_and_unrecorded() {
    let app = TestApp::sqlite().await;
    let (firm, application) = applied(&app).await;
    let (of_firm, of_application) = (format!("firms/{firm}"), format!("applications/{application}"));
    for (who, of, field, purpose, code) in [
        ("officer1", &of_firm, "account", "diligence", "forbidden"),
        ("officer1", &of_firm, "contact_id", "collection", "forbidden"),
        ("officer1", &of_firm, "phone", "audit", "forbidden"),
        ("auditor", &of_firm, "phone", "diligence", "forbidden"),
        ("operator", &of_application, "phone", "payment", "forbidden"),
        ("channel", &of_firm, "phone", "diligence", "forbidden"),
        ("officer1", &of_firm, "phone", "curiosity", "invalid-field"),
        (
            "officer1",
            &of_firm,
            "request_digest",
            "diligence",
            "invalid-field",
        ),
    ] {
        let refused = reveal(&app, who, of, &[field], purpose).await;
        assert_eq!(
            refused.problem().1,
            code,
            "{who} {field} {purpose}: {}",
            refused.text
        );
    }
    let twice = reveal(&app, "officer1", &of_firm, &["phone", "phone"], "diligence").await;
    assert_eq!(twice.problem().1, "invalid-field");
    let person = json!({ "fields": ["phone"], "purpose": "diligence", "reference": "13800000042" });
    let refused = app
        .write("officer1", &format!("/v1/{of_firm}/reveal"), &person)
        .await;
    assert_eq!(refused.problem().1, "invalid-field");
    let nobody = "firms/frm_01900000000070008000000000000000";
    assert_eq!(
        reveal(&app, "officer1", nobody, &["phone"], "diligence")
            .await
            .status,
        404
    );
    assert!(leaves(&app, "firm.reveal").await.is_empty());
    assert_eq!(app.number("SELECT COUNT(*) FROM reveals").await, 0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_principal_is_shown_so_many_values_an_hour_and_no_more() {
    let app = TestApp::sqlite().await;
    let (firm, _) = applied(&app).await;
    let of = format!("firms/{firm}");
    let fields = ["credit_code", "name", "contact", "contact_id", "phone"];
    for _ in 0..12 {
        reveal(&app, "officer1", &of, &fields, "diligence").await.ok();
    }
    let over = reveal(&app, "officer1", &of, &["phone"], "diligence").await;
    assert_eq!(over.problem(), (429, "rate-limited"));
    reveal(&app, "officer2", &of, &["phone"], "diligence").await.ok();
    // What was refused is neither counted nor recorded; an hour later it goes on.
    assert_eq!(leaves(&app, "firm.reveal").await.len(), 13);
    app.hand.advance_micros(3_600_000_000);
    reveal(&app, "officer1", &of, &fields, "diligence").await.ok();
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reveal_is_never_stored_and_repeated_it_is_recorded_again() {
    let app = TestApp::sqlite().await;
    let (firm, _) = applied(&app).await;
    let (known, key) = (app.population.firm(1), path::fresh_key());
    let body = json!({ "fields": ["phone"], "purpose": "diligence", "reference": "tsk_1" });
    for _ in 0..2 {
        let url = format!("/v1/firms/{firm}/reveal");
        let shown = app.write_as("officer1", &url, &key, &body).await.ok();
        assert_eq!(
            (&shown.json["fields"]["phone"], shown.replayed),
            (&json!(known.phone), false)
        );
    }
    assert_eq!(leaves(&app, "firm.reveal").await.len(), 2);
    let sql = format!(
        "SELECT COUNT(*) FROM idempotency WHERE answer LIKE '%{}%'",
        known.phone
    );
    assert_eq!(app.number(&sql).await, 0);
    app.stop().await;
}

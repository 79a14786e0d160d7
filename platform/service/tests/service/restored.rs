//! The database is restored to an earlier time: it is not believed until it is reconciled with what was kept elsewhere.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{Copy, TestApp};
use crate::path::{self, Path};

/// A service with a journal, on both databases, where both are.
async fn each() -> Vec<TestApp> {
    let mut all = vec![TestApp::builder().recovery().start().await];
    match cluster::available() {
        Ok(_) => {
            let url = tokio::task::spawn_blocking(|| cluster::fresh_database().unwrap());
            let builder = TestApp::builder().recovery().database(url.await.unwrap());
            all.push(builder.start().await);
        }
        Err(why) => println!("SKIPPED: a restored database on PostgreSQL: {why}"),
    }
    all
}

/// What is lost with everything that came after the copy.
struct Lost {
    path: Path,
    copy: Copy,
    consent: String,
    /// A draw that was requested in the copy, and left.
    requested: String,
    /// A draw that is not in the copy, and left.
    unknown: String,
    /// The newest closing.
    epoch: i64,
}

/// A copy, and after it draws that leave, a revocation and two closings.
async fn lose(app: TestApp) -> (TestApp, Lost) {
    let path = path::signed(&app).await;
    // While core banking does not answer, the instruction has left and nothing is booked.
    app.fail("core").await;
    let url = format!("/v1/contracts/{}/draws", path.contract);
    let body = json!({ "amount": path.limit / 4 });
    let requested = app.write("channel", &url, &body).await.id();
    kept(&app, &requested).await;
    let set_back = [
        "UPDATE draws SET state = 'requested', sent_at = NULL WHERE state = 'sent'",
        "UPDATE outbox SET next_at = 0, attempts = 0 WHERE kind = 'payment' AND state = 'pending'",
    ];
    let (app, copy) = app.copied(&set_back).await;
    app.mend("core").await;
    // A payment that failed is tried again later, by the clock.
    app.hand.advance_micros(120_000_000);
    path::paid(&app, &requested).await;
    let loan = path::lent(&app, &path, path.limit / 4).await;
    let unknown = text(&app, "SELECT draw_id FROM loans WHERE id = $1", &loan).await;
    let tax = "SELECT id FROM consents WHERE firm_id = $1 AND source = 'tax'";
    let consent = text(&app, tax, &path.firm).await;
    let revoke = format!("/v1/consents/{consent}/revoke");
    app.write("channel", &revoke, &json!({})).await.ok();
    let part = json!({ "reason": "a part", "scope": "product=micro" });
    app.write("operator", "/v1/intake/close", &part).await.ok();
    let all = json!({ "reason": "all" });
    let closed = app.write("operator", "/v1/intake/close", &all).await.ok();
    let epoch = closed.json["epoch"].as_i64().unwrap();
    // An acknowledged closing is there at once, the others within a moment.
    let journal = fs::read_to_string(app.recovery_journal()).unwrap();
    let line = format!("{{\"epoch\":{epoch},\"scope\":\"everything\",\"state\":\"closed\"");
    assert!(journal.contains(&line), "{journal}");
    kept(&app, &unknown).await;
    kept(&app, &consent).await;
    let lost = Lost {
        path,
        copy,
        consent,
        requested,
        unknown,
        epoch,
    };
    (app, lost)
}

async fn text(app: &TestApp, sql: &'static str, of: &str) -> String {
    let row = app.db.one(sql, &[of.into()]).await.unwrap();
    row.unwrap().text(0).unwrap().to_owned()
}

/// Waits until the journal names something.
async fn kept(app: &TestApp, what: &str) {
    for _ in 0..200 {
        if fs::read_to_string(app.recovery_journal()).unwrap().contains(what) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the journal does not have {what} after 10 s");
}

async fn intake(app: &TestApp) -> Value {
    app.read("auditor", "/v1/intake").await.ok().json
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_journal_a_restored_database_opens_as_it_was() {
    for app in each().await {
        let (app, lost) = lose(app).await;
        let app = app.restored(&lost.copy, false).await;
        // This is the fault that the journal is for.
        assert_eq!(intake(&app).await["state"], "open");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_database_is_closed_until_it_is_reconciled() {
    for app in each().await {
        let (app, lost) = lose(app).await;
        let moved = app.money_moved().await;
        let app = app.restored(&lost.copy, true).await;
        refuses(&app, &lost).await;
        // It is in the database, so another start changes nothing.
        let app = app.restart().await;
        let marked = intake(&app).await["epoch"].as_i64().unwrap();
        assert!(marked > lost.epoch, "{marked}");
        reconciled(&app, &lost).await;
        assert_eq!(intake(&app).await["state"], "closed");

        // Whoever cancels what is parked does not cancel a payment that left in the past that was lost.
        let parked = store_parked(&app).await;
        assert_eq!(parked, 0);
        let keepers = app.keepers().await;
        app.reopen_by(&keepers).await.ok();
        let open = intake(&app).await;
        assert_eq!(open["state"], "open");
        assert!(open["epoch"].as_i64() > Some(marked));
        assert_eq!(open["shut"][0]["scope"], "product=micro");
        // The instruction left again under its reference, at which core banking pays once.
        app.hand.advance_micros(120_000_000);
        path::paid(&app, &lost.requested).await;
        assert_eq!(app.money_moved().await, moved);

        let app = app.restart().await;
        assert_eq!(
            intake(&app).await["state"],
            "open",
            "what was dealt with is not held against it"
        );
        let (code, said, _) = app.reconcile(&app.recovery_journal(), &[]).await;
        assert_eq!((code, &said["done"]), (0, &json!(true)), "{said}");
        app.stop().await;
    }
}

async fn store_parked(app: &TestApp) -> usize {
    let parked = app
        .db
        .read::<_, db::DbError, _>(|tx| Box::pin(async move { store::parked::of(tx, "").await }));
    parked.await.unwrap().len()
}

/// New business is refused, and so is reopening; the rest goes on.
async fn refuses(app: &TestApp, lost: &Lost) {
    let shown = intake(app).await;
    assert_eq!(
        (&shown["state"], &shown["actor"]),
        (&json!("closed (unverified)"), &json!("recovery"))
    );
    assert!(shown["epoch"].as_i64() > Some(lost.epoch), "{shown}");
    let apply = path::application(app, 1, &lost.path.firm);
    let refused = app.write("channel", "/v1/applications", &apply).await;
    assert_eq!(refused.problem(), (503, "intake-unverified"));
    let flag = app
        .write(
            "auditor",
            "/ofrep/v1/evaluate/flags/intake-open",
            &json!({ "context": {} }),
        )
        .await
        .ok();
    assert_eq!(flag.json["value"], false);
    assert_eq!(
        app.probe("/readyz").await.status,
        200,
        "existing business goes on"
    );

    let ann = app.person("ann", auth::Role::Operator).await;
    let wanted = json!({ "act": "intake.reopen", "parameters": { "epoch": shown["epoch"].to_string() } });
    let refused = app.act(&ann, "/v1/proposals", &wanted).await;
    assert_eq!(refused.problem(), (409, "illegal-transition"));
    assert!(refused.text.contains("financing reconcile"), "{}", refused.text);
    // Closing is always right, and acknowledged.
    let again = json!({ "reason": "to be sure" });
    app.write("operator", "/v1/intake/close", &again).await.ok();
}

async fn reconciled(app: &TestApp, lost: &Lost) {
    let journal = app.recovery_journal();
    let (code, said, _) = app.reconcile(&journal, &[]).await;
    assert_eq!((code, &said["applied"]), (1, &json!(false)), "{said}");
    assert_eq!(said["consents_live"], json!([lost.consent]));
    assert_eq!(said["draws_requested"], json!([lost.requested]));
    assert_eq!(said["draws_unknown"], json!([lost.unknown]));
    let scopes: Vec<&Value> = said["moves"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["scope"])
        .collect();
    let all = scopes.contains(&&json!("product=micro")) && scopes.contains(&&json!("everything"));
    assert!(all, "{said}");

    let live = "SELECT COUNT(*) FROM consents WHERE id = $1 AND revoked_at IS NULL";
    assert_eq!(app.count(live, &lost.consent).await, 1, "that was a preview");
    let apply = ["--apply", "--actor", "bob", "--reason", "restored after a fault"];
    let (code, said, _) = app.reconcile(&journal, &apply).await;
    assert_eq!(
        (code, &said["done"]),
        (1, &json!(false)),
        "core banking is to be asked: {said}"
    );
    assert_eq!(said["unverified"], true);
    assert_eq!(app.count(live, &lost.consent).await, 0);
    let raw = "SELECT COUNT(*) FROM pulls WHERE consent_id = $1 AND answer_sealed IS NOT NULL";
    assert_eq!(app.count(raw, &lost.consent).await, 0);

    let accept = [&apply[..], &["--accept-unknown-draws"]].concat();
    let (code, said, complaint) = app.reconcile(&journal, &accept).await;
    assert_eq!(
        (code, &said["unverified"]),
        (0, &json!(false)),
        "{said} {complaint}"
    );
    let acts = app.acts().await;
    assert_eq!(acts.iter().filter(|act| *act == "recovery.reconcile").count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_says_nothing_does_not_end_the_mark() {
    let app = TestApp::builder().recovery().start().await;
    let (app, lost) = lose(app).await;
    // Another instance's journal, from before.
    let journal = fs::read_to_string(app.recovery_journal()).unwrap();
    let other = app.recovery_journal().with_extension("other");
    fs::write(&other, format!("{}\n", journal.lines().next().unwrap())).unwrap();
    let app = app.restored(&lost.copy, true).await;
    let apply = ["--apply", "--actor", "bob", "--reason", "restored after a fault"];
    let (code, _, complaint) = app.reconcile(&other, &apply).await;
    assert_eq!(code, 6, "{complaint}");
    assert_eq!(intake(&app).await["state"], "closed (unverified)");

    // A damaged one, another database's, and one that is not there are named.
    let foreign = app.recovery_journal().with_extension("foreign");
    let head = format!("{{\"journal\":1,\"database\":\"{}\"}}\n", "0".repeat(32));
    for (file, text, says) in [
        (&other, journal.replacen("revoked", "revoke", 1), "line "),
        (&foreign, head, "another database's"),
        (&other, "{}\n".to_owned(), "its first line must be"),
        (&other, String::new(), "nothing in it"),
    ] {
        fs::write(file, text).unwrap();
        let (code, _, complaint) = app.reconcile(file, &[]).await;
        assert_eq!(code, 2, "{complaint}");
        assert!(complaint.contains(says), "{complaint}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closing_stands_while_the_journal_cannot_be_written() {
    let app = TestApp::builder().recovery().start().await;
    // As a share that hangs.
    let hangs = fs::File::open(app.recovery_journal()).unwrap();
    hangs.lock().unwrap();
    let order = json!({ "reason": "drill" });
    let closed = app.write("operator", "/v1/intake/close", &order).await.ok();
    let line = format!("{{\"epoch\":{},", closed.json["epoch"]);
    failing(&app, 1).await;
    assert!(
        !fs::read_to_string(app.recovery_journal())
            .unwrap()
            .contains(&line)
    );
    hangs.unlock().unwrap();
    kept(&app, &line).await;
    failing(&app, 0).await;
    app.stop().await;
}

/// Waits until the figures say so.
async fn failing(app: &TestApp, value: u8) {
    let line = format!("financing_recovery_journal_failing {value}\n");
    for _ in 0..200 {
        if app.probe("/metrics").await.ok_text().contains(&line) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not {value} within 10 s");
}

/// Keeps lines from the journal, as a share that hangs does, until it is dropped.
fn hanging(app: &TestApp) -> fs::File {
    let file = fs::File::open(app.recovery_journal()).unwrap();
    file.lock().unwrap();
    file
}

fn has(app: &TestApp, what: &str) -> bool {
    fs::read_to_string(app.recovery_journal()).unwrap().contains(what)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_is_answered_once_its_line_is_on_disk() {
    for app in each().await {
        let path = path::signed(&app).await;
        let all = "SELECT id FROM consents WHERE firm_id = $1 AND revoked_at IS NULL ORDER BY id LIMIT 1";
        let mut others = Vec::new();
        for _ in 0..4 {
            let consent = text(&app, all, &path.firm).await;
            let revoke = format!("/v1/consents/{consent}/revoke");
            app.write("channel", &revoke, &json!({})).await.ok();
            assert!(has(&app, &consent), "answered before it was kept");
            others.push(consent);
        }

        let hangs = hanging(&app);
        let consent = text(&app, all, &path.firm).await;
        let (key, revoke) = (path::fresh_key(), format!("/v1/consents/{consent}/revoke"));
        for _ in 0..2 {
            let told = app.write_as("channel", &revoke, &key, &json!({})).await;
            assert_eq!(
                told.problem(),
                (500, "ambiguous"),
                "neither the first nor its repetition"
            );
            assert!(
                told.text.contains("repeat with the same Idempotency-Key"),
                "{}",
                told.text
            );
        }
        // In force it is all the same.
        let live = "SELECT COUNT(*) FROM consents WHERE id = $1 AND revoked_at IS NULL";
        assert_eq!(app.count(live, &consent).await, 0);
        failing(&app, 1).await;
        assert!(!has(&app, &consent));
        drop(hangs);
        let told = app.write_as("channel", &revoke, &key, &json!({})).await.ok();
        assert!(told.replayed && has(&app, &consent));
        failing(&app, 0).await;

        // What is known to be kept is not kept again, whatever is asked anew.
        let revoke = format!("/v1/consents/{}/revoke", others[0]);
        app.write("channel", &revoke, &json!({})).await.ok();
        let journal = fs::read_to_string(app.recovery_journal()).unwrap();
        assert_eq!(journal.matches(&others[0]).count(), 1);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_instruction_stays_until_its_line_is_on_disk() {
    for app in each().await {
        let path = path::signed(&app).await;
        let moved = app.money_moved().await;
        let hangs = hanging(&app);
        let url = format!("/v1/contracts/{}/draws", path.contract);
        let draw = app
            .write("channel", &url, &json!({ "amount": path.limit / 4 }))
            .await
            .id();
        let sent = "SELECT COUNT(*) FROM draws WHERE id = $1 AND state = 'sent'";
        for _ in 0..200 {
            if app.count(sent, &draw).await == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        assert_eq!(app.count(sent, &draw).await, 1);
        failing(&app, 1).await;
        // Tried again, it stays again.
        app.hand.advance_micros(120_000_000);
        tokio::time::sleep(Duration::from_millis(2500)).await;
        assert!(!has(&app, &draw));
        assert_eq!(app.money_moved().await, moved, "it left before it was kept");
        drop(hangs);
        app.hand.advance_micros(120_000_000);
        path::paid(&app, &draw).await;
        assert!(has(&app, &draw) && app.money_moved().await != moved);
        app.stop().await;
    }
}

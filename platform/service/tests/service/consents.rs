//! What a consent lets in, and what its revocation takes away.

use base::shutdown::Shutdown;
use serde_json::{Value, json};
use vault::{Category, OpenError};

use crate::app::TestApp;
use crate::path;

/// On both databases, where both are.
async fn each() -> Vec<TestApp> {
    let mut all = vec![TestApp::sqlite().await];
    all.extend(TestApp::postgres().await);
    all
}

/// An application with every consent, not assessed yet: firm and application.
async fn applied(app: &TestApp, n: u64) -> (String, String) {
    let firm = app
        .write("channel", "/v1/firms", &path::registration(app, n))
        .await
        .created();
    let body = path::application(app, n, &firm.id());
    let applied = app.write("channel", "/v1/applications", &body).await.created();
    (firm.id(), applied.id())
}

async fn assess(app: &TestApp, application: &str) -> Value {
    let url = format!("/v1/applications/{application}/pre-approval");
    app.write("channel", &url, &json!({})).await.ok().json
}

async fn consents(app: &TestApp, firm: &str, filter: &str) -> Vec<String> {
    let sql = format!("SELECT id FROM consents WHERE firm_id = $1 AND {filter} ORDER BY id");
    let firm = firm.to_owned();
    let rows = app
        .db
        .read::<_, db::DbError, _>(move |tx| Box::pin(async move { tx.many(&sql, &[(&firm).into()]).await }));
    let rows = rows.await.unwrap();
    rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect()
}

async fn revoke(app: &TestApp, consent: &str) {
    app.write("channel", &format!("/v1/consents/{consent}/revoke"), &json!({}))
        .await
        .ok();
}

async fn kept(app: &TestApp) -> i64 {
    app.number("SELECT COUNT(*) FROM pulls WHERE answer_sealed IS NOT NULL")
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_that_races_a_pull_wins() {
    for app in each().await {
        // Long enough to revoke in between, well within the source's timeout.
        app.slow("tax", 700).await;
        let (firm, application) = applied(&app, 1).await;
        let tax = consents(&app, &firm, "source = 'tax'").await;
        let (decided, ()) = tokio::join!(assess(&app, &application), async {
            while app
                .number("SELECT COUNT(*) FROM pulls WHERE source = 'tax'")
                .await
                == 0
            {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            revoke(&app, &tax[0]).await;
        });
        // The decision was taken without tax data: nobody is approved for its lack.
        assert_ne!(decided["state"], "pre_approved", "{decided}");
        let failed = "SELECT COUNT(*) FROM pulls WHERE source = 'tax' AND state = 'failed' \
                      AND failure = 'consent_revoked' AND answer_sealed IS NULL AND answer_hash IS NULL";
        assert_eq!(app.number(failed).await, 1);
        assert_eq!(kept(&app).await, 5, "the others are kept");
        assert_eq!(app.number("SELECT COUNT(*) FROM decisions").await, 1);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_erases_what_was_pulled_under_it_and_stops_later_pulls() {
    for app in each().await {
        let (firm, application) = applied(&app, 1).await;
        assess(&app, &application).await;
        assert_eq!(kept(&app).await, 6);
        let tax = consents(&app, &firm, "source = 'tax'").await;
        revoke(&app, &tax[0]).await;
        assert_eq!(kept(&app).await, 5);
        let erased = "SELECT COUNT(*) FROM pulls WHERE source = 'tax' AND erased_at IS NOT NULL \
                      AND answer_hash IS NOT NULL";
        assert_eq!(app.number(erased).await, 1, "the hash stays");
        // Doing it again changes nothing.
        revoke(&app, &tax[0]).await;
        assert_eq!(kept(&app).await, 5);

        // A second application brings no consent of its own: five sources are asked.
        let mut body = path::application(&app, 1, &firm);
        body["consents"] = json!([]);
        let second = app
            .write("channel", "/v1/applications", &body)
            .await
            .created()
            .id();
        let before = app.pulls().await;
        assess(&app, &second).await;
        assert_eq!(app.pulls().await, before + 5);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_everything_is_revoked_the_key_of_raw_answers_is_destroyed_and_decisions_stay() {
    for app in each().await {
        let (firm, application) = applied(&app, 1).await;
        assess(&app, &application).await;
        let raw = raw_answer(&app).await;
        for consent in consents(&app, &firm, "revoked_at IS NULL").await {
            assert!(opens(&app, &firm, &raw).await.is_ok(), "while a consent lives");
            revoke(&app, &consent).await;
        }
        assert_eq!(kept(&app).await, 0);
        // Once, with the last of them; then the copy that a backup would hold opens no more.
        let done = "SELECT COUNT(*) FROM outbox WHERE kind = 'shred' AND state = 'done'";
        for _ in 0..500 {
            if app.number(done).await == 1 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let all = "SELECT COUNT(*) FROM outbox WHERE kind = 'shred'";
        assert_eq!((app.number(all).await, app.number(done).await), (1, 1));
        assert_eq!(opens(&app, &firm, &raw).await, Err(OpenError::Destroyed));
        let features =
            "SELECT COUNT(*) FROM decisions WHERE length(features_sealed) > 0 AND features_hash <> ''";
        assert_eq!(app.number(features).await, 1);

        // A new consent is good again; what comes is used, and only its hash is kept.
        let (body, before) = (path::application(&app, 1, &firm), app.pulls().await);
        let again = app
            .write("channel", "/v1/applications", &body)
            .await
            .created()
            .id();
        assess(&app, &again).await;
        assert_eq!(app.pulls().await, before + 6);
        assert_eq!(kept(&app).await, 0);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_last_two_that_are_revoked_at_once_one_sees_that_none_is_left() {
    const FIRMS: u64 = 12;
    for app in each().await {
        for n in 1..=FIRMS {
            let (firm, _) = applied(&app, n).await;
            let all = consents(&app, &firm, "revoked_at IS NULL").await;
            let (last, others) = all
                .split_last_chunk::<2>()
                .map(|(rest, last)| (last, rest))
                .unwrap();
            for consent in others {
                revoke(&app, consent).await;
            }
            tokio::join!(revoke(&app, &last[0]), revoke(&app, &last[1]));
        }
        let promised = app
            .number("SELECT COUNT(*) FROM outbox WHERE kind = 'shred'")
            .await;
        assert_eq!(promised, i64::try_from(FIRMS).unwrap());
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn raw_answers_are_erased_when_their_time_is_over() {
    for app in each().await {
        let (_, application) = applied(&app, 1).await;
        assess(&app, &application).await;
        let expire = || async {
            lending::housekeeping::expire(&app.inner.world, &Shutdown::new())
                .await
                .unwrap()
        };
        app.hand.advance_micros(90 * 86_400_000_000 - 1_000_000);
        assert_eq!((expire().await, kept(&app).await), (0, 6), "not a second early");
        app.hand.advance_micros(2_000_000);
        assert_eq!((expire().await, kept(&app).await), (6, 0));
        assert_eq!(expire().await, 0);
        app.stop().await;
    }
}

/// A sealed answer as it is stored, and its row.
async fn raw_answer(app: &TestApp) -> (String, Vec<u8>) {
    let sql = "SELECT id, answer_sealed FROM pulls WHERE answer_sealed IS NOT NULL ORDER BY id LIMIT 1";
    let row = app.db.one(sql, &[]).await.unwrap().unwrap();
    (row.text(0).unwrap().to_owned(), row.bytes(1).unwrap().to_vec())
}

async fn opens(app: &TestApp, firm: &str, (row, bytes): &(String, Vec<u8>)) -> Result<Value, OpenError> {
    assert_eq!(store::sealed::ANSWER.category, Category::Answers);
    let firm: domain::ids::FirmId = firm.parse().unwrap();
    let keys = app.inner.world.vault.keys(firm.uuid()).await.unwrap();
    keys.open(
        store::sealed::at(&store::sealed::ANSWER, row),
        &vault::Sealed::from_bytes(bytes.clone()),
    )
}

//! A rule closes a scope when its limit is exceeded, never reopens it, and does not go on for ever.

use gate::Scope;
use lending::stop_rule::{Ruled, StopRule, When, apply};

use crate::app::TestApp;
use crate::path;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_closes_when_its_limit_is_exceeded_on_sqlite() {
    a_rule_closes_when_its_limit_is_exceeded(TestApp::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_closes_when_its_limit_is_exceeded_on_postgres() {
    if let Some(app) = TestApp::postgres().await {
        a_rule_closes_when_its_limit_is_exceeded(app).await;
    }
}

const MINUTE: i64 = 60 * 1_000_000;

fn cap(scope: &str, limit: i64) -> StopRule {
    StopRule {
        name: "approved-scale".to_owned(),
        scope: scope.parse().unwrap(),
        when: When::OutstandingAbove,
        limit,
        floor: 0,
        clause: None,
        pause_minutes: 60,
        at_most_a_day: 2,
    }
}

async fn a_rule_closes_when_its_limit_is_exceeded(app: TestApp) {
    let path = path::signed(&app).await;
    let lent = path.limit / 2;
    path::lent(&app, &path, lent).await;
    let world = &app.inner.world;
    let rule = cap("product=credit", lent - 1);
    for quiet in [
        cap("product=credit", lent),
        cap("product=micro", 0),
        StopRule {
            when: When::OverdueAbovePpm,
            limit: 0,
            ..rule.clone()
        },
    ] {
        assert_eq!(apply(world, &quiet).await.unwrap(), Ruled::Quiet, "{quiet:?}");
    }
    let Ruled::Closed(epoch) = apply(world, &rule).await.unwrap() else {
        panic!("not closed");
    };
    assert_eq!(apply(world, &rule).await.unwrap(), Ruled::Shut);
    let narrower = StopRule {
        name: "narrower".to_owned(),
        ..cap("act=application,product=credit", 0)
    };
    assert_eq!(
        apply(world, &narrower).await.unwrap(),
        Ruled::Shut,
        "a wider scope is closed"
    );
    let history = app.read("auditor", "/v1/intake/history").await.ok();
    let newest = &history.json["moves"][0];
    assert_eq!(
        [&newest["actor"], &newest["scope"], &newest["state"]],
        ["rule:approved-scale", "product=credit", "closed"]
    );
    let leaves = "SELECT COUNT(*) FROM evidence_leaves WHERE act = 'intake.close' AND body LIKE '%rule:approved-scale%'";
    assert_eq!(app.number(leaves).await, 1);

    // People overrule it, and for a while it holds its peace; then it may once more, and that is all for a day.
    reopen(&app, epoch).await;
    assert_eq!(apply(world, &rule).await.unwrap(), Ruled::Held);
    let stands = gate::scopes(&app.db).await.unwrap();
    assert!(
        stands.iter().all(|one| one.state == gate::State::Open),
        "{stands:?}"
    );
    app.hand.advance_micros(60 * MINUTE);
    let Ruled::Closed(epoch) = apply(world, &rule).await.unwrap() else {
        panic!("not closed");
    };
    reopen(&app, epoch).await;
    app.hand.advance_micros(23 * 60 * MINUTE - 1);
    assert_eq!(apply(world, &rule).await.unwrap(), Ruled::Held);
    app.hand.advance_micros(MINUTE);
    assert!(matches!(apply(world, &rule).await.unwrap(), Ruled::Closed(_)));
    // What it began and did not finish it finishes, beyond its number; another's closing is another's.
    for (actor, finishes) in [("ann", false), ("rule:approved-scale", true)] {
        let sql = format!(
            "UPDATE intake_gate SET state = 'closing', actor = '{actor}' WHERE scope = 'product=credit'"
        );
        let set = app
            .db
            .write(move |tx| Box::pin(async move { tx.exec(&sql, &[]).await }));
        assert_eq!(set.await, Ok::<_, db::DbError>(1));
        let ruled = apply(world, &rule).await.unwrap();
        assert_eq!(matches!(ruled, Ruled::Closed(_)), finishes, "{actor}: {ruled:?}");
    }
    app.stop().await;
}

/// Two persons reopen what was closed at an epoch: as each pair signs in anew, a session is never idle for too long.
async fn reopen(app: &TestApp, epoch: i64) {
    let keepers = [
        app.person(&format!("one-{epoch}"), auth::Role::Operator).await,
        app.person(&format!("other-{epoch}"), auth::Role::Commander).await,
    ];
    app.reopen_at(&keepers, &epoch.to_string()).await.ok();
    let stands = gate::scopes(&app.db).await.unwrap();
    assert!(
        stands
            .iter()
            .any(|one| one.scope != Scope::everything() && one.state == gate::State::Open)
    );
}

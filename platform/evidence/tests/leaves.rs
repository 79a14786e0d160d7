//! A leaf is there exactly if its act is, and it shows what was done.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot set itself up should stop"
)]

use db::{Db, DbError, Migration, Options};
use evidence::{FINANCING, Leaf, MIGRATION, leaf_hash, leave};
use serde_json::{Value, json};

const ACTS: Migration = Migration {
    id: "acts",
    sql: "CREATE TABLE acts (name TEXT PRIMARY KEY)",
};

async fn open(url: &str) -> Db {
    let db = Db::open(url, Options::default()).await.unwrap();
    db::migrate(&db, &[ACTS, MIGRATION]).await.unwrap();
    db
}

/// An act with its leaf, as operators' verbs do it.
async fn act(db: &Db, name: &'static str, body: Value) -> Result<(), DbError> {
    db.write(move |tx| {
        Box::pin(async move {
            tx.exec("INSERT INTO acts (name) VALUES ($1)", &[name.into()])
                .await?;
            let leaf = Leaf {
                origin: FINANCING,
                act: name,
                actor: "operator-1",
                subject: "everything",
                at: 1_767_225_600_000_000,
                body,
            };
            leave(tx, leaf).await
        })
    })
    .await
}

async fn bodies(db: &Db) -> Vec<(String, Vec<u8>)> {
    let sql = "SELECT body, hash FROM evidence_leaves WHERE origin = $1 ORDER BY act";
    let read = db.read(move |tx| {
        Box::pin(async move {
            let rows = tx.many(sql, &[FINANCING.into()]).await?;
            rows.iter()
                .map(|row| Ok((row.text(0)?.to_owned(), row.bytes(1)?.to_vec())))
                .collect::<Result<Vec<_>, DbError>>()
        })
    });
    read.await.unwrap()
}

async fn an_act_and_its_leaf_commit_together(db: Db) {
    act(&db, "intake.close", json!({ "epoch": 2 })).await.unwrap();
    // The act fails: no leaf. The leaf fails: no act.
    assert!(act(&db, "intake.close", json!({})).await.is_err());
    assert!(act(&db, "fund.move", json!({ "amount": 0.1 })).await.is_err());
    let leaves = bodies(&db).await;
    let [(body, hash)] = leaves.as_slice() else {
        panic!("{leaves:?}")
    };
    assert_eq!(hash.as_slice(), leaf_hash(body.as_bytes()));
    let acts = db.read(|tx| Box::pin(async move { tx.many("SELECT name FROM acts", &[]).await }));
    assert_eq!(
        acts.await
            .unwrap_or_else(|error: DbError| panic!("{error}"))
            .len(),
        1
    );
}

async fn a_body_says_everything_in_one_canonical_form(db: Db) {
    act(
        &db,
        "intake.close",
        json!({ "state": "closed", "epoch": 2, "incident": null }),
    )
    .await
    .unwrap();
    let (body, _) = bodies(&db).await.remove(0);
    let id = serde_json::from_str::<Value>(&body).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(id.starts_with("lef_") && id.len() == 36, "{id}");
    let wanted = format!(
        "{{\"act\":\"intake.close\",\"actor\":\"operator-1\",\"at\":1767225600000000,\
         \"body\":{{\"epoch\":2,\"incident\":null,\"state\":\"closed\"}},\"id\":\"{id}\",\
         \"origin\":\"backstop/financing\",\"subject\":\"everything\"}}"
    );
    assert_eq!(body, wanted);
}

async fn on_sqlite<F: Future<Output = ()>>(story: impl Fn(Db) -> F) {
    let folder = tempfile::tempdir().unwrap();
    story(open(&format!("sqlite://{}", folder.path().join("log.db").display())).await).await;
}

async fn on_postgres<F: Future<Output = ()>>(story: impl Fn(Db) -> F) {
    story(open(&cluster::fresh_database().expect("PostgreSQL is installed and starts")).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_and_its_leaf_commit_together_on_sqlite() {
    on_sqlite(an_act_and_its_leaf_commit_together).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_and_its_leaf_commit_together_on_postgres() {
    on_postgres(an_act_and_its_leaf_commit_together).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_says_everything_in_one_canonical_form_on_sqlite() {
    on_sqlite(a_body_says_everything_in_one_canonical_form).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_says_everything_in_one_canonical_form_on_postgres() {
    on_postgres(a_body_says_everything_in_one_canonical_form).await;
}

//! A customer leaves, and another stays as it was.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use db::{Db, DbError, Options};
use exit_tooling::remove::Leaver;
use exit_tooling::{customer, remove, sqlite};

const FIRMS: [&str; 2] = [
    "frm_00000000000000000000000000000001",
    "frm_00000000000000000000000000000002",
];

async fn firm(db: &Db, id: &'static str, canary: &'static str) {
    db.write(move |tx| {
        Box::pin(async move {
            let sql = "INSERT INTO firms (id, credit_code_sealed, credit_code_index, name_sealed, contact_sealed, \
                 contact_id_sealed, phone_sealed, account_sealed, region, industry, request_digest, created_at) \
                 VALUES ($1, $2, $2, $2, $2, $2, $2, $2, '110105', 'C34', '', 0)";
            tx.exec(sql, &[id.into(), canary.as_bytes().into()]).await?;
            for n in 0..300 {
                let consent = format!("cns_{n}_{id}");
                let sql = "INSERT INTO consents (id, firm_id, source, purpose, request_digest, granted_at, expires_at) \
                     VALUES ($1, $2, 'tax', 'credit', '', 0, 1)";
                tx.exec(sql, &[(&consent).into(), id.into()]).await?;
            }
            Ok::<_, DbError>(())
        })
    })
    .await
    .unwrap();
}

async fn counts(db: &Db, firm: &'static str) -> Option<BTreeMap<&'static str, i64>> {
    let seen: Result<_, DbError> = db
        .read(move |tx| Box::pin(async move { customer::look(tx, &[firm.to_owned()]).await }))
        .await;
    seen.unwrap().remove(firm).map(|customer| customer.rows)
}

fn holds(folder: &std::path::Path, canary: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes
            .windows(canary.len())
            .any(|window| window == canary.as_bytes())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_leaves_no_byte_and_another_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lending.db");
    let db = Db::open(&format!("sqlite:{}", file.display()), Options::default())
        .await
        .unwrap();
    store::schema::migrate(&db).await.unwrap();
    firm(&db, FIRMS[0], "canary of the one that leaves").await;
    firm(&db, FIRMS[1], "canary of the one that stays").await;
    let sql = "INSERT INTO exits (id, scope, plan_digest, proposal, rules_digest, rehearsal, started_at) \
         VALUES ('ext_1', 'firm', '', 'pro_1', '', 1, 1)";
    db.write::<u64, DbError, _>(move |tx| Box::pin(async move { tx.exec(sql, &[]).await }))
        .await
        .unwrap();
    let stays = counts(&db, FIRMS[1]).await;
    let leaver = Leaver {
        firm: FIRMS[0].to_owned(),
        fates: BTreeMap::new(),
    };
    for (rows, why) in [(301, "all of its"), (0, "once more changes nothing")] {
        let gone = remove::remove(&db, "ext_1", std::slice::from_ref(&leaver), 1, |_| {}).await;
        assert_eq!(gone.unwrap(), rows, "{why}");
    }
    assert_eq!(counts(&db, FIRMS[0]).await, None);
    assert_eq!(counts(&db, FIRMS[1]).await, stays);
    let lines = db
        .one("SELECT COUNT(*) FROM exit_rows", &[])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(lines.int(0).unwrap(), 301);
    assert!(sqlite::clean(&file).is_err(), "somebody has the file open");
    db.close().await;
    sqlite::clean(&file).unwrap();
    assert!(!holds(folder.path(), "canary of the one that leaves"));
    assert!(holds(folder.path(), "canary of the one that stays"));
}

//! Analytics sees cells of several applications, generalised, and nothing else.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use db::{Db, DbError, Options};
use store::{analytics, data_map, schema};

/// A firm and so many applications of it, in one cell.
async fn apply(db: &Db, firm: &str, region: &str, count: i64) {
    let (firm, region) = (firm.to_owned(), region.to_owned());
    db.write::<(), DbError, _>(move |tx| {
        Box::pin(async move {
            let sealed: &[u8] = firm.as_bytes();
            tx.exec(
                "INSERT INTO firms (id, credit_code_sealed, credit_code_index, name_sealed, contact_sealed, \
                 contact_id_sealed, phone_sealed, account_sealed, region, industry, request_digest, created_at) \
                 SELECT $1, $2, $2, $2, $2, $2, $2, $2, $3, 'C34', '', 0",
                &[(&firm).into(), sealed.into(), (&region).into()],
            )
            .await?;
            for n in 0..count {
                let id = format!("app_{firm}_{n}");
                tx.exec(
                    "INSERT INTO applications (id, firm_id, product, channel, region, amount, term_months, method, \
                     state, use_of_funds_sealed, applicant_sealed, applicant_id_sealed, phone_sealed, \
                     address_sealed, turnover_sealed, tax_number_sealed, request_digest, created_at, updated_at) \
                     SELECT $1, $2, 'micro', 'pc', $3, $4, 12, 'equal_principal', 'submitted', $5, $5, $5, $5, $5, \
                     $5, $5, '', $6, 0",
                    &[
                        (&id).into(),
                        (&firm).into(),
                        (&region).into(),
                        (20_000_000 + n).into(),
                        sealed.into(),
                        // Midnight in China on 1 March 2026, still February in UTC.
                        1_772_294_400_000_000_i64.into(),
                    ],
                )
                .await?;
            }
            Ok(())
        })
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_are_generalised_and_small_ones_are_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = vec![format!("sqlite://{}", dir.path().join("store.db").display())];
    match cluster::available() {
        Ok(_) => all.push(cluster::fresh_database().unwrap()),
        Err(why) => println!("SKIPPED: the analytics view on PostgreSQL: {why}"),
    }
    for url in all {
        let db = Db::open(&url, Options::default()).await.unwrap();
        schema::migrate(&db).await.unwrap();
        // Two districts of one province are one cell of six; four of another province are none.
        apply(&db, "frm_1", "110105", 3).await;
        apply(&db, "frm_2", "110108", 3).await;
        apply(&db, "frm_3", "350203", 4).await;
        let text = analytics::export(&db).await.unwrap();
        let cell = r#""2026-03","micro","110000","C","100,000 to 500,000","submitted",6"#;
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [analytics::COLUMNS.join(",").as_str(), cell]
        );
        assert!(!text.contains("frm_") && !text.contains("app_"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_analysts_role_reads_the_view_and_no_table() {
    if let Err(why) = cluster::available() {
        println!("SKIPPED: the analysts' role: {why}");
        return;
    }
    let url = cluster::fresh_database().unwrap();
    let db = Db::open(&url, Options::default()).await.unwrap();
    schema::migrate(&db).await.unwrap();
    apply(&db, "frm_1", "110105", 5).await;
    // Roles are the whole server's; each run of the test has its own.
    let role = format!("analyst_{}", std::process::id());
    let make = format!("CREATE ROLE {role} LOGIN");
    exec(&db, make).await.unwrap();
    // What somebody granted by mistake is taken away.
    exec(&db, format!("GRANT SELECT ON firms TO {role}"))
        .await
        .unwrap();
    analytics::grant(&db, &role).await.unwrap();

    let (scheme, rest) = url.split_once("://").unwrap();
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let analyst = Db::open(&format!("{scheme}://{role}@{host}"), Options::default())
        .await
        .unwrap();
    let cells = "SELECT CAST(SUM(applications) AS BIGINT) FROM analytics_intake";
    let row = analyst.one(cells, &[]).await.unwrap().unwrap();
    assert_eq!(row.int(0), Ok(5));
    for column in data_map::COLUMNS {
        if column.table == analytics::VIEW {
            continue;
        }
        let sql = format!("SELECT {} FROM {} LIMIT 1", column.column, column.table);
        let refused = analyst.one(&sql, &[]).await;
        assert!(
            refused.is_err(),
            "the analyst reads {}.{}",
            column.table,
            column.column
        );
    }
    // Not by way of the statistics that the server keeps of columns either.
    exec(&db, "ANALYZE".to_owned()).await.unwrap();
    let statistics = "SELECT COUNT(*) FROM pg_stats WHERE schemaname = 'public'";
    assert_eq!(analyst.one(statistics, &[]).await.unwrap().unwrap().int(0), Ok(0));
    for bad in ["", "An", "a; DROP TABLE firms", "1a", "a\"b"] {
        assert!(analytics::grant(&db, bad).await.is_err(), "{bad}");
    }
}

async fn exec(db: &Db, sql: String) -> Result<u64, DbError> {
    db.write(move |tx| Box::pin(async move { tx.exec(&sql, &[]).await }))
        .await
}

//! The schema on both databases: classified, gated, and the ledger immutable.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it skips"
)]

use db::{Db, DbError, Options, V};
use store::{data_map, labels, schema};
use vault::data_map::{Class, Column, Grade, Level};

/// A database with the schema, and what keeps it alive.
async fn each() -> Vec<(Db, Option<tempfile::TempDir>)> {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}", dir.path().join("store.db").display());
    let mut all = vec![(Db::open(&sqlite, Options::default()).await.unwrap(), Some(dir))];
    match cluster::available() {
        Ok(_) => {
            let url = cluster::fresh_database().unwrap();
            all.push((Db::open(&url, Options::default()).await.unwrap(), None));
        }
        Err(why) => println!("SKIPPED: store schema on PostgreSQL: {why}"),
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_live_column_is_classified_and_a_new_one_is_found() {
    for (db, _dir) in each().await {
        assert_eq!(
            schema::pending(&db).await.unwrap().len(),
            schema::migrations().len()
        );
        schema::migrate(&db).await.unwrap();
        assert!(schema::pending(&db).await.unwrap().is_empty());
        assert_eq!(schema::check_data_map(&db).await.unwrap(), Vec::<String>::new());

        exec(&db, "ALTER TABLE firms ADD COLUMN nickname TEXT")
            .await
            .unwrap();
        let findings = schema::check_data_map(&db).await.unwrap();
        assert_eq!(findings, ["column firms.nickname has no class in the data map"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_cannot_be_changed() {
    for (db, _dir) in each().await {
        schema::migrate(&db).await.unwrap();
        exec(
            &db,
            "INSERT INTO entries (id, kind, reference, business_date, created_at) \
             VALUES ('ent_1', 'repayment', 'rep_1', '2026-03-02', 1)",
        )
        .await
        .unwrap();
        for change in [
            "UPDATE entries SET kind = 'x'",
            "DELETE FROM entries",
            "UPDATE entries SET created_at = 2",
        ] {
            let refused = exec(&db, change).await.unwrap_err();
            assert!(
                matches!(refused, DbError::Raised { ref code, .. } if code == "ledger_immutable"),
                "{refused}"
            );
        }
    }
}

#[test]
fn what_identifies_is_sealed_or_indexed() {
    for column in data_map::COLUMNS {
        let protected = column.column.ends_with("_sealed") || column.column.ends_with("_index");
        assert_eq!(
            protected,
            column.class.is_customer_data(),
            "{}.{}",
            column.table,
            column.column
        );
        let labels = labels::of(column).unwrap();
        let sealed = column.column.ends_with("_sealed");
        // What authenticates the bank's own people is sealed under the access key, no customer's.
        let of_a_customer = sealed && column.class != Class::C3;
        assert_eq!(labels.sealed_under.is_some(), of_a_customer, "{}", column.column);
        if column.class.is_customer_data() {
            let level = if column.class == Class::C3 {
                Level::L4
            } else {
                Level::L3
            };
            assert_eq!((labels.level, labels.grade), (level, Grade::Sensitive));
        }
    }
    // Every key has its columns in the map, and every table its labels.
    for sealed in store::sealed::ALL {
        let known = |column: &&Column| (column.table, column.column) == (sealed.table, sealed.column);
        assert!(
            data_map::COLUMNS.iter().any(|column| known(&column)),
            "{sealed:?}"
        );
    }
    assert!(labels::unlabelled(data_map::COLUMNS).is_empty());
    assert!(labels::unlabelled(data_map::KEY_STORE).is_empty());
    let unknown = Column {
        table: "owners",
        column: "id",
        class: Class::Internal,
    };
    assert_eq!(labels::unlabelled(&[unknown]), ["owners"], "a new table is found");
}

/// A new table, or a new state of a gated lifecycle, fails here until somebody
/// decides whether the bank becomes bound by it.
#[test]
fn every_insert_and_every_transition_has_a_decision() {
    use domain::{
        application::ApplicationState, contract::ContractState, draw::DrawState, extension::RenewalState,
        loan::LoanState, offer::OfferState,
    };
    let mut tables: Vec<&str> = data_map::COLUMNS.iter().map(|column| column.table).collect();
    tables.dedup();
    // The migrator's own table holds no business, and nothing is inserted into a view.
    tables.retain(|table| !["schema_migrations", store::analytics::VIEW].contains(table));
    let mut transitions = Vec::new();
    transitions.extend(
        ApplicationState::ALL
            .iter()
            .map(|s| ("applications", "state", s.as_str())),
    );
    transitions.extend(
        ContractState::ALL
            .iter()
            .map(|s| ("contracts", "state", s.as_str())),
    );
    transitions.extend(DrawState::ALL.iter().map(|s| ("draws", "state", s.as_str())));
    transitions.extend(LoanState::ALL.iter().map(|s| ("loans", "state", s.as_str())));
    transitions.extend(OfferState::ALL.iter().map(|s| ("offers", "state", s.as_str())));
    transitions.extend(
        RenewalState::ALL
            .iter()
            .map(|s| ("renewals", "state", s.as_str())),
    );
    // Every other table with a state.
    for column in data_map::COLUMNS.iter().filter(|column| column.column == "state") {
        if !transitions.iter().any(|(table, ..)| *table == column.table) {
            transitions.push((column.table, "state", "any"));
        }
    }
    assert_eq!(
        gate::gated::undecided(&tables, &transitions),
        Vec::<String>::new()
    );
    assert_eq!(gate::gated::absent(&tables), Vec::<&str>::new());
    assert_eq!(
        gate::gated::undecided(&["guarantees"], &[]),
        ["guarantees: insert"],
        "a new table is found"
    );
}

async fn exec(db: &Db, sql: &str) -> Result<u64, DbError> {
    let sql = sql.to_owned();
    db.write(move |tx| Box::pin(async move { tx.exec(&sql, &[] as &[V<'_>]).await }))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_closings_go_by_has_no_other_spelling() {
    for (db, _dir) in each().await {
        schema::migrate(&db).await.unwrap();
        let blob = match db.dialect() {
            db::Dialect::Sqlite => "x'01'",
            db::Dialect::Postgres => "'\\x01'",
        };
        exec(
            &db,
            &format!(
                "INSERT INTO firms (id, credit_code_sealed, credit_code_index, name_sealed, contact_sealed, \
                 contact_id_sealed, phone_sealed, account_sealed, region, industry, request_digest, created_at) \
                 VALUES ('frm_1', {blob}, {blob}, {blob}, {blob}, {blob}, {blob}, {blob}, '330100', 'C', 'd', 1)"
            ),
        )
        .await
        .unwrap();
        let apply = |id: &str, product: &str, channel: &str, region: &str| {
            format!(
                "INSERT INTO applications (id, firm_id, product, channel, region, amount, term_months, method, \
                 state, use_of_funds_sealed, applicant_sealed, applicant_id_sealed, phone_sealed, address_sealed, \
                 turnover_sealed, tax_number_sealed, request_digest, created_at, updated_at) \
                 VALUES ('{id}', 'frm_1', {product}, {channel}, {region}, 1, 12, 'm', 'submitted', {blob}, {blob}, \
                 {blob}, {blob}, {blob}, {blob}, {blob}, 'd', 1, 1)"
            )
        };
        exec(&db, &apply("good", "'credit'", "'app'", "'330100'"))
            .await
            .unwrap();
        for (product, channel, region) in [
            ("'CREDIT'", "'app'", "'330100'"),
            ("'credit '", "'app'", "'330100'"),
            ("'credit'", "'fax'", "'330100'"),
            ("'credit'", "'app'", "'33010'"),
            ("'credit'", "'app'", "'33010A'"),
            ("'credit'", "'app'", "'3301000'"),
        ] {
            let odd = exec(&db, &apply("odd", product, channel, region)).await;
            assert!(odd.is_err(), "{product} {channel} {region}");
        }
        // Columns of text keep bytes as they are on SQLite.
        if db.dialect() == db::Dialect::Sqlite {
            for odd in [
                apply("odd", "CAST('credit' AS BLOB)", "'app'", "'330100'"),
                apply("odd", "'credit'", "CAST('app' AS BLOB)", "'330100'"),
                apply("odd", "'credit'", "'app'", "CAST('330100' AS BLOB)"),
            ] {
                assert!(exec(&db, &odd).await.is_err(), "{odd}");
            }
        }
    }
}

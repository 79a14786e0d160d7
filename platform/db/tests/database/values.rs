//! Every type of value comes back as it went in.

use crate::fixture::{Fixture, on_both};
use db::{DbError, Dialect, Row, V};

on_both!(
    every_value_comes_back_as_it_went_in,
    nulls_come_back_as_nulls_whatever_their_type,
    placeholders_go_by_their_number,
    a_wrong_number_of_values_is_refused,
    reading_a_column_as_what_it_is_not_is_an_error,
    a_write_may_return_rows_and_counts_what_it_changed,
    one_gives_the_first_row_or_none,
    a_float_is_refused,
);

const INSERT: &str = "INSERT INTO things (id, n, note, seal) VALUES ($1, $2, $3, $4)";

async fn store(
    fixture: &Fixture,
    id: &'static str,
    n: V<'static>,
    note: V<'static>,
    seal: V<'static>,
) -> Row {
    fixture
        .db
        .write(move |tx| {
            Box::pin(async move {
                tx.exec(INSERT, &[id.into(), n, note, seal]).await?;
                let row = tx
                    .one("SELECT n, note, seal FROM things WHERE id = $1", &[id.into()])
                    .await?;
                Ok::<_, DbError>(row.unwrap())
            })
        })
        .await
        .unwrap()
}

async fn every_value_comes_back_as_it_went_in(fixture: Fixture) {
    for (id, n) in [("a", i64::MIN), ("b", -1), ("c", 0), ("d", i64::MAX)] {
        let row = store(
            &fixture,
            id,
            V::Int(n),
            V::Text("小微企业 'quoted' $1"),
            V::Bytes(&[0, 255, 7]),
        )
        .await;
        assert_eq!(row.int(0), Ok(n));
        assert_eq!(row.text(1), Ok("小微企业 'quoted' $1"));
        assert_eq!(row.bytes(2), Ok([0, 255, 7].as_slice()));
    }
    let row = store(&fixture, "empty", V::Int(0), V::Text(""), V::Bytes(&[])).await;
    assert_eq!((row.text(1), row.bytes(2)), (Ok(""), Ok([].as_slice())));
}

async fn nulls_come_back_as_nulls_whatever_their_type(fixture: Fixture) {
    // The statement is prepared by the first call: typed values must fit later ones.
    let untyped = store(&fixture, "a", V::Null, V::Null, V::Null).await;
    let typed = store(&fixture, "b", V::NullInt, V::NullText, V::NullBytes).await;
    for row in [untyped, typed] {
        assert_eq!(
            (row.opt_int(0), row.opt_text(1), row.opt_bytes(2)),
            (Ok(None), Ok(None), Ok(None))
        );
    }
    let full = store(&fixture, "c", V::Int(1), V::Text("x"), V::Bytes(&[1])).await;
    assert_eq!((full.opt_int(0), full.opt_text(1)), (Ok(Some(1)), Ok(Some("x"))));
    let absent = store(
        &fixture,
        "d",
        None::<i64>.into(),
        None::<&str>.into(),
        None::<&[u8]>.into(),
    )
    .await;
    assert_eq!(absent.opt_int(0), Ok(None));
}

async fn placeholders_go_by_their_number(fixture: Fixture) {
    let row = fixture
        .db
        .read(|tx| {
            Box::pin(async move {
                let sql = "SELECT $2::TEXT, $1::TEXT, $2::TEXT";
                let sqlite = "SELECT $2, $1, $2";
                let sql = if tx.dialect() == Dialect::Sqlite {
                    sqlite
                } else {
                    sql
                };
                tx.one(sql, &["first".into(), "second".into()]).await
            })
        })
        .await;
    let row = row.unwrap().unwrap();
    assert_eq!(
        (row.text(0), row.text(1), row.text(2)),
        (Ok("second"), Ok("first"), Ok("second"))
    );
}

async fn a_wrong_number_of_values_is_refused(fixture: Fixture) {
    let job = |values: &'static [V<'static>]| {
        fixture.db.write(move |tx| {
            Box::pin(async move {
                tx.exec("INSERT INTO things (id, n) VALUES ($1, $2)", values)
                    .await
            })
        })
    };
    assert!(matches!(job(&[V::Text("a")]).await, Err(DbError::Other(_))));
    if fixture.db.dialect() == Dialect::Sqlite {
        // PostgreSQL takes a value that the statement does not use.
        let values = &[V::Text("a"), V::Int(1), V::Int(2)];
        assert!(matches!(job(values).await, Err(DbError::Other(_))));
    }
    assert_eq!(job(&[V::Text("a"), V::Int(1)]).await, Ok(1));
}

async fn reading_a_column_as_what_it_is_not_is_an_error(fixture: Fixture) {
    let row = store(&fixture, "a", V::Int(1), V::Text("secret"), V::NullBytes).await;
    for error in [
        row.text(0).unwrap_err(),
        row.int(1).unwrap_err(),
        row.bytes(2).unwrap_err(),
    ] {
        assert!(
            !error.to_string().contains("secret"),
            "an error never shows a value: {error}"
        );
    }
    assert!(row.int(3).is_err(), "there is no fourth column");
}

async fn a_write_may_return_rows_and_counts_what_it_changed(fixture: Fixture) {
    fixture
        .db
        .write(|tx| {
            Box::pin(async move {
                let sql = "INSERT INTO things (id, n) VALUES ($1, $2), ($3, $4) RETURNING id";
                let values = [V::Text("a"), V::Int(1), V::Text("b"), V::Int(2)];
                assert_eq!(tx.many(sql, &values).await?.len(), 2);
                assert_eq!(tx.exec("UPDATE things SET n = n + 1", &[]).await?, 2);
                assert_eq!(
                    tx.exec("UPDATE things SET n = 9 WHERE id = 'a' RETURNING n", &[])
                        .await?,
                    1
                );
                assert_eq!(tx.exec("DELETE FROM things WHERE n > 100", &[]).await?, 0);
                assert_eq!(tx.exec("SELECT id FROM things", &[]).await?, 2);
                Ok::<_, DbError>(())
            })
        })
        .await
        .unwrap();
}

async fn one_gives_the_first_row_or_none(fixture: Fixture) {
    fixture
        .db
        .write(|tx| {
            Box::pin(async move {
                tx.exec("INSERT INTO things (id) VALUES ('a'), ('b'), ('c')", &[])
                    .await?;
                let first = tx.one("SELECT id FROM things ORDER BY id", &[]).await?;
                assert_eq!(first.unwrap().text(0), Ok("a"));
                assert!(
                    tx.one("SELECT id FROM things WHERE id = 'z'", &[])
                        .await?
                        .is_none()
                );
                // Only the first row is given, but all are written.
                tx.one("UPDATE things SET n = 1 RETURNING id", &[]).await?;
                assert_eq!(tx.many("SELECT id FROM things WHERE n = 1", &[]).await?.len(), 3);
                Ok::<_, DbError>(())
            })
        })
        .await
        .unwrap();
}

async fn a_float_is_refused(fixture: Fixture) {
    let row = fixture
        .db
        .read(|tx| Box::pin(async move { tx.one("SELECT CAST(1.5 AS REAL)", &[]).await }))
        .await;
    assert!(matches!(row, Err(DbError::Other(_))), "{row:?}");
}

//! What every column holds: a new one has to be put here, with why no customer data gets into it.

use db::V;

use crate::plane::Plane;

const NAME: &str = "a word of a fixed alphabet";
const ID: &str = "an id that was made here";
const TIME: &str = "a time";
const WHO: &str = "the name of a token's holder";
const DIGEST: &str = "a digest";
const CODE: &str = "one of few words";

const COLUMNS: &[(&str, &str, &str)] = &[
    ("drill_faults", "announce_key", DIGEST),
    ("drill_faults", "announced_at", TIME),
    ("drill_faults", "announced_by", WHO),
    ("drill_faults", "drill", ID),
    ("drill_faults", "fault", NAME),
    ("drill_faults", "id", ID),
    ("drill_faults", "target", NAME),
    ("drills", "begin_key", DIGEST),
    ("drills", "begun_at", TIME),
    ("drills", "begun_by", WHO),
    ("drills", "end_key", DIGEST),
    ("drills", "ended_at", TIME),
    ("drills", "ended_by", WHO),
    ("drills", "id", ID),
    ("drills", "kind", NAME),
    ("drills", "laws", CODE),
    ("drills", "outcome", CODE),
    ("drills", "parameters", NAME),
    ("drills", "report_sha256", DIGEST),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_column_is_known_to_hold_no_customer_data() {
    let plane = Plane::start().await;
    let sql = "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p \
               WHERE m.type = 'table' AND m.name NOT LIKE 'evidence%' AND m.name <> $1 ORDER BY 1, 2";
    let others: V<'_> = "schema_migrations".into();
    let live = plane.db.read(move |tx| {
        Box::pin(async move {
            let rows = tx.many(sql, &[others]).await?;
            let names = rows
                .iter()
                .map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())));
            names.collect::<Result<Vec<_>, db::DbError>>()
        })
    });
    let live = live.await.unwrap();
    let known: Vec<_> = COLUMNS
        .iter()
        .map(|(table, column, _)| ((*table).to_owned(), (*column).to_owned()))
        .collect();
    assert_eq!(live, known);
    plane.stop().await;
}

//! The same on PostgreSQL: its heaps, its log of changes, its statistics, and its server's log.

use certificate::verification::{Verdict, Verification};
use cluster::Cluster;

use crate::purge::{Forgot, exec, purge};
use crate::world::{World, hits, whats};

/// Old segments go instead of being used again, so that none keeps what was written once.
const QUIET: [(&str, &str); 2] = [("wal_recycle", "off"), ("autovacuum", "off")];

/// Everything that cleans a cluster.
pub(crate) fn clean(server: &Cluster) {
    rewrite(server);
    renew_log(server);
}

fn rewrite(server: &Cluster) {
    for database in ["lending", "keys"] {
        server.sql(database, "VACUUM FULL").unwrap();
        // What was sampled of the columns is in a table, too.
        server.sql(database, "ANALYZE").unwrap();
        server.sql(database, "VACUUM FULL pg_statistic").unwrap();
    }
}

fn renew_log(server: &Cluster) {
    for _ in 0..2 {
        server.sql("postgres", "SELECT pg_switch_wal()").unwrap();
        server.sql("postgres", "CHECKPOINT").unwrap();
    }
}

fn server(world: &World) -> &Cluster {
    world.server.as_ref().unwrap()
}

async fn after(world: &World, clean: impl Fn(&Cluster)) -> Verification {
    let witness = world.witness().await;
    let record = purge(world, Forgot::Cleaning).await;
    clean(server(world));
    world.scan(&witness, &record).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_exit_is_called_clean() {
    let Some(world) = World::postgres(QUIET.into()).await else {
        return;
    };
    let found = after(&world, clean).await;
    assert_eq!(
        (&found.hits[..], &found.findings[..], &found.not_looked[..]),
        (&[][..], &[][..], &[][..])
    );
    assert_eq!(found.verdict, Verdict::Clean);
    assert_eq!((found.kept.entries, found.kept.postings), (2, 4));
    assert!(
        found.looked.database_files > 500,
        "{}",
        found.looked.database_files
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heap_that_was_not_rewritten_holds_what_was_deleted() {
    let Some(world) = World::postgres(QUIET.into()).await else {
        return;
    };
    let found = after(&world, renew_log).await;
    assert_eq!(found.verdict, Verdict::Remains);
    assert!(hits(&found, "lending: ").is_empty(), "by query there is nothing");
    assert!(
        hits(&found, "/base/").contains(&("ciphertext", "raw")),
        "{:?}",
        found.hits
    );
    assert!(
        hits(&found, "/base/").contains(&("wrapped-key", "raw")),
        "{:?}",
        found.hits
    );
    assert!(hits(&found, "/pg_wal/").is_empty());
    assert!(whats(&found).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_that_wait_to_be_used_again_hold_what_was_written() {
    let Some(world) = World::postgres(vec![("autovacuum", "off")]).await else {
        return;
    };
    let found = after(&world, clean).await;
    assert!(
        hits(&found, "/pg_wal/").contains(&("ciphertext", "raw")),
        "{:?}",
        found.hits
    );
    assert!(hits(&found, "/base/").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_servers_log_that_shows_statements_holds_values() {
    let settings = QUIET.into_iter().chain([("log_statement", "all")]);
    let Some(world) = World::postgres(settings.collect()).await else {
        return;
    };
    let found = after(&world, clean).await;
    let logs: Vec<_> = found
        .hits
        .iter()
        .filter(|hit| !hit.place.contains("/data/"))
        .collect();
    assert_eq!(logs.len(), found.hits.len(), "only there");
    for (kind, encoding) in [("ciphertext", "hex"), ("blind-index", "hex"), ("token", "hex")] {
        let seen = logs
            .iter()
            .any(|hit| hit.kind == kind && hit.encoding == encoding);
        assert!(seen, "{kind} in {encoding}: {logs:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_database_compressed_is_found_by_query() {
    let Some(world) = World::postgres(QUIET.into()).await else {
        return;
    };
    let witness = world.witness().await;
    let record = purge(&world, Forgot::Cleaning).await;
    clean(server(&world));
    let db = world.db().await;
    let name = &world.firms[0].name;
    exec(&db, "CREATE TABLE export (line TEXT)".into()).await;
    // Within a match and literals of the compression, no run of the name's bytes is whole.
    let text = "repeat('x', 9000) || string_agg(c, '') || repeat('x', 9000)";
    let letters = format!("unnest(string_to_array('{name}', NULL)) c");
    exec(&db, format!("INSERT INTO export SELECT {text} FROM {letters}")).await;
    let found = world.scan(&witness, &record).await;
    assert_eq!(hits(&found, "lending: export.line"), [("name_sealed", "utf-8")]);
    // Neither in the table's file nor in the log of changes.
    assert_eq!(found.hits.len(), 1, "{:?}", found.hits);
}

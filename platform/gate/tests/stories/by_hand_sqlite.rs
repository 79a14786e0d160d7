//! SQL typed by hand, past the service, on SQLite.

use gate::{close, triggers};
use rusqlite::Connection;

use crate::world::{World, order};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_with_the_schema_is_refused_whatever_it_types() {
    let world = World::sqlite().await;
    world.apply("app_1").await.unwrap();
    close(&world.db, order("drill")).await.unwrap();
    let shell = Connection::open(world.file()).unwrap();
    for typed in [
        "INSERT INTO applications VALUES ('x', 'submitted')",
        "INSERT OR IGNORE INTO applications VALUES ('x', 'submitted')",
        "INSERT OR REPLACE INTO applications VALUES ('app_1', 'approved')",
        "REPLACE INTO applications VALUES ('app_1', 'approved')",
        "INSERT OR FAIL INTO applications VALUES ('x', 'submitted')",
        "INSERT INTO applications SELECT 'x', 'submitted'",
        "INSERT INTO applications VALUES ('app_1', 's') ON CONFLICT (id) DO UPDATE SET state = 'approved'",
        "UPDATE applications SET state = 'approved'",
        "UPDATE OR IGNORE applications SET state = 'approved'",
        "UPDATE OR REPLACE applications SET id = 'x', state = 'signed'",
        "CREATE TEMP TABLE intake_gate AS SELECT 'everything' AS scope, 'open' AS state;
         INSERT INTO applications VALUES ('x', 'submitted')",
    ] {
        let refused = shell.execute_batch(typed).unwrap_err().to_string();
        assert!(
            refused.starts_with("backstop:intake_closed:"),
            "{typed}: {refused}"
        );
    }
    drop(shell);
    assert_eq!(
        world.texts("SELECT id || ' ' || state FROM applications").await,
        ["app_1 submitted"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_that_was_dropped_or_rewritten_is_named() {
    let world = World::sqlite().await;
    let shell = Connection::open(world.file()).unwrap();
    let rewritten = "CREATE TRIGGER intake_gate_draws_insert BEFORE INSERT ON draws BEGIN SELECT 1; END";
    shell
        .execute_batch(&format!(
            "DROP TRIGGER intake_gate_offers_insert; DROP TRIGGER intake_gate_draws_insert; {rewritten}"
        ))
        .unwrap();
    let missing = triggers::missing(&world.db).await.unwrap();
    assert_eq!(missing, ["intake_gate_offers_insert", "intake_gate_draws_insert"]);
}

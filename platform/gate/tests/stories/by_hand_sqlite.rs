//! SQL typed by hand, past the service, on SQLite.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gate::{Closing, close, triggers};
use rusqlite::Connection;

use crate::world::{World, order, reopen, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_with_the_schema_is_refused_whatever_it_types() {
    let world = World::sqlite().await;
    world.apply("app_1").await.unwrap();
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    let shell = Connection::open(world.file()).unwrap();
    for typed in [
        "INSERT INTO applications (id, state) VALUES ('x', 'submitted')",
        "INSERT OR IGNORE INTO applications (id, state) VALUES ('x', 'submitted')",
        "INSERT OR REPLACE INTO applications (id, state) VALUES ('app_1', 'approved')",
        "REPLACE INTO applications (id, state) VALUES ('app_1', 'approved')",
        "INSERT OR FAIL INTO applications (id, state) VALUES ('x', 'submitted')",
        "INSERT INTO applications (id, state) SELECT 'x', 'submitted'",
        "INSERT INTO applications (id, state) VALUES ('app_1', 's') ON CONFLICT (id) DO UPDATE SET state = 'approved'",
        "UPDATE applications SET state = 'approved'",
        "UPDATE OR IGNORE applications SET state = 'approved'",
        "UPDATE OR REPLACE applications SET id = 'x', state = 'signed'",
        "CREATE TEMP TABLE intake_gate AS SELECT 'everything' AS scope, 'open' AS state;
         INSERT INTO applications (id, state) VALUES ('x', 'submitted')",
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
async fn another_process_that_writes_all_the_time_is_shut_out_too() {
    let world = World::sqlite().await;
    let (file, stop) = (world.file(), Arc::new(AtomicBool::new(false)));
    let writer = std::thread::spawn({
        let stop = Arc::clone(&stop);
        move || write_all_the_time(&file, &stop)
    });
    for _ in 0..4 {
        until(|| async { !world.ids("applications").await.is_empty() }).await;
        let closed = close(&world.db, order("drill"), Closing::everything())
            .await
            .unwrap();
        let after = world.ids("applications").await;
        eprintln!("close beside another process's writer: {:?}", closed.took);
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(world.ids("applications").await, after, "late commits");
        world.run("DELETE FROM applications").await.unwrap();
        reopen(&world.db, order("over")).await.unwrap();
    }
    stop.store(true, Ordering::SeqCst);
    let (committed, refused) = writer.join().unwrap();
    assert!(
        committed >= 4 && refused > 0,
        "{committed} commits, {refused} refusals"
    );
}

/// Holds the write lock two thirds of the time, with its insert before the hold.
fn write_all_the_time(file: &Path, stop: &AtomicBool) -> (usize, usize) {
    let shell = Connection::open(file).unwrap();
    shell.busy_timeout(Duration::from_secs(20)).unwrap();
    let (mut committed, mut refused) = (0, 0);
    while !stop.load(Ordering::SeqCst) {
        shell.execute_batch("BEGIN IMMEDIATE").unwrap();
        let id = format!("app_{}", committed + refused);
        match shell.execute(
            "INSERT INTO applications (id, state) VALUES (?1, 'submitted')",
            [id],
        ) {
            Ok(_) => {
                std::thread::sleep(Duration::from_millis(20));
                shell.execute_batch("COMMIT").unwrap();
                committed += 1;
            }
            Err(_) => {
                shell.execute_batch("ROLLBACK").unwrap();
                refused += 1;
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    (committed, refused)
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

//! SQL typed by hand, past the service, on PostgreSQL.

use gate::{Closing, close, triggers};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::world::{World, order, reopen_at};

async fn shell(world: &World) -> PgConnection {
    PgConnection::connect(&world.url).await.unwrap()
}

/// Types statements as one script and gives the message that it was refused with.
async fn refused(shell: &mut PgConnection, typed: &str) -> String {
    let answer = shell
        .execute(sqlx::raw_sql(AssertSqlSafe(typed.to_owned())))
        .await;
    let message = match answer {
        Ok(_) => panic!("{typed}: went through"),
        Err(sqlx::Error::Database(error)) => error.message().to_owned(),
        Err(other) => panic!("{typed}: {other}"),
    };
    // Whether or not a transaction is open.
    let _rolled_back = shell.execute("ROLLBACK").await;
    message
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_typed_is_refused_while_closed() {
    let world = World::postgres().await;
    world.apply("app_1").await.unwrap();
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    let mut shell = shell(&world).await;
    for typed in [
        "INSERT INTO applications (id, state) VALUES ('x', 'submitted')",
        "BEGIN; SELECT 1; INSERT INTO applications (id, state) VALUES ('x', 'submitted'); COMMIT",
        "BEGIN; SAVEPOINT s; INSERT INTO applications (id, state) VALUES ('x', 'submitted'); COMMIT",
        "INSERT INTO applications (id, state) VALUES ('x', 's') ON CONFLICT DO NOTHING",
        "INSERT INTO applications (id, state) VALUES ('app_1', 's') ON CONFLICT (id) DO UPDATE SET state = 'approved'",
        "MERGE INTO applications a USING (SELECT 'x' AS id) n ON a.id = n.id \
         WHEN NOT MATCHED THEN INSERT (id, state) VALUES (n.id, 'submitted')",
        "WITH made AS (INSERT INTO applications (id, state) VALUES ('x', 's') RETURNING id) SELECT * FROM made",
        "UPDATE applications SET state = 'approved'",
        "PREPARE p AS INSERT INTO applications (id, state) VALUES ($1, 's'); EXECUTE p('x')",
        "DO $$ BEGIN INSERT INTO applications (id, state) VALUES ('x', 'submitted'); END $$",
        "SET session_replication_role = replica; INSERT INTO applications (id, state) VALUES ('x', 'submitted')",
        "RESET session_replication_role; CREATE TEMP TABLE intake_gate AS \
         SELECT 'everything' AS scope, 'open' AS state, 9::bigint AS epoch; \
         SET search_path = pg_temp, public; INSERT INTO applications (id, state) VALUES ('x', 'submitted')",
    ] {
        let message = refused(&mut shell, typed).await;
        assert!(
            message.starts_with("backstop:intake_closed:2"),
            "{typed}: {message}"
        );
    }
    let mut copy = shell
        .copy_in_raw("COPY public.applications (id, state) FROM STDIN")
        .await
        .unwrap();
    copy.send(b"x\tsubmitted\n".as_slice()).await.unwrap();
    let message = copy.finish().await.unwrap_err().to_string();
    assert!(message.contains("backstop:intake_closed:2"), "{message}");
    assert_eq!(
        world.texts("SELECT id || ' ' || state FROM applications").await,
        ["app_1 submitted"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_from_before_the_closing_is_refused() {
    let world = World::postgres().await;
    let mut shell = shell(&world).await;
    let mut epoch = 1;
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        let insert = format!("INSERT INTO applications (id, state) VALUES ('{level}', 's')");
        // Open: nothing is shut, whatever the snapshot.
        let typed = format!("BEGIN ISOLATION LEVEL {level}; {insert}; COMMIT");
        shell.execute(sqlx::raw_sql(AssertSqlSafe(typed))).await.unwrap();
        // A snapshot that shows an open gate, and a part of it that is closed meanwhile: whichever part it is.
        let old = format!("BEGIN ISOLATION LEVEL {level}; SELECT count(*) FROM intake_gate");
        shell.execute(sqlx::raw_sql(AssertSqlSafe(old))).await.unwrap();
        let closing = Closing {
            scope: "product=guaranteed".parse().unwrap(),
            ..Closing::everything()
        };
        let closed = close(&world.db, order("drill"), closing).await.unwrap();
        let message = refused(&mut shell, &insert).await;
        assert_eq!(
            message,
            format!("backstop:intake_isolation:{}", level.to_lowercase())
        );
        assert!(closed.epoch > epoch);
        epoch = closed.epoch;
        reopen_at(&world.db, order("over"), closed.epoch).await.unwrap();
        shell.execute("SELECT lower_intake_flag()").await.unwrap();
    }
    // Reading, and existing business, may use what isolation they like.
    world
        .run("INSERT INTO draws (id, state) VALUES ('drw_1', 'sent')")
        .await
        .unwrap();
    let paid = "BEGIN ISOLATION LEVEL SERIALIZABLE; UPDATE draws SET state = 'paid'; COMMIT";
    shell.execute(sqlx::raw_sql(paid)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_that_was_dropped_disabled_or_hollowed_out_is_named() {
    let world = World::postgres().await;
    let mut shell = shell(&world).await;
    let typed = "DROP TRIGGER intake_gate_offers_insert ON offers; \
                 ALTER TABLE contracts DISABLE TRIGGER intake_gate_contracts_insert; \
                 ALTER TABLE draws ENABLE TRIGGER intake_gate_draws_insert";
    shell.execute(sqlx::raw_sql(typed)).await.unwrap();
    let missing = triggers::missing(&world.db).await.unwrap();
    let wanted = [
        "intake_gate_offers_insert",
        "intake_gate_contracts_insert",
        "intake_gate_draws_insert",
    ];
    assert_eq!(missing, wanted);

    // So is what keeps the sealed credential to closing.
    for table in ["gate", "history"] {
        let typed = format!("ALTER TABLE intake_{table} DISABLE TRIGGER intake_{table}_close_only");
        shell.execute(sqlx::raw_sql(AssertSqlSafe(typed))).await.unwrap();
        let missing = triggers::missing(&world.db).await.unwrap();
        assert_eq!(missing.last(), Some(&format!("intake_{table}_close_only")));
        let typed = format!("ALTER TABLE intake_{table} ENABLE ALWAYS TRIGGER intake_{table}_close_only");
        shell.execute(sqlx::raw_sql(AssertSqlSafe(typed))).await.unwrap();
    }

    // A function that looks like ours and lets everything in takes all of its triggers down.
    let rewritten = "CREATE OR REPLACE FUNCTION refuse_draw_of_draws() RETURNS trigger \
                     LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$";
    shell.execute(sqlx::raw_sql(rewritten)).await.unwrap();
    let missing = triggers::missing(&world.db).await.unwrap();
    assert_eq!(missing, [&wanted[..], &["intake_gate_draws_state_sent"]].concat());
}

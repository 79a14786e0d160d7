//! PostgreSQL's roles: the service's own, which must not get past the gate, and the sealed one, which closes only.

use gate::{CLOSER, Closing, State, close, scopes, seal_credential, sealed_credential};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::world::{World, order, order_with_grace, reopen};

const VERIFIER: &str = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$\
    WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

async fn shell(world: &World, role: &str) -> PgConnection {
    let options: PgConnectOptions = world.url.parse().unwrap();
    PgConnection::connect_with(&options.username(role)).await.unwrap()
}

/// Types a script and gives what it was refused with.
async fn refused(shell: &mut PgConnection, typed: &str) -> String {
    let answer = shell
        .execute(sqlx::raw_sql(AssertSqlSafe(typed.to_owned())))
        .await;
    let Err(error) = answer else {
        panic!("{typed}: went through")
    };
    let _rolled_back = shell.execute("ROLLBACK").await;
    error.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_services_own_role_gets_past_the_gate_by_no_statement() {
    let world = World::postgres().await;
    world.apply("app_1").await.unwrap();
    // All that a service needs of its tables, and nothing that owns them. Roles are the whole cluster's.
    let role = format!("service_{}", std::process::id());
    for sql in [
        format!("CREATE ROLE {role} LOGIN"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"),
    ] {
        world.run(&sql).await.unwrap();
    }
    let mut service = shell(&world, &role).await;
    let insert = "INSERT INTO applications (id, state) VALUES ('x', 'submitted')";
    // Open: its work is let in.
    service.execute(insert).await.unwrap();
    service
        .execute("DELETE FROM applications WHERE id = 'x'")
        .await
        .unwrap();
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    for typed in [
        insert.to_owned(),
        format!("BEGIN ISOLATION LEVEL REPEATABLE READ; {insert}; COMMIT"),
        format!("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; {insert}; COMMIT"),
        "UPDATE applications SET state = 'approved'".to_owned(),
        format!("BEGIN; SAVEPOINT s; {insert}; RELEASE s; COMMIT"),
        "INSERT INTO applications (id, state) SELECT 'x', 'submitted'".to_owned(),
        // A type, a cast and a function that say what one likes to hear, in the schema of temporary things.
        format!(
            "CREATE TYPE pg_temp.text AS ENUM ('open'); \
             CREATE FUNCTION pg_temp.lie(pg_catalog.text) RETURNS pg_temp.text LANGUAGE sql AS \
             $$ SELECT 'open'::pg_temp.text $$; \
             CREATE CAST (pg_catalog.text AS pg_temp.text) WITH FUNCTION pg_temp.lie(pg_catalog.text) AS ASSIGNMENT; \
             {insert}"
        ),
    ] {
        let message = refused(&mut service, &typed).await;
        let gate = message.contains("backstop:intake_") || message.contains("must be owner of type text");
        assert!(gate, "{typed}: {message}");
    }
    for typed in [
        "SET session_replication_role = replica",
        "ALTER TABLE applications DISABLE TRIGGER intake_gate_applications_insert",
        "ALTER TABLE applications DISABLE TRIGGER ALL",
        "DROP TRIGGER intake_gate_applications_insert ON applications",
        "CREATE OR REPLACE FUNCTION refuse_application_of_applications() RETURNS trigger \
         LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "DROP TABLE intake_gate",
        "ALTER TABLE intake_gate RENAME TO gone",
    ] {
        let message = refused(&mut service, typed).await;
        let denied = message.contains("permission denied") || message.contains("must be owner");
        assert!(denied, "{typed}: {message}");
    }
    let mut copy = service
        .copy_in_raw("COPY applications (id, state) FROM STDIN")
        .await
        .unwrap();
    copy.send(b"x\tsubmitted\n".as_slice()).await.unwrap();
    let message = copy.finish().await.unwrap_err().to_string();
    assert!(message.contains("backstop:intake_closed:2"), "{message}");
    assert_eq!(
        world.ids("applications").await.into_iter().collect::<Vec<_>>(),
        ["app_1"]
    );
    drop(service);
    world.run(&format!("DROP OWNED BY {role}")).await.unwrap();
    world.run(&format!("DROP ROLE {role}")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_services_own_role_gets_past_a_closing_of_renewals_by_no_statement() {
    let world = World::postgres().await;
    for sql in [
        "INSERT INTO applications (id, state) VALUES ('app_1', 'signed')",
        "INSERT INTO contracts (id, state, application_id) VALUES ('ctr_1', 'signed', 'app_1')",
        "INSERT INTO loans (id, state, contract_id) VALUES ('lon_1', 'active', 'ctr_1')",
        "INSERT INTO renewals (id, state, loan_id) VALUES ('rnw_1', 'requested', 'lon_1')",
    ] {
        world.run(sql).await.unwrap();
    }
    let role = format!("renewing_{}", std::process::id());
    for sql in [
        format!("CREATE ROLE {role} LOGIN"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"),
    ] {
        world.run(&sql).await.unwrap();
    }
    let mut service = shell(&world, &role).await;
    let insert = "INSERT INTO renewals (id, state, loan_id) VALUES ('x', 'requested', 'lon_1')";
    let grant = "UPDATE renewals SET state = 'granted'";
    let back = "UPDATE renewals SET state = 'requested'; DELETE FROM renewals WHERE id = 'x'";
    // A closing of all else is none of theirs, whatever the isolation that new business must have is.
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    for typed in [insert, grant, back] {
        service.execute(sqlx::raw_sql(typed)).await.unwrap();
    }
    let named = Closing {
        scope: "act=renewal,product=micro".parse().unwrap(),
        ..Closing::everything()
    };
    close(&world.db, order("drill"), named).await.unwrap();
    for typed in [
        insert.to_owned(),
        grant.to_owned(),
        format!("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1; {grant}; COMMIT"),
        format!("BEGIN; SAVEPOINT s; {insert}; RELEASE s; COMMIT"),
        "INSERT INTO renewals (id, state, loan_id) SELECT 'x', 'granted', 'lon_1'".to_owned(),
        "INSERT INTO renewals VALUES ('rnw_1', 'x', 'lon_1') ON CONFLICT (id) DO UPDATE SET state = 'granted'".to_owned(),
        "UPDATE renewals SET loan_id = NULL".to_owned(),
        "INSERT INTO renewals (id, state) VALUES ('x', 'requested')".to_owned(),
    ] {
        let message = refused(&mut service, &typed).await;
        assert!(message.contains("backstop:intake_"), "{typed}: {message}");
    }
    assert_eq!(world.texts("SELECT state FROM renewals").await, ["requested"]);
    drop(service);
    world.run(&format!("DROP OWNED BY {role}")).await.unwrap();
    world.run(&format!("DROP ROLE {role}")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sealed_credential_closes_and_does_nothing_else() {
    // A cluster of its own: roles are the whole cluster's.
    let cluster = cluster::Cluster::start(cluster::Options::default()).unwrap();
    let world = World::on(&cluster).await;
    assert_eq!(sealed_credential(&world.db).await.unwrap(), None);
    seal_credential(&world.db, VERIFIER, "ann", 7).await.unwrap();
    let kept = world
        .texts("SELECT rolpassword FROM pg_authid WHERE rolname = 'backstop_closer'")
        .await;
    assert_eq!(kept, [VERIFIER]);
    let sealed = sealed_credential(&world.db).await.unwrap().unwrap();
    assert_eq!((sealed.at, sealed.by.as_str(), sealed.used_at), (7, "ann", None));
    world.apply("app_1").await.unwrap();

    let (_, at) = world.url.split_once('@').unwrap();
    let url = format!("postgres://{CLOSER}@{at}");
    let closer = db::Db::open(
        &url,
        db::Options {
            readers: 1,
            writers: 1,
            ..db::Options::default()
        },
    )
    .await
    .unwrap();
    // It ends what is in the way, whoever's it is.
    world.run("CREATE ROLE teller LOGIN").await.unwrap();
    let tables = "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO teller";
    world.run(tables).await.unwrap();
    let mut stuck = shell(&world, "teller").await;
    stuck
        .execute("BEGIN; INSERT INTO draws (id, state) VALUES ('stuck', 'requested')")
        .await
        .unwrap();
    let quick = order_with_grace(std::time::Duration::from_millis(200));
    let closed = close(&closer, quick, Closing::everything()).await.unwrap();
    assert_eq!((closed.changed, closed.terminated.len()), (true, 1));
    let cases = gate::doubts::doubts(&world.db, 10).await.unwrap();
    assert_eq!(cases.len(), 1, "the case is noted under that credential, too");
    let part = Closing {
        scope: "act=application,product=credit".parse().unwrap(),
        ..Closing::everything()
    };
    close(&closer, order("a part"), part).await.unwrap();

    let mut typing = shell(&world, CLOSER).await;
    for typed in [
        "UPDATE intake_gate SET state = 'open'",
        "UPDATE intake_gate SET state = 'reopening'",
        "UPDATE intake_gate SET state = 'closing' WHERE state = 'closed'",
        "UPDATE intake_gate SET epoch = 1 WHERE epoch > 1",
        "UPDATE intake_gate SET unverified_since = 1 WHERE scope = 'everything'",
        "UPDATE intake_gate SET epoch = 9223372036854775807",
        "INSERT INTO intake_gate (scope, product, state, epoch, reason, actor, changed_at) \
         VALUES ('product=micro', 'micro', 'open', 99, 'r', 'a', 1)",
        "INSERT INTO intake_history (number, scope, state, epoch, reason, reason_salt, actor, terminated, at, via) \
         VALUES (99, 'everything', 'closed', 9, 'r', 's', 'a', '[]', 1, 'backstop_closer')",
        "INSERT INTO intake_history (number, scope, state, epoch, reason, reason_salt, actor, terminated, at, via) \
         SELECT max(number) + 1, 'everything', 'closed', 9, 'r', 's', 'a', '[]', 1, 'postgres' FROM intake_history",
        "UPDATE intake_gate SET product = 'micro' WHERE scope <> 'everything'",
        "INSERT INTO intake_gate (scope, state, epoch, reason, actor, changed_at) VALUES ('x', 'closed', 9, 'r', 'a', 1)",
        // The path does not make it another comparison.
        "CREATE TYPE pg_temp.text AS ENUM ('open'); UPDATE intake_gate SET state = 'open'",
    ] {
        let message = refused(&mut typing, typed).await;
        assert!(
            message.contains("backstop:intake_close_only"),
            "{typed}: {message}"
        );
    }
    for typed in [
        "DELETE FROM intake_gate",
        "SELECT * FROM applications",
        "INSERT INTO applications (id, state) VALUES ('x', 'submitted')",
        "UPDATE intake_history SET reason = 'other'",
        "SELECT * FROM evidence_leaves",
        "INSERT INTO evidence_leaves (id, at, origin, act, actor, body, hash, idx) VALUES ('x', 1, 'o', 'a', 'a', 'b', '', 0)",
        "SELECT * FROM intake_credential",
        "ALTER TABLE intake_gate DISABLE TRIGGER ALL",
        "CREATE TABLE mine (x int)",
        "SET ROLE postgres",
    ] {
        let message = refused(&mut typing, typed).await;
        let denied = ["permission denied", "must be owner"]
            .iter()
            .any(|why| message.contains(why));
        assert!(denied, "{typed}: {message}");
    }
    closer.close().await;
    let stands = scopes(&world.db).await.unwrap();
    assert!(
        stands.len() == 2 && stands.iter().all(|one| one.state == State::Closed),
        "{stands:?}"
    );
    // Nor does anybody write a row that is about something else than its name says.
    let other = "INSERT INTO intake_gate (scope, product, state, epoch, reason, actor, changed_at) \
                 VALUES ('product=credit', 'micro', 'open', 99, 'r', 'a', 1)";
    assert!(world.run(other).await.is_err());
    // Used: another is due, and once it is sealed the first is worth nothing.
    assert!(
        sealed_credential(&world.db)
            .await
            .unwrap()
            .unwrap()
            .used_at
            .is_some()
    );
    let later = order("").at + 1;
    seal_credential(&world.db, VERIFIER, "bob", later).await.unwrap();
    let sealed = sealed_credential(&world.db).await.unwrap().unwrap();
    assert_eq!((sealed.by.as_str(), sealed.used_at), ("bob", None));
    assert_eq!(
        world
            .number("SELECT count(*) FROM evidence_leaves WHERE act = 'credential.seal'")
            .await,
        2
    );
    // A role of this name that has more than it is to have is not sealed.
    world.run("GRANT teller TO backstop_closer").await.unwrap();
    let more = seal_credential(&world.db, VERIFIER, "bob", later).await;
    assert!(matches!(more, Err(gate::GateError::Unfit(_))), "{more:?}");
    // Everybody else moves the gate as before.
    reopen(&world.db, order("over")).await.unwrap();
}

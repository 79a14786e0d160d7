//! A role of theirs needs nothing for its own business, and gets past the gate by no statement.

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, postgres::PgConnection};

use crate::world::{REQUEST, World, described, meant, types};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_owns_nothing_works_while_open_and_opens_nothing() {
    let world = World::installed().await;
    let role = format!("teller_{}", std::process::id());
    world
        .types(&format!(
            "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA lending TO {role}; \
             GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA lending TO {role}"
        ))
        .await
        .unwrap();
    let options: PgConnectOptions = world.url.parse().unwrap();
    let mut teller = PgConnection::connect_with(&options.username(&role))
        .await
        .unwrap();
    types(&mut teller, REQUEST).await.unwrap();
    world.close("everything").await;
    let refused = types(&mut teller, REQUEST).await.unwrap_err();
    assert!(refused.contains("backstop:intake_closed"), "{refused}");
    for sql in [
        "UPDATE backstop.intake_gate SET state = 'open'",
        "DELETE FROM backstop.intake_gate",
        "INSERT INTO backstop.intake_gate (scope, state, epoch, reason, actor, changed_at) VALUES ('x', 'open', 9, 'r', 'a', 1)",
        "SELECT reason FROM backstop.intake_gate",
        "SELECT 1 FROM backstop.intake_history",
        "SELECT 1 FROM backstop.intake_installs",
        "SELECT 1 FROM backstop.evidence_leaves",
        "CREATE TABLE backstop.mine (x int)",
        "ALTER TABLE lending.loan_request DISABLE TRIGGER zz_intake_insert",
        "DROP TRIGGER zz_intake_insert ON lending.loan_request",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION backstop.refuse_application() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    ] {
        let refused = types(&mut teller, sql).await.unwrap_err();
        let denied = refused.contains("permission denied") || refused.contains("must be owner");
        assert!(denied, "{sql}: {refused}");
    }
    drop(teller);
    let drop = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    world.types(&drop).await.unwrap();
}

/// Nobody has to be a superuser for it: who owns the tables installs, closes and looks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tables_owner_installs_and_closes_without_being_a_superuser() {
    let world = World::new().await;
    let owner = format!("owner_{}", std::process::id());
    world
        .types(&format!(
            "CREATE ROLE {owner} LOGIN; \
             DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {owner}', current_database()); END $$; \
             ALTER SCHEMA lending OWNER TO {owner}; ALTER TABLE lending.loan_request OWNER TO {owner}; \
             ALTER TABLE lending.\"Agreement\" OWNER TO {owner}; ALTER TABLE lending.payout OWNER TO {owner}"
        ))
        .await
        .unwrap();
    let gate = world.sign_in(&owner).await;
    let done = adopt::apply(&gate, &described(), &meant()).await.unwrap();
    assert_eq!((done.made, done.changed), (8, true));
    let checked = adopt::check(&gate, &described()).await.unwrap();
    assert_eq!(
        (checked.findings, checked.owners),
        (Vec::new(), vec![owner.clone()])
    );
    gate::close(&gate, crate::world::order(), gate::Closing::everything())
        .await
        .unwrap();
    let refused = world.types(REQUEST).await.unwrap_err();
    assert!(refused.contains("backstop:intake_closed"), "{refused}");
    gate.close().await;
    world
        .types(&format!(
            "REASSIGN OWNED BY {owner} TO CURRENT_USER; DROP OWNED BY {owner}; DROP ROLE {owner}"
        ))
        .await
        .unwrap();
}

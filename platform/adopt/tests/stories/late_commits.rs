//! Nothing commits late on their tables either, and the same check sees a planted fault.

use std::time::Duration;

use adopt::{Proof, Proved, prove};
use base::clock::Clock;

use crate::world::World;

fn proof() -> Proof {
    Proof {
        statement: "INSERT INTO lending.loan_request (id, status) VALUES ({id}::uuid, 'new');\n".to_owned(),
        undo: Some("DELETE FROM lending.loan_request WHERE id = {id}::uuid".to_owned()),
        clients: 12,
        closes: 4,
        hold: Duration::from_millis(150),
        actor: "ann".to_owned(),
    }
}

async fn proved(world: &World) -> Proved {
    let proved = prove(&world.url, &proof(), &Clock::system()).await.unwrap();
    eprintln!("{}", serde_json::to_string(&proved).unwrap());
    assert!(proved.is_telling(), "too little load to tell");
    assert_eq!(proved.failed, 0, "{:?}", proved.failure);
    assert_eq!(proved.left, 0);
    assert_eq!(
        world.number("SELECT count(*) FROM lending.loan_request").await,
        0,
        "all was taken back"
    );
    proved
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_commits_late_on_postgres() {
    let world = World::installed().await;
    let found = proved(&world).await;
    assert!(found.late.is_empty(), "{:?}", found.late);
    assert_eq!(found.closes, 4);
    assert_eq!(
        world
            .number("SELECT count(*) FROM evidence_leaves WHERE act = 'intake.prove'")
            .await,
        4
    );
    assert_eq!(
        world
            .number("SELECT count(*) FROM intake_gate WHERE state <> 'open'")
            .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_that_looks_without_the_lock_is_caught_on_postgres() {
    let world = World::installed().await;
    let lockless = "CREATE FUNCTION lending.lockless() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF (SELECT state FROM backstop.intake_gate WHERE scope = 'everything') IS DISTINCT FROM 'open' THEN
            RAISE EXCEPTION 'backstop:intake_closed:0' USING ERRCODE = 'BS001';
          END IF;
          RETURN NEW;
        END $$;
        DROP TRIGGER zz_intake_insert ON lending.loan_request;
        CREATE TRIGGER zz_intake_insert BEFORE INSERT ON lending.loan_request
          FOR EACH ROW EXECUTE FUNCTION lending.lockless()";
    world.types(lockless).await.unwrap();
    let found = proved(&world).await;
    assert!(
        !found.late.is_empty(),
        "the same check must see the planted fault"
    );
}

/// Cut off between a closing and its reopening.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_proof_left_shut_the_next_one_finishes_on_postgres() {
    let world = World::installed().await;
    let order = gate::Order {
        reason: "proof on a test copy that nothing commits late".to_owned(),
        ..crate::world::order()
    };
    gate::close(&world.gate, order, gate::Closing::everything())
        .await
        .unwrap();
    let off = "ALTER TABLE backstop.intake_gate DISABLE TRIGGER intake_gate_two_persons";
    world.types(off).await.unwrap();
    let found = proved(&world).await;
    assert!(found.late.is_empty(), "{:?}", found.late);
    let left = world.findings(&crate::world::described()).await;
    assert_eq!(left, Vec::<String>::new());
}

/// Whoever closes in earnest while a proof runs is not reopened by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closing_in_earnest_outlasts_a_proof_on_postgres() {
    let world = World::installed().await;
    let url = world.url.clone();
    let proving = tokio::spawn(async move { prove(&url, &proof(), &Clock::system()).await });
    // In the midst of its first round: that is shut for half a second.
    while world
        .number("SELECT count(*) FROM intake_gate WHERE state = 'closed'")
        .await
        == 0
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    world.close("everything").await;
    let refused = proving.await.unwrap().unwrap_err().to_string();
    eprintln!("{refused}");
    assert_eq!(
        world
            .number("SELECT count(*) FROM intake_gate WHERE state = 'closed'")
            .await,
        1
    );
    let left = world.findings(&crate::world::described()).await;
    assert_eq!(left, Vec::<String>::new(), "two persons are needed again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_reopens_only_what_a_proof_closed() {
    let world = World::installed().await;
    world.close("act=application").await;
    let refused = prove(&world.url, &proof(), &Clock::system())
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("only what it closed itself"), "{refused}");
    let open = world
        .number("SELECT count(*) FROM intake_gate WHERE state = 'closed'")
        .await;
    assert_eq!(open, 1);
}

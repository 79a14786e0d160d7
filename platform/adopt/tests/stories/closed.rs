//! What is refused on their tables while intake is closed, and what goes on.

use crate::world::{REQUEST, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_binds_is_refused_and_existing_business_goes_on() {
    let world = World::installed().await;
    for sql in [
        REQUEST,
        "INSERT INTO lending.\"Agreement\" (id, limit_amount) VALUES (1, 100)",
        "INSERT INTO lending.payout (id) VALUES ('p1')",
        "INSERT INTO lending.payout (id, status) VALUES ('p2', 'sent')",
    ] {
        world.types(sql).await.unwrap();
    }
    let closed = world.close("everything").await;
    assert!(closed.changed && closed.terminated.is_empty());
    for sql in [
        REQUEST,
        "UPDATE lending.loan_request SET status = 'approved'",
        "UPDATE lending.\"Agreement\" SET status = 'signed'",
        "UPDATE lending.\"Agreement\" SET limit_amount = limit_amount + 1",
        // Born where the transition leads to.
        "INSERT INTO lending.\"Agreement\" (id, status, limit_amount) VALUES (2, 'signed', 1)",
        "UPDATE lending.payout SET status = 'sent' WHERE id = 'p1'",
        "INSERT INTO lending.payout (id) VALUES ('p3')",
        "SET session_replication_role = replica; INSERT INTO lending.payout (id) VALUES ('p3')",
        "BEGIN ISOLATION LEVEL REPEATABLE READ; INSERT INTO lending.payout (id) VALUES ('p3'); COMMIT",
    ] {
        let refused = world.types(sql).await.unwrap_err();
        assert!(refused.contains("backstop:intake_"), "{sql}: {refused}");
    }
    for sql in [
        "UPDATE lending.loan_request SET note = 'called', status = 'rejected'",
        "UPDATE lending.\"Agreement\" SET limit_amount = limit_amount - 1, note = 'less'",
        "INSERT INTO lending.\"Agreement\" (id, limit_amount) VALUES (3, 1)",
        "UPDATE lending.payout SET status = 'paid' WHERE id = 'p2'",
        "INSERT INTO lending.repayment (amount, state) VALUES (10, 'booked')",
        "DELETE FROM lending.payout WHERE id = 'p1'",
    ] {
        world.types(sql).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closing_of_one_act_leaves_the_others_open() {
    let world = World::installed().await;
    world.close("act=application").await;
    let refused = world.types(REQUEST).await.unwrap_err();
    assert!(refused.contains("backstop:intake_closed"), "{refused}");
    world
        .types("INSERT INTO lending.payout (id) VALUES ('p1')")
        .await
        .unwrap();
    // Of which product a row is cannot be known here: a closing of one holds all of them back.
    world.close("product=credit").await;
    let refused = world
        .types("INSERT INTO lending.payout (id) VALUES ('p2')")
        .await
        .unwrap_err();
    assert!(refused.contains("backstop:intake_closed"), "{refused}");
}

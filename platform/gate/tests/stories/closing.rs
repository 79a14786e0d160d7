//! Closing, closing again, dying halfway, reopening.

use gate::{GateError, Order, State, close, reopen, status};

use crate::world::{World, is_closed, on_both, order};

on_both!(
    a_second_close_answers_the_same_epoch,
    closers_at_the_same_time_agree_on_the_epoch,
    a_closer_that_died_halfway_leaves_intake_refused,
    without_its_row_the_gate_is_shut,
    an_order_without_a_reason_or_a_name_changes_nothing,
);

async fn a_second_close_answers_the_same_epoch(world: World) {
    let before = status(&world.db).await.unwrap().epoch;
    let first = close(&world.db, order("core banking down")).await.unwrap();
    assert_eq!((first.epoch, first.changed), (before + 1, true));
    let again = close(&world.db, order("is it closed?")).await.unwrap();
    assert_eq!((again.epoch, again.changed), (first.epoch, false));
    let stands = status(&world.db).await.unwrap();
    assert_eq!(
        (stands.state, stands.reason.as_str()),
        (State::Closed, "core banking down")
    );

    let opened = reopen(&world.db, order("back")).await.unwrap();
    assert_eq!((opened.state, opened.epoch), (State::Open, first.epoch + 1));
    assert_eq!(
        reopen(&world.db, order("again")).await.unwrap().epoch,
        opened.epoch
    );
    assert_eq!(
        close(&world.db, order("once more")).await.unwrap().epoch,
        opened.epoch + 1
    );
}

async fn closers_at_the_same_time_agree_on_the_epoch(world: World) {
    let closers: Vec<_> = (0..4)
        .map(|number| {
            let db = world.db.clone();
            tokio::spawn(async move { close(&db, order(&format!("closer {number}"))).await.unwrap() })
        })
        .collect();
    let mut epochs = Vec::new();
    let mut changed = 0;
    for closer in closers {
        let closed = closer.await.unwrap();
        epochs.push(closed.epoch);
        changed += usize::from(closed.changed);
    }
    epochs.dedup();
    assert_eq!((epochs.len(), changed), (1, 1), "{epochs:?}");
}

async fn a_closer_that_died_halfway_leaves_intake_refused(world: World) {
    // What step one leaves, if nobody lives to take step two.
    world
        .run("UPDATE intake_gate SET state = 'closing'")
        .await
        .unwrap();
    assert!(is_closed(&world.apply("app_1").await));
    let epoch = status(&world.db).await.unwrap().epoch;
    // Either way out works.
    let opened = reopen(&world.db, order("the closer died")).await.unwrap();
    assert_eq!((opened.state, opened.epoch), (State::Open, epoch + 1));
    world.apply("app_1").await.unwrap();
    world
        .run("UPDATE intake_gate SET state = 'closing'")
        .await
        .unwrap();
    assert_eq!(
        close(&world.db, order("finish it")).await.unwrap().epoch,
        epoch + 2
    );
    assert!(is_closed(&world.apply("app_2").await));
}

async fn without_its_row_the_gate_is_shut(world: World) {
    world.run("DELETE FROM intake_gate").await.unwrap();
    assert!(is_closed(&world.apply("app_1").await));
    assert_eq!(status(&world.db).await, Err(GateError::NoRow));
    assert_eq!(close(&world.db, order("drill")).await, Err(GateError::NoRow));
    assert_eq!(reopen(&world.db, order("drill")).await, Err(GateError::NoRow));
    assert!(is_closed(&world.apply("app_1").await));
}

async fn an_order_without_a_reason_or_a_name_changes_nothing(world: World) {
    let nameless = Order {
        actor: " ".to_owned(),
        ..order("drill")
    };
    for (bad, part) in [
        (order(""), "reason"),
        (order(" \n"), "reason"),
        (nameless, "actor"),
    ] {
        assert_eq!(
            close(&world.db, bad.clone()).await,
            Err(GateError::Incomplete(part))
        );
        assert_eq!(reopen(&world.db, bad).await, Err(GateError::Incomplete(part)));
    }
    let endless = Order {
        grace: Order::LONGEST_GRACE + std::time::Duration::from_nanos(1),
        ..order("drill")
    };
    assert_eq!(close(&world.db, endless).await, Err(GateError::GraceTooLong));
    assert_eq!(status(&world.db).await.unwrap().epoch, 1);
    assert_eq!(world.number("SELECT count(*) FROM evidence_leaves").await, 0);
    world.apply("app_1").await.unwrap();
}

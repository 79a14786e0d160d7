//! A database that lost later changes: nothing opens it until somebody has reconciled it.

use gate::{Closing, GateError, Order, State, UNVERIFIED, close};

use crate::world::{World, agreed, is_closed, on_both, order, reopen, reopen_at, status};

on_both!(
    a_marked_database_is_closed_under_an_epoch_of_its_own,
    what_waited_for_a_second_person_is_closed_too,
    nothing_opens_before_it_is_believed_again,
    what_is_held_back_by_name_only_may_have_been,
    a_reopening_before_does_not_hide_the_mark_from_who_asks_by_name,
);

/// The newest epoch that was given out, and is lost.
const NEWEST: i64 = 40;

fn mark() -> Order {
    Order {
        actor: gate::RECOVERY.to_owned(),
        ..order("an earlier one")
    }
}

async fn believe(world: &World) -> Result<bool, GateError> {
    let order = order("reconciled");
    world
        .db
        .write_first(move |tx| Box::pin(async move { gate::believe_in(tx, &order).await }))
        .await
}

async fn a_marked_database_is_closed_under_an_epoch_of_its_own(world: World) {
    world.apply("app_1").await.unwrap();
    let epoch = gate::distrust(&world.db, mark(), NEWEST).await.unwrap();
    assert!(epoch > NEWEST, "{epoch}");
    let stands = status(&world.db).await.unwrap();
    assert_eq!(
        (stands.state, stands.epoch, stands.shown()),
        (State::Closed, epoch, UNVERIFIED)
    );
    assert!(is_closed(&world.apply("app_2").await));
    // Every instance finds it out by itself: only the first is on record.
    let moves = "SELECT COUNT(*) FROM intake_history";
    let before = world.number(moves).await;
    assert_eq!(gate::distrust(&world.db, mark(), NEWEST).await.unwrap(), epoch);
    assert_eq!(world.number(moves).await, before);
    // Another journal tells of more.
    assert!(gate::distrust(&world.db, mark(), epoch + 5).await.unwrap() > epoch + 5);
    // Closing is always right, and does not hide it.
    close(&world.db, order("to be sure"), Closing::everything())
        .await
        .unwrap();
    assert_eq!(status(&world.db).await.unwrap().shown(), UNVERIFIED);
    let leaves = "SELECT COUNT(*) FROM evidence_leaves WHERE act = 'intake.close'";
    let closed = "SELECT COUNT(*) FROM intake_history WHERE state = 'closed'";
    assert_eq!(world.number(leaves).await, world.number(closed).await);
}

async fn what_waited_for_a_second_person_is_closed_too(world: World) {
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    let asked = agreed(&world.db).await.unwrap();
    let (by, about) = (order("over"), asked.clone());
    let waits = world
        .db
        .write_first(move |tx| Box::pin(async move { gate::ask_in(tx, &by, &about).await }));
    assert_eq!(waits.await.unwrap().state, State::Reopening);
    gate::distrust(&world.db, mark(), NEWEST).await.unwrap();
    assert_eq!(status(&world.db).await.unwrap().state, State::Closed);
    let by = order("over");
    let opened = world
        .db
        .write_first(move |tx| Box::pin(async move { gate::reopen_in(tx, &by, &asked).await }));
    assert_eq!(opened.await, Err(GateError::Unverified));
}

async fn nothing_opens_before_it_is_believed_again(world: World) {
    assert_eq!(believe(&world).await, Ok(false), "nobody doubted it");
    let part = Closing {
        scope: "product=micro".parse().unwrap(),
        ..Closing::default()
    };
    close(&world.db, order("a part"), part).await.unwrap();
    let epoch = gate::distrust(&world.db, mark(), NEWEST).await.unwrap();
    assert_eq!(reopen(&world.db, order("over")).await, Err(GateError::Unverified));
    let part = crate::world::reopen_at(&world.db, order("over"), 3).await;
    assert_eq!(part, Err(GateError::Unverified), "nor a part");
    // Nor what somebody types, or an older build writes.
    for state in ["open", "reopening"] {
        let typed = format!("UPDATE intake_gate SET state = '{state}' WHERE scope = 'everything'");
        assert!(world.run(&typed).await.is_err(), "{state}");
    }
    assert_eq!(believe(&world).await, Ok(true));
    let stands = status(&world.db).await.unwrap();
    assert_eq!((stands.state, stands.shown()), (State::Closed, "closed"));
    let open = reopen(&world.db, order("over")).await.unwrap();
    assert!(open.epoch > epoch);
    world.apply("app_1").await.unwrap_err();
    crate::world::reopen_at(&world.db, order("over"), 3)
        .await
        .unwrap();
    world.apply("app_1").await.unwrap();
}

/// A closing of renewals may be among the changes that were lost, so they are refused until that is known.
async fn what_is_held_back_by_name_only_may_have_been(world: World) {
    let ask = |id: &str| format!("INSERT INTO renewals (id, state) VALUES ('{id}', 'requested')");
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    world.run(&ask("rnw_1")).await.unwrap();
    gate::distrust(&world.db, mark(), NEWEST).await.unwrap();
    assert!(is_closed(&world.run(&ask("rnw_2")).await));
    let grant = "UPDATE renewals SET state = 'granted'";
    assert!(is_closed(&world.run(grant).await));
    assert!(believe(&world).await.unwrap());
    // Still closed, and known to be.
    assert_eq!(status(&world.db).await.unwrap().state, State::Closed);
    assert_eq!(world.run(grant).await, Ok(1));
}

/// A scope that was closed once has a row of its own, which says that it is open.
async fn a_reopening_before_does_not_hide_the_mark_from_who_asks_by_name(world: World) {
    let named = Closing {
        scope: "act=renewal".parse().unwrap(),
        ..Closing::everything()
    };
    let epoch = close(&world.db, order("drill"), named).await.unwrap().epoch;
    reopen_at(&world.db, order("over"), epoch).await.unwrap();
    gate::distrust(&world.db, mark(), NEWEST).await.unwrap();
    let ask = "INSERT INTO renewals (id, state) VALUES ('rnw_1', 'requested')";
    assert!(is_closed(&world.run(ask).await));
    for asked in [
        "act=renewal",
        "act=renewal,product=micro",
        "everything",
        "act=draw",
    ] {
        let read = gate::scopes(&world.db).await.unwrap();
        let stands = gate::strictest(read, &asked.parse().unwrap()).unwrap();
        assert_eq!(
            (stands.state, stands.shown()),
            (State::Closed, UNVERIFIED),
            "{asked}"
        );
    }
}

//! Closing, closing again, dying halfway, reopening.

use db::DbError;
use gate::status::status_in;
use gate::{Agreed, Closing, GateError, Order, Scope, State, Status, ask_in, close, deny_in, reopen_in};

use crate::world::{World, agreed, is_closed, on_both, order, reopen, status};

on_both!(
    a_second_close_answers_the_same_epoch,
    closers_at_the_same_time_agree_on_the_epoch,
    a_closer_that_died_halfway_leaves_intake_refused,
    what_was_agreed_on_is_about_one_closing,
    every_state_and_every_step_of_a_reopening,
    without_its_row_the_gate_is_shut,
    an_order_without_a_reason_or_a_name_changes_nothing,
);

async fn a_second_close_answers_the_same_epoch(world: World) {
    let before = status(&world.db).await.unwrap().epoch;
    let first = close(&world.db, order("core banking down"), Closing::everything())
        .await
        .unwrap();
    assert_eq!((first.epoch, first.changed), (before + 1, true));
    let again = close(&world.db, order("is it closed?"), Closing::everything())
        .await
        .unwrap();
    assert_eq!((again.epoch, again.changed), (first.epoch, false));
    let stands = status(&world.db).await.unwrap();
    assert_eq!(
        (stands.state, stands.reason.as_str()),
        (State::Closed, "core banking down")
    );

    let opened = reopen(&world.db, order("back")).await.unwrap();
    assert_eq!((opened.state, opened.epoch), (State::Open, first.epoch + 1));
    let again = reopen(&world.db, order("again")).await.unwrap_err();
    assert_eq!(
        again,
        GateError::Elsewhere {
            scope: Scope::everything(),
            state: State::Open,
            epoch: opened.epoch
        }
    );
    assert_eq!(
        close(&world.db, order("once more"), Closing::everything())
            .await
            .unwrap()
            .epoch,
        opened.epoch + 1
    );
}

async fn closers_at_the_same_time_agree_on_the_epoch(world: World) {
    let closers: Vec<_> = (0..4)
        .map(|number| {
            let db = world.db.clone();
            tokio::spawn(async move {
                close(&db, order(&format!("closer {number}")), Closing::everything())
                    .await
                    .unwrap()
            })
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
    // It may yet commit what was in flight, so nobody asks to reopen it, and no "no" makes it closed.
    let unfinished = agreed(&world.db).await.unwrap();
    for to in [State::Reopening, State::Closed, State::Open] {
        let _nothing = step(&world, to, &unfinished).await;
        assert_eq!(status(&world.db).await.unwrap().state, State::Closing, "{to}");
    }
    // Closing again finishes it.
    let closed = close(&world.db, order("finish it"), Closing::everything())
        .await
        .unwrap();
    assert_eq!((closed.epoch, closed.changed), (epoch + 1, true));
    assert!(is_closed(&world.apply("app_2").await));
    let opened = reopen(&world.db, order("back")).await.unwrap();
    assert_eq!((opened.state, opened.epoch), (State::Open, epoch + 2));
    world.apply("app_1").await.unwrap();
}

async fn what_was_agreed_on_is_about_one_closing(world: World) {
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    let before = agreed(&world.db).await.unwrap();
    let unasked = step(&world, State::Open, &before).await;
    assert!(
        matches!(unasked, Err(GateError::Elsewhere { .. })),
        "nobody asked"
    );
    let waits = step(&world, State::Reopening, &before).await.unwrap();
    assert_eq!((waits.state, waits.epoch), (State::Reopening, before.epoch));
    assert_eq!(
        (&*waits.reason, &*waits.actor),
        ("drill", &*order("").actor),
        "who closed, and why"
    );
    assert!(is_closed(&world.apply("app_1").await), "asking opens nothing");
    // Somebody closes again while the others agree: that is not undone.
    let anew = close(&world.db, order("it is worse"), Closing::everything())
        .await
        .unwrap();
    assert_eq!((anew.epoch, anew.changed), (before.epoch + 1, true));
    let late = step(&world, State::Open, &before).await.unwrap_err();
    assert_eq!(
        late,
        GateError::Elsewhere {
            scope: Scope::everything(),
            state: State::Closed,
            epoch: anew.epoch
        }
    );
    assert!(is_closed(&world.apply("app_1").await));

    // One of two is denied, and somebody says once more that it is to stay closed.
    let one = agreed(&world.db).await.unwrap();
    let other = Agreed {
        proposal: "pro_2".to_owned(),
        ..one.clone()
    };
    step(&world, State::Reopening, &one).await.unwrap();
    step(&world, State::Reopening, &other).await.unwrap();
    step(&world, State::Closed, &other).await.unwrap();
    let again = close(&world.db, order("stay closed"), Closing::everything())
        .await
        .unwrap();
    assert_eq!((again.epoch, again.changed), (one.epoch, false));
    assert!(step(&world, State::Open, &one).await.is_err());
    // Nor by what was asked before, once somebody asks anew.
    step(&world, State::Reopening, &other).await.unwrap();
    assert!(step(&world, State::Open, &one).await.is_err());
    assert!(is_closed(&world.apply("app_1").await));
    step(&world, State::Open, &other).await.unwrap();
    world.apply("app_1").await.unwrap();
}

async fn every_state_and_every_step_of_a_reopening(world: World) {
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    let first = agreed(&world.db).await.unwrap();
    step(&world, State::Reopening, &first).await.unwrap();
    for from in State::ALL {
        for to in [State::Reopening, State::Closed, State::Open] {
            for off in [-1, 0, 1] {
                let set = format!("UPDATE intake_gate SET state = '{from}'");
                world.run(&set).await.unwrap();
                let before = status(&world.db).await.unwrap();
                let mut agreed = agreed(&world.db).await.unwrap();
                agreed.epoch += off;
                let done = step(&world, to, &agreed).await;
                let after = status(&world.db).await.unwrap();
                let may = off == 0
                    && match to {
                        State::Closed => *from == State::Reopening,
                        _ => [State::Closed, State::Reopening].contains(from),
                    };
                let case = format!("{from} to {to}, epoch off by {off}");
                if may {
                    assert_eq!(after.state, to, "{case}");
                    assert_eq!(after.epoch, before.epoch + i64::from(to == State::Open), "{case}");
                } else {
                    assert_eq!(after, before, "{case}");
                    // A no to what does not wait is no error.
                    assert_eq!(done.is_err(), to != State::Closed, "{case}");
                }
            }
        }
    }
}

/// One step of a reopening, named by where it leads.
async fn step(world: &World, to: State, agreed: &Agreed) -> Result<Status, GateError> {
    let agreed = agreed.clone();
    world
        .db
        .write_first(move |tx| {
            Box::pin(async move {
                let order = order("drill");
                match to {
                    State::Reopening => ask_in(tx, &order, &agreed).await,
                    State::Closed => {
                        deny_in(tx, &order, &agreed).await?;
                        status_in(tx, &Scope::everything()).await
                    }
                    _ => reopen_in(tx, &order, &agreed).await,
                }
            })
        })
        .await
}

async fn without_its_row_the_gate_is_shut(world: World) {
    let deleted = world.run("DELETE FROM intake_gate").await;
    if !world.is_postgres() {
        // It stays: an index that is empty while nothing is shut could not tell that it is gone.
        let renamed = "UPDATE intake_gate SET scope = 'act=draw', act = 'draw'";
        for refused in [deleted, world.run(renamed).await] {
            assert!(matches!(refused, Err(DbError::Raised { code, .. }) if code == "intake_gate_row"));
        }
        return;
    }
    deleted.unwrap();
    assert!(is_closed(&world.apply("app_1").await));
    assert_eq!(status(&world.db).await, Err(GateError::NoRow));
    assert_eq!(
        close(&world.db, order("drill"), Closing::everything()).await,
        Err(GateError::NoRow)
    );
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
            close(&world.db, bad.clone(), Closing::everything()).await,
            Err(GateError::Incomplete(part))
        );
        assert_eq!(reopen(&world.db, bad).await, Err(GateError::Incomplete(part)));
    }
    let endless = Order {
        grace: Order::LONGEST_GRACE + std::time::Duration::from_nanos(1),
        ..order("drill")
    };
    assert_eq!(
        close(&world.db, endless, Closing::everything()).await,
        Err(GateError::GraceTooLong)
    );
    assert_eq!(status(&world.db).await.unwrap().epoch, 1);
    assert_eq!(world.number("SELECT count(*) FROM evidence_leaves").await, 0);
    world.apply("app_1").await.unwrap();
}

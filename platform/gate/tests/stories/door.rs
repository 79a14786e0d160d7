//! The door sheds early and guards nothing.

use base::shutdown::Shutdown;
use db::{Db, Options};
use gate::{Closing, Door, Hint, State, close};

use crate::world::{World, is_closed, on_both, order, reopen, until};

on_both!(
    a_door_that_has_not_looked_lets_nothing_in,
    the_doors_of_other_instances_follow_within_a_few_looks,
    a_door_that_believes_in_an_open_gate_does_not_open_it,
);

async fn a_door_that_has_not_looked_lets_nothing_in(world: World) {
    let door = Door::new();
    assert_eq!(door.hint(), Hint::Unverified);
    door.look(&world.db).await.unwrap();
    assert!(door.hint().admits());
}

async fn the_doors_of_other_instances_follow_within_a_few_looks(world: World) {
    let other = Db::open(&world.url, Options::default()).await.unwrap();
    let (door, shutdown) = (Door::new(), Shutdown::new());
    let watching = tokio::spawn(door.clone().watch(other, shutdown.clone()));
    until(|| async { door.hint().admits() }).await;
    let closed = close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    until(|| async {
        door.hint()
            == Hint::Shut {
                state: State::Closed,
                epoch: closed.epoch,
            }
    })
    .await;
    reopen(&world.db, order("over")).await.unwrap();
    until(|| async { door.hint().admits() }).await;
    shutdown.trigger();
    watching.await.unwrap();
}

async fn a_door_that_believes_in_an_open_gate_does_not_open_it(world: World) {
    let door = Door::new();
    door.look(&world.db).await.unwrap();
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    assert!(door.hint().admits(), "nobody told this door");
    assert!(is_closed(&world.apply("app_1").await));
}

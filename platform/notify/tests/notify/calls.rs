//! The monthly test of the call tree, with evidence in the caller's transaction.

use std::sync::Arc;

use db::{Job, Tx};
use notify::ack::{Answer, Way};
use notify::calltree::{self, CallTree};
use notify::page::Kind;
use notify::{Event, NotifyError};

use crate::world::{World, on_both};

on_both!(
    everybody_is_called_and_it_is_known_who_answered,
    of_several_who_look_at_the_calendar_one_begins_and_one_closes,
    nobody_is_called_at_night_for_a_test_that_was_missed,
);

async fn begin(world: &World) -> CallTree {
    let (config, ids, now) = (
        Arc::clone(&world.config),
        world.notifier.ids().clone(),
        world.now(),
    );
    world
        .db
        .write(move |tx: &mut Tx| -> Job<'_, CallTree, NotifyError> {
            Box::pin(async move {
                let tree = calltree::begin(tx, &config, &ids, "audit", now).await?;
                // Where the control plane leaves its evidence.
                tx.exec("INSERT INTO evidence (what) VALUES ($1)", &[(&tree.id).into()])
                    .await?;
                Ok(tree)
            })
        })
        .await
        .unwrap()
}

async fn finish(world: &World, id: &str) -> Result<CallTree, NotifyError> {
    let (id, now) = (id.to_owned(), world.now());
    world
        .db
        .write(move |tx: &mut Tx| -> Job<'_, CallTree, NotifyError> {
            Box::pin(async move { calltree::finish(tx, &id, now).await })
        })
        .await
}

async fn is_due(world: &World) -> bool {
    let (config, now) = (Arc::clone(&world.config), world.now());
    world
        .db
        .read(move |tx: &mut Tx| -> Job<'_, bool, NotifyError> {
            Box::pin(async move { calltree::due(tx, &config, now).await })
        })
        .await
        .unwrap()
}

async fn everybody_is_called_and_it_is_known_who_answered(world: World) {
    world
        .db
        .write(|tx| -> Job<'_, u64, NotifyError> {
            Box::pin(async move { Ok(tx.exec("CREATE TABLE evidence (what TEXT)", &[]).await?) })
        })
        .await
        .unwrap();
    // The 27th at 14:00 in China; it is ten o'clock.
    assert!(!is_due(&world).await);
    world.hand.advance_micros(4 * 3_600_000_000);
    assert!(is_due(&world).await);
    let tree = begin(&world).await;
    assert!(!is_due(&world).await);
    world.settle().await;
    let got = world.got("sms");
    let mut called: Vec<&str> = got.iter().map(|receipt| receipt.page.receiver.as_str()).collect();
    called.sort_unstable();
    assert_eq!(
        called,
        ["person:li", "person:qian", "person:wang", "person:zhao"],
        "the whole rota"
    );
    assert!(
        got.iter()
            .all(|receipt| receipt.page.kind == Kind::CallTree && receipt.page.alerts.is_empty())
    );

    for receipt in &got[..3] {
        let answer = Answer {
            by: "gateway".to_owned(),
            way: Way::Keypress,
            until: None,
        };
        world.notifier.ack_key(&receipt.key, answer).await.unwrap();
    }
    assert!(
        finish(&world, &tree.id).await.is_err(),
        "somebody may still answer"
    );
    world.pass(1800).await;
    world.pass(5).await;
    let late = Answer {
        by: "gateway".to_owned(),
        way: Way::Reply,
        until: None,
    };
    let code = got[3].page.code.clone().unwrap();
    assert_eq!(
        world.notifier.ack_code(&code, late).await,
        Err(NotifyError::Unknown("code"))
    );
    let done = finish(&world, &tree.id).await.unwrap();
    assert_eq!(
        done.calls
            .iter()
            .filter(|call| call.answered_at.is_some())
            .count(),
        3
    );
    assert!(!done.passed() && done.finished_at.is_some());
    assert_eq!(
        finish(&world, &tree.id).await.unwrap(),
        done,
        "again changes nothing"
    );
    assert_eq!(world.notifier.events(), [] as [Event; 0]);
}

async fn begin_if_due(world: &World) -> Option<CallTree> {
    let (config, ids, now) = (
        Arc::clone(&world.config),
        world.notifier.ids().clone(),
        world.now(),
    );
    world
        .db
        .write(move |tx: &mut Tx| -> Job<'_, Option<CallTree>, NotifyError> {
            Box::pin(async move { calltree::begin_if_due(tx, &config, &ids, "calendar", now).await })
        })
        .await
        .unwrap()
}

async fn finish_if_over(world: &World, id: &str) -> Option<CallTree> {
    let (id, now) = (id.to_owned(), world.now());
    world
        .db
        .write(move |tx: &mut Tx| -> Job<'_, Option<CallTree>, NotifyError> {
            Box::pin(async move { calltree::finish_if_over(tx, &id, now).await })
        })
        .await
        .unwrap()
}

async fn of_several_who_look_at_the_calendar_one_begins_and_one_closes(world: World) {
    assert_eq!(begin_if_due(&world).await, None);
    world.hand.advance_micros(4 * 3_600_000_000);
    let looks: [_; 8] = std::array::from_fn(|_| begin_if_due(&world));
    let begun: Vec<CallTree> = futures::future::join_all(looks)
        .await
        .into_iter()
        .flatten()
        .collect();
    assert_eq!((begun.len(), begun[0].calls.len()), (1, 4));
    let id = &begun[0].id;
    assert_eq!(
        finish_if_over(&world, id).await,
        None,
        "somebody may still answer"
    );
    world.pass(1_801).await;
    let looks: [_; 8] = std::array::from_fn(|_| finish_if_over(&world, id));
    let closed: Vec<CallTree> = futures::future::join_all(looks)
        .await
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(closed.len(), 1);
    assert_eq!(closed[0].missing().count(), 4);
    let latest = world
        .db
        .read(|tx: &mut Tx| -> Job<'_, Vec<CallTree>, NotifyError> { Box::pin(calltree::latest(tx, 12)) });
    assert_eq!(latest.await.unwrap(), closed);
    let meters = world.notifier.meters().await.unwrap();
    let value = |name: &str| {
        meters
            .iter()
            .find(|meter| meter.name == name)
            .map(|meter| meter.value)
    };
    assert_eq!(value("backstop_notify_call_tree_passed"), Some(0));
    assert_eq!(value("backstop_notify_call_tree_missing"), Some(4));
    let ended = u64::try_from(world.now() / 1_000_000).unwrap();
    assert_eq!(value("backstop_notify_call_tree_ended_seconds"), Some(ended));
}

async fn nobody_is_called_at_night_for_a_test_that_was_missed(world: World) {
    const HOUR: i64 = 3_600_000_000;
    // Ten in the morning; the process stands still over two in the afternoon and is back at nine in the evening.
    world.hand.advance_micros(11 * HOUR);
    assert!(!is_due(&world).await);
    // And at three at night, and at one in the afternoon.
    world.hand.advance_micros(6 * HOUR);
    assert!(!is_due(&world).await);
    world.hand.advance_micros(10 * HOUR);
    assert!(!is_due(&world).await);
    world.hand.advance_micros(HOUR + 60_000_000);
    assert!(is_due(&world).await, "on the next day at its time of day");
}

//! What an order leaves behind: history for operators, one leaf of evidence.

use gate::{Closing, State, close};

use crate::world::{World, on_both, order, reopen};

on_both!(
    every_order_leaves_one_leaf_and_its_history,
    a_leaf_commits_to_the_reason_without_telling_it
);

async fn every_order_leaves_one_leaf_and_its_history(world: World) {
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    close(&world.db, order("drill, again"), Closing::everything())
        .await
        .unwrap();
    reopen(&world.db, order("over")).await.unwrap();
    let acts = "SELECT act FROM evidence_leaves ORDER BY act";
    assert_eq!(
        world.texts(acts).await,
        ["intake.close", "intake.close"],
        "a reopening's leaf is that of its approval"
    );
    let changed = "SELECT count(*) FROM evidence_leaves WHERE body LIKE '%\"changed\":true%'";
    assert_eq!(world.number(changed).await, 1);
    let history =
        "SELECT number || ' ' || state || ' ' || epoch || ' ' || reason FROM intake_history ORDER BY number";
    let wanted = [
        "1 closing 1 drill",
        "2 closed 2 drill",
        "3 closed 2 drill, again",
        "4 reopening 2 over",
        "5 open 3 over",
    ];
    assert_eq!(world.texts(history).await, wanted);
    let approvals =
        "SELECT number || ' ' || approval FROM intake_history WHERE approval IS NOT NULL ORDER BY number";
    assert_eq!(world.texts(approvals).await, ["4 pro_1", "5 pro_1"]);
    let told = gate::history(&world.db, 2).await.unwrap();
    let told: Vec<_> = told
        .iter()
        .map(|one| (one.number, one.state, one.approval.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            (5, State::Open, Some("pro_1")),
            (4, State::Reopening, Some("pro_1"))
        ],
        "the newest first"
    );
}

async fn a_leaf_commits_to_the_reason_without_telling_it(world: World) {
    let reason = "customer complained about Example Trading";
    close(&world.db, order(reason), Closing::everything())
        .await
        .unwrap();
    let body = world.texts("SELECT body FROM evidence_leaves").await.remove(0);
    assert!(!body.contains("Example"), "{body}");
    let salt = world
        .texts("SELECT reason_salt FROM intake_history WHERE number = 2")
        .await
        .remove(0);
    assert!(body.contains(&evidence::commit(&salt, reason)), "{body}");

    let hash = "SELECT hash FROM evidence_leaves";
    let hash = world.db.read(move |tx| {
        Box::pin(async move { Ok::<_, db::DbError>(tx.one(hash, &[]).await?.unwrap().bytes(0)?.to_vec()) })
    });
    assert_eq!(hash.await.unwrap(), evidence::leaf_hash(body.as_bytes()));
}

//! What a saga is bound to, and what its journal keeps.

use std::sync::Arc;

use saga::effects::Doing;
use saga::{
    Call, Effects, Entry, Event, Found, Interrupt, New, Output, Performed, Plan, Ran, SagaError, Step,
    StoreError, replay,
};
use serde_json::{Value, json};

use crate::drive::plan;
use crate::ledger::Hands;
use crate::stage::{Stage, on_all};

on_all!(
    another_plan_is_refused_and_changes_nothing,
    beginning_twice_is_beginning_once_and_another_of_that_id_is_refused,
    outputs_are_kept_masked_and_bounded_and_given_to_later_steps,
    a_saga_that_is_not_there_is_unknown,
    lists_say_how_sagas_stand,
);

async fn another_plan_is_refused_and_changes_nothing(stage: Stage) {
    let mine = plan(vec![Step::new("a"), Step::new("b")]);
    stage.begin(&mine).await;
    let runner = stage.runner("ann");
    let mut changed = Step::new("b");
    changed.act.idempotent = true;
    let others = [
        Plan::new("another text", vec![Step::new("a"), Step::new("b")]).unwrap(),
        Plan::new("test", vec![Step::new("b"), Step::new("a")]).unwrap(),
        Plan::new("test", vec![Step::new("a"), changed]).unwrap(),
    ];
    for other in others {
        let hands = Hands::new();
        let refused = runner
            .run(&stage.saga, &Arc::new(other), &hands, &Interrupt::default())
            .await;
        assert!(
            matches!(&refused, Err(SagaError::OtherPlan { bound, .. }) if bound == mine.digest()),
            "{refused:?}"
        );
        assert!(hands.ledger.acts().is_empty());
    }
    let ran = runner
        .run(&stage.saga, &mine, &Hands::new(), &Interrupt::default())
        .await;
    assert!(matches!(ran, Ok(Ran::Ended(_))), "{ran:?}");
}

async fn beginning_twice_is_beginning_once_and_another_of_that_id_is_refused(stage: Stage) {
    let mine = plan(vec![Step::new("a")]);
    let runner = stage.runner("ann");
    let (context, other) = (json!({ "reason": "drill" }), json!({ "reason": "fire" }));
    let new = |context| New {
        id: "same",
        kind: "test",
        context,
        by: "ann",
    };
    runner.begin(new(&context), &mine).await.unwrap();
    runner.begin(new(&context), &mine).await.unwrap();
    let refused = runner.begin(new(&other), &mine).await;
    assert_eq!(refused, Err(SagaError::Store(StoreError::Exists)));
    let long = json!("x".repeat(20_000));
    let refused = runner
        .begin(
            New {
                id: "long",
                ..new(&long)
            },
            &mine,
        )
        .await;
    assert_eq!(refused, Err(SagaError::Store(StoreError::TooLong("context"))));
    let (header, entries) = stage.store.load("same").await.unwrap();
    assert_eq!(
        (header.context, header.by, entries.len()),
        (context.to_string(), "ann".to_owned(), 0)
    );
}

/// Says a lot, and notes what it was told.
struct Talkative(std::sync::Mutex<Vec<Call>>);

impl Effects for Talkative {
    fn perform<'a>(&'a self, call: &'a Call) -> Doing<'a, Performed> {
        self.0.lock().unwrap().push(call.clone());
        let value = match call.step.id.as_str() {
            "long" => json!("x".repeat(100_000)),
            _ => json!({ "epoch": 7, "token": "abc", "phone": "13800000000" }),
        };
        Box::pin(async move { Performed::Done(value) })
    }

    fn verify<'a>(&'a self, _: &'a Call) -> Doing<'a, Found> {
        Box::pin(async { Found::NotDone })
    }
}

async fn outputs_are_kept_masked_and_bounded_and_given_to_later_steps(stage: Stage) {
    let plan = plan(vec![Step::new("close"), Step::new("long"), Step::new("look")]);
    stage.begin(&plan).await;
    let effects = Talkative(std::sync::Mutex::default());
    let ran = stage
        .runner("ann")
        .run(&stage.saga, &plan, &effects, &Interrupt::default())
        .await;
    ran.unwrap();
    let calls = effects.0.lock().unwrap().clone();
    let outputs = calls[2].outputs.clone();
    let value = |step: &str| outputs.get(step).map(Output::value).cloned();
    assert_eq!(
        value("close"),
        Some(json!({ "epoch": 7, "token": "***", "phone": "***" }))
    );
    assert_eq!(value("long"), Some(json!({ "left_out": 100_002 })));
    assert_eq!(value("look"), None::<Value>);
    assert_eq!(calls[0].key, format!("{}/close/do", stage.saga));
    let (_, entries) = stage.store.load(&stage.saga).await.unwrap();
    let text = serde_json::to_string(&entries.iter().map(|entry| &entry.event).collect::<Vec<_>>()).unwrap();
    assert!(!text.contains("13800000000") && !text.contains("abc"), "{text}");
}

async fn a_saga_that_is_not_there_is_unknown(stage: Stage) {
    let ran = stage
        .runner("ann")
        .run(
            "nothing",
            &plan(vec![Step::new("a")]),
            &Hands::new(),
            &Interrupt::default(),
        )
        .await;
    assert_eq!(ran, Err(SagaError::Store(StoreError::Unknown)));
}

async fn lists_say_how_sagas_stand(stage: Stage) {
    let plan = plan(vec![Step::new("a")]);
    for number in 0..3 {
        stage.another(number).begin(&plan).await;
        stage.hand.advance_micros(1);
    }
    let first = stage.another(0);
    first
        .runner("ann")
        .run(&first.saga, &plan, &Hands::new(), &Interrupt::default())
        .await
        .unwrap();
    let listed = stage.store.list(2).await.unwrap();
    let listed: Vec<_> = listed
        .iter()
        .map(|one| (one.id.as_str(), one.standing.as_str()))
        .collect();
    assert_eq!(listed, [("saga-2", "open"), ("saga-1", "open")]);
    let all = stage.store.list(100).await.unwrap();
    assert_eq!(
        (all[2].standing.as_str(), all[2].held.clone(), all[2].seq),
        ("done", None, 2)
    );
}

#[test]
fn a_journal_that_somebody_changed_is_refused_where_it_is_wrong() {
    let plan = plan(vec![Step::new("a"), Step::new("b")]);
    let entry = |seq, event| Entry {
        seq,
        at: 0,
        fence: 1,
        event,
    };
    let begun = |step: &str| Event::Begun {
        step: step.to_owned(),
    };
    assert!(replay(&plan, &[entry(1, begun("a"))]).is_ok());
    for (entries, seq) in [
        (vec![entry(2, begun("a"))], 1),
        (vec![entry(1, begun("b"))], 1),
        (vec![entry(1, begun("a")), entry(3, begun("b"))], 2),
        (vec![entry(1, begun("a")), entry(2, begun("b"))], 2),
        (vec![entry(1, begun("nowhere"))], 1),
    ] {
        assert_eq!(replay(&plan, &entries), Err(SagaError::Corrupt { seq }));
    }
}

mod the_database_refuses_changes {
    use super::*;

    async fn refuses(stage: Stage) {
        let plan = plan(vec![Step::new("a")]);
        stage.begin(&plan).await;
        stage
            .runner("ann")
            .run(&stage.saga, &plan, &Hands::new(), &Interrupt::default())
            .await
            .unwrap();
        for sql in [
            "UPDATE saga_entries SET event = '{}'",
            "DELETE FROM saga_entries",
            "DELETE FROM saga_sagas",
        ] {
            let changed: Result<u64, db::DbError> = stage
                .db
                .clone()
                .unwrap()
                .write(move |tx| Box::pin(async move { tx.exec(sql, &[]).await }))
                .await;
            assert!(changed.is_err(), "{sql}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn sqlite() {
        refuses(Stage::sqlite().await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn postgres() {
        refuses(Stage::postgres().await).await;
    }
}

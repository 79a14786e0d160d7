//! What people decide: on record with who, counted only for the question that was asked, and no more than once.

use std::sync::Arc;

use saga::{
    Answer, Effect, Event, Interrupt, Outcome, Plan, Question, Ran, Ruling, Runner, SagaError, State, Step,
    Undo, Way,
};

use crate::drive::plan;
use crate::ledger::{Does, Hands};
use crate::stage::{Stage, on_all};

on_all!(
    a_decision_is_on_record_with_who_made_it,
    an_answer_counts_for_the_question_that_it_was_given_to,
    whoever_stops_it_from_outside_has_it_undone,
    a_pause_leaves_it_where_it_is,
);

/// Answers as bob.
pub(crate) async fn answer(
    runner: &Runner,
    stage: &Stage,
    plan: &Arc<Plan>,
    (question, seq): (&Question, i64),
    ruling: Ruling,
) -> Result<State, SagaError> {
    let answer = Answer {
        step: &question.step,
        way: question.way,
        seq,
        ruling,
        by: "bob",
        reason: "rang core banking: 13800000000",
    };
    runner.answer(&stage.saga, plan, &answer).await
}

/// A plan whose first step is in doubt, and the question about it.
async fn in_doubt(stage: &Stage, hands: &Hands) -> (Arc<Plan>, Question, i64) {
    let plan = plan(vec![
        Step {
            undo: Undo::By(Effect::default()),
            ..Step::new("pay")
        },
        Step::new("tell"),
    ]);
    stage.begin(&plan).await;
    let ran = stage
        .runner("ann")
        .run(&stage.saga, &plan, hands, &Interrupt::default())
        .await
        .unwrap();
    let Ran::Waits { question, seq } = ran else {
        panic!("{ran:?}")
    };
    (plan, question, seq)
}

async fn a_decision_is_on_record_with_who_made_it(stage: Stage) {
    let hands = Hands::new().next("pay", Way::Do, &[Does::Vanishes]);
    let (plan, question, seq) = in_doubt(&stage, &hands).await;
    let runner = stage.runner("ann");
    answer(&runner, &stage, &plan, (&question, seq), Ruling::Done)
        .await
        .unwrap();
    let ran = runner
        .run(&stage.saga, &plan, &hands, &Interrupt::default())
        .await
        .unwrap();
    assert_eq!(ran, Ran::Ended(Outcome::Done));
    assert_eq!(hands.ledger.count("pay", Way::Do), 1);
    let (_, entries) = stage.store.load(&stage.saga).await.unwrap();
    let ruled = Event::Ruled {
        step: "pay".to_owned(),
        way: Way::Do,
        ruling: Ruling::Done,
        by: "bob".to_owned(),
        reason: "rang core banking: ***".to_owned(),
    };
    assert!(entries.iter().any(|entry| entry.event == ruled), "{entries:?}");
}

async fn an_answer_counts_for_the_question_that_it_was_given_to(stage: Stage) {
    let hands = Hands::new().next("pay", Way::Do, &[Does::Sinks, Does::Vanishes]);
    let (plan, question, seq) = in_doubt(&stage, &hands).await;
    let runner = stage.runner("ann");
    answer(&runner, &stage, &plan, (&question, seq), Ruling::Retry)
        .await
        .unwrap();
    // Somebody else answers the same question, too: it is not open any more.
    let late = answer(&runner, &stage, &plan, (&question, seq), Ruling::Retry).await;
    assert_eq!(late, Err(SagaError::Stale));
    let ran = runner
        .run(&stage.saga, &plan, &hands, &Interrupt::default())
        .await
        .unwrap();
    let Ran::Waits {
        question: again,
        seq: now,
    } = ran
    else {
        panic!("{ran:?}")
    };
    // The second time it took effect. The late "not done" was about the first time and must not repeat it.
    assert_eq!(again, question);
    let late = answer(&runner, &stage, &plan, (&question, seq), Ruling::Retry).await;
    assert_eq!(late, Err(SagaError::Stale));
    let other = Question {
        step: "tell".to_owned(),
        ..question
    };
    let wrong = answer(&runner, &stage, &plan, (&other, now), Ruling::Done).await;
    assert!(matches!(wrong, Err(SagaError::Illegal(_))), "{wrong:?}");
    assert_eq!(hands.ledger.count("pay", Way::Do), 1);
}

async fn whoever_stops_it_from_outside_has_it_undone(stage: Stage) {
    let hands = Hands::new().next("tell", Way::Do, &[Does::Waits]);
    let plan = plan(vec![
        Step {
            undo: Undo::By(Effect::default()),
            ..Step::new("pay")
        },
        Step::new("tell"),
    ]);
    stage.begin(&plan).await;
    let runner = stage.runner("ann");
    runner
        .run(&stage.saga, &plan, &hands, &Interrupt::default())
        .await
        .unwrap();
    let state = runner.stop(&stage.saga, &plan, "bob", "not today").await.unwrap();
    assert_eq!(state.stop().unwrap().by.as_deref(), Some("bob"));
    let ran = runner
        .run(&stage.saga, &plan, &hands, &Interrupt::default())
        .await
        .unwrap();
    assert_eq!(ran, Ran::Ended(Outcome::Undone));
    assert!(hands.ledger.stands().is_empty());
    let twice = runner.stop(&stage.saga, &plan, "bob", "not today").await;
    assert!(matches!(twice, Err(SagaError::Illegal(_))), "{twice:?}");
}

async fn a_pause_leaves_it_where_it_is(stage: Stage) {
    let plan = plan(vec![Step::new("a"), Step::new("b")]);
    stage.begin(&plan).await;
    let (runner, hands) = (stage.runner("ann"), Hands::new());
    let interrupt = Interrupt::default();
    interrupt.pause();
    let ran = runner.run(&stage.saga, &plan, &hands, &interrupt).await.unwrap();
    assert!(matches!(&ran, Ran::Paused { step, .. } if step == "a"), "{ran:?}");
    assert!(hands.ledger.acts().is_empty());
    let ran = runner
        .run(&stage.saga, &plan, &hands, &Interrupt::default())
        .await
        .unwrap();
    assert_eq!(ran, Ran::Ended(Outcome::Done));
}

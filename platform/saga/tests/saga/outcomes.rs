//! How sagas end, and what they ask on the way.

use std::sync::Arc;

use saga::{
    Effect, Interrupt, OnFailure, Outcome, Plan, Question, Ran, Reason, Ruling, Runner, Step, Undo, Way,
};

use crate::drive::plan;
use crate::ledger::{Does, Hands};
use crate::people::answer;
use crate::stage::{Stage, on_all};

on_all!(
    a_failure_undoes_what_was_done_in_the_opposite_order,
    what_cannot_be_undone_ends_it_stuck_and_nothing_before_it_is_undone,
    an_undo_that_fails_asks_and_giving_it_up_is_said,
    a_failure_that_a_person_looks_at_can_be_tried_again,
    what_waits_for_somebody_is_run_again_and_counts_as_nothing,
);

fn reversible(id: &str) -> Step {
    Step {
        undo: Undo::By(Effect::default()),
        ..Step::new(id)
    }
}

async fn run(runner: &Runner, stage: &Stage, plan: &Arc<Plan>, hands: &Hands) -> Ran {
    runner
        .run(&stage.saga, plan, hands, &Interrupt::default())
        .await
        .unwrap()
}

async fn a_failure_undoes_what_was_done_in_the_opposite_order(stage: Stage) {
    let look = Step {
        undo: Undo::Nothing,
        ..Step::new("look")
    };
    let plan = plan(vec![
        reversible("a"),
        look,
        reversible("b"),
        reversible("c"),
        reversible("d"),
    ]);
    stage.begin(&plan).await;
    let hands = Hands::new().always("d", Way::Do, Does::Fails);
    let ran = run(&stage.runner("ann"), &stage, &plan, &hands).await;
    assert_eq!(ran, Ran::Ended(Outcome::Undone));
    let acts: Vec<String> = hands
        .ledger
        .acts()
        .iter()
        .map(|(step, way)| format!("{} {step}", way.as_str()))
        .collect();
    assert_eq!(
        acts,
        ["do a", "do look", "do b", "do c", "undo c", "undo b", "undo a"]
    );
}

async fn what_cannot_be_undone_ends_it_stuck_and_nothing_before_it_is_undone(stage: Stage) {
    let plan = plan(vec![
        reversible("a"),
        Step::new("out"),
        reversible("b"),
        reversible("c"),
    ]);
    stage.begin(&plan).await;
    let hands = Hands::new().always("c", Way::Do, Does::Fails);
    let ran = run(&stage.runner("ann"), &stage, &plan, &hands).await;
    let Ran::Ended(outcome) = ran else {
        panic!("{ran:?}")
    };
    assert_eq!(
        outcome,
        Outcome::Stuck {
            at: "out".to_owned(),
            undone: 1
        }
    );
    assert_eq!(outcome.as_str(), "partly undone");
    assert_eq!(hands.ledger.stands(), ["a", "out"]);
    let (header, _) = stage.store.load(&stage.saga).await.unwrap();
    assert_eq!(header.standing, "partly undone");
    // And it stays ended.
    let again = run(&stage.runner("bob"), &stage, &plan, &hands).await;
    assert_eq!(again, Ran::Ended(outcome));
}

async fn an_undo_that_fails_asks_and_giving_it_up_is_said(stage: Stage) {
    let plan = plan(vec![reversible("a"), reversible("b"), reversible("c")]);
    stage.begin(&plan).await;
    let hands = Hands::new()
        .always("c", Way::Do, Does::Fails)
        .always("b", Way::Undo, Does::Fails);
    let runner = stage.runner("ann");
    let Ran::Waits { question, seq } = run(&runner, &stage, &plan, &hands).await else {
        panic!("no question")
    };
    let reason = Reason::Failed("as it was told".to_owned());
    let wanted = Question {
        step: "b".to_owned(),
        way: Way::Undo,
        reason,
    };
    assert_eq!(question, wanted);
    answer(&runner, &stage, &plan, (&question, seq), Ruling::Retry)
        .await
        .unwrap();
    let Ran::Waits { question, seq } = run(&runner, &stage, &plan, &hands).await else {
        panic!("no question")
    };
    answer(&runner, &stage, &plan, (&question, seq), Ruling::GiveUp)
        .await
        .unwrap();
    let ran = run(&runner, &stage, &plan, &hands).await;
    assert_eq!(
        ran,
        Ran::Ended(Outcome::Stuck {
            at: "b".to_owned(),
            undone: 0
        })
    );
    assert_eq!(hands.ledger.stands(), ["a", "b"]);
}

async fn a_failure_that_a_person_looks_at_can_be_tried_again(stage: Stage) {
    let patient = |id: &str| Step {
        on_failure: OnFailure::Ask,
        ..reversible(id)
    };
    let plan = plan(vec![patient("a"), patient("b"), patient("c")]);
    stage.begin(&plan).await;
    let hands =
        Hands::new()
            .next("b", Way::Do, &[Does::Fails, Does::Fails])
            .next("c", Way::Do, &[Does::Fails]);
    let runner = stage.runner("ann");
    for _ in 0..2 {
        let Ran::Waits { question, seq } = run(&runner, &stage, &plan, &hands).await else {
            panic!("no question")
        };
        assert_eq!((question.step.as_str(), question.way), ("b", Way::Do));
        answer(&runner, &stage, &plan, (&question, seq), Ruling::Retry)
            .await
            .unwrap();
    }
    // The last one somebody does by hand.
    let Ran::Waits { question, seq } = run(&runner, &stage, &plan, &hands).await else {
        panic!("no question")
    };
    assert_eq!(question.step, "c");
    hands.ledger.note("c", Way::Do);
    answer(&runner, &stage, &plan, (&question, seq), Ruling::Done)
        .await
        .unwrap();
    assert_eq!(
        run(&runner, &stage, &plan, &hands).await,
        Ran::Ended(Outcome::Done)
    );
    assert_eq!(hands.ledger.stands(), ["a", "b", "c"]);
}

async fn what_waits_for_somebody_is_run_again_and_counts_as_nothing(stage: Stage) {
    let plan = plan(vec![Step {
        act: Effect {
            idempotent: true,
            verifies: false,
        },
        ..Step::new("ask")
    }]);
    stage.begin(&plan).await;
    let hands = Hands::new().next("ask", Way::Do, &[Does::Waits; 9]);
    let runner = stage.runner("ann");
    for _ in 0..9 {
        let ran = run(&runner, &stage, &plan, &hands).await;
        assert_eq!(
            ran,
            Ran::Paused {
                step: "ask".to_owned(),
                reason: "somebody is awaited".to_owned()
            }
        );
    }
    assert_eq!(
        run(&runner, &stage, &plan, &hands).await,
        Ran::Ended(Outcome::Done)
    );
}

#[tokio::test]
async fn an_idempotent_step_of_which_nobody_hears_is_repeated_so_often_and_then_a_person_is_asked() {
    let stage = Stage::twin();
    let plan = plan(vec![Step {
        act: Effect {
            idempotent: true,
            verifies: false,
        },
        ..Step::new("a")
    }]);
    stage.begin(&plan).await;
    let hands = Hands::new().always("a", Way::Do, Does::Vanishes);
    let ran = run(&stage.runner("ann"), &stage, &plan, &hands).await;
    let Ran::Waits { question, .. } = ran else {
        panic!("{ran:?}")
    };
    assert_eq!(question.reason, Reason::Doubt("no answer".to_owned()));
    assert_eq!(hands.ledger.count("a", Way::Do), 3);
}

#[tokio::test]
async fn a_repetition_that_fails_says_nothing_of_the_attempt_before_it() {
    let stage = Stage::twin();
    let step = Step {
        act: Effect {
            idempotent: true,
            verifies: false,
        },
        attempts: 2,
        ..reversible("a")
    };
    let plan = plan(vec![step]);
    stage.begin(&plan).await;
    // It took effect unheard; then it failed. To say "failed, nothing to undo" would leave it done.
    let hands = Hands::new().next("a", Way::Do, &[Does::Vanishes, Does::Fails]);
    let ran = run(&stage.runner("ann"), &stage, &plan, &hands).await;
    assert!(
        matches!(&ran, Ran::Waits { question, .. } if matches!(question.reason, Reason::Doubt(_))),
        "{ran:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_seen_is_asked_and_never_repeated() {
    let stage = Stage::twin();
    let plan = plan(vec![Step {
        act: Effect {
            idempotent: false,
            verifies: true,
        },
        ..Step::new("a")
    }]);
    stage.begin(&plan).await;
    let hands = Hands::new().next("a", Way::Do, &[Does::Sinks]).blind();
    let ran = run(&stage.runner("ann"), &stage, &plan, &hands).await;
    assert!(
        matches!(&ran, Ran::Waits { question, .. } if question.step == "a"),
        "{ran:?}"
    );
    assert_eq!(hands.ledger.begun("a", Way::Do), 1);
}

#[tokio::test]
async fn looking_that_finds_nothing_done_repeats_so_often_and_then_a_person_is_asked() {
    let stage = Stage::twin();
    let plan = plan(vec![Step {
        act: Effect {
            idempotent: false,
            verifies: true,
        },
        ..Step::new("a")
    }]);
    stage.begin(&plan).await;
    let hands = Hands::new().always("a", Way::Do, Does::Sinks);
    let ran = run(&stage.runner("ann"), &stage, &plan, &hands).await;
    assert!(
        matches!(&ran, Ran::Waits { question, .. } if question.reason == Reason::Attempts(3)),
        "{ran:?}"
    );
    assert_eq!(hands.ledger.begun("a", Way::Do), 3);
}

#[tokio::test]
async fn a_repetition_that_waits_for_somebody_says_nothing_of_the_attempt_before_it() {
    let stage = Stage::twin();
    let step = Step {
        act: Effect {
            idempotent: true,
            verifies: false,
        },
        ..reversible("a")
    };
    let plan = plan(vec![step]);
    stage.begin(&plan).await;
    // It took effect unheard; the repetition waits. Whoever stops it now must not leave it done.
    let hands = Hands::new().next("a", Way::Do, &[Does::Vanishes, Does::Waits]);
    let runner = stage.runner("ann");
    assert!(matches!(
        run(&runner, &stage, &plan, &hands).await,
        Ran::Paused { .. }
    ));
    runner.stop(&stage.saga, &plan, "bob", "not today").await.unwrap();
    let ran = run(&runner, &stage, &plan, &hands).await;
    assert_eq!(ran, Ran::Ended(Outcome::Undone));
    assert!(hands.ledger.stands().is_empty(), "{:?}", hands.ledger.acts());
}

#[tokio::test]
async fn a_doubt_about_what_leaves_nothing_to_undo_asks_nobody_once_it_goes_back() {
    let stage = Stage::twin();
    let look = Step {
        undo: Undo::Nothing,
        ..Step::new("look")
    };
    let plan = plan(vec![reversible("a"), look]);
    stage.begin(&plan).await;
    let hands = Hands::new().always("look", Way::Do, Does::Sinks);
    let runner = stage.runner("ann");
    assert!(matches!(
        run(&runner, &stage, &plan, &hands).await,
        Ran::Waits { .. }
    ));
    runner.stop(&stage.saga, &plan, "bob", "not today").await.unwrap();
    let ran = run(&runner, &stage, &plan, &hands).await;
    assert_eq!(ran, Ran::Ended(Outcome::Undone));
    assert_eq!(hands.ledger.begun("look", Way::Do), 1);
}

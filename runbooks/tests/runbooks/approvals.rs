//! What an approval is bound to, and what one person cannot do.

use runbooks::{Answer, RunError};
use saga::{Outcome, Ran, Ruling};

use crate::stage::{Stage, agree, bound, on_all, plan, ready};
use crate::twin::Twin;

on_all!(
    an_approval_of_another_plan_or_other_parameters_or_another_run_is_none,
    silence_is_a_no_and_what_was_done_is_undone,
    a_no_is_a_no,
    whoever_began_it_cannot_approve_it_and_nobody_twice,
);

fn digest(hands: &Twin) -> String {
    hands.with(|world| world.proposals.last().unwrap().digest.clone())
}

async fn an_approval_of_another_plan_or_other_parameters_or_another_run_is_none(stage: Stage) {
    let first = stage.hands();
    stage.begin(&ready(&[])).await;
    stage.run(&first).await;
    let approved = agree(&first);
    let others = [
        bound(
            plan(&[("watch silence x", "watch silence y")]),
            &[("reason", "core is down")],
        ),
        bound(plan(&[]), &[("reason", "core is up")]),
        bound(plan(&[]), &[("reason", "core is down"), ("level", "5")]),
        ready(&[]),
    ];
    for (number, other) in (1..).zip(others) {
        let stage = stage.another(number);
        let hands = stage.hands();
        stage.begin(&other).await;
        stage.run(&hands).await;
        assert_ne!(digest(&hands), approved);
        // Even if whoever keeps approvals hands out those words here.
        let said = first.with(|world| world.opened[&approved].clone());
        let asked = digest(&hands);
        hands.with(|world| world.opened.insert(asked, said));
        let ran = stage.run(&hands).await;
        assert!(
            matches!(&ran, Ran::Paused { step, .. } if step == "agree"),
            "{ran:?}"
        );
        assert!(hands.acts().is_empty());
    }
    assert_eq!(stage.run(&first).await, Ran::Ended(Outcome::Done));
}

async fn silence_is_a_no_and_what_was_done_is_undone(stage: Stage) {
    let hands = stage.hands();
    // Asked in the middle: what was done before is taken back.
    let agree =
        "```step id=agree kind=approval people=2 timeout=30m\n请同意：{{reason}} / please agree\n```\n";
    let last = "```step id=last";
    let moved = format!("{agree}\n{last}");
    stage.begin(&ready(&[(agree, ""), (last, &moved)])).await;
    stage.run(&hands).await;
    hands.judge("bob", true, &digest(&hands));
    stage.hand.advance_micros(30 * 60 * 1_000_000);
    // Too late.
    hands.judge("eve", true, &digest(&hands));
    assert_eq!(stage.run(&hands).await, Ran::Ended(Outcome::Undone));
    let acts = hands.acts();
    assert_eq!(acts.last().unwrap(), "intake reopen");
    assert!(!acts.contains(&"watch silence".to_owned()));
}

async fn a_no_is_a_no(stage: Stage) {
    let hands = stage.hands();
    stage.begin(&ready(&[])).await;
    stage.run(&hands).await;
    hands.judge("bob", true, &digest(&hands));
    hands.judge("eve", false, &digest(&hands));
    hands.judge("joe", true, &digest(&hands));
    assert_eq!(stage.run(&hands).await, Ran::Ended(Outcome::Undone));
    assert!(hands.acts().is_empty());
}

async fn whoever_began_it_cannot_approve_it_and_nobody_twice(stage: Stage) {
    let hands = stage.hands();
    stage.begin(&ready(&[])).await;
    stage.run(&hands).await;
    for by in ["ann", "bob", "bob"] {
        hands.judge(by, true, &digest(&hands));
    }
    let ran = stage.run(&hands).await;
    let reason = format!("1 more have to approve {}", digest(&hands));
    assert_eq!(
        ran,
        Ran::Paused {
            step: "agree".to_owned(),
            reason
        }
    );
    // Nor does an answer stand for it: nothing was asked, and if it were, it would be refused.
    let answer = Answer {
        seq: 2,
        ruling: Ruling::Done,
        by: "ann",
        reason: "they agreed on the phone",
    };
    assert!(stage.engine().answer(&stage.run, &answer).await.is_err());
    assert!(hands.acts().is_empty());
}

#[tokio::test]
async fn one_persons_answer_is_no_approval() {
    use saga::{Ending, Event, How, Way};
    let stage = Stage::twin();
    let bound = ready(&[]);
    stage.begin(&bound).await;
    // A journal in which the approval is in doubt.
    let now = stage.clock.now_micros();
    let lease = stage.store.lease(&stage.run, "hand", now, now + 1).await.unwrap();
    let events = [
        Event::begun("agree", Way::Do),
        Event::ended(
            "agree",
            Way::Do,
            How::Told,
            Ending::Unknown {
                reason: "x".to_owned(),
            },
        ),
    ];
    for (seq, event) in (1..).zip(events) {
        let append = saga::store::Append {
            seq,
            at: now,
            event,
            standing: "open",
            until: now + 1,
        };
        stage.store.append(&lease, &append).await.unwrap();
    }
    let refused = stage
        .engine()
        .answer(
            &stage.run,
            &Answer {
                seq: 2,
                ruling: Ruling::Done,
                by: "ann",
                reason: "",
            },
        )
        .await;
    // It is asked for again, whoever may die how often: nobody gets to answer in its place.
    assert!(
        matches!(refused, Err(RunError::Saga(_) | RunError::Approval(_))),
        "{refused:?}"
    );
    let hands = stage.hands();
    stage.hand.advance_micros(10);
    let ran = stage.run(&hands).await;
    assert!(
        matches!(&ran, Ran::Paused { step, .. } if step == "agree"),
        "{ran:?}"
    );
}

#[test]
fn an_approval_is_bound_to_each_of_run_step_plan_and_parameters() {
    let one = ready(&[]);
    let digests = [
        one.approval_digest("run-0", "agree"),
        one.approval_digest("run-1", "agree"),
        one.approval_digest("run-0", "close"),
        bound(plan(&[]), &[("reason", "core is up")]).approval_digest("run-0", "agree"),
        bound(plan(&[]), &[("reason", "core is down"), ("level", "5")]).approval_digest("run-0", "agree"),
        ready(&[("watch silence x", "watch silence y")]).approval_digest("run-0", "agree"),
        ready(&[("people=2", "people=1")]).approval_digest("run-0", "agree"),
    ];
    let different: std::collections::BTreeSet<String> = digests.iter().cloned().map(Result::unwrap).collect();
    assert_eq!(different.len(), digests.len());
    assert_eq!(ready(&[]).approval_digest("run-0", "agree"), digests[0]);
}

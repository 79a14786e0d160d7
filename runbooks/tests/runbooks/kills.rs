//! Killed at every moment of a run with every kind of step: what comes of it is what comes of it undisturbed.

use std::sync::Arc;

use runbooks::{Answer, Bound};
use saga::{Interrupt, Outcome, Ran, Reason, Ruling, Way};

use crate::deaths::{Deaths, Mortal};
use crate::pages;
use crate::stage::{Stage, on_all, ready};
use crate::twin::Twin;

on_all!(
    a_run_is_done_in_spite_of_a_kill_at_every_moment,
    a_run_is_undone_in_spite_of_a_kill_at_every_moment,
);

/// Acts of steps that are neither idempotent nor looked at, and of people: never twice.
const ONCE: &[&str] = &["POST note", "watch silence", "intake close", "intake reopen"];

/// How it ended, and whether it was killed.
async fn to_the_end(stage: &Stage, hands: &Twin, bound: &Bound, moment: i64) -> (Outcome, bool) {
    stage.begin(bound).await;
    let mut killed = false;
    for run in 0..50 {
        let death = if run == 0 {
            Deaths::at(moment)
        } else {
            Deaths::none()
        };
        let mut hands = hands.clone();
        hands.deaths = death.clone();
        let mortal = stage.around(Arc::new(Mortal {
            store: Arc::clone(&stage.store),
            deaths: death.clone(),
        }));
        let ended = tokio::select! {
            biased;
            ended = go_on(&mortal, &hands) => ended,
            () = death.met() => { killed = true; None }
        };
        match ended {
            Some(outcome) => return (outcome, killed),
            None => stage.wait_for_lease(),
        }
    }
    panic!("it did not end");
}

async fn go_on(stage: &Stage, hands: &Twin) -> Option<Outcome> {
    let engine = stage.engine();
    for _ in 0..50 {
        match engine
            .run(&stage.run, hands, &Interrupt::default())
            .await
            .unwrap()
        {
            Ran::Ended(outcome) => return Some(outcome),
            Ran::Paused { step, .. } => {
                assert_eq!(step, "agree");
                crate::stage::agree(hands);
            }
            Ran::Waits { question, seq } => {
                assert!(matches!(question.reason, Reason::Doubt(_)), "{question:?}");
                let name = match (question.step.as_str(), question.way) {
                    ("note", Way::Do) => "POST note",
                    ("last", Way::Do) => "watch silence",
                    // Of shipped pages: they only look, and may look again.
                    ("preview" | "witness" | "impact" | "intake", Way::Do) => "nothing",
                    other => panic!("nobody needs to be asked about {other:?}"),
                };
                let happened = hands.acts().iter().any(|act| act == name);
                let answer = Answer {
                    seq,
                    ruling: if happened { Ruling::Done } else { Ruling::Retry },
                    by: "bob",
                    reason: "looked",
                };
                engine.answer(&stage.run, &answer).await.unwrap();
            }
        }
    }
    None
}

async fn every_moment(stage: &Stage, bound: &Bound, prepare: impl Fn(&Twin), wanted: Outcome) -> usize {
    let plain = stage.hands();
    prepare(&plain);
    let (outcome, _) = to_the_end(&Stage::twin(), &plain, bound, i64::MAX).await;
    assert_eq!(outcome, wanted);
    for moment in 0_i64.. {
        let stage = stage.another(moment);
        let hands = stage.hands();
        prepare(&hands);
        let (outcome, killed) = to_the_end(&stage, &hands, bound, moment).await;
        assert_eq!(outcome, wanted, "killed at {moment}");
        let count = |hands: &Twin, name: &str| hands.acts().iter().filter(|act| *act == name).count();
        let idempotent = bound
            .plan
            .steps
            .iter()
            .any(|step| step.id == "close" && step.idempotent);
        for name in ONCE
            .iter()
            .filter(|name| !(idempotent && **name == "intake close"))
        {
            assert_eq!(
                count(&hands, name),
                count(&plain, name),
                "{name}, killed at {moment}"
            );
        }
        for act in plain.acts() {
            assert!(
                hands.acts().contains(&act),
                "{act} is missing, killed at {moment}"
            );
        }
        assert_eq!(
            hands.with(|world| world.closed),
            plain.with(|world| world.closed),
            "killed at {moment}"
        );
        if !killed {
            return usize::try_from(moment).unwrap();
        }
    }
    unreachable!("moments without end")
}

async fn a_run_is_done_in_spite_of_a_kill_at_every_moment(stage: Stage) {
    let patient = |hands: &Twin| hands.with(|world| world.patience = 2);
    let moments = every_moment(&stage, &ready(&[]), patient, Outcome::Done).await;
    println!("{moments} moments");
    assert!(moments > 40, "{moments}");
}

async fn a_run_is_undone_in_spite_of_a_kill_at_every_moment(stage: Stage) {
    let failing = |hands: &Twin| {
        hands.with(|world| world.fails.insert("watch silence".to_owned()));
    };
    let moments = every_moment(&stage, &ready(&[]), failing, Outcome::Undone).await;
    println!("{moments} moments");
    assert!(moments > 55, "{moments}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_shipped_page_ends_alike_in_spite_of_a_kill_at_every_moment() {
    for page in pages::all() {
        let closed = ["database-failover", "reopen-intake"].contains(&page.id.as_str());
        let prepare = |hands: &Twin| hands.with(|world| world.closed = closed);
        let moments = every_moment(&Stage::twin(), &pages::bound(&page), prepare, Outcome::Done).await;
        println!("{}: {moments} moments", page.id);
        assert!(moments > 3 * page.steps.len(), "{}: {moments}", page.id);
    }
}

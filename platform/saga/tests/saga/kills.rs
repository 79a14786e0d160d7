//! Killed at every moment: before and after each append, before and amid each effect, while looking and while a person
//! answers. What comes of it is what comes of it undisturbed.

use std::sync::Arc;

use saga::{Plan, Step, Undo, Way};

use crate::drive::{judge, kinds, plan, to_the_end};
use crate::ledger::{Does, Hands};
use crate::stage::{Stage, on_all};

on_all!(
    a_plan_of_many_kinds_is_done_in_spite_of_a_kill_at_every_moment,
    a_plan_of_many_kinds_is_undone_in_spite_of_a_kill_at_every_moment,
    undoing_stops_at_what_cannot_be_undone_in_spite_of_a_kill_at_every_moment,
    an_interruption_undoes_in_spite_of_a_kill_at_every_moment,
);

/// Kills at one moment after the other until there is none left, and gives how many there were.
async fn every_moment(stage: &Stage, plan: &Arc<Plan>, hands: impl Fn() -> Hands) -> usize {
    let plain = hands();
    let undisturbed = to_the_end(&Stage::twin(), &plain, plan, &[]).await.unwrap();
    for moment in 0_i64.. {
        let (stage, hands) = (stage.another(moment), hands());
        let ended = to_the_end(&stage, &hands, plan, &[moment]).await;
        let ended = ended.unwrap_or_else(|why| panic!("killed at {moment}: {why}"));
        let verdict = judge(&stage, (&hands, &plain), (&ended, &undisturbed), plan).await;
        verdict.unwrap_or_else(|why| panic!("killed at {moment}: {why}"));
        if ended.deaths == 0 {
            return usize::try_from(moment).unwrap();
        }
    }
    unreachable!("moments without end")
}

/// A few steps of each kind of act and of each kind of undo, but those that cannot be undone.
fn many() -> Vec<Step> {
    let all = kinds();
    let names = [
        "plain-idempotent",
        "idempotent-plain",
        "verified-nothing",
        "both-verified",
        "plain-both",
        "verified-plain",
    ];
    names
        .map(|name| all.iter().find(|step| step.id == name).unwrap().clone())
        .to_vec()
}

/// So many moments at least, or the kills are not where they should be: an append has two, an effect two.
fn assert_met(moments: usize, steps: usize) {
    assert!(moments > steps * 6, "{moments} moments in {steps} steps");
    println!("{moments} moments");
}

/// What comes of it undisturbed is what it should be: the kills are only held against that.
async fn comes_to(plan: &Arc<Plan>, hands: Hands, outcome: &str, stands: &[&str]) {
    let ended = to_the_end(&Stage::twin(), &hands, plan, &[]).await.unwrap();
    assert_eq!(ended.outcome.as_str(), outcome);
    assert_eq!(hands.ledger.stands(), stands);
}

async fn a_plan_of_many_kinds_is_done_in_spite_of_a_kill_at_every_moment(stage: Stage) {
    let plan = plan(many());
    let mut all: Vec<&str> = plan.steps().iter().map(|step| step.id.as_str()).collect();
    all.sort_unstable();
    comes_to(&plan, Hands::new(), "done", &all).await;
    assert_met(every_moment(&stage, &plan, Hands::new).await, 6);
}

async fn a_plan_of_many_kinds_is_undone_in_spite_of_a_kill_at_every_moment(stage: Stage) {
    let mut steps = many();
    steps.push(Step::new("last"));
    let plan = plan(steps);
    let hands = || Hands::new().always("last", Way::Do, Does::Fails);
    // What leaves nothing to take back stays.
    comes_to(&plan, hands(), "undone", &["verified-nothing"]).await;
    assert_met(every_moment(&stage, &plan, hands).await, 12);
}

async fn undoing_stops_at_what_cannot_be_undone_in_spite_of_a_kill_at_every_moment(stage: Stage) {
    let mut steps = many();
    let out = Step {
        undo: Undo::Never("it is out".to_owned()),
        ..Step::new("out")
    };
    steps.insert(3, out);
    steps.push(Step::new("last"));
    let plan = plan(steps);
    let hands = || Hands::new().always("last", Way::Do, Does::Fails);
    let before = ["idempotent-plain", "out", "plain-idempotent", "verified-nothing"];
    comes_to(&plan, hands(), "partly undone", &before).await;
    assert_met(every_moment(&stage, &plan, hands).await, 9);
}

async fn an_interruption_undoes_in_spite_of_a_kill_at_every_moment(stage: Stage) {
    let plan = plan(many());
    let hands = || Hands::new().stop_after("both-verified");
    comes_to(&plan, hands(), "undone", &["verified-nothing"]).await;
    assert_met(every_moment(&stage, &plan, hands).await, 6);
}

#[tokio::test]
async fn each_kind_of_step_survives_a_kill_at_every_moment_of_every_story() {
    let mut moments = 0;
    for kind in kinds() {
        let others = |id: &str| Step {
            undo: Undo::By(saga::Effect::default()),
            ..Step::new(id)
        };
        let plan = plan(vec![others("first"), kind.clone(), others("last")]);
        let stage = Stage::twin;
        moments += every_moment(&stage(), &plan, Hands::new).await;
        let failing = || Hands::new().always("last", Way::Do, Does::Fails);
        moments += every_moment(&stage(), &plan, failing).await;
        moments += every_moment(&stage(), &plan, || Hands::new().stop_after(&kind.id)).await;
        // Effects of which nobody hears, whether or not they happened; of doing and of undoing.
        for does in [Does::Vanishes, Does::Sinks] {
            moments += every_moment(&stage(), &plan, || Hands::new().next(&kind.id, Way::Do, &[does])).await;
            let back = || failing().next(&kind.id, Way::Undo, &[does]);
            moments += every_moment(&stage(), &plan, back).await;
        }
        // What waits for somebody, and what cannot be seen.
        moments += every_moment(&stage(), &plan, || {
            Hands::new().next(&kind.id, Way::Do, &[Does::Waits])
        })
        .await;
        let blind = || failing().blind();
        moments += every_moment(&stage(), &plan, blind).await;
    }
    println!("{moments} moments");
    assert!(moments > 24 * 8 * 20, "{moments} moments");
}

#[tokio::test]
async fn two_kills_are_survived_as_one_is() {
    let mut steps = many();
    steps.truncate(4);
    steps.push(Step::new("last"));
    let plan = plan(steps);
    let hands = || Hands::new().always("last", Way::Do, Does::Fails);
    let plain = hands();
    let undisturbed = to_the_end(&Stage::twin(), &plain, &plan, &[]).await.unwrap();
    let mut pairs = 0;
    for first in 0_i64.. {
        let mut last = false;
        for second in 0_i64.. {
            let (stage, hands) = (Stage::twin(), hands());
            let ended = to_the_end(&stage, &hands, &plan, &[first, second]).await;
            let ended = ended.unwrap_or_else(|why| panic!("killed at {first} and {second}: {why}"));
            let verdict = judge(&stage, (&hands, &plain), (&ended, &undisturbed), &plan).await;
            verdict.unwrap_or_else(|why| panic!("killed at {first} and {second}: {why}"));
            last = ended.deaths == 0;
            if ended.deaths < 2 {
                break;
            }
            pairs += 1;
        }
        if last {
            break;
        }
    }
    println!("{pairs} pairs of kills");
    assert!(pairs > 1000, "{pairs} pairs");
}

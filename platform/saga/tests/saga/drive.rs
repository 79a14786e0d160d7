//! Runs a saga to its end through deaths, with a person who looks at the world before deciding, and judges what came
//! of it.

use std::sync::Arc;

use saga::{
    Answer, Effect, Ending, Event, How, Interrupt, Outcome, Plan, Question, Ran, Reason, Ruling, Runner,
    SagaError, Step, Undo, Way, replay,
};

use crate::deaths::{Deaths, Mortal};
use crate::ledger::{Hands, Ledger};
use crate::stage::Stage;

/// Runs that no story needs: more is a saga that never ends.
const MOST_RUNS: usize = 60;

/// What came of it.
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    /// How often it was really killed.
    pub(crate) deaths: usize,
}

/// Runs to the end, dying at the given moments: the first counted from the first run, each further one from the run
/// after the death before.
pub(crate) async fn to_the_end(
    stage: &Stage,
    hands: &Hands,
    plan: &Arc<Plan>,
    moments: &[i64],
) -> Result<Ended, String> {
    stage.begin(plan).await;
    let (mut moments, mut deaths) = (moments.iter(), 0);
    for run in 0..MOST_RUNS {
        let death = moments
            .next()
            .map_or_else(Deaths::none, |moment| Deaths::at(*moment));
        let mut hands = hands.clone();
        hands.deaths = death.clone();
        hands.interrupt = Interrupt::default();
        hands.press_stop();
        let mortal = stage.around(Arc::new(Mortal {
            store: Arc::clone(&stage.store),
            deaths: death.clone(),
        }));
        let runner = mortal.runner(&format!("runner-{run}"));
        let ended = tokio::select! {
            biased;
            ended = until_it_ends(&stage.saga, &runner, &hands, plan) => ended,
            () = death.met() => Ok(None),
        };
        match ended.map_err(|error| format!("run {run}: {error}"))? {
            Some(outcome) => {
                return Ok(Ended { outcome, deaths });
            }
            None => {
                deaths += 1;
                stage.wait_for_lease();
            }
        }
    }
    Err(format!("it did not end in {MOST_RUNS} runs"))
}

async fn until_it_ends(
    saga: &str,
    runner: &Runner,
    hands: &Hands,
    plan: &Arc<Plan>,
) -> Result<Option<Outcome>, SagaError> {
    for _ in 0..MOST_RUNS {
        match runner.run(saga, plan, hands, &hands.interrupt).await? {
            Ran::Ended(outcome) => return Ok(Some(outcome)),
            Ran::Paused { .. } => {}
            Ran::Waits { question, seq } => {
                let answer = Answer {
                    step: &question.step,
                    way: question.way,
                    seq,
                    ruling: decide(&question, &hands.ledger),
                    by: "bob",
                    reason: "looked at the world",
                };
                runner.answer(saga, plan, &answer).await?;
            }
        }
    }
    Ok(None)
}

/// Looks at the world; gives up what failed.
fn decide(question: &Question, ledger: &Ledger) -> Ruling {
    match question.reason {
        Reason::Failed(_) => Ruling::GiveUp,
        _ if ledger.took_effect(&question.step, question.way) => Ruling::Done,
        _ => Ruling::Retry,
    }
}

/// Whether a run through deaths came to what the run without came to, and nothing was done twice without somebody
/// having seen that it had not been done.
pub(crate) async fn judge(
    stage: &Stage,
    (hands, plain): (&Hands, &Hands),
    (ended, undisturbed): (&Ended, &Ended),
    plan: &Arc<Plan>,
) -> Result<(), String> {
    if ended.outcome != undisturbed.outcome {
        return Err(format!(
            "{:?} instead of {:?}",
            ended.outcome, undisturbed.outcome
        ));
    }
    let (stands, wanted) = (hands.ledger.stands(), plain.ledger.stands());
    if stands != wanted {
        return Err(format!("{stands:?} stand instead of {wanted:?}"));
    }
    let (_, entries) = stage.store.load(&stage.saga).await.unwrap();
    let state = replay(plan, &entries).map_err(|error| error.to_string())?;
    if saga::next(&state).as_str() != ended.outcome.as_str() {
        return Err("the journal says otherwise than the runner".to_owned());
    }
    for step in plan.steps() {
        for way in [Way::Do, Way::Undo] {
            let effect = step.effect(way);
            if effect.idempotent {
                continue;
            }
            let (times, once) = (
                hands.ledger.count(&step.id, way),
                plain.ledger.count(&step.id, way),
            );
            if times != once {
                return Err(format!("{} was {} {times} times", step.id, way.as_str()));
            }
            let words = entries
                .iter()
                .filter(|entry| not_done(&entry.event, &step.id, way))
                .count();
            let begun = hands.ledger.begun(&step.id, way);
            if begun > plain.ledger.begun(&step.id, way) + words {
                return Err(format!("{} was begun {begun} times by itself", step.id));
            }
        }
    }
    order(&hands.ledger, plan)
}

/// Whether this is somebody's word, a person's or that of whoever looked, that an effect has not happened.
fn not_done(event: &Event, id: &str, of: Way) -> bool {
    let looked = |step: &str, how: How, ending: &Ending, way: Way| {
        step == id && way == of && how == How::Looked && *ending == Ending::NotDone
    };
    match event {
        Event::Ended { step, how, ending } => looked(step, *how, ending, Way::Do),
        Event::UndoEnded { step, how, ending } => looked(step, *how, ending, Way::Undo),
        Event::Ruled {
            step, way, ruling, ..
        } => step == id && *way == of && *ruling == Ruling::Retry,
        _ => false,
    }
}

/// Done in the plan's order, undone in the opposite one, and nothing done after the first was undone.
fn order(ledger: &Ledger, plan: &Arc<Plan>) -> Result<(), String> {
    let index = |step: &str| plan.index(step).unwrap();
    let acts = ledger.acts();
    let turn = acts
        .iter()
        .position(|(_, way)| *way == Way::Undo)
        .unwrap_or(acts.len());
    let (there, back) = acts.split_at(turn);
    let forward = there
        .windows(2)
        .all(|pair| index(&pair[0].0) <= index(&pair[1].0));
    let backward = back.windows(2).all(|pair| index(&pair[0].0) >= index(&pair[1].0));
    // An idempotent step in doubt is settled by repeating it before it is undone.
    let settled = |act: &(String, Way)| act.1 == Way::Undo || plan.steps()[index(&act.0)].act.idempotent;
    if forward && backward && back.iter().all(settled) {
        Ok(())
    } else {
        Err(format!("the order was {acts:?}"))
    }
}

/// Every kind of step, by name.
pub(crate) fn kinds() -> Vec<Step> {
    let effect = |idempotent, verifies| Effect { idempotent, verifies };
    let acts = [
        ("plain", effect(false, false)),
        ("idempotent", effect(true, false)),
        ("verified", effect(false, true)),
        ("both", effect(true, true)),
    ];
    let undos = [
        ("nothing", Undo::Nothing),
        ("plain", Undo::By(effect(false, false))),
        ("idempotent", Undo::By(effect(true, false))),
        ("verified", Undo::By(effect(false, true))),
        ("both", Undo::By(effect(true, true))),
        ("never", Undo::Never("it is out".to_owned())),
    ];
    let mut kinds = Vec::new();
    for (name, act) in acts {
        for (back, undo) in &undos {
            kinds.push(Step {
                act,
                undo: undo.clone(),
                // The bound on attempts has stories of its own.
                attempts: 100,
                ..Step::new(&format!("{name}-{back}"))
            });
        }
    }
    kinds
}

/// A plan of these steps.
pub(crate) fn plan(steps: Vec<Step>) -> Arc<Plan> {
    Arc::new(Plan::new("test", steps).unwrap())
}

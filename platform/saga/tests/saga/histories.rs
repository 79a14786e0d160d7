//! Any legal history leaves something to do, and replays to the same state; what was not asked for is not legal.

use std::sync::Arc;

use proptest::prelude::*;
use saga::state::Standing;
use saga::{
    Ending, Entry, Event, How, Next, OnFailure, Outcome, Output, Plan, Ruling, State, Step, Undo, Way, next,
    replay,
};
use serde_json::json;

use crate::drive::kinds;

/// A choice of what happens next; a number stands for it, so that proptest shrinks to few and simple ones.
fn happens(state: &State, choice: u8) -> Option<Event> {
    let text = || "because".to_owned();
    if choice >= 250 {
        return Some(Event::Stopped {
            by: "ann".to_owned(),
            reason: text(),
        });
    }
    let endings = [
        Ending::Done {
            output: Output::of(json!({ "choice": choice })),
        },
        Ending::Failed { reason: text() },
        Ending::Unknown { reason: text() },
        Ending::Later { reason: text() },
        Ending::NotDone,
    ];
    let under_way = state.steps().find_map(|(step, standing)| match standing {
        Standing::Begun { way, .. } => Some((step.id.clone(), *way)),
        _ => None,
    });
    // Half of what is under way says what came of it; of the rest its runner dies.
    if let Some((step, way)) = under_way
        && choice.is_multiple_of(2)
    {
        let ending = endings[usize::from(choice / 2) % 4].clone();
        return Some(Event::ended(&step, way, How::Told, ending));
    }
    match next(state) {
        Next::Perform { step, way } => Some(Event::begun(&step, way)),
        Next::Verify { step, way } => {
            let ending = [0, 2, 4][usize::from(choice) % 3];
            Some(Event::ended(&step, way, How::Looked, endings[ending].clone()))
        }
        Next::Ask(question) => Some(Event::Ruled {
            step: question.step,
            way: question.way,
            ruling: [Ruling::Done, Ruling::Retry, Ruling::GiveUp][usize::from(choice) % 3],
            by: "bob".to_owned(),
            reason: text(),
        }),
        Next::End(_) => None,
    }
}

fn plans() -> impl Strategy<Value = Arc<Plan>> {
    let step = (0..kinds().len(), any::<bool>(), 1_u32..4);
    proptest::collection::vec(step, 1..7).prop_map(|steps| {
        let all = kinds();
        let steps = steps
            .into_iter()
            .enumerate()
            .map(|(i, (kind, asks, attempts))| Step {
                id: format!("s{i}"),
                on_failure: if asks { OnFailure::Ask } else { OnFailure::Undo },
                attempts,
                ..all[kind].clone()
            });
        Arc::new(Plan::new("any", steps.collect()).unwrap())
    })
}

/// What must be true of every state that can be reached.
fn sound(state: &State) {
    let standings: Vec<&Standing> = state.steps().map(|(_, standing)| standing).collect();
    let untouched = |standing: &&Standing| matches!(standing, Standing::Open { way: Way::Do, .. });
    let moving = |standing: &&&Standing| matches!(standing, Standing::Begun { .. } | Standing::Doubt { .. });
    assert!(
        standings.iter().filter(moving).count() <= 1,
        "one step at a time: {standings:?}"
    );
    if state.stop().is_none() {
        let done = standings
            .iter()
            .take_while(|standing| ***standing == Standing::Done)
            .count();
        assert!(
            standings.iter().skip(done + 1).all(untouched),
            "one after the other: {standings:?}"
        );
    }
    match next(state) {
        Next::End(Outcome::Done) => {
            assert!(standings.iter().all(|standing| **standing == Standing::Done));
        }
        Next::End(Outcome::Undone) => {
            // Nothing that could be undone stays done.
            let stays = state
                .steps()
                .any(|(step, standing)| *standing == Standing::Done && step.undo != Undo::Nothing);
            assert!(!stays && state.stop().is_some(), "{standings:?}");
        }
        Next::End(Outcome::Stuck { at, .. }) => {
            let standing = state.standing(&at).unwrap();
            assert!(
                matches!(standing, Standing::Done | Standing::Left(Way::Undo)),
                "{standing:?}"
            );
        }
        Next::Perform { step, way } => {
            let index = state.plan().index(&step).unwrap();
            // Undone from the end: whatever comes after is not done any more.
            if way == Way::Undo {
                let after = state.steps().skip(index + 1);
                let mut after = after.filter(|(step, _)| step.undo != Undo::Nothing);
                assert!(
                    after.all(|(_, standing)| *standing != Standing::Done),
                    "{standings:?}"
                );
            }
        }
        Next::Verify { step, way } => {
            let index = state.plan().index(&step).unwrap();
            assert!(state.plan().steps()[index].effect(way).verifies);
        }
        Next::Ask(_) => {}
    }
}

/// How often a step may take effect: a new beginning of what is not idempotent needs a word that it had not happened.
fn no_blind_repetition(plan: &Plan, entries: &[Entry]) {
    for step in plan.steps().iter().filter(|step| !step.act.idempotent) {
        let mut known = true;
        for entry in entries {
            match &entry.event {
                Event::Begun { step: id } if *id == step.id => {
                    assert!(known, "{id} was repeated blindly: {entries:?}");
                    known = false;
                }
                Event::Ended { step: id, ending, .. } if *id == step.id => {
                    known = !matches!(ending, Ending::Unknown { .. });
                }
                Event::Ruled {
                    step: id,
                    way: Way::Do,
                    ..
                } if *id == step.id => known = true,
                _ => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_legal_history_leaves_something_to_do_and_replays_to_the_same_state(
        plan in plans(),
        choices in proptest::collection::vec(any::<u8>(), 0..120),
    ) {
        let mut state = State::new(Arc::clone(&plan));
        let mut entries: Vec<Entry> = Vec::new();
        for choice in choices {
            let Some(event) = happens(&state, choice) else { break };
            match state.apply(&event) {
                Ok(after) => state = after,
                // Only stopping twice is refused of what was chosen.
                Err(_) => {
                    let stops = matches!(event, Event::Stopped { .. });
                    prop_assert!(stops, "a legal event was refused");
                    continue;
                }
            }
            sound(&state);
            let seq = i64::try_from(entries.len()).unwrap() + 1;
            // Through text and back, as a store has it.
            let event = serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
            entries.push(Entry { seq, at: seq, fence: 1, event });
        }
        prop_assert_eq!(replay(&plan, &entries).unwrap(), state);
        no_blind_repetition(&plan, &entries);
    }

    #[test]
    fn what_has_ended_takes_no_event(plan in plans(), choices in proptest::collection::vec(any::<u8>(), 400)) {
        let mut state = State::new(Arc::clone(&plan));
        for choice in &choices {
            let Some(event) = happens(&state, *choice) else { break };
            state = state.apply(&event).unwrap_or(state);
        }
        if let Next::End(_) = next(&state) {
            let mut events = vec![Event::Stopped { by: "ann".to_owned(), reason: String::new() }];
            for step in plan.steps() {
                for way in [Way::Do, Way::Undo] {
                    events.push(Event::begun(&step.id, way));
                    for how in [How::Told, How::Looked] {
                        events.push(Event::ended(&step.id, way, how, Ending::NotDone));
                        events.push(Event::ended(&step.id, way, how, Ending::Done { output: Output::default() }));
                    }
                    events.push(Event::Ruled {
                        step: step.id.clone(),
                        way,
                        ruling: Ruling::Retry,
                        by: "bob".to_owned(),
                        reason: String::new(),
                    });
                }
            }
            for event in events {
                let taken = state.apply(&event).is_ok();
                prop_assert!(!taken, "{:?}", event);
            }
        }
    }

    #[test]
    fn an_event_that_is_not_asked_for_changes_nothing(
        plan in plans(),
        choices in proptest::collection::vec(any::<u8>(), 0..40),
        step in 0..8_usize,
        way in prop_oneof![Just(Way::Do), Just(Way::Undo)],
    ) {
        let mut state = State::new(Arc::clone(&plan));
        for choice in choices {
            let Some(event) = happens(&state, choice) else { break };
            state = state.apply(&event).unwrap_or(state);
        }
        let id = format!("s{step}");
        let wanted = next(&state);
        let begun = state.apply(&Event::begun(&id, way)).is_ok();
        let step = id.clone();
        prop_assert_eq!(begun, wanted == Next::Perform { step, way });
        let ruled = Event::Ruled { step: id.clone(), way, ruling: Ruling::Done, by: "bob".to_owned(), reason: String::new() };
        let asked = matches!(&wanted, Next::Ask(question) if question.step == id && question.way == way);
        prop_assert_eq!(state.apply(&ruled).is_ok(), asked);
        let looked = Event::ended(&id, way, How::Looked, Ending::NotDone);
        let verify = Next::Verify { step: id, way };
        prop_assert_eq!(state.apply(&looked).is_ok(), wanted == verify);
    }
}

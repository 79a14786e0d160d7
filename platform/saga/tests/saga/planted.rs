//! Faults that the tests must catch: each is built around a store or around effects, and some kill has to show it.

use std::sync::{Arc, Mutex};

use saga::effects::Doing;
use saga::store::{Answer, Append, Lease};
use saga::{
    Call, Effect, Effects, Entry, Event, Found, Header, Outcome, Performed, Plan, Ran, Step, Store,
    StoreError, Undo, Way,
};

use crate::deaths::{Deaths, Mortal};
use crate::drive::{judge, plan, to_the_end};
use crate::ledger::Hands;
use crate::stage::Stage;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// The intent is journaled after the effect.
    EffectBeforeIntent,
    /// The last entry of a dead runner is gone: the store answered before it was durable.
    Forgets,
    /// An old fence is as good as a new one.
    IgnoresFence,
}

/// A store with a fault.
struct Faulty {
    store: Arc<dyn Store>,
    fault: Fault,
    /// What was acknowledged and is not yet there.
    owed: Mutex<Option<(Lease, Append)>>,
    newest: Mutex<Option<Lease>>,
}

impl Faulty {
    fn around(store: Arc<dyn Store>, fault: Fault) -> Arc<Self> {
        Arc::new(Self {
            store,
            fault,
            owed: Mutex::default(),
            newest: Mutex::default(),
        })
    }

    async fn settle(&self) -> Result<(), StoreError> {
        let owed = self.owed.lock().unwrap().take();
        match owed {
            Some((lease, append)) => self.store.append(&lease, &append).await,
            None => Ok(()),
        }
    }
}

impl Store for Faulty {
    fn create<'a>(&'a self, header: &'a Header) -> Answer<'a, ()> {
        self.store.create(header)
    }

    fn lease<'a>(&'a self, saga: &'a str, holder: &'a str, now: i64, until: i64) -> Answer<'a, Lease> {
        Box::pin(async move {
            // Whoever comes next finds only what is really there.
            self.owed.lock().unwrap().take();
            let lease = self.store.lease(saga, holder, now, until).await?;
            *self.newest.lock().unwrap() = Some(lease.clone());
            Ok(lease)
        })
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: i64) -> Answer<'a, ()> {
        self.store.renew(lease, until)
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()> {
        Box::pin(async move {
            self.settle().await?;
            self.store.release(lease).await
        })
    }

    fn append<'a>(&'a self, lease: &'a Lease, append: &'a Append) -> Answer<'a, ()> {
        Box::pin(async move {
            self.settle().await?;
            let late = match self.fault {
                Fault::EffectBeforeIntent => {
                    matches!(append.event, Event::Begun { .. } | Event::UndoBegun { .. })
                }
                Fault::Forgets => true,
                Fault::None | Fault::IgnoresFence => false,
            };
            if late {
                *self.owed.lock().unwrap() = Some((lease.clone(), append.clone()));
                return Ok(());
            }
            let newest = self.newest.lock().unwrap().clone();
            match newest.filter(|_| self.fault == Fault::IgnoresFence) {
                Some(newest) => self.store.append(&newest, append).await,
                None => self.store.append(lease, append).await,
            }
        })
    }

    fn load<'a>(&'a self, saga: &'a str) -> Answer<'a, (Header, Vec<Entry>)> {
        self.store.load(saga)
    }

    fn list(&self, most: u32) -> Answer<'_, Vec<Header>> {
        self.store.list(most)
    }
}

fn paying() -> Arc<Plan> {
    let step = |id: &str, verifies| Step {
        act: Effect {
            idempotent: false,
            verifies,
        },
        undo: Undo::By(Effect::default()),
        ..Step::new(id)
    };
    plan(vec![step("close", true), step("pay", false), step("tell", true)])
}

/// What the tests say of a store with this fault: the first kill at which they find it out.
async fn found_out(fault: Fault) -> Option<String> {
    let (plan, plain) = (paying(), Hands::new());
    let undisturbed = to_the_end(&Stage::twin(), &plain, &plan, &[]).await.unwrap();
    for moment in 0_i64.. {
        let twin = Stage::twin();
        let stage = twin.around(Faulty::around(Arc::clone(&twin.store), fault));
        let hands = Hands::new();
        let verdict = match to_the_end(&stage, &hands, &plan, &[moment]).await {
            Ok(ended) if ended.deaths == 0 => return None,
            Ok(ended) => judge(&stage, (&hands, &plain), (&ended, &undisturbed), &plan).await,
            Err(why) => Err(why),
        };
        if let Err(why) = verdict {
            return Some(why);
        }
    }
    None
}

#[tokio::test]
async fn a_store_without_a_fault_is_not_accused() {
    assert_eq!(found_out(Fault::None).await, None);
}

#[tokio::test]
async fn an_effect_before_its_intent_is_found_out() {
    let why = found_out(Fault::EffectBeforeIntent).await.unwrap();
    assert!(why.contains("times"), "{why}");
}

#[tokio::test]
async fn a_store_that_forgets_what_it_acknowledged_is_found_out() {
    assert!(found_out(Fault::Forgets).await.is_some());
}

/// Effects whose `verify` does not look.
struct Careless {
    hands: Hands,
    finds: Found,
}

impl Effects for Careless {
    fn perform<'a>(&'a self, call: &'a Call) -> Doing<'a, Performed> {
        self.hands.perform(call)
    }

    fn verify<'a>(&'a self, _: &'a Call) -> Doing<'a, Found> {
        Box::pin(async { self.finds.clone() })
    }
}

/// Kills a saga amid its first effect, and goes on with these effects.
async fn amid(finds: Found) -> Vec<usize> {
    let (stage, plan) = (Stage::twin(), paying());
    stage.begin(&plan).await;
    let mut hands = Hands::new();
    let mut counts = Vec::new();
    for moment in 0.. {
        let deaths = Deaths::at(moment);
        hands.deaths = deaths.clone();
        let stage = stage.another(moment);
        stage.begin(&plan).await;
        let ledger = crate::ledger::Ledger::default();
        hands.ledger = ledger.clone();
        let mortal = stage.around(Arc::new(Mortal {
            store: Arc::clone(&stage.store),
            deaths: deaths.clone(),
        }));
        let first = mortal.runner("first");
        let killed = tokio::select! {
            biased;
            _ = first.run(&stage.saga, &plan, &hands, &hands.interrupt) => false,
            () = deaths.met() => true,
        };
        if !killed {
            return counts;
        }
        stage.wait_for_lease();
        hands.deaths = Deaths::none();
        let careless = Careless {
            hands: hands.clone(),
            finds: finds.clone(),
        };
        let ran = stage
            .runner("second")
            .run(&stage.saga, &plan, &careless, &hands.interrupt)
            .await
            .unwrap();
        let done = ran == Ran::Ended(Outcome::Done);
        // Twice is one fault; "done" without having been done is the other.
        let wrong = plan.steps().iter().filter(|step| step.act.verifies);
        counts.extend(wrong.map(|step| match ledger.count(&step.id, Way::Do) {
            0 if done => 2,
            count => count,
        }));
    }
    counts
}

#[tokio::test]
async fn repeating_without_looking_is_found_out() {
    assert!(amid(Found::NotDone).await.iter().any(|count| *count > 1));
    // And so is calling it done without looking.
    assert!(
        amid(Found::Done(serde_json::json!({})))
            .await
            .iter()
            .any(|count| *count > 1)
    );
    // Who says that it cannot be told makes no such mistake.
    assert!(
        amid(Found::Unknown("dark".to_owned()))
            .await
            .iter()
            .all(|count| *count <= 1)
    );
}

#[tokio::test]
async fn a_store_that_ignores_the_fence_is_found_out() {
    for (fault, wrong) in [(Fault::None, false), (Fault::IgnoresFence, true)] {
        let (twin, plan) = (Stage::twin(), paying());
        let stage = twin.around(Faulty::around(Arc::clone(&twin.store), fault));
        stage.begin(&plan).await;
        let now = stage.clock.now_micros();
        let old = stage.store.lease(&stage.saga, "ann", now, now).await.unwrap();
        stage
            .store
            .lease(&stage.saga, "bob", now, now + 1_000_000)
            .await
            .unwrap();
        let append = Append {
            seq: 1,
            at: now,
            event: Event::begun("close", Way::Do),
            standing: "open",
            until: now,
        };
        assert_eq!(
            stage.store.append(&old, &append).await.is_ok(),
            wrong,
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_plan_that_calls_idempotent_what_is_not_is_found_out() {
    let lying = plan(vec![Step {
        act: Effect {
            idempotent: true,
            verifies: false,
        },
        undo: Undo::Nothing,
        ..Step::new("pay")
    }]);
    let mut most = 0;
    for moment in 0_i64.. {
        let (stage, hands) = (Stage::twin(), Hands::new());
        let ended = to_the_end(&stage, &hands, &lying, &[moment]).await.unwrap();
        most = most.max(hands.ledger.count("pay", Way::Do));
        if ended.deaths == 0 {
            break;
        }
    }
    assert_eq!(most, 2, "the kills reach the moment at which it matters");
}

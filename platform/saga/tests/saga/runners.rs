//! Several runners of one saga: one at a time, and whoever lost the lease writes nothing.

use std::sync::Arc;
use std::time::Duration;

use saga::Entry;
use saga::effects::Doing;
use saga::store::{Answer, Append, Lease};
use saga::{
    Call, Effects, Event, Found, Header, Interrupt, Outcome, Performed, Ran, SagaError, Step, Store,
    StoreError, Way,
};
use serde_json::json;
use tokio::sync::Notify;

use crate::drive::plan;
use crate::ledger::Ledger;
use crate::stage::{Stage, on_all};

on_all!(
    of_two_runners_at_once_one_is_refused,
    a_runner_that_lost_its_lease_writes_nothing,
    of_two_entries_of_one_number_one_wins,
    who_gave_the_lease_back_writes_no_more,
    many_runners_do_each_step_once,
);

/// An effect that is held up until it is let go.
#[derive(Clone)]
struct Held {
    ledger: Ledger,
    here: Arc<Notify>,
    go: Arc<Notify>,
}

impl Held {
    fn new() -> Self {
        Self {
            ledger: Ledger::default(),
            here: Arc::default(),
            go: Arc::default(),
        }
    }
}

impl Effects for Held {
    fn perform<'a>(&'a self, call: &'a Call) -> Doing<'a, Performed> {
        Box::pin(async move {
            self.here.notify_one();
            self.go.notified().await;
            self.ledger.note(&call.step.id, Way::Do);
            Performed::Done(json!({}))
        })
    }

    fn verify<'a>(&'a self, _: &'a Call) -> Doing<'a, Found> {
        Box::pin(async { Found::Unknown("held".to_owned()) })
    }
}

async fn of_two_runners_at_once_one_is_refused(stage: Stage) {
    let plan = plan(vec![Step::new("a")]);
    stage.begin(&plan).await;
    let held = Held::new();
    let (first, effects, steps, saga) = (
        stage.runner("ann"),
        held.clone(),
        Arc::clone(&plan),
        stage.saga.clone(),
    );
    let running =
        tokio::spawn(async move { first.run(&saga, &steps, &effects, &Interrupt::default()).await });
    held.here.notified().await;
    let second = stage
        .runner("bob")
        .run(&stage.saga, &plan, &held, &Interrupt::default())
        .await;
    assert!(
        matches!(&second, Err(SagaError::Store(StoreError::Held { by, .. })) if by == "ann"),
        "{second:?}"
    );
    held.go.notify_one();
    assert_eq!(running.await.unwrap(), Ok(Ran::Ended(Outcome::Done)));
    assert_eq!(held.ledger.count("a", Way::Do), 1);
}

async fn a_runner_that_lost_its_lease_writes_nothing(stage: Stage) {
    let plan = plan(vec![Step::new("a"), Step::new("b")]);
    stage.begin(&plan).await;
    let held = Held::new();
    let (first, effects, steps, saga) = (
        stage.runner("ann"),
        held.clone(),
        Arc::clone(&plan),
        stage.saga.clone(),
    );
    let running =
        tokio::spawn(async move { first.run(&saga, &steps, &effects, &Interrupt::default()).await });
    held.here.notified().await;
    // Her process hangs for longer than her lease; another takes over and finds a step in doubt.
    stage.wait_for_lease();
    let ran = stage
        .runner("bob")
        .run(&stage.saga, &plan, &held, &Interrupt::default())
        .await
        .unwrap();
    assert!(matches!(ran, Ran::Waits { .. }), "{ran:?}");
    let (before, entries) = stage.store.load(&stage.saga).await.unwrap();
    held.go.notify_one();
    assert_eq!(running.await.unwrap(), Err(SagaError::Store(StoreError::Lost)));
    let (after, now) = stage.store.load(&stage.saga).await.unwrap();
    assert_eq!((before.seq, entries), (after.seq, now));
}

async fn of_two_entries_of_one_number_one_wins(stage: Stage) {
    let plan = plan(vec![Step::new("a")]);
    stage.begin(&plan).await;
    let now = stage.clock.now_micros();
    let lease = stage
        .store
        .lease(&stage.saga, "ann", now, now + 1_000_000)
        .await
        .unwrap();
    let append = Append {
        seq: 1,
        at: now,
        event: Event::begun("a", Way::Do),
        standing: "open",
        until: now + 1_000_000,
    };
    let all = (0..8).map(|_| {
        let (store, lease, append) = (Arc::clone(&stage.store), lease.clone(), append.clone());
        tokio::spawn(async move { store.append(&lease, &append).await })
    });
    let all: Vec<_> = all.collect();
    let mut won = 0;
    for one in all {
        match one.await.unwrap() {
            Ok(()) => won += 1,
            Err(error) => assert_eq!(error, StoreError::Sequence),
        }
    }
    assert_eq!(won, 1);
    let ahead = Append { seq: 3, ..append };
    assert_eq!(
        stage.store.append(&lease, &ahead).await,
        Err(StoreError::Sequence)
    );
}

async fn who_gave_the_lease_back_writes_no_more(stage: Stage) {
    let plan = plan(vec![Step::new("a")]);
    stage.begin(&plan).await;
    let now = stage.clock.now_micros();
    let lease = stage
        .store
        .lease(&stage.saga, "ann", now, now + 1_000_000)
        .await
        .unwrap();
    stage.store.release(&lease).await.unwrap();
    let append = Append {
        seq: 1,
        at: now,
        event: Event::begun("a", Way::Do),
        standing: "open",
        until: now + 1_000_000,
    };
    assert_eq!(stage.store.append(&lease, &append).await, Err(StoreError::Lost));
    assert_eq!(stage.store.renew(&lease, now).await, Err(StoreError::Lost));
    let next = stage
        .store
        .lease(&stage.saga, "bob", now, now + 1_000_000)
        .await
        .unwrap();
    assert!(next.fence > lease.fence);
    // Giving back what one has no more takes nothing from who has it.
    stage.store.release(&lease).await.unwrap();
    stage.store.append(&next, &append).await.unwrap();
}

async fn many_runners_do_each_step_once(stage: Stage) {
    let plan = plan((0..5).map(|i| Step::new(&format!("s{i}"))).collect());
    stage.begin(&plan).await;
    let hands = crate::ledger::Hands::new();
    let all: Vec<_> = (0..8)
        .map(|i| {
            let (runner, hands, plan) = (stage.runner(&format!("r{i}")), hands.clone(), Arc::clone(&plan));
            let saga = stage.saga.clone();
            tokio::spawn(async move { runner.run(&saga, &plan, &hands, &Interrupt::default()).await })
        })
        .collect();
    let mut done = 0;
    for one in all {
        match one.await.unwrap() {
            Ok(ran) => {
                assert_eq!(ran, Ran::Ended(Outcome::Done));
                done += 1;
            }
            Err(error) => assert!(
                matches!(error, SagaError::Store(StoreError::Held { .. })),
                "{error:?}"
            ),
        }
    }
    assert!(done >= 1);
    for step in plan.steps() {
        assert_eq!(hands.ledger.count(&step.id, Way::Do), 1);
    }
}

#[tokio::test]
async fn a_long_effect_keeps_its_lease() {
    let stage = Stage::twin().in_real_time();
    let plan = plan(vec![Step::new("a")]);
    stage.begin(&plan).await;
    let held = Held::new();
    let first = stage.runner("ann").lasting(Duration::from_millis(120));
    let (effects, steps, saga) = (held.clone(), Arc::clone(&plan), stage.saga.clone());
    let running =
        tokio::spawn(async move { first.run(&saga, &steps, &effects, &Interrupt::default()).await });
    held.here.notified().await;
    // Four leases long.
    for _ in 0..16 {
        tokio::time::sleep(Duration::from_millis(30)).await;
        let second = stage
            .runner("bob")
            .run(&stage.saga, &plan, &held, &Interrupt::default())
            .await;
        assert!(
            matches!(second, Err(SagaError::Store(StoreError::Held { .. }))),
            "{second:?}"
        );
    }
    held.go.notify_one();
    assert_eq!(running.await.unwrap(), Ok(Ran::Ended(Outcome::Done)));
}

#[tokio::test]
async fn a_runner_that_loses_its_lease_amid_an_effect_lets_go_of_it() {
    let stage = Stage::twin().in_real_time();
    let plan = plan(vec![Step::new("a")]);
    stage.begin(&plan).await;
    let held = Held::new();
    let first = stage.runner("ann").lasting(Duration::from_millis(60));
    let (effects, steps, saga) = (held.clone(), Arc::clone(&plan), stage.saga.clone());
    let running =
        tokio::spawn(async move { first.run(&saga, &steps, &effects, &Interrupt::default()).await });
    held.here.notified().await;
    // By force: as a second machine whose clock is an hour ahead would.
    let now = stage.clock.now_micros() + 3_600_000_000;
    stage.store.lease(&stage.saga, "bob", now, now + 1).await.unwrap();
    assert_eq!(running.await.unwrap(), Err(SagaError::Store(StoreError::Lost)));
    held.go.notify_one();
    tokio::task::yield_now().await;
    assert_eq!(held.ledger.count("a", Way::Do), 0);
}

/// A store after whose appends the process hangs for longer than its lease.
struct Hanging(Stage);

impl Store for Hanging {
    fn create<'a>(&'a self, header: &'a Header) -> Answer<'a, ()> {
        self.0.store.create(header)
    }

    fn lease<'a>(&'a self, saga: &'a str, holder: &'a str, now: i64, until: i64) -> Answer<'a, Lease> {
        self.0.store.lease(saga, holder, now, until)
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: i64) -> Answer<'a, ()> {
        self.0.store.renew(lease, until)
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()> {
        self.0.store.release(lease)
    }

    fn append<'a>(&'a self, lease: &'a Lease, append: &'a Append) -> Answer<'a, ()> {
        Box::pin(async move {
            self.0.store.append(lease, append).await?;
            self.0.wait_for_lease();
            Ok(())
        })
    }

    fn load<'a>(&'a self, saga: &'a str) -> Answer<'a, (Header, Vec<Entry>)> {
        self.0.store.load(saga)
    }

    fn list(&self, most: u32) -> Answer<'_, Vec<Header>> {
        self.0.store.list(most)
    }
}

#[tokio::test]
async fn who_hangs_between_intent_and_effect_for_longer_than_the_lease_does_nothing() {
    let twin = Stage::twin();
    let stage = twin.around(Arc::new(Hanging(twin.clone())));
    let plan = plan(vec![Step::new("a")]);
    stage.begin(&plan).await;
    let hands = crate::ledger::Hands::new();
    let ran = stage
        .runner("ann")
        .run(&stage.saga, &plan, &hands, &Interrupt::default())
        .await;
    assert_eq!(ran, Err(SagaError::TooSlow));
    assert_eq!(hands.ledger.begun("a", Way::Do), 0);
    // And says so: nobody is asked about what never began.
    let ran = twin
        .runner("ann")
        .run(&stage.saga, &plan, &hands, &Interrupt::default())
        .await;
    assert_eq!(ran, Ok(Ran::Ended(Outcome::Done)));
}

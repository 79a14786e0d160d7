//! Commits of which nobody knows whether they are kept: whoever met one stops, and whoever comes next reads what is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use db::DbError;
use saga::store::{Answer, Append, Lease};
use saga::{
    Effect, Entry, Header, Interrupt, Outcome, Ran, Ruling, SagaError, Step, Store, StoreError, Undo, Way,
};

use crate::drive::plan;
use crate::ledger::{Does, Hands};
use crate::people::answer;
use crate::stage::{Stage, on_all};

on_all!(a_commit_of_unknown_outcome_stops_the_runner_and_nothing_is_done_twice);

/// One append, counted from 0, has an unknown outcome.
struct Unsure {
    store: Arc<dyn Store>,
    left: AtomicI64,
    kept: bool,
}

impl Store for Unsure {
    fn create<'a>(&'a self, header: &'a Header) -> Answer<'a, ()> {
        self.store.create(header)
    }

    fn lease<'a>(&'a self, saga: &'a str, holder: &'a str, now: i64, until: i64) -> Answer<'a, Lease> {
        self.store.lease(saga, holder, now, until)
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: i64) -> Answer<'a, ()> {
        self.store.renew(lease, until)
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()> {
        self.store.release(lease)
    }

    fn append<'a>(&'a self, lease: &'a Lease, append: &'a Append) -> Answer<'a, ()> {
        Box::pin(async move {
            if self.left.fetch_sub(1, Ordering::SeqCst) != 0 {
                return self.store.append(lease, append).await;
            }
            if self.kept {
                self.store.append(lease, append).await?;
            }
            Err(StoreError::Db(DbError::Ambiguous(
                "the connection broke".to_owned(),
            )))
        })
    }

    fn load<'a>(&'a self, saga: &'a str) -> Answer<'a, (Header, Vec<Entry>)> {
        self.store.load(saga)
    }

    fn list(&self, most: u32) -> Answer<'_, Vec<Header>> {
        self.store.list(most)
    }
}

async fn a_commit_of_unknown_outcome_stops_the_runner_and_nothing_is_done_twice(stage: Stage) {
    let step = |id: &str| Step {
        undo: Undo::By(Effect::default()),
        ..Step::new(id)
    };
    let plan = plan(vec![step("a"), step("b"), step("c")]);
    let mut met = 0;
    for kept in [true, false] {
        for append in 0_i64.. {
            let stage = stage.another(append * 2 + i64::from(kept));
            stage.begin(&plan).await;
            let unsure = stage.around(Arc::new(Unsure {
                store: Arc::clone(&stage.store),
                left: AtomicI64::new(append),
                kept,
            }));
            let hands = Hands::new().always("c", Way::Do, Does::Fails);
            let (mut ran, mut asked) = (Err(SagaError::Stale), 0);
            for _ in 0..5 {
                ran = unsure
                    .runner("ann")
                    .run(&stage.saga, &plan, &hands, &Interrupt::default())
                    .await;
                match &ran {
                    Ok(Ran::Waits { question, seq }) => {
                        let happened = hands.ledger.took_effect(&question.step, question.way);
                        let ruling = if happened { Ruling::Done } else { Ruling::Retry };
                        answer(&stage.runner("bob"), &stage, &plan, (question, *seq), ruling)
                            .await
                            .unwrap();
                        asked += 1;
                    }
                    Ok(_) => break,
                    Err(error) => assert!(
                        matches!(error, SagaError::Store(StoreError::Db(DbError::Ambiguous(_)))),
                        "{error:?}"
                    ),
                }
            }
            assert_eq!(
                ran,
                Ok(Ran::Ended(Outcome::Undone)),
                "append {append}, kept: {kept}"
            );
            for id in ["a", "b"] {
                for way in [Way::Do, Way::Undo] {
                    assert_eq!(
                        hands.ledger.count(id, way),
                        1,
                        "{id}, append {append}, kept: {kept}"
                    );
                }
            }
            assert!(asked <= 1);
            let (_, entries) = stage.store.load(&stage.saga).await.unwrap();
            // Ten lines undisturbed, and one answer at most.
            assert!((10..=13).contains(&entries.len()), "{entries:?}");
            met += 1;
            if append >= 10 {
                break;
            }
        }
    }
    println!("{met} commits of unknown outcome");
}

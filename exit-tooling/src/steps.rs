//! The steps of an exit, as a saga: none can be taken back, and each may be done twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::clock::Clock;
use db::{Db, Options};
use saga::effects::Doing;
use saga::{Call, Effect, Effects, Found, OnFailure, Performed, Plan as Saga, Step, Undo};
use serde_json::{Value, json};

use crate::begin::{self, Exit};
use crate::keys::{self, Place};
use crate::plan::{Leaving, Plan};
use crate::remove::Leaver;
use crate::retention::Rules;
use crate::{archive, clean, fate, finish, ids, indexes, remove, traces};

/// In this order.
pub const STEPS: [&str; 8] = [
    "begin",
    "archive",
    "remove-traces",
    "remove-rows",
    "destroy-keys",
    "rotate-keks",
    "clean",
    "finish",
];

/// Customers between two lines of progress: some seconds of work.
const TOLD: usize = 500;

/// A person runs the command each time: whoever has begun a step so often needs other help than a question.
const ATTEMPTS: u32 = 1_000;

/// Everything that the steps need.
#[derive(Debug, Clone)]
pub struct Work {
    /// The exit.
    pub exit: Exit,
    /// Its plan.
    pub plan: Plan,
    /// The rules that the plan names.
    pub rules: Rules,
    /// The lending database.
    pub database: String,
    /// The keys.
    pub keys: Place,
    /// The folder of the exit.
    pub out: std::path::PathBuf,
    /// The archive's key, which lies elsewhere.
    pub archive_key: std::path::PathBuf,
    /// The time.
    pub clock: Clock,
}

/// The saga of a plan.
///
/// # Errors
/// None of these steps makes one; the type says what a plan may refuse.
pub fn saga(digest: &str) -> Result<Arc<Saga>, saga::plan::PlanError> {
    let steps = STEPS.map(|id| Step {
        act: Effect {
            idempotent: true,
            verifies: false,
        },
        undo: Undo::Never("what is purged does not come back".to_owned()),
        on_failure: OnFailure::Ask,
        attempts: ATTEMPTS,
        ..Step::new(id)
    });
    Saga::new(digest, steps.to_vec()).map(Arc::new)
}

/// Why a step did not come to its end.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Effects for Work {
    fn perform<'a>(&'a self, call: &'a Call) -> Doing<'a, Performed> {
        Box::pin(async move {
            let at = STEPS
                .iter()
                .position(|step| *step == call.step.id)
                .unwrap_or_default()
                + 1;
            tracing::info!(step = call.step.id, "{at} of {}", STEPS.len());
            match self.step(&call.step.id).await {
                Ok(kept) => Performed::Done(kept),
                // Every step goes on from where it was, so whoever runs the exit again mends it.
                Err(error) => Performed::Later(base::ended::chain(&*error)),
            }
        })
    }

    fn verify<'a>(&'a self, _: &'a Call) -> Doing<'a, Found> {
        Box::pin(async { Found::Unknown("no step of an exit is looked up".to_owned()) })
    }
}

impl Work {
    /// Does one step, from wherever it was left.
    ///
    /// # Errors
    /// Whatever it rests on refuses.
    pub async fn step(&self, id: &str) -> Result<Value, Failure> {
        match id {
            "rotate-keks" => return self.rotate().await,
            "clean" => return clean::all(self).await,
            _ => {}
        }
        let db = Db::open(&self.database, options()).await?;
        let done = self.at_the_database(id, &db).await;
        db.close().await;
        done
    }

    async fn at_the_database(&self, id: &str, db: &Db) -> Result<Value, Failure> {
        match id {
            "begin" => {
                begin::begin(db, &self.exit, &self.plan, self.clock.now_micros()).await?;
                Ok(Value::Null)
            }
            "archive" => archive::write(self, db).await,
            "remove-traces" => self.traces(db).await,
            "remove-rows" => self.rows(db).await,
            "destroy-keys" => self.destroy().await,
            "finish" => finish::finish(self, db).await,
            other => Err(format!("there is no step {other}").into()),
        }
    }

    /// The fates of a customer's tables under the plan.
    pub(crate) fn fates(&self, last_act: i64) -> Vec<fate::Fate> {
        fate::fates(&self.rules, last_act, self.plan.made_at)
    }

    async fn traces(&self, db: &Db) -> Result<Value, Failure> {
        // One pass for all who share a fate: a look through everything for each of thousands would take hours.
        let mut by_fate: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for leaving in &self.plan.leaving {
            let fates = self.fates(leaving.last_act);
            let fate = fates.iter().find(|fate| fate.table == crate::tables::OUTBOX);
            let word = fate.map_or("deleted", fate::Fate::word);
            by_fate.entry(word).or_default().push(leaving.firm.clone());
        }
        let mut gone = 0;
        for (word, firms) in by_fate {
            let ids = ids::of(db, &firms).await?;
            gone += traces::remove(db, &self.exit.id, &Arc::new(ids), word).await?;
        }
        Ok(json!({ "rows": gone }))
    }

    async fn rows(&self, db: &Db) -> Result<Value, Failure> {
        let at = self.clock.now_micros();
        let leaver = |leaving: &Leaving| Leaver {
            firm: leaving.firm.clone(),
            fates: self
                .fates(leaving.last_act)
                .iter()
                .map(|fate| (fate.table, fate.word()))
                .collect(),
        };
        let leavers: Vec<Leaver> = self.plan.leaving.iter().map(leaver).collect();
        indexes::make(db).await?;
        let gone = remove::remove(db, &self.exit.id, &leavers, at, |through| self.through(through)).await?;
        indexes::drop(db).await?;
        Ok(json!({ "rows": gone }))
    }

    /// Tells how many customers a step is through with, now and then.
    pub(crate) fn through(&self, customers: usize) {
        let all = self.plan.leaving.len();
        if customers < all && customers.is_multiple_of(TOLD) {
            tracing::info!("{customers} of {all} customers");
        }
    }

    async fn destroy(&self) -> Result<Value, Failure> {
        let store = keys::open(&self.keys, self.clock.clone()).await?;
        for (done, leaving) in self.plan.leaving.iter().enumerate() {
            keys::destroy(&store, &leaving.firm).await?;
            self.through(done + 1);
        }
        store.close().await;
        Ok(json!({ "customers": self.plan.leaving.len() }))
    }

    async fn rotate(&self) -> Result<Value, Failure> {
        let store = keys::open(&self.keys, self.clock.clone()).await?;
        let epochs: BTreeMap<&str, u32> = keys::rotate(&store).await?.into_iter().collect();
        store.close().await;
        crate::done::note(&self.out, "rotated", &json!(epochs))?;
        Ok(json!(epochs))
    }
}

/// Nobody waits behind an exit, and it looks through whole tables.
pub(crate) fn options() -> Options {
    Options {
        readers: 2,
        writers: 1,
        budget: std::time::Duration::from_secs(120),
        ..Options::default()
    }
}

//! The steps of a rotation.

use std::sync::{Arc, Mutex, PoisonError};

use saga::effects::Doing;
use saga::plan::PlanError;
use saga::{Call, Effect, Effects, Found, OnFailure, Performed, Plan, Undo};
use serde_json::{Value, json};

use super::step::Step;
use crate::store::KeyStore;
use crate::{Custodian, VaultError};

/// In this order.
pub(super) const STEPS: [&str; 6] = ["add-kek", "announce", "switch", "rewrap", "retire", "destroy-kek"];

/// The plan of a rotation to an epoch.
///
/// # Errors
/// None of these steps makes one; the type says what a plan may refuse.
pub(super) fn plan(custodian: Custodian, to: u32) -> Result<Arc<Plan>, PlanError> {
    let step = |id: &str| saga::Step {
        act: Effect {
            idempotent: true,
            verifies: false,
        },
        undo: Undo::Never("a rotation is ended, not taken back: at each step every key opens".to_owned()),
        on_failure: OnFailure::Ask,
        ..saga::Step::new(id)
    };
    let content = format!("rotation/1 {} {to}", custodian.as_str());
    Plan::new(&content, STEPS.map(step).to_vec()).map(Arc::new)
}

/// A rotation under way in this process.
pub(super) struct Rotation<'a> {
    pub(super) store: &'a KeyStore,
    pub(super) custodian: Custodian,
    pub(super) to: u32,
    pub(super) seen: Mutex<Seen<'a>>,
}

/// What this run has done, who is told, and why it stopped.
pub(super) struct Seen<'a> {
    pub(super) watch: &'a mut (dyn FnMut(Step) + Send),
    pub(super) subjects: u64,
    pub(super) keys: u64,
    pub(super) refused: Option<VaultError>,
}

impl Effects for Rotation<'_> {
    fn perform<'a>(&'a self, call: &'a Call) -> Doing<'a, Performed> {
        Box::pin(async move {
            match self.step(&call.step.id).await {
                Ok(kept) => Performed::Done(kept),
                // Each step goes on from where it was.
                Err(error) => {
                    let why = error.to_string();
                    self.seen(|seen| seen.refused = Some(error));
                    Performed::Later(why)
                }
            }
        })
    }

    fn verify<'a>(&'a self, _: &'a Call) -> Doing<'a, Found> {
        Box::pin(async { Found::Unknown("no step of a rotation is looked up".to_owned()) })
    }
}

impl Rotation<'_> {
    async fn step(&self, id: &str) -> Result<Value, VaultError> {
        let (store, custodian, to) = (self.store, self.custodian, self.to);
        let provider = store.provider(custodian);
        match id {
            "add-kek" => {
                provider.reload()?;
                provider.add(to)?;
                self.tell(Step::Added);
            }
            "announce" => {
                store.set(custodian, "target", to).await?;
                self.tell(Step::Announced);
                store.wait_for_instances(custodian, to).await?;
            }
            "switch" => {
                if store.epochs(custodian).await?.epoch < to {
                    store.switch(custodian, to).await?;
                }
                self.tell(Step::Switched);
            }
            "rewrap" => return self.rewrap().await,
            "retire" => {
                store.wait_for_instances(custodian, to).await?;
                store.set(custodian, "retired", to).await?;
                self.tell(Step::Retired);
            }
            "destroy-kek" => {
                provider.destroy_below(to)?;
                self.tell(Step::Destroyed);
            }
            _ => return Err(VaultError::Corrupt("a step that no rotation has")),
        }
        Ok(Value::Null)
    }

    async fn rewrap(&self) -> Result<Value, VaultError> {
        // A row that was destroyed in between is skipped by one pass and taken by the next.
        while let Some(mut at) = self.store.unfinished(self.custodian, self.to).await? {
            loop {
                let slice = self.store.rewrap(self.custodian, self.to, at).await?;
                self.seen(|seen| {
                    seen.subjects += slice.subjects;
                    seen.keys += slice.keys;
                    (seen.watch)(Step::Slice(seen.subjects));
                });
                match slice.last {
                    Some(last) => at = last,
                    None => break,
                }
            }
        }
        self.tell(Step::Verified);
        Ok(self.seen(|seen| json!({ "subjects": seen.subjects, "keys": seen.keys })))
    }

    fn tell(&self, step: Step) {
        self.seen(|seen| (seen.watch)(step));
    }

    fn seen<T>(&self, look: impl FnOnce(&mut Seen<'_>) -> T) -> T {
        // Whoever panicked in between had only been told something.
        look(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

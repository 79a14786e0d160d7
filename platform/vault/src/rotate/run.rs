//! Begins a rotation, or ends one that was begun.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use saga::store::Header;
use saga::{
    Answer, Interrupt, Journal, New, Next, Outcome, Ran, Reason, Ruling, Runner, SagaError, Store, StoreError,
};
use serde_json::json;

use super::step::{Rotated, Step};
use super::steps::{Rotation, Seen, plan};
use crate::store::KeyStore;
use crate::{Custodian, VaultError};

/// How long a rotation is held without a sign of life: whoever resumes after a kill waits no longer.
const LEASE: Duration = Duration::from_secs(3);
/// Between two looks at whether it is free, and how often: two leases, in which one that lives shows itself.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS: u32 = 60;
/// Journals that are looked through for one that was not ended: the newest of each custodian is among them.
const NEWEST: u32 = 100;
/// Who begins them; that is one act of an operator's, in the evidence log by name.
const BY: &str = "vault";
/// What the journals' kinds begin with.
const KIND: &str = "rotation:";

impl KeyStore {
    /// Rotates a custodian's KEK, or ends a rotation that was interrupted. `watch`
    /// is told of every step. The vaults over the store go on meanwhile.
    ///
    /// # Errors
    /// [`VaultError::Waiting`] if a live instance doesn't get the new KEK; [`VaultError::Rotating`] if another process
    /// is at it; or what the store or the KEK's provider refuses. Run it again: it goes on.
    pub async fn rotate(
        &self,
        custodian: Custodian,
        mut watch: impl FnMut(Step) + Send,
    ) -> Result<Rotated, VaultError> {
        let to = match self.begun(custodian).await? {
            Some(header) => epoch_of(&header)?,
            None => self.next_epoch(custodian).await?,
        };
        let plan = plan(custodian, to).map_err(|_| VaultError::Corrupt("a plan of a rotation is none"))?;
        let kind = kind(custodian);
        let id = format!("rotation-{}-{to}", custodian.as_str());
        let context = json!({ "custodian": custodian.as_str(), "epoch": to });
        let holder = format!("process {}", std::process::id());
        let runner = Runner::new(self.journals(), self.clock.clone(), &holder).lasting(LEASE);
        let new = New {
            id: &id,
            kind: &kind,
            context: &context,
            by: BY,
        };
        runner.begin(new, &plan).await?;
        let rotation = Rotation {
            store: self,
            custodian,
            to,
            seen: Mutex::new(Seen {
                watch: &mut watch,
                subjects: 0,
                keys: 0,
                refused: None,
            }),
        };
        let mut looks = 0;
        let ran = loop {
            match runner.run(&id, &plan, &rotation, &Interrupt::default()).await {
                Err(SagaError::Store(StoreError::Held { .. })) if looks < LOOKS => {
                    looks += 1;
                    tokio::time::sleep(LOOK).await;
                }
                Err(SagaError::Store(StoreError::Held { by, .. })) => {
                    return Err(VaultError::Rotating(by));
                }
                // Whoever runs the command has looked, and wants it tried once more: it may wait in vain for an instance
                // as often as somebody asks.
                Ok(Ran::Waits { question, seq })
                    if matches!(question.reason, Reason::Attempts(_) | Reason::Doubt(_)) =>
                {
                    let again = Answer {
                        step: &question.step,
                        way: question.way,
                        seq,
                        ruling: Ruling::Retry,
                        by: BY,
                        reason: "the command was run again",
                    };
                    runner.answer(&id, &plan, &again).await?;
                }
                ran => break ran?,
            }
        };
        let seen = rotation.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        match (ran, seen.refused) {
            (Ran::Ended(Outcome::Done), _) => Ok(Rotated {
                epoch: to,
                subjects: seen.subjects,
                keys: seen.keys,
            }),
            (_, Some(refused)) => Err(refused),
            _ => Err(VaultError::Corrupt(
                "a rotation's journal ends otherwise than a rotation does",
            )),
        }
    }

    /// The step that a rotation is at which was begun and not ended.
    ///
    /// # Errors
    /// What the key store refuses.
    pub(crate) async fn at_step(&self, custodian: Custodian) -> Result<Option<String>, VaultError> {
        let Some(header) = self.begun(custodian).await? else {
            return Ok(None);
        };
        let plan = plan(custodian, epoch_of(&header)?);
        let plan = plan.map_err(|_| VaultError::Corrupt("a plan of a rotation is none"))?;
        let (_, entries) = self.journals().load(&header.id).await.map_err(SagaError::from)?;
        Ok(match saga::next(&saga::replay(&plan, &entries)?) {
            Next::Perform { step, .. } | Next::Verify { step, .. } => Some(step),
            Next::Ask(question) => Some(question.step),
            Next::End(_) => None,
        })
    }

    /// The journal of a rotation that was not ended.
    async fn begun(&self, custodian: Custodian) -> Result<Option<Header>, VaultError> {
        let kind = kind(custodian);
        let newest = self.journals().list(NEWEST).await.map_err(SagaError::from)?;
        Ok(newest
            .into_iter()
            .find(|header| header.kind == kind && header.standing != Outcome::Done.as_str()))
    }

    /// The epoch that a new rotation leads to. One that an earlier version began, without a journal, has its target.
    async fn next_epoch(&self, custodian: Custodian) -> Result<u32, VaultError> {
        let state = self.epochs(custodian).await?;
        Ok(if state.target > state.retired {
            state.target
        } else {
            state.epoch + 1
        })
    }

    fn journals(&self) -> Arc<dyn Store> {
        Arc::new(Journal::new(self.db.clone()))
    }
}

fn kind(custodian: Custodian) -> String {
    format!("{KIND}{}", custodian.as_str())
}

/// The epoch that a journal's rotation leads to.
fn epoch_of(header: &Header) -> Result<u32, VaultError> {
    let (_, epoch) = header.id.rsplit_once('-').unwrap_or_default();
    epoch
        .parse()
        .map_err(|_| VaultError::Corrupt("a rotation's journal names no epoch"))
}

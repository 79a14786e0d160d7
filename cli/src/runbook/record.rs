//! The control plane's record of a run: told at its beginning, asked for approvals, told of its end; what could not be
//! told is owed, and told later.

use base::exit;
use client::http::Request;
use client::runs::{AskApproval, BeginRun, EndRun, Run};
use runbooks::hands::{Approvals, Proposal, Verdict};
use runbooks::{Engine, RunError};
use saga::{Next, SagaError, StoreError};

use super::kept::Kept;
use super::owed::{Owed, Record};
use crate::ended::{self, stop};
use crate::watch::reach::Reach;

/// After so long, in microseconds, a run of which only the id was drawn has not begun and will not: whoever drew it
/// begins it with its next statement.
const LATE: i64 = 600_000_000;

/// What came of telling.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Delivered {
    /// Acts that were put on record.
    pub(super) told: usize,
    /// Acts that are still owed.
    pub(super) owed: usize,
    /// Why, of the first of them.
    pub(super) why: Option<String>,
    /// The exit code of that.
    pub(super) code: u8,
}

/// Tells of a run's beginning; whoever the control plane takes for the one who began it.
///
/// # Errors
/// What the call came to. Nothing is owed if it surely was not put on record.
pub(super) async fn begin(kept: &Kept, reach: &Reach, begin: &BeginRun) -> anyhow::Result<String> {
    let now = || kept.clock().now_micros();
    let owed = kept.owed();
    owed.draw(begin, now()).await?;
    match reach.send(&Request::begin_run(&begin.id, begin)).await {
        Ok(run) => {
            owed.begun(&begin.id, now()).await?;
            Ok(run.begun_by)
        }
        Err(error) => {
            if ended::code(&error) != exit::AMBIGUOUS {
                owed.forget(&begin.id).await?;
            }
            Err(error)
        }
    }
}

/// Opens an approval, or looks how it stands.
///
/// # Errors
/// Why it cannot be told.
pub(super) async fn approvals(
    owed: &Owed,
    reach: &Reach,
    proposal: &Proposal,
    now: i64,
) -> anyhow::Result<Approvals> {
    // A run that began offline is told of first: nobody can be asked about a run that is not there.
    if let Some(record) = owed.of(&proposal.run).await?.filter(|record| !record.begun) {
        tell_begin(owed, reach, &record, now).await?;
    }
    let seconds = u32::try_from(proposal.timeout.as_secs()).unwrap_or(u32::MAX);
    let ask = AskApproval {
        step: proposal.step.clone(),
        digest: proposal.digest.clone(),
        people: proposal.people,
        seconds,
    };
    let key = format!("{}/{}", proposal.run, proposal.step);
    let run = reach
        .send(&Request::ask_approval(&key, &proposal.run, &ask))
        .await?;
    Ok(standing(&run, proposal))
}

fn standing(run: &Run, proposal: &Proposal) -> Approvals {
    let asked = run.approvals.iter().find(|asked| asked.step == proposal.step);
    let verdicts = asked.into_iter().flat_map(|asked| {
        asked.verdicts.iter().map(|said| Verdict {
            by: said.by.clone(),
            approves: said.approves,
            digest: asked.digest.clone(),
            at: said.at,
        })
    });
    Approvals {
        opened_at: asked.map_or(i64::MAX, |asked| asked.opened_at),
        verdicts: verdicts.collect(),
    }
}

/// Tells all that is owed, as far as somebody is there to be told.
///
/// # Errors
/// The store.
pub(super) async fn deliver(kept: &Kept, reach: &Reach) -> anyhow::Result<Delivered> {
    let (owed, engine) = (kept.owed(), kept.engine());
    let mut delivered = Delivered::default();
    for record in owed.all().await? {
        let now = kept.clock().now_micros();
        // Whoever is not there for one is not there for the next; what is refused is refused for that run alone.
        if [exit::UNREACHABLE, exit::AMBIGUOUS].contains(&delivered.code) {
            delivered.owed += acts(&engine, &record, now).await?;
            continue;
        }
        let told = tell(&engine, &owed, reach, &record, now).await?;
        delivered.told += told.told;
        delivered.owed += told.owed;
        if delivered.why.is_none() {
            (delivered.why, delivered.code) = (told.why, told.code);
        }
    }
    Ok(delivered)
}

/// How many acts of a run are owed.
async fn acts(engine: &Engine, record: &Record, now: i64) -> anyhow::Result<usize> {
    let end = outcome(engine, record, now).await?;
    Ok(usize::from(!record.begun) + usize::from(end.is_some()))
}

async fn tell(
    engine: &Engine,
    owed: &Owed,
    reach: &Reach,
    record: &Record,
    now: i64,
) -> anyhow::Result<Delivered> {
    let mut delivered = Delivered {
        owed: acts(engine, record, now).await?,
        ..Delivered::default()
    };
    let told = async {
        if !record.begun {
            tell_begin(owed, reach, record, now).await?;
            (delivered.told, delivered.owed) = (1, delivered.owed - 1);
        }
        if let Some(outcome) = outcome(engine, record, now).await? {
            let run = &record.begin.id;
            reach
                .send(&Request::end_run(&format!("{run}/end"), run, &EndRun { outcome }))
                .await?;
            owed.ended(run, now).await?;
            (delivered.told, delivered.owed) = (delivered.told + 1, delivered.owed - 1);
        }
        anyhow::Ok(())
    };
    if let Err(error) = told.await {
        (delivered.why, delivered.code) = (Some(format!("{error:#}")), ended::code(&error));
    }
    Ok(delivered)
}

async fn tell_begin(owed: &Owed, reach: &Reach, record: &Record, now: i64) -> anyhow::Result<()> {
    let begin = &record.begin;
    let told = reach.send(&Request::begin_run(&begin.id, begin)).await;
    told.map_err(|error| match &begin.offline {
        Some(offline) if ended::code(&error) == exit::REFUSED => {
            let text = format!("{error:#} ({} was begun offline by {})", begin.id, offline.by);
            stop(exit::REFUSED, text)
        }
        _ => error,
    })?;
    owed.begun(&begin.id, now).await
}

/// How a run ended, if it has.
async fn outcome(engine: &Engine, record: &Record, now: i64) -> anyhow::Result<Option<String>> {
    if record.ended {
        return Ok(None);
    }
    match engine.show(&record.begin.id).await {
        Ok(shown) => Ok(match shown.next {
            Next::End(outcome) => Some(outcome.as_str().replace(' ', "-")),
            _ => None,
        }),
        Err(RunError::Saga(SagaError::Store(StoreError::Unknown))) => {
            let late = now.saturating_sub(record.drawn_at) > LATE;
            Ok(late.then(|| "abandoned".to_owned()))
        }
        // One whose journal was changed is for people to look at, and no reason to leave the others untold.
        Err(RunError::Saga(SagaError::Corrupt { .. } | SagaError::OtherPlan { .. }) | RunError::Bind(_)) => {
            Ok(None)
        }
        Err(error) => Err(super::kept::refused(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::kept::StoreArgs;
    use super::*;

    fn drawn() -> BeginRun {
        BeginRun {
            id: "run_0199f0c1d2e3f405a6b7c8d9e0f10213".to_owned(),
            page: "close-intake".to_owned(),
            plan_sha256: "0a".repeat(32),
            bound_sha256: "0b".repeat(32),
            offline: None,
        }
    }

    #[tokio::test]
    async fn a_run_whose_id_was_drawn_and_which_never_began_is_told_of_as_abandoned() {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", folder.path().join("runbooks.db").display());
        let kept = StoreArgs { store }.make().await.unwrap();
        let (owed, engine) = (kept.owed(), kept.engine());
        owed.draw(&drawn(), 1_000).await.unwrap();
        let record = owed.of(&drawn().id).await.unwrap().unwrap();
        assert!(!record.begun && !record.ended);
        // Whoever drew it may be about to begin it.
        assert_eq!(outcome(&engine, &record, 1_000 + LATE).await.unwrap(), None);
        let late = outcome(&engine, &record, 1_001 + LATE).await.unwrap();
        assert_eq!(late.as_deref(), Some("abandoned"));
        assert_eq!(acts(&engine, &record, 1_001 + LATE).await.unwrap(), 2);

        owed.begun(&drawn().id, 5).await.unwrap();
        owed.ended(&drawn().id, 6).await.unwrap();
        assert_eq!(owed.all().await.unwrap().len(), 0);
        // What is on record is not forgotten.
        owed.forget(&drawn().id).await.unwrap();
        assert!(owed.of(&drawn().id).await.unwrap().unwrap().ended);
        kept.close().await;
    }
}

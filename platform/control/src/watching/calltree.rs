//! The monthly test of the call tree: begun by the calendar or by hand, closed once everybody answered or the time is
//! over. Both are acts; each has its leaf in the transaction that begins or closes, so that a death in between begins
//! none twice and loses none.

use std::sync::Arc;
use std::time::Duration;

use base::problem::Code;
use base::shutdown::Shutdown;
use client::watch::{CallTree, CallTrees, PlannedCallTree, TreeCall};
use db::{Job, Tx};
use evidence::{CONTROL, Leaf, leave};
use notify::calltree;
use notify::{Notifier, NotifyError};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use super::once::Asked;
use crate::drills::Call;
use crate::{App, Refusal};

/// Who begins and closes what nobody asked for.
const CALENDAR: &str = "calendar";
/// How often the calendar is looked at: nobody minds a test that begins or ends some seconds late.
const EVERY: Duration = Duration::from_secs(2);
/// Tests that are shown: those of a year.
const SHOWN: u32 = 12;
/// People who did not answer that a leaf names; all of them are counted.
const NAMED: usize = 100;

/// Begins and closes tests until shutdown.
pub async fn keep(app: Arc<App>, until: Shutdown) {
    let Ok(notifier) = super::notifier(&app).cloned() else {
        return;
    };
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = until.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = look(&app, &notifier).await {
            tracing::error!(%error, "the call tree's calendar could not be kept");
        }
    }
}

async fn look(app: &App, notifier: &Notifier) -> Result<(), NotifyError> {
    let (config, now) = (Arc::clone(notifier.config()), app.clock.now_micros());
    let read = app
        .db
        .read(move |tx| -> Job<'_, (bool, Vec<String>), NotifyError> {
            Box::pin(async move {
                let due = calltree::due(tx, &config, now).await?;
                Ok((due, calltree::running(tx).await?))
            })
        });
    let (due, running) = read.await?;
    for id in running {
        let closed = app.db.write(move |tx| -> Job<'_, (), NotifyError> {
            Box::pin(async move { close(tx, &id, now).await })
        });
        closed.await?;
    }
    if due {
        let notifier = notifier.clone();
        let begun = app.db.write(move |tx| -> Job<'_, (), NotifyError> {
            Box::pin(async move { open(tx, &notifier, now).await })
        });
        begun.await?;
    }
    Ok(())
}

async fn open(tx: &mut Tx, notifier: &Notifier, now: i64) -> Result<(), NotifyError> {
    let (config, ids) = (notifier.config(), notifier.ids());
    let Some(tree) = calltree::begin_if_due(tx, config, ids, CALENDAR, now).await? else {
        return Ok(());
    };
    let leaf = Leaf {
        origin: CONTROL,
        act: "calltree.begin",
        actor: CALENDAR,
        subject: &tree.id,
        at: tree.begun_at,
        body: begun(&tree),
    };
    Ok(leave(tx, leaf).await?)
}

async fn close(tx: &mut Tx, id: &str, now: i64) -> Result<(), NotifyError> {
    let Some(tree) = calltree::finish_if_over(tx, id, now).await? else {
        return Ok(());
    };
    let missing: Vec<&str> = tree.missing().collect();
    let body = json!({
        "answered": tree.calls.len() - missing.len(),
        "called": tree.calls.len(),
        "missing": missing.iter().take(NAMED).collect::<Vec<_>>(),
        "missing_count": missing.len(),
        "passed": missing.is_empty(),
    });
    let leaf = Leaf {
        origin: CONTROL,
        act: "calltree.end",
        actor: CALENDAR,
        subject: id,
        at: now,
        body,
    };
    Ok(leave(tx, leaf).await?)
}

fn begun(tree: &calltree::CallTree) -> Value {
    json!({ "called": tree.calls.len(), "ends_at": tree.ends_at, "escalation": tree.policy })
}

/// Begins a test now; answers whether it was begun before.
///
/// # Errors
/// `not-found` without a `call_tree` in the configuration; `illegal-transition` while one runs;
/// `idempotency-key-reused`; the database's refusal.
pub async fn begin(app: &App, call: Call) -> Result<(CallTree, bool), Refusal> {
    let notifier = super::notifier(app)?.clone();
    app.db
        .write(move |tx| Box::pin(async move { put(tx, &notifier, &call).await }))
        .await
}

async fn put(tx: &mut Tx, notifier: &Notifier, call: &Call) -> Result<(CallTree, bool), Refusal> {
    let once = Asked::new(call, "calltree.begin", "", &())?;
    if let Some(known) = once.known(tx).await? {
        return Ok((known, true));
    }
    let begun_by = &*call.principal.name;
    let (config, ids) = (notifier.config(), notifier.ids());
    let tree = calltree::begin_if_none_runs(tx, config, ids, begun_by, call.now).await?;
    let runs = || Refusal::with(Code::IllegalTransition, "a test of the call tree is under way");
    let tree = tree.ok_or_else(runs)?;
    let body = begun(&tree);
    let answer = shown(tree);
    once.done(tx, &answer.id, &answer, body).await?;
    Ok((answer, false))
}

/// The latest tests, and what the next one would be.
///
/// # Errors
/// The database's refusal.
pub async fn list(app: &App) -> Result<CallTrees, Refusal> {
    let planned = calltree::planned(super::notifier(app)?.config());
    let read = app
        .db
        .read(|tx| -> Job<'_, Vec<calltree::CallTree>, NotifyError> {
            Box::pin(calltree::latest(tx, SHOWN))
        });
    let trees = read.await?;
    Ok(CallTrees {
        call_trees: trees.into_iter().map(shown).collect(),
        planned: planned.map(|(escalation, people, within)| PlannedCallTree {
            escalation,
            people,
            seconds: (within / 1_000_000).unsigned_abs(),
        }),
    })
}

fn shown(tree: calltree::CallTree) -> CallTree {
    let state = match (tree.finished_at, tree.passed()) {
        (None, _) => "running",
        (Some(_), true) => "passed",
        (Some(_), false) => "failed",
    };
    let call = |call: calltree::Call| TreeCall {
        person: call.person,
        answered_at: call.answered_at,
        way: call.way,
    };
    CallTree {
        state: state.to_owned(),
        id: tree.id,
        escalation: tree.policy,
        begun_at: tree.begun_at,
        begun_by: tree.begun_by,
        ends_at: tree.ends_at,
        finished_at: tree.finished_at,
        calls: tree.calls.into_iter().map(call).collect(),
    }
}

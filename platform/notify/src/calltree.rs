//! The monthly test of a call tree: everybody is paged for real and answers; what became of it is evidence.
//!
//! The verbs work in the caller's transaction, so that the caller can leave its evidence with them: [`begin_if_due`] when
//! the calendar says so, [`begin`] when somebody asks, [`finish_if_over`] when everybody answered or the time is over.

use base::ids::Ids;
use db::{Tx, V};
use jiff::Timestamp;
use jiff::civil::date;
use serde::Serialize;

use crate::ack::{Acked, Way};
use crate::config::Config;
use crate::context::Context;
use crate::error::NotifyError;
use crate::escalate;
use crate::outbox;
use crate::page::{Kind, Page};
use crate::rota;
use crate::schema;
use crate::silence::who;
use crate::witness::Watched;

/// A test and who answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallTree {
    /// Its id.
    pub id: String,
    /// The escalation whose people were called.
    pub policy: String,
    /// When it began, in microseconds since 1970.
    pub begun_at: i64,
    /// Who began it.
    pub begun_by: String,
    /// Until when people have to answer.
    pub ends_at: i64,
    /// When it was closed.
    pub finished_at: Option<i64>,
    /// Who was called.
    pub calls: Vec<Call>,
}

/// Somebody who was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// Who.
    pub person: String,
    /// When they answered.
    pub answered_at: Option<i64>,
    /// How.
    pub way: Option<String>,
}

impl CallTree {
    /// Who has not answered in time, or not yet.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        let late = |call: &&Call| call.answered_at.is_none_or(|at| at > self.ends_at);
        self.calls.iter().filter(late).map(|call| call.person.as_str())
    }

    /// Whether everybody has been reached in time.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.missing().next().is_none()
    }
}

/// How late in the day a test may still begin: one that was missed is held on a later day, and nobody is called at night
/// for a test because a process was started then.
const LATE: i64 = 240;

/// Whether this month's test has come and was not begun.
///
/// # Errors
/// The store's.
pub async fn due(tx: &mut Tx, config: &Config, now: i64) -> Result<bool, NotifyError> {
    let Some(asked) = &config.call_tree else {
        return Ok(false);
    };
    let today = base::clock::china(Timestamp::from_microsecond(now).unwrap_or_default());
    let day = date(today.year(), today.month(), asked.day);
    let (hour, minute) = (i8::try_from(asked.minute / 60), i8::try_from(asked.minute % 60));
    let at = day.at(hour.unwrap_or_default(), minute.unwrap_or_default(), 0, 0);
    let Ok(at) = at.to_zoned(today.time_zone().clone()) else {
        return Ok(false);
    };
    let at = at.timestamp().as_microsecond();
    let time_of_day = i64::from(today.hour()) * 60 + i64::from(today.minute());
    let late = time_of_day - i64::from(asked.minute);
    if now < at || !(0..LATE).contains(&late) {
        return Ok(false);
    }
    let first = date(today.year(), today.month(), 1).at(0, 0, 0, 0);
    let since = first
        .to_zoned(today.time_zone().clone())
        .map_or(at, |first| first.timestamp().as_microsecond());
    let sql = "SELECT id FROM notify_trees WHERE begun_at >= $1 LIMIT 1";
    Ok(tx.one(sql, &[since.into()]).await?.is_none())
}

/// Begins this month's test if it is due and none runs, in the caller's transaction; whoever comes second begins none.
///
/// # Errors
/// The store's.
pub async fn begin_if_due(
    tx: &mut Tx,
    config: &std::sync::Arc<Config>,
    ids: &Ids,
    by: &str,
    now: i64,
) -> Result<Option<CallTree>, NotifyError> {
    schema::lock(tx).await?;
    if !due(tx, config, now).await? || !running(tx).await?.is_empty() {
        return Ok(None);
    }
    begin(tx, config, ids, by, now).await.map(Some)
}

/// Begins a test now unless one runs, in the caller's transaction.
///
/// # Errors
/// As [`begin`].
pub async fn begin_if_none_runs(
    tx: &mut Tx,
    config: &std::sync::Arc<Config>,
    ids: &Ids,
    by: &str,
    now: i64,
) -> Result<Option<CallTree>, NotifyError> {
    schema::lock(tx).await?;
    match running(tx).await?.is_empty() {
        true => begin(tx, config, ids, by, now).await.map(Some),
        false => Ok(None),
    }
}

/// Notes since when a test is asked for each month, as long as none was held.
///
/// # Errors
/// The store's.
pub(crate) async fn asked(tx: &mut Tx, config: &Config, now: i64) -> Result<(), NotifyError> {
    if config.call_tree.is_some() && schema::state(tx, SINCE).await?.is_none() {
        schema::set_state(tx, SINCE, &now.to_string()).await?;
    }
    Ok(())
}

/// Since when a test is asked for each month.
///
/// # Errors
/// The store's.
pub(crate) async fn asked_since(tx: &mut Tx) -> Result<Option<i64>, NotifyError> {
    let text = schema::state(tx, SINCE).await?;
    Ok(text.and_then(|text| text.parse().ok()))
}

const SINCE: &str = "call_tree_since";

/// What a test would be: of which escalation, who would be called, and how long they have, in microseconds.
#[must_use]
pub fn planned(config: &Config) -> Option<(String, Vec<String>, i64)> {
    let asked = config.call_tree.as_ref()?;
    let policy = config.escalations.get(&asked.escalation)?;
    Some((asked.escalation.clone(), people(config, policy), asked.within.0))
}

/// Calls everybody of an escalation, in the caller's transaction.
///
/// # Errors
/// [`NotifyError::Unknown`] without a `call_tree` in the configuration.
pub async fn begin(
    tx: &mut Tx,
    config: &std::sync::Arc<Config>,
    ids: &Ids,
    by: &str,
    now: i64,
) -> Result<CallTree, NotifyError> {
    who("by", by)?;
    let context = Context {
        config: std::sync::Arc::clone(config),
        ids: ids.clone(),
        watched: Watched::default(),
    };
    let asked = config
        .call_tree
        .as_ref()
        .ok_or(NotifyError::Unknown("call_tree in the configuration"))?;
    let policy = config
        .escalations
        .get(&asked.escalation)
        .ok_or(NotifyError::Unknown("escalation"))?;
    schema::lock(tx).await?;
    let (id, ends_at) = (context.id(), now.saturating_add(asked.within.0));
    let sql =
        "INSERT INTO notify_trees (id, policy, begun_at, begun_by, ends_at) VALUES ($1, $2, $3, $4, $5)";
    let values: [V<'_>; 5] = [
        (&id).into(),
        (&asked.escalation).into(),
        now.into(),
        by.into(),
        ends_at.into(),
    ];
    tx.exec(sql, &values).await?;
    for person in people(config, policy) {
        let code = escalate::fresh_code(tx, &context).await?;
        let sql = "INSERT INTO notify_tree_calls (tree, person, token) VALUES ($1, $2, $3)";
        tx.exec(sql, &[(&id).into(), (&person).into(), (&code).into()])
            .await?;
        let mut page = Page::new(Kind::CallTree, format!("person:{person}"), now);
        page.code = Some(code);
        outbox::to_person(tx, &context, &person, &page, now).await?;
    }
    read(tx, &id).await
}

/// Everybody whom an escalation may ever page, once each.
fn people(config: &Config, policy: &rota::Escalation) -> Vec<String> {
    let mut people: Vec<String> = Vec::new();
    for person in policy.steps.iter().flat_map(|step| everybody(config, step)) {
        if !people.contains(&person) {
            people.push(person);
        }
    }
    people
}

/// Everybody whom a step may ever page.
fn everybody(config: &Config, step: &rota::Step) -> Vec<String> {
    let of = |target: &rota::Target| match target {
        rota::Target::Person(id) => vec![id.clone()],
        rota::Target::Rota(name) => config
            .rotas
            .get(name)
            .map(|rota| rota.people.clone())
            .unwrap_or_default(),
    };
    step.targets.iter().flat_map(of).collect()
}

/// Somebody answers.
///
/// # Errors
/// [`NotifyError::Unknown`] for a code of no test that runs.
pub(crate) async fn answer(tx: &mut Tx, code: &str, way: Way, now: i64) -> Result<Acked, NotifyError> {
    let sql = "SELECT c.tree, c.person FROM notify_tree_calls c JOIN notify_trees t ON t.id = c.tree \
               WHERE c.token = $1 AND t.finished_at IS NULL AND t.ends_at >= $2";
    let row = tx
        .one(sql, &[code.into(), now.into()])
        .await?
        .ok_or(NotifyError::Unknown("code"))?;
    let sql =
        "UPDATE notify_tree_calls SET answered_at = $1, way = $2 WHERE token = $3 AND answered_at IS NULL";
    let first = tx
        .exec(sql, &[now.into(), way.as_str().into(), code.into()])
        .await?;
    Ok(Acked::CallTree {
        test: row.text(0)?.to_owned(),
        person: row.text(1)?.to_owned(),
        fresh: first == 1,
    })
}

/// Closes a test, in the caller's transaction, and gives what became of it. Again changes nothing.
///
/// # Errors
/// [`NotifyError::Unknown`] if there is none; [`NotifyError::Invalid`] while somebody may still answer.
pub async fn finish(tx: &mut Tx, id: &str, now: i64) -> Result<CallTree, NotifyError> {
    let tree = read(tx, id).await?;
    if now < tree.ends_at && tree.calls.iter().any(|call| call.answered_at.is_none()) {
        return Err(NotifyError::invalid(
            "id",
            "wait until everybody has answered or the time is over",
        ));
    }
    let sql = "UPDATE notify_trees SET finished_at = $1 WHERE id = $2 AND finished_at IS NULL";
    tx.exec(sql, &[now.into(), id.into()]).await?;
    read(tx, id).await
}

/// Closes a test that everybody has answered or whose time is over, in the caller's transaction; gives what became of
/// it to the one who closed it, and to nobody else.
///
/// # Errors
/// [`NotifyError::Unknown`] if there is none.
pub async fn finish_if_over(tx: &mut Tx, id: &str, now: i64) -> Result<Option<CallTree>, NotifyError> {
    schema::lock(tx).await?;
    let tree = read(tx, id).await?;
    let waits = now < tree.ends_at && tree.calls.iter().any(|call| call.answered_at.is_none());
    if waits || tree.finished_at.is_some() {
        return Ok(None);
    }
    finish(tx, id, now).await.map(Some)
}

/// The latest tests, the last one first.
///
/// # Errors
/// The store's.
pub async fn latest(tx: &mut Tx, most: u32) -> Result<Vec<CallTree>, NotifyError> {
    let sql = "SELECT id FROM notify_trees ORDER BY begun_at DESC, id DESC LIMIT $1";
    let rows = tx.many(sql, &[i64::from(most).into()]).await?;
    let mut trees = Vec::new();
    for row in &rows {
        trees.push(read(tx, row.text(0)?).await?);
    }
    Ok(trees)
}

/// The last test that was closed.
///
/// # Errors
/// The store's.
pub(crate) async fn last_held(tx: &mut Tx) -> Result<Option<CallTree>, NotifyError> {
    let sql = "SELECT id FROM notify_trees WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT 1";
    match tx.one(sql, &[]).await? {
        Some(row) => read(tx, row.text(0)?).await.map(Some),
        None => Ok(None),
    }
}

/// Tests that are not closed.
///
/// # Errors
/// The store's.
pub async fn running(tx: &mut Tx) -> Result<Vec<String>, NotifyError> {
    let sql = "SELECT id FROM notify_trees WHERE finished_at IS NULL ORDER BY begun_at LIMIT 100";
    let rows = tx.many(sql, &[]).await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

/// Reads a test.
///
/// # Errors
/// [`NotifyError::Unknown`] if there is none.
pub async fn read(tx: &mut Tx, id: &str) -> Result<CallTree, NotifyError> {
    let sql = "SELECT policy, begun_at, begun_by, ends_at, finished_at FROM notify_trees WHERE id = $1";
    let row = tx
        .one(sql, &[id.into()])
        .await?
        .ok_or(NotifyError::Unknown("call tree test"))?;
    let sql =
        "SELECT person, answered_at, way FROM notify_tree_calls WHERE tree = $1 ORDER BY person LIMIT 10000";
    let calls = tx.many(sql, &[id.into()]).await?;
    let call = |row: &db::Row| -> Result<Call, NotifyError> {
        Ok(Call {
            person: row.text(0)?.to_owned(),
            answered_at: row.opt_int(1)?,
            way: row.opt_text(2)?.map(str::to_owned),
        })
    };
    Ok(CallTree {
        id: id.to_owned(),
        policy: row.text(0)?.to_owned(),
        begun_at: row.int(1)?,
        begun_by: row.text(2)?.to_owned(),
        ends_at: row.int(3)?,
        finished_at: row.opt_int(4)?,
        calls: calls.iter().map(call).collect::<Result<_, _>>()?,
    })
}

//! Steps of escalations that are due: whoever is next is paged.

use std::collections::BTreeSet;

use db::{Tx, V};

use crate::context::Context;
use crate::error::NotifyError;
use crate::escalate::{self, COLUMNS, Open};
use crate::flush;
use crate::micros::MINUTE;
use crate::notice::Alert;
use crate::outbox;
use crate::page::Kind;
use crate::rota;
use crate::rows::{self, json};
use crate::view::View;

/// Escalations that take a step in one transaction; each is some ten statements.
pub(crate) const MOST: usize = 16;

/// Takes the steps that are due, and gives how many.
///
/// # Errors
/// The store's.
pub(crate) async fn run(tx: &mut Tx, context: &Context, view: &View, now: i64) -> Result<usize, NotifyError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM notify_escalations WHERE next_at <= $1 ORDER BY next_at, grp LIMIT $2"
    );
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let due = tx.many(&sql, &[now.into(), most.into()]).await?;
    for row in &due {
        let open = escalate::read(row)?;
        step(tx, context, view, open, now).await?;
    }
    Ok(due.len())
}

async fn step(
    tx: &mut Tx,
    context: &Context,
    view: &View,
    mut open: Open,
    now: i64,
) -> Result<(), NotifyError> {
    let Some(group) = rows::one_group(tx, &open.group).await? else {
        tx.exec(
            "DELETE FROM notify_escalations WHERE grp = $1",
            &[(&open.group).into()],
        )
        .await?;
        return Ok(());
    };
    let Some(policy) = context.config.escalations.get(&open.policy) else {
        // Gone from the configuration; the group's next look opens what its route says today.
        tx.exec(
            "DELETE FROM notify_escalations WHERE grp = $1",
            &[(&open.group).into()],
        )
        .await?;
        return Ok(());
    };
    let mut members = view.members(rows::members(tx, &group.id).await?);
    members.retain(|member| member.alert.fires(now));
    let firing: BTreeSet<String> = members.iter().map(|member| member.alert.mark()).collect();
    let shown: Vec<Alert> = members
        .into_iter()
        .filter(|member| !member.hidden)
        .map(|member| member.alert)
        .collect();
    if shown.is_empty() {
        // Silenced, inhibited or over: nobody is paged, and the group's next look says which.
        let sql = "UPDATE notify_escalations SET next_at = $1 WHERE grp = $2";
        tx.exec(sql, &[now.saturating_add(MINUTE).into(), (&open.group).into()])
            .await?;
        return Ok(());
    }
    if open.acked_by.is_some() {
        // The answer's time is over, and it still fires.
        let covers = open.covers.clone();
        escalate::begin_anew(tx, context, &open, &covers, now).await?;
        match escalate::of(tx, &open.group).await? {
            Some(anew) => open = anew,
            None => return Ok(()),
        }
    }
    let at = open.step.min(policy.steps.len().saturating_sub(1));
    let people = policy
        .steps
        .get(at)
        .map(|step| rota::people(&context.config, step, now))
        .unwrap_or_default();
    for person in people {
        let receiver = format!("person:{person}");
        let mut page = flush::compose(
            context,
            view,
            &group,
            (Kind::Escalation, &receiver),
            &shown,
            &[],
            now,
        );
        page.code = Some(open.code.clone());
        page.step = u32::try_from(at + 1).ok();
        outbox::to_person(tx, context, &person, &page, now).await?;
        open.told.insert(person);
    }
    // The page lists what has joined the group by now, so an answer to it is for that, too. What is over is left out,
    // or what fires again and again would fill the row.
    open.covers.retain(|mark| firing.contains(mark));
    open.covers.extend(shown.iter().map(Alert::mark));
    let (next, after, again) = policy.next(at);
    let (told, covers) = (json(&open.told)?, json(&open.covers)?);
    let sql = "UPDATE notify_escalations SET step = $1, round = $2, next_at = $3, told = $4, covers = $5 \
               WHERE grp = $6";
    let values: [V<'_>; 6] = [
        i64::try_from(next).unwrap_or_default().into(),
        (open.round + i64::from(again)).into(),
        now.saturating_add(after).into(),
        (&told).into(),
        (&covers).into(),
        (&open.group).into(),
    ];
    tx.exec(sql, &values).await?;
    Ok(())
}

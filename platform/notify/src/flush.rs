//! A pass over the groups and escalations that are due: decisions become pages, in one transaction.

use std::collections::BTreeSet;

use db::{Tx, V};

use crate::context::Context;
use crate::decide::{Policy, decide};
use crate::error::NotifyError;
use crate::escalate;
use crate::handover;
use crate::micros::SECOND;
use crate::notice::{self, Alert};
use crate::outbox::{self, Entry};
use crate::page::{Kind, Page};
use crate::route::Route;
use crate::rows::{self, Group, json};
use crate::schema;
use crate::steps;
use crate::take;
use crate::view::View;

/// Groups in one transaction: each is some statements, and SQLite's writer gives a job a second.
const GROUPS: i64 = 32;
/// Names of dependents in a page.
const DEPENDENTS: usize = 20;

/// What a pass did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Passed {
    /// Groups that were looked at.
    pub(crate) groups: usize,
    /// Escalations that took a step.
    pub(crate) steps: usize,
    /// More may be due.
    pub(crate) more: bool,
}

/// Looks whether a pass would do anything, without writing.
///
/// # Errors
/// The store's.
pub(crate) async fn is_due(tx: &mut Tx, context: &Context, now: i64) -> Result<bool, NotifyError> {
    let sql = "SELECT (SELECT COUNT(*) FROM notify_groups WHERE next_at <= $1) + \
               (SELECT COUNT(*) FROM notify_escalations WHERE next_at <= $1)";
    if rows::number(tx, sql, &[now.into()]).await? > 0 {
        return Ok(true);
    }
    handover::is_due(tx, &context.config, now).await
}

/// Does what is due.
///
/// # Errors
/// The store's; then nothing was done.
pub(crate) async fn pass(tx: &mut Tx, context: &Context, now: i64) -> Result<Passed, NotifyError> {
    schema::lock(tx).await?;
    let groups = rows::due_groups(tx, now, GROUPS).await?;
    let mut passed = Passed {
        groups: groups.len(),
        more: groups.len() == usize::try_from(GROUPS).unwrap_or_default(),
        steps: 0,
    };
    let view = View::load(tx, &context.config, now).await?;
    for group in groups {
        match context.config.route.find(&group.route, &group.receiver) {
            Some(route) => flush(tx, context, &view, route, &group, now).await?,
            None => abandon(tx, context, &group, now).await?,
        }
    }
    passed.steps = steps::run(tx, context, &view, now).await?;
    passed.more |= passed.steps == steps::MOST;
    handover::pass(tx, context, now).await?;
    Ok(passed)
}

async fn flush(
    tx: &mut Tx,
    context: &Context,
    view: &View,
    route: &Route,
    group: &Group,
    now: i64,
) -> Result<(), NotifyError> {
    let config = &context.config;
    let muted = route
        .mute
        .iter()
        .filter_map(|name| config.mutes.get(name))
        .any(|mute| mute.holds(now));
    let receiver = config.receivers.get(&group.receiver);
    let policy = Policy {
        timing: route.timing,
        send_resolved: receiver.is_some_and(|receiver| receiver.send_resolved),
        muted,
    };
    let members = view.members(rows::members(tx, &group.id).await?);
    let decision = decide(&group.told, &members, policy, group.next_at, now);
    if decision.why.is_some() {
        let page = compose(
            context,
            view,
            group,
            (Kind::Group, &group.receiver),
            &decision.firing,
            &decision.resolved,
            now,
        );
        let page = with_counts(page, &members, view, now);
        let marks: BTreeSet<String> = decision
            .firing
            .iter()
            .chain(&decision.resolved)
            .map(Alert::mark)
            .collect();
        for channel in receiver
            .map(|receiver| receiver.channels.as_slice())
            .unwrap_or_default()
        {
            let entry = Entry {
                channel,
                person: "",
                page: &page,
                marks: &marks,
            };
            outbox::put(tx, context, &entry, now).await?;
        }
    }
    let fires = members.iter().any(|member| member.alert.fires(now));
    let shown: BTreeSet<String> = members
        .iter()
        .filter(|m| m.alert.fires(now) && !m.hidden)
        .map(|m| m.alert.mark())
        .collect();
    if !muted {
        let over: Vec<Alert> = decision.resolved.clone();
        escalate::observe(
            tx,
            context,
            group,
            route.escalation.as_deref(),
            (&shown, fires),
            &over,
            now,
        )
        .await?;
    }
    for fingerprint in &decision.leave {
        let sql = "DELETE FROM notify_members WHERE grp = $1 AND fingerprint = $2";
        tx.exec(sql, &[(&group.id).into(), fingerprint.into()]).await?;
    }
    if members.len() == decision.leave.len() {
        tx.exec("DELETE FROM notify_groups WHERE id = $1", &[(&group.id).into()])
            .await?;
        return Ok(());
    }
    let firing = json(&decision.told.firing)?;
    let sql = "UPDATE notify_groups SET next_at = $1, flushed = 1, told_at = $2, firing = $3 WHERE id = $4";
    let values: [V<'_>; 4] = [
        decision.next_at.into(),
        decision.told.at.into(),
        (&firing).into(),
        (&group.id).into(),
    ];
    tx.exec(sql, &values).await?;
    Ok(())
}

/// A group whose route is gone from the configuration: its alerts join the groups that the routes of today make.
async fn abandon(tx: &mut Tx, context: &Context, group: &Group, now: i64) -> Result<(), NotifyError> {
    for alert in rows::members(tx, &group.id).await? {
        if alert.fires(now) {
            take::join(tx, context, &alert, now).await?;
        }
    }
    escalate::observe(tx, context, group, None, (&BTreeSet::new(), false), &[], now).await?;
    tx.exec("DELETE FROM notify_members WHERE grp = $1", &[(&group.id).into()])
        .await?;
    tx.exec("DELETE FROM notify_groups WHERE id = $1", &[(&group.id).into()])
        .await?;
    Ok(())
}

/// A page about a group.
pub(crate) fn compose(
    context: &Context,
    view: &View,
    group: &Group,
    (kind, receiver): (Kind, &str),
    firing: &[Alert],
    resolved: &[Alert],
    now: i64,
) -> Page {
    let mut page = Page::new(kind, receiver, now);
    page.group.clone_from(&group.id);
    page.group_key.clone_from(&group.key);
    page.group_labels.clone_from(&group.labels);
    page.ticket.clone_from(&group.ticket);
    page.external_url.clone_from(&context.config.external_url);
    page.alerts = firing.iter().chain(resolved).cloned().collect();
    // What fires shows no end, though it would end by itself some day.
    for alert in page.alerts.iter_mut().filter(|alert| alert.fires(now)) {
        alert.ends_at = None;
    }
    page.alerts.sort_by(notice::order);
    page.truncated = page
        .alerts
        .len()
        .saturating_sub(context.config.limits.alerts_per_page);
    page.alerts.truncate(context.config.limits.alerts_per_page);
    let dependents = view.dependents(firing);
    page.dependents_total = dependents.len();
    page.dependents = dependents
        .into_iter()
        .take(DEPENDENTS)
        .map(str::to_owned)
        .collect();
    page
}

fn with_counts(mut page: Page, members: &[crate::decide::Member], view: &View, now: i64) -> Page {
    let silenced = members.iter().filter(|member| {
        member.alert.fires(now)
            && view
                .hidden(&member.alert.fingerprint)
                .is_some_and(|hidden| hidden.silence.is_some())
    });
    page.silenced = silenced.count();
    page
}

/// How long whoever waits for the next pass may sleep: until something is due, at most a second, so that what other
/// processes write is seen.
pub(crate) const PAUSE: i64 = SECOND;

//! Takes alerts in: what is taken is on disk, with the groups that will tell of it.

use db::{Tx, V};

use crate::context::Context;
use crate::error::NotifyError;
use crate::notice::{Alert, Notice};
use crate::rows::{self, json};
use crate::schema;

/// What became of alerts that were handed in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// How many are kept.
    pub kept: usize,
    /// How many said that something ended which nobody knows of.
    pub unknown: usize,
    /// In how many something that looked like customer data was masked.
    pub masked: usize,
    /// Which are refused, by their place in the list, and why.
    pub refused: Vec<(usize, NotifyError)>,
}

impl Taken {
    /// Adds what became of a later part of the list.
    pub(crate) fn add(&mut self, later: Self, offset: usize) {
        self.kept += later.kept;
        self.unknown += later.unknown;
        self.masked += later.masked;
        self.refused
            .extend(later.refused.into_iter().map(|(i, why)| (i + offset, why)));
    }
}

/// Takes a list in, in one transaction. One that is refused does not keep the others out.
///
/// # Errors
/// The store's.
pub(crate) async fn take(
    tx: &mut Tx,
    context: &Context,
    notices: &[Notice],
    now: i64,
) -> Result<Taken, NotifyError> {
    schema::lock(tx).await?;
    let mut firing = rows::how_many_fire(tx, now).await?;
    let mut taken = Taken::default();
    for (place, notice) in notices.iter().enumerate() {
        let (mut alert, masked) = match notice.checked() {
            Ok(checked) => checked,
            Err(why) => {
                taken.refused.push((place, why));
                continue;
            }
        };
        let known = rows::one_alert(tx, &alert.fingerprint).await?;
        if known.is_none() && !alert.fires(now) {
            taken.unknown += 1;
            continue;
        }
        let fired = known.as_ref().is_some_and(|known| known.fires(now));
        if alert.fires(now) && !fired {
            let bound = context.config.limits.alerts;
            if firing >= bound {
                let what = "alerts that fire";
                taken.refused.push((place, NotifyError::Full { what, bound }));
                continue;
            }
            firing += 1;
        } else if fired && !alert.fires(now) {
            firing = firing.saturating_sub(1);
        }
        if let Some(known) = known {
            merge(&mut alert, &known, now);
        }
        rows::put_alert(tx, &alert, now).await?;
        if alert.fires(now) {
            join(tx, context, &alert, now).await?;
        }
        taken.kept += 1;
        taken.masked += usize::from(masked);
    }
    Ok(taken)
}

/// The same firing goes on: it keeps the beginning that was told.
fn merge(alert: &mut Alert, known: &Alert, now: i64) {
    let overlaps = known.ends_at.is_none_or(|ended| ended >= alert.starts_at);
    if alert.fires(now) && known.fires(now) || !alert.fires(now) && overlaps {
        alert.starts_at = known.starts_at;
    }
    // What was over stays over at the time that was told first.
    if !alert.fires(now) && !known.fires(now) && overlaps {
        alert.ends_at = known.ends_at;
    }
}

/// Puts an alert into its groups, and makes those that are missing.
///
/// # Errors
/// The store's.
pub(crate) async fn join(tx: &mut Tx, context: &Context, alert: &Alert, now: i64) -> Result<(), NotifyError> {
    for route in context.config.route.taking(&alert.labels) {
        let name = route.group(&alert.labels);
        let labels = json(&name.labels)?;
        // What fires for longer than its group would wait is not made to wait.
        let due = alert.starts_at.saturating_add(route.timing.group_wait.0);
        let next_at = if due <= now {
            now
        } else {
            now.saturating_add(route.timing.group_wait.0)
        };
        let sql = "INSERT INTO notify_groups \
                   (id, key, route, receiver, labels, created_at, next_at, flushed, firing) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '[]') ON CONFLICT (id) DO NOTHING";
        let values: [V<'_>; 7] = [
            (&name.id).into(),
            (&name.key).into(),
            (&route.key).into(),
            (&route.receiver).into(),
            (&labels).into(),
            now.into(),
            next_at.into(),
        ];
        tx.exec(sql, &values).await?;
        let sql = "INSERT INTO notify_members (grp, fingerprint) VALUES ($1, $2) \
                   ON CONFLICT (grp, fingerprint) DO NOTHING";
        tx.exec(sql, &[(&name.id).into(), (&alert.fingerprint).into()])
            .await?;
        if due <= now {
            let sql = "UPDATE notify_groups SET next_at = $1 WHERE id = $2 AND flushed = 0 AND next_at > $1";
            tx.exec(sql, &[now.into(), (&name.id).into()]).await?;
        }
    }
    Ok(())
}

/// After a change of the routes: every alert that fires is in the groups that the routes of today make, and in no
/// other.
///
/// # Errors
/// The store's.
pub(crate) async fn reroute(tx: &mut Tx, context: &Context, now: i64) -> Result<(), NotifyError> {
    schema::lock(tx).await?;
    for alert in rows::firing(tx, now).await? {
        let taking = context.config.route.taking(&alert.labels);
        let names: Vec<String> = taking.iter().map(|route| route.group(&alert.labels).id).collect();
        let sql = "SELECT grp FROM notify_members WHERE fingerprint = $1 LIMIT 1000";
        let held = tx.many(sql, &[(&alert.fingerprint).into()]).await?;
        for row in &held {
            let held = row.text(0)?;
            if !names.iter().any(|name| name == held) {
                let sql = "DELETE FROM notify_members WHERE grp = $1 AND fingerprint = $2";
                tx.exec(sql, &[held.into(), (&alert.fingerprint).into()]).await?;
            }
        }
        join(tx, context, &alert, now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::tests::notice;

    fn alert(starts_at: i64, ends_at: Option<i64>) -> Alert {
        let mut asked = notice(&[("alertname", "A")], starts_at);
        asked.ends_at = ends_at;
        asked.checked().unwrap().0
    }

    fn merged(new: Alert, known: &Alert, now: i64) -> (i64, Option<i64>) {
        let mut new = new;
        merge(&mut new, known, now);
        (new.starts_at, new.ends_at)
    }

    #[test]
    fn one_firing_keeps_its_beginning_and_a_new_one_has_its_own() {
        assert_eq!(
            merged(alert(50, None), &alert(10, None), 60),
            (10, None),
            "a restart of the sender"
        );
        assert_eq!(
            merged(alert(50, Some(55)), &alert(10, None), 60),
            (10, Some(55)),
            "its end"
        );
        assert_eq!(
            merged(alert(50, None), &alert(10, Some(20)), 60),
            (50, None),
            "it fires anew"
        );
        assert_eq!(
            merged(alert(10, Some(30)), &alert(10, Some(20)), 60),
            (10, Some(20)),
            "told twice"
        );
    }
}

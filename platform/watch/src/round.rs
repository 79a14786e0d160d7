//! One look at the groups that are due, and what comes of it.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use base::shutdown::Shutdown;
use notify::Notice;
use rules::{Alert, Engine, State};
use tokio::time::{MissedTickBehavior, interval};

use crate::kept;
use crate::series::Written;
use crate::told::{notice, orphaned};
use crate::watch::Watch;

/// How often the clock is looked at: a tenth of the shortest interval that makes sense.
const LOOK: Duration = Duration::from_millis(100);
/// All that fires is handed over once more: what the notifier's store lost it gets again. Microseconds.
const AGAIN: i64 = 60_000_000;
/// What the rules know is written although nothing changed, so that a restart knows how long nobody looked, and
/// that a store which takes nothing shows. Microseconds.
const SAVE: i64 = 10_000_000;
/// Ends that wait for a notifier that takes nothing; more than this are those of another emergency.
const MOST_OVER: usize = 10_000;
/// Between two tries to hand over or save the same. Microseconds.
const RETRY: i64 = 1_000_000;

/// What goes from round to round.
#[derive(Debug, Default)]
struct Course {
    /// When each group is due, in milliseconds since 1970.
    due: Vec<i64>,
    /// Everything that fires has to be handed over.
    owed: bool,
    handed_at: i64,
    saved_at: i64,
    tried_at: i64,
    /// Alerts whose rule is gone.
    orphans: Vec<Alert>,
    /// Alerts that are over, of which the notifier does not know yet: the rules forget them after a while.
    over: Vec<Alert>,
}

/// The rounds of a watcher, one after the other.
pub struct Rounds {
    watch: Watch,
    course: Course,
}

impl Rounds {
    pub(crate) fn new(watch: Watch, orphans: Vec<Alert>) -> Self {
        let course = Course {
            owed: true,
            orphans,
            ..Course::default()
        };
        Self { watch, course }
    }

    /// One look at what is due by the watcher's clock: evaluates, saves, tells the notifier.
    pub async fn round(&mut self) {
        round(&self.watch, &mut self.course).await;
    }

    /// Looks until shutdown.
    pub(crate) async fn run(mut self, until: Shutdown) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = until.cancelled() => return,
                _ = ticks.tick() => {}
            }
            self.round().await;
        }
    }
}

async fn round(watch: &Watch, course: &mut Course) {
    let now = watch.clock().now_micros();
    let at = now / 1_000;
    let (changed, evaluated) = evaluate(watch, course, at);
    if evaluated {
        watch.beat().rounds.fetch_add(1, Relaxed);
        watch.beat().evaluated_at.store(now, Relaxed);
    }
    watch.beat().looked_at.store(now, Relaxed);
    course.owed |= apart(now, course.handed_at, AGAIN);
    let old = course.owed || apart(now, course.saved_at, SAVE);
    // What changed goes at once; what a store or a notifier did not take is not tried with every look.
    if changed.is_empty() && !(old && apart(now, course.tried_at, RETRY)) {
        return;
    }
    course.tried_at = now;
    // First to disk, then to people: after a death in between it is told once more, under the same key.
    let snapshot = watch.engine().snapshot();
    match kept::save(watch.db(), &snapshot, now).await {
        Ok(()) => {
            course.saved_at = now;
            watch.beat().saved_at.store(now, Relaxed);
        }
        Err(error) => {
            tracing::error!(%error, "what the rules know could not be saved");
            watch.beat().refused.fetch_add(1, Relaxed);
            // Told all the same: a page that comes twice is better than one that never comes.
        }
    }
    hand_over(watch, course, &changed, now).await;
}

/// Evaluates what is due; answers what changed, and whether anything was due.
fn evaluate(watch: &Watch, course: &mut Course, at: i64) -> (Vec<Alert>, bool) {
    let mut engine = watch.engine();
    let schedules: Vec<(String, i64)> = engine
        .groups()
        .map(|group| (group.name.to_string(), group.interval))
        .collect();
    course.due.resize(schedules.len(), at);
    let mut changed = Vec::new();
    let mut evaluated = false;
    for (group, (name, interval)) in schedules.iter().enumerate() {
        let Some(due) = course.due.get_mut(group) else {
            continue;
        };
        // A clock that was set back must not keep a group waiting for longer than its interval.
        if at < *due && *due - at <= *interval {
            continue;
        }
        *due = next(*due, at, *interval);
        evaluated = true;
        changed.extend(one(watch, &mut engine, group, name, *interval, at));
    }
    let failing = engine.health().filter(|health| health.failing.is_some()).count();
    watch.beat().failing.store(failing as u64, Relaxed);
    (changed, evaluated)
}

fn one(watch: &Watch, engine: &mut Engine, group: usize, name: &str, interval: i64, at: i64) -> Vec<Alert> {
    let mut store = Written {
        store: watch.store(),
        every: u32::try_from(interval).unwrap_or(u32::MAX),
    };
    let outcome = engine.evaluate(group, at, &mut store);
    for failure in outcome.failures.iter().chain(&outcome.warnings) {
        tracing::warn!(group = name, rule = %failure.rule, reason = failure.reason, "a rule failed");
    }
    outcome.changed
}

/// Whether two times are so far apart, also after the clock was set back.
fn apart(now: i64, then: i64, span: i64) -> bool {
    now.abs_diff(then) >= span.unsigned_abs()
}

/// In step, without making up for rounds that were missed.
fn next(due: i64, at: i64, interval: i64) -> i64 {
    let step = interval.max(1);
    let next = due.saturating_add(step);
    if next > at && next - at <= step {
        next
    } else {
        at.saturating_add(step)
    }
}

async fn hand_over(watch: &Watch, course: &mut Course, changed: &[Alert], now: i64) {
    let Some(notifier) = watch.notifier() else {
        return;
    };
    let over = changed.iter().filter(|alert| alert.state == State::Inactive);
    course.over.extend(over.cloned());
    let excess = course.over.len().saturating_sub(MOST_OVER);
    course.over.drain(..excess);
    // What is over first: it may fire again by now.
    let mut notices: Vec<Notice> = course.over.iter().filter_map(notice).collect();
    match course.owed {
        true => notices.extend(watch.engine().alerts().filter_map(notice)),
        false => notices.extend(
            changed
                .iter()
                .filter(|alert| alert.state != State::Inactive)
                .filter_map(notice),
        ),
    }
    notices.extend(course.orphans.iter().filter_map(|alert| orphaned(alert, now)));
    if notices.is_empty() {
        if course.owed {
            course.owed = false;
            course.handed_at = now;
        }
        return;
    }
    match notifier.take(&notices).await {
        Ok(taken) => {
            for (place, why) in &taken.refused {
                tracing::error!(place, %why, "an alert was refused by the notifier");
            }
            if course.owed {
                course.handed_at = now;
            }
            course.owed = false;
            course.orphans.clear();
            course.over.clear();
            watch.beat().handed_at.store(now, Relaxed);
        }
        Err(error) => {
            tracing::error!(%error, "the notifier took nothing: all that fires is handed over again");
            watch.beat().refused.fetch_add(1, Relaxed);
            course.owed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use base::clock::Clock;
    use db::{Db, Options};

    use super::*;
    use crate::Config;

    const SECOND: i64 = 1_000_000;

    #[tokio::test]
    async fn rules_that_are_seldom_due_do_not_stop_the_heart_and_a_loop_that_hangs_does() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("control.db").display());
        let db = Db::open(&url, Options::default()).await.unwrap();
        db::migrate(&db, &crate::migrations()).await.unwrap();
        let (clock, hand) = Clock::manual("2026-01-01T00:00:00Z".parse().unwrap());
        let config = Config::parse("[rules]\nevery_group = 3600\n", Path::new(".")).unwrap();
        let groups = config.groups.len() as u64;
        let watch = Watch::open(db, config, None, clock).await.unwrap();
        let mut course = Course::default();
        for _ in 0..20 {
            round(&watch, &mut course).await;
            assert!(watch.pulse().is_some());
            hand.advance_micros(5 * SECOND);
        }
        // Once, for all of them.
        assert!(groups > 1);
        assert_eq!(watch.beat().rounds.load(Relaxed), 1);
        hand.advance_micros(31 * SECOND);
        assert_eq!(watch.pulse(), None);
        round(&watch, &mut course).await;
        assert!(watch.pulse().is_some());
        // The clock is set back by an hour: it goes on at once, and a loop that hangs then is seen as well.
        hand.advance_micros(-3_600 * SECOND);
        assert_eq!(watch.pulse(), None);
        round(&watch, &mut course).await;
        assert!(watch.pulse().is_some());
    }

    #[test]
    fn a_group_keeps_its_step_and_makes_up_for_nothing() {
        assert_eq!(next(1_000, 1_000, 5_000), 6_000);
        assert_eq!(next(1_000, 1_090, 5_000), 6_000);
        assert_eq!(next(1_000, 60_000, 5_000), 65_000);
        // The clock was set back.
        assert_eq!(next(60_000, 1_000, 5_000), 6_000);
    }
}

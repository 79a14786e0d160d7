//! Whether a group is told of, and what: a pure function of what was told, what holds, and the time.
//!
//! It decides as Alertmanager does, with three differences, each so that nothing is lost: an alert that fired when its
//! group was due and ended before the group was looked at, as after an outage of this process, is told as over; the
//! end of an alert that was told is told even if the alert is silenced or inhibited by then; and the same labels that
//! fire anew are told anew, though the end in between was not seen.

use std::collections::BTreeSet;

use crate::notice::Alert;
use crate::route::Timing;

/// What has been told of a group: the marks of alerts that people believe to fire.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Told {
    pub(crate) at: Option<i64>,
    pub(crate) firing: BTreeSet<String>,
}

/// An alert of a group, and whether it is told by itself.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) alert: Alert,
    /// Silenced or inhibited.
    pub(crate) hidden: bool,
}

/// How a group is told of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) timing: Timing,
    pub(crate) send_resolved: bool,
    /// It is in the route's mute hours.
    pub(crate) muted: bool,
}

/// Why a group is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Something fires that was not told.
    New,
    /// Something ended.
    Resolved,
    /// Nothing changed for the interval after which it is told again.
    Repeat,
    /// Something fired when the group was due, and ended before it was looked at.
    Late,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// `None`: tell nothing.
    pub(crate) why: Option<Why>,
    /// Alerts that the page shows as firing.
    pub(crate) firing: Vec<Alert>,
    /// Alerts that it shows as over.
    pub(crate) resolved: Vec<Alert>,
    /// What has been told from now on.
    pub(crate) told: Told,
    /// Fingerprints that leave the group.
    pub(crate) leave: Vec<String>,
    /// When to look again.
    pub(crate) next_at: i64,
}

/// Decides for a group that was due at `due_at`.
pub(crate) fn decide(told: &Told, members: &[Member], policy: Policy, due_at: i64, now: i64) -> Decision {
    let next_at = now.saturating_add(policy.timing.group_interval.0);
    if policy.muted {
        return quiet(told, members, next_at, now);
    }
    let firing: Vec<&Member> = members.iter().filter(|member| member.alert.fires(now)).collect();
    let over: Vec<&Member> = members.iter().filter(|member| !member.alert.fires(now)).collect();
    let shown: Vec<Alert> = firing
        .iter()
        .filter(|m| !m.hidden)
        .map(|m| m.alert.clone())
        .collect();
    let was_told = |alert: &Alert| told.firing.contains(&alert.mark());
    let missed = |member: &Member| {
        let Member { alert, hidden } = member;
        !hidden
            && !was_told(alert)
            && alert.starts_at <= due_at
            && alert.ends_at.is_some_and(|end| end >= due_at)
    };
    let new = shown.iter().any(|alert| !was_told(alert));
    let ended = over.iter().any(|member| was_told(&member.alert));
    let late = over.iter().any(|member| missed(member));
    let due_again = told
        .at
        .is_none_or(|at| now >= at.saturating_add(policy.timing.repeat_interval.0));
    let why = if new {
        Some(Why::New)
    } else if policy.send_resolved && ended {
        Some(Why::Resolved)
    } else if late {
        Some(Why::Late)
    } else if !shown.is_empty() && due_again {
        Some(Why::Repeat)
    } else {
        None
    };
    // Whoever is not told of ends hears of them only where that is all there is to tell.
    let resolved = if policy.send_resolved || why == Some(Why::Late) {
        let told_or_shown = |member: &&&Member| was_told(&member.alert) || !member.hidden;
        over.iter()
            .filter(told_or_shown)
            .map(|m| m.alert.clone())
            .collect()
    } else {
        Vec::new()
    };
    // What was told and is hidden now stays told: its end will be told.
    let mut now_told: BTreeSet<String> = firing
        .iter()
        .map(|m| m.alert.mark())
        .filter(|mark| told.firing.contains(mark))
        .collect();
    if why.is_some() {
        now_told.extend(shown.iter().map(Alert::mark));
    }
    Decision {
        firing: if why.is_some() { shown } else { Vec::new() },
        resolved: if why.is_some() { resolved } else { Vec::new() },
        told: Told {
            at: if why.is_some() { Some(now) } else { told.at },
            firing: now_told,
        },
        leave: over
            .iter()
            .map(|member| member.alert.fingerprint.clone())
            .collect(),
        why,
        next_at,
    }
}

/// In mute hours nothing is told and nothing that was told is forgotten.
fn quiet(told: &Told, members: &[Member], next_at: i64, now: i64) -> Decision {
    let untold_and_over = members
        .iter()
        .filter(|m| !m.alert.fires(now) && !told.firing.contains(&m.alert.mark()));
    Decision {
        why: None,
        firing: Vec::new(),
        resolved: Vec::new(),
        told: told.clone(),
        leave: untold_and_over
            .map(|member| member.alert.fingerprint.clone())
            .collect(),
        next_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::span::Span;
    use crate::micros::{HOUR, MINUTE, SECOND};
    use crate::notice::tests::notice;

    const POLICY: Policy = Policy {
        timing: Timing {
            group_wait: Span::seconds(30),
            group_interval: Span::minutes(5),
            repeat_interval: Span::hours(4),
        },
        send_resolved: true,
        muted: false,
    };

    fn member(name: &str, starts_at: i64, ends_at: Option<i64>, hidden: bool) -> Member {
        let mut asked = notice(&[("alertname", name)], starts_at);
        asked.ends_at = ends_at;
        let alert = asked.checked().unwrap().0;
        Member { alert, hidden }
    }

    fn told(members: &[&Member], at: i64) -> Told {
        Told {
            at: Some(at),
            firing: members.iter().map(|member| member.alert.mark()).collect(),
        }
    }

    #[test]
    fn what_is_new_is_told_once_and_again_after_the_repeat_interval() {
        let a = [member("A", 0, None, false)];
        let first = decide(&Told::default(), &a, POLICY, 30 * SECOND, 30 * SECOND);
        assert_eq!(first.why, Some(Why::New));
        assert_eq!(first.next_at, 30 * SECOND + 5 * MINUTE);
        let second = decide(&first.told, &a, POLICY, first.next_at, first.next_at);
        assert_eq!((second.why, &second.told), (None, &first.told));
        let repeat_at = 30 * SECOND + 4 * HOUR;
        assert_eq!(
            decide(&first.told, &a, POLICY, repeat_at, repeat_at - 1).why,
            None
        );
        assert_eq!(
            decide(&first.told, &a, POLICY, repeat_at, repeat_at).why,
            Some(Why::Repeat)
        );
    }

    #[test]
    fn an_end_is_told_and_then_the_alert_leaves() {
        let over = [member("A", 0, Some(MINUTE), false), member("B", 0, None, false)];
        let before = told(&[&over[0], &over[1]], 30 * SECOND);
        let then = decide(&before, &over, POLICY, 6 * MINUTE, 6 * MINUTE);
        assert_eq!(then.why, Some(Why::Resolved));
        assert_eq!((then.firing.len(), then.resolved.len()), (1, 1));
        assert_eq!(then.leave, [over[0].alert.fingerprint.clone()]);
        assert_eq!(then.told.firing.len(), 1);
        let silent = Policy {
            send_resolved: false,
            ..POLICY
        };
        let then = decide(&before, &over, silent, 6 * MINUTE, 6 * MINUTE);
        assert_eq!((then.why, then.told.firing.len(), then.leave.len()), (None, 1, 1));
    }

    #[test]
    fn an_alert_too_short_for_its_group_is_not_told_unless_nobody_looked_in_time() {
        let blip = [member("A", 0, Some(10 * SECOND), false)];
        assert_eq!(
            decide(&Told::default(), &blip, POLICY, 30 * SECOND, 30 * SECOND).why,
            None
        );
        // The group was due while it fired, but this process was down.
        let missed = [member("A", 0, Some(10 * MINUTE), false)];
        let late = decide(&Told::default(), &missed, POLICY, 30 * SECOND, 20 * MINUTE);
        assert_eq!((late.why, late.resolved.len()), (Some(Why::Late), 1));
    }

    #[test]
    fn what_is_hidden_is_not_told_but_its_end_is_if_it_was() {
        let hidden = [member("A", 0, None, true)];
        assert_eq!(
            decide(&Told::default(), &hidden, POLICY, MINUTE, MINUTE).why,
            None
        );
        let before = told(&[&hidden[0]], 30 * SECOND);
        let still = decide(&before, &hidden, POLICY, 5 * HOUR, 5 * HOUR);
        assert_eq!(
            (still.why, &still.told),
            (None, &before),
            "a silence stops repeats"
        );
        let ended = [member("A", 0, Some(5 * HOUR), true)];
        assert_eq!(
            decide(&before, &ended, POLICY, 6 * HOUR, 6 * HOUR).why,
            Some(Why::Resolved)
        );
        let back = [member("A", 0, None, false)];
        assert_eq!(
            decide(&before, &back, POLICY, HOUR, HOUR).why,
            None,
            "it was told already"
        );
    }

    #[test]
    fn the_same_labels_that_fire_anew_are_told_anew() {
        let first = member("A", 0, None, false);
        let anew = [member("A", 2 * MINUTE, None, false)];
        let then = decide(
            &told(&[&first], 30 * SECOND),
            &anew,
            POLICY,
            6 * MINUTE,
            6 * MINUTE,
        );
        assert_eq!(then.why, Some(Why::New));
        assert_eq!(then.told.firing, BTreeSet::from([anew[0].alert.mark()]));
    }

    #[test]
    fn mute_hours_delay_and_forget_nothing_that_was_told() {
        let muted = Policy {
            muted: true,
            ..POLICY
        };
        let over = [
            member("A", 0, Some(MINUTE), false),
            member("B", 0, Some(MINUTE), false),
        ];
        let before = told(&[&over[0]], 30 * SECOND);
        let quiet = decide(&before, &over, muted, 6 * MINUTE, 6 * MINUTE);
        assert_eq!((quiet.why, &quiet.told), (None, &before));
        assert_eq!(quiet.leave, [over[1].alert.fingerprint.clone()]);
        assert_eq!(
            decide(&before, &over[..1], POLICY, HOUR, HOUR).why,
            Some(Why::Resolved)
        );
    }
}

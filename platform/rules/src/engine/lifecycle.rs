//! How an alert moves: inactive, pending, firing, resolved. Nothing here evaluates anything.

use super::alert::{Alert, State};

/// How long a resolved alert is kept, so that whoever passes alerts on has time to tell of it (Prometheus'
/// `resolvedRetention`).
pub(crate) const RESOLVED_RETENTION: i64 = 15 * 60_000;

/// How long an alert fires on without its data. Whoever is on duty sees it at each of a day's shifts; a series that
/// has not come back for a whole day was taken away on purpose, and an alert that never ends is one that nobody
/// looks at.
pub(crate) const LONGEST_UNKNOWN: i64 = 24 * 3_600_000;

/// What an evaluation says of an alert that is not in its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// The data is there, and the expression does not hold.
    Ended,
    /// The data is gone.
    Unknown,
}

/// Fires a pending alert that has held for long enough (milliseconds).
pub(crate) fn held(alert: &mut Alert, at: i64, hold: i64) {
    alert.keep_firing_since = None;
    alert.unknown_since = None;
    if alert.state == State::Pending && at - alert.active_at >= hold {
        alert.state = State::Firing;
        alert.fired_at = Some(at);
    }
}

/// Moves an alert that is not in the result; whether it is to be kept.
pub(crate) fn absent(alert: &mut Alert, at: i64, keep_firing_for: i64, how: Absent) -> bool {
    match alert.state {
        State::Pending => {
            alert.state = State::Inactive;
            return false;
        }
        State::Inactive => {
            return alert
                .resolved_at
                .is_some_and(|resolved| at - resolved <= RESOLVED_RETENTION);
        }
        State::Firing => {}
    }
    if how == Absent::Unknown {
        let since = *alert.unknown_since.get_or_insert(at);
        if at - since < LONGEST_UNKNOWN {
            return true;
        }
    } else {
        alert.unknown_since = None;
        if keep_firing_for > 0 {
            let since = *alert.keep_firing_since.get_or_insert(at);
            if at - since < keep_firing_for {
                return true;
            }
        }
    }
    alert.state = State::Inactive;
    alert.resolved_at = Some(at);
    true
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use promql::Labels;

    use super::*;

    fn pending() -> Alert {
        Alert {
            rule: Arc::from("r"),
            group: Arc::from("g"),
            labels: Labels::new([("alertname", "r")]),
            annotations: Vec::new(),
            state: State::Pending,
            active_at: 0,
            fired_at: None,
            resolved_at: None,
            keep_firing_since: None,
            unknown_since: None,
            value: 1.0,
        }
    }

    #[test]
    fn it_fires_after_for_and_resolves_after_keep_firing_for() {
        let mut alert = pending();
        held(&mut alert, 59_999, 60_000);
        assert_eq!(alert.state, State::Pending);
        held(&mut alert, 60_000, 60_000);
        assert_eq!((alert.state, alert.fired_at), (State::Firing, Some(60_000)));
        assert!(absent(&mut alert, 70_000, 30_000, Absent::Ended));
        assert!(absent(&mut alert, 99_999, 30_000, Absent::Ended));
        assert_eq!(alert.state, State::Firing);
        assert!(absent(&mut alert, 100_000, 30_000, Absent::Ended));
        assert_eq!((alert.state, alert.resolved_at), (State::Inactive, Some(100_000)));
        assert!(absent(&mut alert, 100_000 + RESOLVED_RETENTION, 0, Absent::Ended));
        assert!(!absent(
            &mut alert,
            100_001 + RESOLVED_RETENTION,
            0,
            Absent::Ended
        ));
    }

    #[test]
    fn what_holds_again_meanwhile_begins_anew_to_be_kept() {
        let mut alert = pending();
        held(&mut alert, 0, 0);
        assert!(absent(&mut alert, 10, 20, Absent::Ended));
        held(&mut alert, 20, 0);
        assert!(absent(&mut alert, 30, 20, Absent::Ended));
        assert!(absent(&mut alert, 49, 20, Absent::Ended));
        assert_eq!(alert.state, State::Firing);
    }

    #[test]
    fn without_its_data_it_fires_for_a_day_and_no_longer() {
        let mut alert = pending();
        held(&mut alert, 0, 0);
        assert!(absent(&mut alert, 10, 0, Absent::Unknown));
        assert_eq!((alert.state, alert.unknown_since), (State::Firing, Some(10)));
        assert!(absent(&mut alert, 9 + LONGEST_UNKNOWN, 0, Absent::Unknown));
        assert_eq!(alert.state, State::Firing);
        assert!(absent(&mut alert, 10 + LONGEST_UNKNOWN, 0, Absent::Unknown));
        assert_eq!(alert.state, State::Inactive);
    }

    #[test]
    fn a_pending_one_that_ceases_to_hold_is_gone() {
        let mut alert = pending();
        assert!(!absent(&mut alert, 10, 60_000, Absent::Unknown));
        assert_eq!(alert.state, State::Inactive);
    }
}

//! An alert of the rules as the notifier takes it.

use notify::Notice;
use rules::{Alert, State};

/// Microseconds of a millisecond.
const MICROS: i64 = 1_000;

/// What the notifier is to know of an alert; nothing of one that has not fired.
pub(crate) fn notice(alert: &Alert) -> Option<Notice> {
    let fired_at = alert.fired_at?;
    let ends_at = match alert.state {
        State::Firing => None,
        State::Pending => return None,
        State::Inactive => Some(alert.resolved_at?.saturating_mul(MICROS)),
    };
    let pairs = alert.annotations.iter();
    let pairs = pairs.map(|(name, text)| (name.as_ref().to_owned(), text.clone()));
    Some(Notice {
        labels: alert
            .labels
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        annotations: pairs.filter(|(_, text)| !text.is_empty()).collect(),
        starts_at: fired_at.saturating_mul(MICROS),
        ends_at,
        generator: String::new(),
    })
}

/// Of an alert that nobody looks after any more, since its rule is gone: it ends, and says why.
pub(crate) fn orphaned(alert: &Alert, now: i64) -> Option<Notice> {
    let mut notice = notice(alert).filter(|notice| notice.ends_at.is_none())?;
    notice.ends_at = Some(now);
    let gone = "规则已移除，无人再评估此告警 / the rule is gone: nobody knows whether this still holds";
    notice
        .annotations
        .insert("ended_because".to_owned(), gone.to_owned());
    Some(notice)
}

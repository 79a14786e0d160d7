//! Checks bounds and times of day.

use super::settings::{LimitSettings, MuteSettings};
use super::span::Span;
use crate::error::NotifyError;
use crate::mute::Mute;

pub(super) fn hours(at: &str, asked: &MuteSettings) -> Result<Mute, NotifyError> {
    if asked.days.iter().any(|day| !(1..=7).contains(day)) {
        return Err(NotifyError::invalid(format!("{at}.days"), "1 Monday to 7 Sunday"));
    }
    let (from, to) = (
        minute(&format!("{at}.from"), &asked.from)?,
        minute(&format!("{at}.to"), &asked.to)?,
    );
    if from == to {
        let mend = "hours that are not all day: a route that never tells is a silence without an end";
        return Err(NotifyError::invalid(format!("{at}.to"), mend));
    }
    Ok(Mute {
        days: asked.days.clone(),
        from,
        to,
    })
}

pub(super) fn minute(at: &str, text: &str) -> Result<u16, NotifyError> {
    let read = text.split_once(':').and_then(|(hour, minute)| {
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        (text.len() == 5 && hour < 24 && minute < 60).then_some(hour * 60 + minute)
    });
    read.ok_or_else(|| NotifyError::invalid(at, "a time of day like 07:30"))
}

pub(super) fn limits(limits: &LimitSettings) -> Result<(), NotifyError> {
    let counts = [
        ("alerts", limits.alerts, 100_000),
        ("alerts_per_page", limits.alerts_per_page, 1_000),
        ("queued", limits.queued, 10_000),
    ];
    for (field, count, most) in counts {
        if count == 0 || count > most {
            return Err(NotifyError::invalid(
                format!("limits.{field}"),
                format!("1 to {most}"),
            ));
        }
    }
    let spans = [
        ("give_up", limits.give_up, Span::minutes(5), Span::days(2)),
        ("silence", limits.silence, Span::minutes(1), Span::days(31)),
        ("ack", limits.ack, Span::minutes(1), Span::days(3)),
        ("keep", limits.keep, Span::days(1), Span::days(3650)),
    ];
    for (field, span, least, most) in spans {
        if span < least || span > most {
            let mend = format!("between {} s and {} s", least.0 / 1_000_000, most.0 / 1_000_000);
            return Err(NotifyError::invalid(format!("limits.{field}"), mend));
        }
    }
    Ok(())
}

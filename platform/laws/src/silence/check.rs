//! Whether a person was told each time that the monitor fell silent.

use serde_json::json;

use super::Page;
use crate::journal::Journal;
use crate::journal::record::{MONITOR_KILL, MONITOR_RESTART};
use crate::verdict::{Ruling, Tally};

/// What a person is owed when the monitor falls silent.
#[derive(Debug, Clone, Copy)]
pub struct Owed<'a> {
    /// The alert by which the watcher tells of it.
    pub alert: &'a str,
    /// From the monitor's end to the page, in seconds.
    pub within: u32,
}

/// Judges law 9. Each death of the monitor owes a page, while it was dead and within the time; a page from before it,
/// or one that says that all is well again, pays for none, and a page pays for one death only.
#[must_use]
pub fn silence_is_an_alarm(journal: &Journal, pages: &[Page], owed: Owed<'_>) -> Ruling {
    let mut tally = Tally::default();
    let deaths: Vec<_> = journal
        .marks
        .iter()
        .filter(|mark| mark.mark == MONITOR_KILL)
        .collect();
    let mut took = Vec::new();
    for (number, death) in deaths.iter().enumerate() {
        tally.checked(1);
        let latest = death.at.saturating_add(i64::from(owed.within) * 1_000_000);
        // Once it is back, what it pages itself is no longer the watcher's word.
        let next = deaths.get(number + 1).map_or(i64::MAX, |next| next.at);
        let page = pages
            .iter()
            .find(|page| page.alert == owed.alert && !page.resolved && page.at > death.at && page.at < next);
        let subject = format!("the monitor's death at {}", death.at);
        match page {
            None => tally.against("silent", subject, "nobody was told"),
            Some(page) if page.at > latest => {
                let late = page.at.saturating_sub(death.at) / 1_000;
                let detail = format!("told after {late} ms, owed within {} s", owed.within);
                tally.against("late", subject, detail);
            }
            Some(page) => took.push(page.at.saturating_sub(death.at) / 1_000),
        }
    }
    let restarts = journal
        .marks
        .iter()
        .filter(|mark| mark.mark == MONITOR_RESTART)
        .count();
    tally.evidence("deaths", deaths.len());
    tally.evidence("restarts", restarts);
    tally.evidence("pages", pages.len());
    tally.evidence("told_after_ms", json!(took));
    let untouched = deaths
        .is_empty()
        .then(|| "the monitor was never killed".to_owned());
    tally.ruling(9, untouched)
}

//! Whether every fault ended when it had to.

use serde_json::json;

use super::{Told, Word};
use crate::verdict::{Ruling, Tally};

/// What a fault may take beyond its time, or beyond the death of its tool, in microseconds: design and watchdog promise
/// two seconds.
const GRACE: i64 = 2_000_000;

/// Judges law 8. Each fault that began was seen to end, at the latest two seconds after its time, and after the death of
/// its tool if that came before. `left` are undo records that are still there: faults that nobody has undone yet, as
/// far as anybody knows.
#[must_use]
pub fn every_fault_ends(told: &[Told], left: &[String]) -> Ruling {
    let mut tally = Tally::default();
    let (mut took, mut orphans) = (Vec::new(), 0_usize);
    let begun: Vec<&Told> = told.iter().filter(|one| one.word == Word::Began).collect();
    for began in &begun {
        tally.checked(1);
        let of = |word: Word| {
            let same = |one: &&Told| one.fault == began.fault && one.word == word && one.at >= began.at;
            told.iter().find(same)
        };
        if begun.iter().filter(|other| other.fault == began.fault).count() > 1 {
            tally.against(
                "named-twice",
                began.fault.as_str(),
                "nobody can tell which of them ended",
            );
            continue;
        }
        let killed = of(Word::ToolKilled).map(|one| one.at);
        orphans += usize::from(killed.is_some());
        let Some(until) = began.until else {
            tally.against(
                "without-end",
                began.fault.as_str(),
                "it was begun without saying when it ends",
            );
            continue;
        };
        let due = killed.map_or(until, |killed| killed.min(until));
        match of(Word::Ended) {
            None => tally.against("not-ended", began.fault.as_str(), "nobody saw it end"),
            Some(ended) if ended.at > due.saturating_add(GRACE) => {
                let late = ended.at.saturating_sub(due) / 1_000;
                let detail = format!("it ended {late} ms after it had to");
                tally.against("late", began.fault.as_str(), detail);
            }
            Some(ended) => took.push(ended.at.saturating_sub(due).max(0) / 1_000),
        }
    }
    for record in left {
        tally.against("record-left", record.as_str(), "its undo record is still there");
    }
    let strange = told
        .iter()
        .filter(|one| !begun.iter().any(|began| began.fault == one.fault));
    for one in strange {
        tally.against(
            "never-began",
            one.fault.as_str(),
            "it ended and nobody saw it begin",
        );
    }
    tally.evidence("faults", begun.len());
    tally.evidence("tools_killed", orphans);
    tally.evidence("ended_after_ms", json!(took));
    let untouched = begun.is_empty().then(|| "no fault was injected".to_owned());
    tally.ruling(8, untouched)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Verdict;

    const SECOND: i64 = 1_000_000;

    fn told(word: Word, at: i64, until: Option<i64>) -> Told {
        Told {
            at: at * SECOND,
            fault: "outage".to_owned(),
            word,
            until: until.map(|until| until * SECOND),
        }
    }

    fn began() -> Told {
        told(Word::Began, 10, Some(70))
    }

    fn kinds(told: &[Told], left: &[String]) -> (Verdict, Vec<String>) {
        let ruling = every_fault_ends(told, left);
        let found = ruling.findings.iter().map(|finding| finding.what.to_owned());
        (ruling.verdict, found.collect())
    }

    #[test]
    fn a_fault_that_ends_in_its_time_or_with_its_tool_keeps_the_law() {
        let in_time = [began(), told(Word::Ended, 71, None)];
        assert_eq!(kinds(&in_time, &[]).0, Verdict::Held);
        let orphan = [
            began(),
            told(Word::ToolKilled, 30, None),
            told(Word::Ended, 31, None),
        ];
        let ruling = every_fault_ends(&orphan, &[]);
        assert_eq!(ruling.verdict, Verdict::Held);
        assert_eq!(ruling.evidence["tools_killed"], 1);
        assert_eq!(ruling.evidence["ended_after_ms"], json!([1_000]));
    }

    #[test]
    fn what_does_not_end_or_ends_late_is_found() {
        assert_eq!(kinds(&[began()], &[]).1, ["not-ended"]);
        let late = [began(), told(Word::Ended, 73, None)];
        assert_eq!(kinds(&late, &[]).1, ["late"]);
        // In time for itself, but its tool had long been dead.
        let orphan = [
            began(),
            told(Word::ToolKilled, 30, None),
            told(Word::Ended, 33, None),
        ];
        assert_eq!(kinds(&orphan, &[]).1, ["late"]);
    }

    #[test]
    fn a_record_that_is_left_is_a_fault_that_nobody_undid() {
        let ended = [began(), told(Word::Ended, 20, None)];
        assert_eq!(kinds(&ended, &["toxic on sources".to_owned()]).1, ["record-left"]);
    }

    #[test]
    fn what_nobody_can_judge_is_found_too() {
        let twice = [began(), began(), told(Word::Ended, 20, None)];
        assert_eq!(kinds(&twice, &[]).1, ["named-twice", "named-twice"]);
        let endless = [told(Word::Began, 10, None), told(Word::Ended, 20, None)];
        assert_eq!(kinds(&endless, &[]).1, ["without-end"]);
        assert_eq!(kinds(&[told(Word::Ended, 20, None)], &[]).1, ["never-began"]);
    }

    #[test]
    fn without_a_fault_the_law_is_not_touched() {
        assert_eq!(kinds(&[], &[]).0, Verdict::NotTouched);
    }
}

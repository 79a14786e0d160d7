//! Law 9, with what must break it.

use std::fs;

use laws::journal::record::{KILL, MONITOR_KILL, MONITOR_RESTART};
use laws::journal::{Journal, Mark};
use laws::silence::{Owed, Page, PagesError, read, silence_is_an_alarm};
use laws::verdict::Verdict;

const OWED: Owed<'static> = Owed {
    alert: "MonitorSilent",
    within: 60,
};

fn journal(marks: &[(&str, i64)]) -> Journal {
    let marks = marks.iter().map(|(mark, seconds)| Mark {
        mark: (*mark).to_owned(),
        at: seconds * 1_000_000,
        epoch: None,
        scope: None,
    });
    Journal {
        marks: marks.collect(),
        ..Journal::default()
    }
}

fn page(alert: &str, seconds: i64) -> Page {
    Page {
        at: seconds * 1_000_000,
        alert: alert.to_owned(),
        resolved: false,
        key: format!("{alert}-{seconds}"),
    }
}

#[test]
fn a_death_that_somebody_was_told_of_in_time_is_within_the_law() {
    let journal = journal(&[(KILL, 10), (MONITOR_KILL, 100), (MONITOR_RESTART, 120)]);
    let pages = [page("InstanceDown", 12), page("MonitorSilent", 107)];
    let ruling = silence_is_an_alarm(&journal, &pages, OWED);
    assert_eq!((ruling.verdict, ruling.checked), (Verdict::Held, 1));
    assert_eq!(ruling.evidence["told_after_ms"], serde_json::json!([7_000]));
}

#[test]
fn a_death_that_nobody_was_told_of_breaks_it() {
    let once = journal(&[(MONITOR_KILL, 100)]);
    let mut over = page("MonitorSilent", 107);
    over.resolved = true;
    for pages in [
        vec![],
        vec![page("InstanceDown", 107)],
        // Of a silence before.
        vec![page("MonitorSilent", 99)],
        vec![over],
    ] {
        let ruling = silence_is_an_alarm(&once, &pages, OWED);
        assert_eq!(ruling.verdict, Verdict::Broken, "{pages:?}");
        assert_eq!(ruling.findings[0].what, "silent");
    }
}

#[test]
fn a_page_that_comes_too_late_breaks_it() {
    let ruling = silence_is_an_alarm(
        &journal(&[(MONITOR_KILL, 100)]),
        &[page("MonitorSilent", 161)],
        OWED,
    );
    assert_eq!(ruling.verdict, Verdict::Broken);
    assert_eq!(ruling.findings[0].what, "late");
    let on_time = silence_is_an_alarm(
        &journal(&[(MONITOR_KILL, 100)]),
        &[page("MonitorSilent", 160)],
        OWED,
    );
    assert_eq!(on_time.verdict, Verdict::Held);
}

#[test]
fn one_page_does_not_pay_for_two_deaths() {
    let twice = journal(&[(MONITOR_KILL, 100), (MONITOR_RESTART, 110), (MONITOR_KILL, 200)]);
    let ruling = silence_is_an_alarm(&twice, &[page("MonitorSilent", 105)], OWED);
    assert_eq!((ruling.verdict, ruling.checked), (Verdict::Broken, 2));
    let both = [page("MonitorSilent", 105), page("MonitorSilent", 207)];
    assert_eq!(silence_is_an_alarm(&twice, &both, OWED).verdict, Verdict::Held);
}

#[test]
fn a_monitor_that_was_never_killed_was_not_tried() {
    let ruling = silence_is_an_alarm(&journal(&[(KILL, 10)]), &[page("MonitorSilent", 5)], OWED);
    assert_eq!(ruling.verdict, Verdict::NotTouched);
}

#[test]
fn pages_are_read_strictly_and_a_torn_last_line_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pages.jsonl");
    let line = serde_json::to_string(&page("MonitorSilent", 7)).unwrap();
    fs::write(&file, format!("{line}\n{line}\n{}", &line[..20])).unwrap();
    assert_eq!(read(&file).unwrap().len(), 2);
    for (text, at) in [("{}\n".to_owned(), 1), (format!("{line}\nnonsense\n"), 2)] {
        fs::write(&file, text).unwrap();
        assert!(matches!(read(&file), Err(PagesError::Format { line, .. }) if line == at));
    }
    fs::write(&file, vec![b'x'; 5_000]).unwrap();
    assert!(matches!(read(&file), Err(PagesError::TooMuch { line: 1 })));
}

//! Faults are injected one by one: one page comes, and it names the root.

use notify::ack::{Answer, Way};
use notify::page::Kind;

use crate::fault::{BEFORE, Fault};
use crate::faults::FAULTS;
use crate::plane::Plane;
use crate::stage::Stage;
use crate::stand::Receipt;

/// After the page, in seconds: a second one would have come by then.
const AFTER: i64 = 10 * 60;

/// What people got that fires: to the desk, and to whom is on call.
fn firing(receipts: &[Receipt]) -> Vec<&Receipt> {
    let fires = |receipt: &&Receipt| {
        receipt.page.fires() && matches!(receipt.page.kind, Kind::Group | Kind::Escalation)
    };
    receipts.iter().filter(fires).collect()
}

/// Injects it and looks at what comes; the seconds until the first page.
async fn injected(fault: &Fault) -> Result<i64, String> {
    let mut plane = Plane::shipped().await;
    let mut stage = Stage::quiet();
    // The second instance, of which nothing is told but that it is there.
    stage.add(
        "up",
        &[("job", "financing"), ("instance", "127.0.0.1:7001")],
        1.0,
        0.0,
    );
    let (pace, before) = fault.pace;
    for _ in 0..before / pace {
        plane.step(&mut stage, pace).await;
    }
    if let Some(early) = firing(&plane.stand.receipts()).first() {
        return Err(format!("a page before it: {:?}", early.names(true)));
    }
    (fault.inject)(&mut stage);
    let begun = plane.at();
    let mut first = None;
    let mut acked = false;
    while plane.at() - begun < (first.unwrap_or(fault.within) + AFTER) * 1_000 {
        plane.step(&mut stage, pace).await;
        let receipts = plane.stand.receipts();
        let pages = firing(&receipts);
        if first.is_none() && !pages.is_empty() {
            first = Some((plane.at() - begun) / 1_000);
        }
        // Somebody answers, so that nobody else is woken.
        if let Some(code) = pages.iter().find_map(|page| page.page.code.clone())
            && !std::mem::replace(&mut acked, true)
        {
            let (by, way) = ("first".to_owned(), Way::Reply);
            let answer = Answer { by, way, until: None };
            plane
                .notifier()
                .ack_code(&code, answer)
                .await
                .map_err(|error| error.to_string())?;
        }
    }
    let first = first.ok_or_else(|| format!("no page within {} s", fault.within))?;
    if first > fault.within {
        return Err(format!("a page after {first} s, not {} s", fault.within));
    }
    let receipts = plane.stand.receipts();
    let pages = firing(&receipts);
    for kind in [Kind::Group, Kind::Escalation] {
        let names: Vec<_> = pages
            .iter()
            .filter(|page| page.page.kind == kind)
            .map(|page| page.names(true))
            .collect();
        let wanted = names
            .iter()
            .all(|page| page.iter().all(|name| name == fault.root));
        if names.len() > 1 || !wanted || (kind == Kind::Group && names.is_empty()) {
            return Err(format!("{kind:?}: {names:?}, not one page of {}", fault.root));
        }
    }
    Ok(first)
}

#[expect(clippy::print_stderr, reason = "figures of a run, for whoever looks")]
async fn all(faults: &[Fault]) {
    let mut wrong = Vec::new();
    for fault in faults {
        match injected(fault).await {
            Ok(seconds) => eprintln!("{}: {} after {seconds} s", fault.name, fault.root),
            Err(why) => {
                eprintln!("{}: {why}", fault.name);
                wrong.push(format!("{}: {why}", fault.name));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        faults.len(),
        wrong.join("\n")
    );
}

/// As many tests as there are cores on a small machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_brings_one_page_that_names_its_root() {
    all(FAULTS.get(..FAULTS.len() / 2).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_does_each_of_the_other_half() {
    all(FAULTS.get(FAULTS.len() / 2..).unwrap()).await;
}

/// Also over windows of hours, and where the rules look at yesterday.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiet_day_brings_none() {
    let mut plane = Plane::shipped().await;
    let mut stage = Stage::quiet();
    for _ in 0..26 * 60 {
        plane.step(&mut stage, 60).await;
    }
    let receipts = plane.stand.receipts();
    let names: Vec<_> = receipts.iter().map(|receipt| receipt.names(true)).collect();
    assert!(names.is_empty(), "{names:?}");
}

/// Without the table of what hides what, consequences are told beside their root.
#[tokio::test]
async fn a_plane_that_hides_nothing_is_caught() {
    let shipped = include_str!("../../../../deploy/watch.toml");
    let begins = shipped.split("[[notify.inhibit]]").count() - 1;
    assert!(begins > 10);
    let fault = FAULTS.first().unwrap();
    let mut plane = Plane::shipped_without("[[notify.inhibit]]").await;
    let mut stage = Stage::quiet();
    for _ in 0..BEFORE / 5 {
        plane.step(&mut stage, 5).await;
    }
    (fault.inject)(&mut stage);
    for _ in 0..60 {
        plane.step(&mut stage, 5).await;
    }
    let receipts = plane.stand.receipts();
    let mut names: Vec<_> = firing(&receipts)
        .iter()
        .flat_map(|page| page.names(true))
        .collect();
    names.sort();
    names.dedup();
    assert!(names.len() > 2, "{names:?}");
}

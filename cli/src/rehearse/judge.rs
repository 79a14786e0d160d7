//! The audit that a rehearsal ends with.

use std::path::PathBuf;

use laws::audit;
use laws::closed::windows;
use laws::journal::Journal;
use laws::leaks::Sweep;
use laws::log::{Anchor, Plane, every_act_is_logged, kept_elsewhere};
use laws::silence::{self, Owed, silence_is_an_alarm};
use laws::verdict::{Ruling, not_touched};

use anyhow::Context as _;

use super::cast::Cast;
use super::clear::{self, Places, WANTED};
use super::outage;
use super::pace::{ACTS, CONTROL_ACTS, MINIMUMS};
use super::paged::MONITOR_SILENT;
use crate::audit::unreadable;
use crate::evidence::inputs;

/// The laws that a rehearsal must touch.
pub(super) const REQUIRED: &[u8] = &[1, 2, 3, 5, 6, 7, 8, 9];

/// Why the others are not touched.
const LATER: &[(u8, &str, &str)] = &[(
    4,
    "no stress traffic in a shadow lane: all of this load was live",
    "没有影子通道的压测流量，全部负载均为真实通道",
)];

/// What law 9 owes: design and watchdog promise a minute.
const OWED: Owed<'static> = Owed {
    alert: MONITOR_SILENT,
    within: 60,
};

/// What the audit found.
pub(super) struct Judged {
    pub(super) rulings: Vec<Ruling>,
    /// The search for customer data, which goes on in the report.
    pub(super) sweep: Option<Sweep>,
}

/// Reads the database itself, and compares it with what the clients saw; then
/// looks everywhere for what they told.
pub(super) async fn judge(
    cast: &Cast,
    places: Places<'_>,
    journal: &Journal,
    gone: Option<Ruling>,
) -> anyhow::Result<Judged> {
    let pages = places.folder.pages();
    let (faults, leases) = (places.folder.faults(), places.folder.leases());
    let windows = windows(&places.folder.snapshots(), journal).context("failed to read the snapshots")?;
    let mut rulings = audit(places.database, journal, &windows, MINIMUMS)
        .await
        .map_err(unreadable)?;
    settings(cast, &mut rulings).await?;
    let log = logged(cast, &places).await;
    rulings.push(log.unwrap_or_else(|error| not_touched(7, &format!("a log can't be read: {error:#}"))));
    let (clear, sweep) = match clear::sweep(places, journal, cast.firms()).await {
        Ok(sweep) => (sweep.ruling(WANTED), Some(sweep)),
        Err(error) => (
            not_touched(5, &format!("the search did not come to its end: {error:#}")),
            None,
        ),
    };
    rulings.push(clear);
    let pages = silence::read(&pages);
    rulings.push(match pages {
        Ok(pages) => silence_is_an_alarm(journal, &pages, OWED),
        Err(error) => not_touched(9, &format!("the pages can't be read: {error}")),
    });
    // By a program that shares no code with the purge; nobody else may rule on it.
    rulings.push(gone.unwrap_or_else(|| not_touched(6, "no customer left")));
    rulings.push(match outage::ended(&faults, &leases) {
        Ok(ruling) => ruling,
        Err(error) => not_touched(
            8,
            &format!("what was seen of the faults can't be read: {error:#}"),
        ),
    });
    rulings.extend(later());
    rulings.sort_by_key(|ruling| ruling.law);
    Ok(Judged { rulings, sweep })
}

/// All laws, none of them touched, for the same reason.
pub(super) fn unjudged(reason: &str) -> Vec<Ruling> {
    let reason = format!("the audit did not run: {reason}");
    let required = REQUIRED.iter().map(|law| not_touched(*law, &reason));
    let mut rulings: Vec<Ruling> = required.chain(later()).collect();
    rulings.sort_by_key(|ruling| ruling.law);
    rulings
}

fn later() -> impl Iterator<Item = Ruling> {
    LATER.iter().map(|(law, reason, reason_zh)| {
        let mut ruling = not_touched(*law, reason);
        ruling
            .evidence
            .insert("not_enough_zh".to_owned(), (*reason_zh).into());
        ruling
    })
}

/// Law 1 rests on settings too, and on SQLite only the service can say with which its connections run.
async fn settings(cast: &Cast, rulings: &mut [Ruling]) -> anyhow::Result<()> {
    let weak = cast.weak_settings().await?;
    if let Some(kept) = rulings.iter_mut().find(|ruling| ruling.law == 1) {
        for setting in &weak {
            kept.against("not-durable", "financing check", setting.as_str());
        }
        kept.evidence.insert("financing_check".to_owned(), weak.into());
    }
    Ok(())
}

/// Law 7 over both planes' logs, with their public keys, the anchors that each wrote outside its
/// database, and those that the other plane keeps.
async fn logged(cast: &Cast, places: &Places<'_>) -> anyhow::Result<Ruling> {
    let key = |file: PathBuf| inputs::key(&file.to_string_lossy());
    let keys = [key(cast.evidence_key())?, key(cast.control_key())?];
    let mut anchors = inputs::anchors(&[places.folder.anchors(), places.folder.control_anchors()], &keys)?;
    let (financing, control) = (places.database, places.control);
    // Before the logs themselves, which go on growing.
    let mut kept = kept_elsewhere(control, &keys).await.map_err(unreadable)?;
    kept.retain(|anchor| anchor.origin == Plane::Financing.origin());
    let mut own = kept_elsewhere(financing, &keys).await.map_err(unreadable)?;
    own.retain(|anchor| anchor.origin == Plane::Control.origin());
    let silent = silent(&kept, &own);
    anchors.extend(kept.into_iter().chain(own));
    let law = |plane, url, acts| every_act_is_logged(plane, url, &keys, &anchors, acts);
    let mut ruling = law(Plane::Financing, financing, ACTS).await.map_err(unreadable)?;
    let other = law(Plane::Control, control, CONTROL_ACTS)
        .await
        .map_err(unreadable)?;
    ruling.also("control", other);
    if let Some(silent) = silent {
        ruling.also("exchange", silent);
    }
    Ok(ruling)
}

/// Each plane has to keep a checkpoint of the other's log: otherwise whoever holds one database could
/// rewrite its log alone, and the law is not touched.
fn silent(of_financing: &[Anchor], of_control: &[Anchor]) -> Option<Ruling> {
    let reason = "the planes did not keep each other's checkpoints";
    (of_financing.is_empty() || of_control.is_empty()).then(|| not_touched(7, reason))
}

#[cfg(test)]
mod tests {
    use laws::log::Head;
    use laws::verdict::Verdict;

    use super::*;

    #[test]
    fn a_plane_that_keeps_nothing_of_the_other_leaves_law_7_untouched() {
        let kept = [Anchor {
            origin: Plane::Control.origin().to_owned(),
            head: Head {
                size: 1,
                root: [0; 32],
            },
            note: String::new(),
            found: String::new(),
        }];
        assert!(silent(&kept, &kept).is_none());
        for (one, other) in [(&kept[..], &[][..]), (&[], &kept), (&[], &[])] {
            assert_eq!(silent(one, other).unwrap().verdict, Verdict::NotTouched);
        }
    }
}

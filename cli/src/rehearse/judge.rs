//! The audit that a rehearsal ends with.

use laws::audit;
use laws::closed::windows;
use laws::journal::Journal;
use laws::verdict::{Ruling, not_touched};

use anyhow::Context as _;

use super::cast::Cast;
use super::folder::Folder;
use super::pace::MINIMUMS;
use crate::audit::unreadable;

/// The laws that a rehearsal must touch.
pub(super) const REQUIRED: &[u8] = &[1, 2, 3];

/// Why the others are not touched.
const LATER: &[(u8, &str)] = &[
    (4, "no stress traffic in a shadow lane: all of this load was live"),
    (
        5,
        "nothing in this rehearsal searches stores and logs for customer data",
    ),
    (6, "nothing was purged"),
    (
        7,
        "the evidence log has no index yet that could show a missing leaf",
    ),
    (
        8,
        "no fault was injected through a lease; the kill ends by itself",
    ),
    (9, "no monitor watched, so none could fall silent"),
];

/// Reads the database itself, and compares it with what the clients saw.
pub(super) async fn judge(
    cast: &Cast,
    folder: &Folder,
    database: &str,
    journal: &Journal,
) -> anyhow::Result<Vec<Ruling>> {
    let windows = windows(&folder.snapshots(), journal).context("failed to read the snapshots")?;
    let mut rulings = audit(database, journal, &windows, MINIMUMS)
        .await
        .map_err(unreadable)?;
    settings(cast, &mut rulings).await?;
    rulings.extend(later());
    Ok(rulings)
}

/// All laws, none of them touched, for the same reason.
pub(super) fn unjudged(reason: &str) -> Vec<Ruling> {
    let reason = format!("the audit did not run: {reason}");
    let required = REQUIRED.iter().map(|law| not_touched(*law, &reason));
    required.chain(later()).collect()
}

fn later() -> impl Iterator<Item = Ruling> {
    LATER.iter().map(|(law, reason)| not_touched(*law, reason))
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

//! The checker of law 7.

use serde_json::Value;

use super::acts::{self, Acts};
use super::{Anchor, Checker, Key, Plane, database};
use crate::source::{DatabaseError, Source};
use crate::verdict::Ruling;

/// Judges law 7 for one plane: every act of an operator is in its evidence log exactly once, and the
/// log is what its anchors say. `minimum` is how many acts there must be for
/// the law to count as touched. Without the log's public key, or without a
/// checkpoint, nothing shows that the log was not rewritten: then it is not touched.
///
/// # Errors
/// When the database can't be read.
pub async fn every_act_is_logged(
    plane: Plane,
    url: &str,
    keys: &[Key],
    outside: &[Anchor],
    minimum: u64,
) -> Result<Ruling, DatabaseError> {
    let origin = plane.origin();
    let mut source = Source::open(url).await?;
    let (mut anchors, unsigned) = database::checkpoints(&mut source, keys).await?;
    let inside = anchors.iter().filter(|anchor| anchor.origin == origin).count();
    anchors.extend_from_slice(outside);
    let mut checker = Checker::new(origin, &anchors);
    if unsigned > 0 {
        let detail = format!("{unsigned} checkpoints in the database are not signed by the log's key");
        checker.against("checkpoint-forged", origin, detail);
    }
    let mut leaves = Acts::default();
    let waiting = database::check(&mut source, origin, &mut checker, |leaf| leaves.add(leaf)).await?;
    let verified = checker.finish();
    let mut tally = verified.tally;
    let logged = acts::complete(plane, &mut source, &leaves, &mut tally).await?;
    source.close().await;

    let outside = anchors.iter().filter(|anchor| anchor.origin == origin).count() - inside;
    for (name, value) in [
        ("leaves", Value::from(verified.leaves)),
        ("anchored", verified.anchored.into()),
        ("waiting_for_an_index", waiting.into()),
        ("checkpoints_in_the_database", inside.into()),
        ("checkpoints_from_outside", outside.into()),
        ("acts_logged", logged.into()),
        ("root", hex(&verified.root).into()),
    ] {
        tally.evidence(name, value);
    }
    let missing = missing(origin, keys, verified.anchored, logged, minimum);
    Ok(tally.ruling(7, missing))
}

/// The checkpoints that the other plane's database keeps: whoever rewrites a log there has to change
/// this database too. Those that no key signed are left out.
///
/// # Errors
/// When the database can't be read.
pub async fn kept_elsewhere(url: &str, keys: &[Key]) -> Result<Vec<Anchor>, DatabaseError> {
    let mut source = Source::open(url).await?;
    let (mut anchors, _) = database::checkpoints(&mut source, keys).await?;
    source.close().await;
    for anchor in &mut anchors {
        anchor.found = "the other plane's database".to_owned();
    }
    Ok(anchors)
}

fn missing(origin: &str, keys: &[Key], anchored: u64, logged: u64, minimum: u64) -> Option<String> {
    if !keys.iter().any(|key| key.name() == origin) {
        Some("without the log's public key nothing shows that it was not rewritten".to_owned())
    } else if anchored == 0 {
        Some("no leaf stands under a signed checkpoint".to_owned())
    } else {
        (logged < minimum).then(|| format!("{logged} acts, {minimum} are needed"))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

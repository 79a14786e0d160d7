//! The checker of law 7.

use serde_json::Value;

use super::acts::{self, Acts};
use super::{Anchor, Checker, Key, database};
use crate::source::{DatabaseError, Source};
use crate::verdict::Ruling;

/// The log of the lending service.
pub const FINANCING: &str = "backstop/financing";

/// Judges law 7: every act of an operator is in the evidence log exactly once, and the
/// log is what its anchors say. `minimum` is how many acts there must be for
/// the law to count as touched. Without the log's public key, or without a
/// checkpoint, nothing shows that the log was not rewritten: then it is not touched.
///
/// # Errors
/// When the database can't be read.
pub async fn every_act_is_logged(
    url: &str,
    keys: &[Key],
    outside: &[Anchor],
    minimum: u64,
) -> Result<Ruling, DatabaseError> {
    let mut source = Source::open(url).await?;
    let (mut anchors, unsigned) = database::checkpoints(&mut source, keys).await?;
    let inside = anchors.iter().filter(|anchor| anchor.origin == FINANCING).count();
    anchors.extend_from_slice(outside);
    let mut checker = Checker::new(FINANCING, &anchors);
    if unsigned > 0 {
        let detail = format!("{unsigned} checkpoints in the database are not signed by the log's key");
        checker.against("checkpoint-forged", FINANCING, detail);
    }
    let mut leaves = Acts::default();
    let waiting = database::check(&mut source, FINANCING, &mut checker, |leaf| leaves.add(leaf)).await?;
    let verified = checker.finish();
    let mut tally = verified.tally;
    let logged = acts::complete(&mut source, &leaves, &mut tally).await?;
    source.close().await;

    let outside = anchors.len() - inside;
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
    let missing = missing(keys, verified.anchored, logged, minimum);
    Ok(tally.ruling(7, missing))
}

fn missing(keys: &[Key], anchored: u64, logged: u64, minimum: u64) -> Option<String> {
    if !keys.iter().any(|key| key.name() == FINANCING) {
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

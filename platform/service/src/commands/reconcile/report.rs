//! What `financing reconcile` says.

use std::io::Write;

use recovery::Behind;
use serde::Serialize;

/// What was found, and what came of it.
#[derive(Serialize)]
pub(super) struct Report {
    /// Whether the gate is `closed (unverified)` now.
    pub(super) unverified: bool,
    /// Whether something was to be done, and not only said.
    pub(super) applied: bool,
    /// Whether nothing is left to do.
    pub(super) done: bool,
    #[serde(flatten)]
    pub(super) found: Behind,
}

/// For a person.
pub(super) fn print(out: &mut impl Write, report: &Report) -> std::io::Result<()> {
    let found = &report.found;
    if let Some(epochs) = found.epochs {
        writeln!(
            out,
            "epoch: {} here, {} was given out",
            epochs.database, epochs.journal
        )?;
    }
    for lost in &found.moves {
        let here = if lost.closed { "closed" } else { "not closed" };
        writeln!(
            out,
            "gate: {} went to {} at epoch {}, and is {here} here",
            lost.scope, lost.state, lost.epoch
        )?;
    }
    for (what, ids) in [
        ("consent, revoked and live here", &found.consents_live),
        ("consent, revoked anew here", &found.consents_revoked),
        ("consent, revoked and unknown here", &found.consents_unknown),
        (
            "draw, left and requested here: leaves again under the same reference",
            &found.draws_requested,
        ),
        (
            "draw, left and unknown here: ask core banking",
            &found.draws_unknown,
        ),
    ] {
        for id in ids {
            writeln!(out, "{what}: {id}")?;
        }
    }
    let state = if report.unverified {
        gate::UNVERIFIED
    } else {
        "believed"
    };
    let verdict = match (report.applied, report.done) {
        (true, true) => "reconciled; intake stays closed until two persons reopen it",
        (true, false) => {
            "something is left: ask core banking about the unknown draws, then --accept-unknown-draws with a reason"
        }
        (false, true) => "the database lacks nothing of these journals",
        (false, false) => "nothing was done: without --apply this is a preview",
    };
    writeln!(out, "the database is {state}; {verdict}")
}

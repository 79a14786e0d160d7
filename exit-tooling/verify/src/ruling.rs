//! Law 6, *Gone means gone*, in the rehearsal's terms.

use certificate::verification::{Verdict, Verification};
use laws::verdict::{Ruling, Tally};

/// The law's number.
const LAW: u8 = 6;

/// The ruling that a verification amounts to.
#[must_use]
pub fn ruling(found: &Verification) -> Ruling {
    let mut tally = Tally::default();
    tally.checked(found.looked.rows + found.looked.files + found.kept.fields_compared);
    for (name, value) in [
        ("customers", found.customers),
        ("rows_before", found.rows.values().sum()),
        (
            "values",
            found.needles.values().map(|needles| needles.searched).sum(),
        ),
        (
            "values_too_weak",
            found.needles.values().map(|needles| needles.too_weak).sum(),
        ),
        ("tables", found.looked.tables),
        ("rows", found.looked.rows),
        ("files", found.looked.files),
        ("bytes", found.looked.bytes),
        (
            "tokens_that_stay",
            found.residual.iter().map(|place| place.times).sum(),
        ),
        ("entries_unchanged", found.kept.entries),
        ("postings_unchanged", found.kept.postings),
        ("rows_archived", found.kept.archived.values().sum()),
    ] {
        tally.evidence(name, value);
    }
    for hit in &found.hits {
        let detail = format!("{} in {}, {} times", hit.kind, hit.encoding, hit.times);
        tally.against("remains", hit.place.clone(), detail);
    }
    for finding in &found.findings {
        let detail = format!("{}: {}", finding.what, finding.detail);
        tally.against("account-wrong", finding.subject.clone(), detail);
    }
    let missing = match found.verdict {
        Verdict::NotLooked => Some(format!("not looked into: {}", found.not_looked.join("; "))),
        Verdict::Clean | Verdict::Remains => None,
    };
    tally.ruling(LAW, missing)
}

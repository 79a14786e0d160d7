//! Compares what the exit says of itself, in its record and in `exits` and `exit_rows`, with what there was.

use std::collections::{BTreeMap, BTreeSet};

use certificate::record::Record;
use laws::source::Source;
use sha2::{Digest, Sha256};

use crate::VerifyError;
use crate::findings::Findings;
use crate::opened::hex;
use crate::witness::Witness;

/// The fates of rows by table and digest.
pub type Fates = BTreeMap<(String, String), String>;

/// The digest under which `exit_rows` names a row.
#[must_use]
pub fn row_digest(table: &str, key: &str) -> String {
    hex(&Sha256::digest([table.as_bytes(), &[0], key.as_bytes()].concat()))
}

/// Whether the database knows of this exit, and what it says of each row.
///
/// # Errors
/// [`VerifyError::Database`].
pub async fn exit(
    source: &mut Source,
    record: &Record,
    findings: &mut Findings,
) -> Result<Fates, VerifyError> {
    let ids = [record.exit_id.as_str()];
    let sql = "SELECT scope, plan_digest, rules_digest, proposal, CAST(rehearsal AS TEXT), \
        COALESCE(CAST(finished_at AS TEXT), '') FROM exits WHERE id {ids}";
    let rows = source.rows_in("the exit", sql, &ids).await?;
    let Some(row) = rows.first() else {
        findings.add("exit-unrecorded", "exits", "the database knows of no such exit");
        return Ok(Fates::new());
    };
    let rehearsal = if record.rehearsal { "1" } else { "0" };
    let said = [
        record.scope.name(),
        &record.plan_digest,
        &record.rules_digest,
        &record.proposal,
        rehearsal,
    ];
    let names = ["scope", "plan_digest", "rules_digest", "proposal", "rehearsal"];
    for (place, (name, said)) in names.into_iter().zip(said).enumerate() {
        findings.same("exit-differs", &format!("exits.{name}"), said, row.text(place)?);
    }
    if row.text(5)?.is_empty() {
        findings.add(
            "exit-unfinished",
            "exits.finished_at",
            "the exit did not come to its end",
        );
    }
    let sql = "SELECT table_name, row_digest, fate FROM exit_rows WHERE exit_id {ids}";
    let mut fates = Fates::new();
    for row in source.rows_in("the rows that left", sql, &ids).await? {
        fates.insert(
            (row.text(0)?.to_owned(), row.text(1)?.to_owned()),
            row.text(2)?.to_owned(),
        );
    }
    Ok(fates)
}

/// Whether each row of the witness has a line, and the record counts the lines.
pub fn rows(witness: &Witness, record: &Record, fates: &Fates, findings: &mut Findings) {
    findings.same(
        "record-count",
        "customers",
        record.customers,
        witness.firms.len() as u64,
    );
    for (table, rows) in &witness.rows {
        let missing = rows
            .keys()
            .filter(|key| !fates.contains_key(&(table.clone(), row_digest(table, key))));
        let missing = missing.count();
        if missing > 0 {
            findings.add(
                "row-unrecorded",
                table.clone(),
                format!("{missing} rows left without a line in exit_rows"),
            );
        }
    }
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for ((table, _), fate) in fates {
        *counts.entry((table, fate)).or_default() += 1;
    }
    let said = record.tables.iter().flat_map(|table| {
        let name = table.table.as_str();
        [
            ((name, "deleted"), table.deleted),
            ((name, "archived"), table.archived),
        ]
    });
    let said: BTreeMap<(&str, &str), u64> = said.filter(|(_, count)| *count > 0).collect();
    for key in said.keys().chain(counts.keys()).collect::<BTreeSet<_>>() {
        let of = |counts: &BTreeMap<(&str, &str), u64>| counts.get(key).copied().unwrap_or(0);
        findings.same(
            "record-count",
            &format!("{} {}", key.0, key.1),
            of(&said),
            of(&counts),
        );
    }
}

//! Compares what the exit says of itself with what there was and what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use certificate::archive::{self, Archive, Row};
use certificate::key_file;
use certificate::record::Record;
use certificate::verification::{Finding, Kept};
use laws::source::Source;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::VerifyError;
use crate::catalog::Table;
use crate::opened::{archived, hex, mark};
use crate::witness::Witness;

/// Gathers what is against the exit.
#[derive(Debug, Default)]
pub struct Findings(pub Vec<Finding>);

/// Findings of one kind that are listed singly; the rest is counted in one more.
const LISTED: usize = 20;

impl Findings {
    /// Adds one.
    pub fn add(&mut self, what: &str, subject: impl Into<String>, detail: impl Into<String>) {
        let (what, subject, detail) = (what.to_owned(), subject.into(), detail.into());
        let known = self.0.iter().filter(|finding| finding.what == what).count();
        match known {
            0..LISTED => self.0.push(Finding {
                what,
                subject,
                detail,
            }),
            LISTED => self.0.push(Finding {
                what,
                subject: "more".into(),
                detail: "more than are listed".into(),
            }),
            _ => {}
        }
    }

    fn same<T: PartialEq + std::fmt::Display>(&mut self, what: &str, subject: &str, said: T, found: T) {
        if said != found {
            self.add(what, subject, format!("the record says {said}, found {found}"));
        }
    }
}

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

/// Whether every key that there was has a tombstone, so that a restored key store destroys it again.
///
/// # Errors
/// [`VerifyError::Database`].
pub async fn keys(
    source: &mut Source,
    witness: &Witness,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let subjects: BTreeSet<&str> = witness.keys.iter().map(|(subject, _)| subject.as_str()).collect();
    let subjects: Vec<&str> = subjects.into_iter().collect();
    let sql = "SELECT subject, category FROM vault_destroyed WHERE subject {ids}";
    let mut destroyed = BTreeSet::new();
    for row in source.rows_in("the destroyed keys", sql, &subjects).await? {
        destroyed.insert((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
    }
    let left = witness
        .keys
        .iter()
        .filter(|key| !destroyed.contains(*key))
        .count();
    if left > 0 {
        findings.add(
            "key-not-destroyed",
            "vault_destroyed",
            format!("{left} keys have no tombstone"),
        );
    }
    Ok(())
}

/// Whether the wrapping keys are those that the record says, and the ones before them are given up.
///
/// # Errors
/// [`VerifyError::Database`].
pub async fn rotations(
    source: &mut Source,
    record: &Record,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let sql = "SELECT custodian, CAST(epoch AS TEXT), CAST(retired AS TEXT) FROM vault_keks";
    let mut epochs: BTreeMap<String, u64> = BTreeMap::new();
    for row in source.rows("the wrapping keys", sql).await? {
        // A rotation has ended when what wraps now is also the oldest that is not given up.
        let lower = |text: &str| text.parse::<u64>().unwrap_or(0);
        epochs.insert(
            row.text(0)?.to_owned(),
            lower(row.text(1)?).min(lower(row.text(2)?)),
        );
    }
    for said in &record.keks_rotated {
        let now = epochs.get(&said.custodian).copied().unwrap_or(0);
        if now < said.epoch {
            let detail = format!("the record says {}, the key store {now}", said.epoch);
            findings.add("kek-not-rotated", said.custodian.clone(), detail);
        }
    }
    Ok(())
}

/// Where the archive lies.
#[derive(Debug, Clone, Copy)]
pub struct Archived<'a> {
    /// Its file.
    pub file: &'a Path,
    /// Its key's file.
    pub key: &'a Path,
}

/// Whether the archive is the one that the record names, opens, and has every row with the witnessed values.
///
/// # Errors
/// [`VerifyError`]: a file that is there can't be read. What is wrong with the archive itself is a finding.
pub fn archive(
    at: Option<Archived<'_>>,
    witness: &Witness,
    record: &Record,
    tables: &[Table],
    fates: &Fates,
    kept: &mut Kept,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let (said, at) = match (&record.archive, at) {
        (Some(said), Some(at)) => (said, at),
        (None, _) if fates.values().all(|fate| fate != "archived") => return Ok(()),
        (None, _) => {
            findings.add(
                "archive-missing",
                "record",
                "rows were archived, and the record names no archive",
            );
            return Ok(());
        }
        (Some(_), None) => {
            findings.add(
                "archive-missing",
                "archive",
                "the record names an archive, and none was given",
            );
            return Ok(());
        }
    };
    let bytes = match std::fs::read(at.file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            findings.add("archive-missing", "archive", "there is no such file");
            return Ok(());
        }
        bytes => bytes.map_err(VerifyError::file(at.file))?,
    };
    findings.same("archive-differs", "bytes", said.bytes, bytes.len() as u64);
    findings.same(
        "archive-differs",
        "sha256",
        said.sha256.clone(),
        hex(&Sha256::digest(&bytes)),
    );
    let opened = match archive::open(&bytes, &key_file::load(at.key)?) {
        Ok(opened) => opened,
        Err(error) => {
            findings.add("archive-closed", "archive", error.to_string());
            return Ok(());
        }
    };
    findings.same(
        "archive-differs",
        "exit_id",
        record.exit_id.as_str(),
        &opened.manifest.exit_id,
    );
    findings.same(
        "archive-differs",
        "plan_digest",
        record.plan_digest.as_str(),
        &opened.manifest.plan_digest,
    );
    let said: BTreeMap<&str, u64> = record
        .tables
        .iter()
        .map(|table| (table.table.as_str(), table.archived))
        .collect();
    for table in said
        .keys()
        .copied()
        .chain(opened.manifest.counts.keys().map(String::as_str))
        .collect::<BTreeSet<_>>()
    {
        let there = opened.manifest.counts.get(table).copied().unwrap_or(0);
        findings.same(
            "archive-count",
            table,
            said.get(table).copied().unwrap_or(0),
            there,
        );
    }
    contents(&opened, witness, tables, fates, kept, findings)
}

fn contents(
    opened: &Archive,
    witness: &Witness,
    tables: &[Table],
    fates: &Fates,
    kept: &mut Kept,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let salt = witness.salt()?;
    for (name, rows) in &opened.rows {
        kept.archived.insert(name.clone(), rows.len() as u64);
        let Some(table) = tables.iter().find(|table| table.name == *name) else {
            findings.add(
                "archive-table-unknown",
                name.clone(),
                "the database has no such table",
            );
            continue;
        };
        let mut seen = BTreeSet::new();
        for row in rows {
            let key = key_of(table, row);
            let witnessed = witness.rows.get(name).and_then(|rows| rows.get(&key));
            for (column, before) in witnessed.into_iter().flatten() {
                let now = row
                    .get(column)
                    .map(|value| mark(&salt, name, &key, column, &archived(value)));
                if now.as_ref() == Some(before) {
                    kept.fields_compared += 1;
                } else {
                    findings.add(
                        "archive-value-differs",
                        format!("{name}.{column}"),
                        "not the witnessed value",
                    );
                }
            }
            seen.insert(row_digest(name, &key));
        }
        if seen.len() != rows.len() {
            findings.add("archive-row-twice", name.clone(), "two rows of one key");
        }
        let unknown = seen.iter().filter(|digest| {
            fates
                .get(&(name.clone(), (*digest).clone()))
                .is_none_or(|fate| fate != "archived")
        });
        let unknown = unknown.count();
        if unknown > 0 {
            findings.add(
                "archive-row-unknown",
                name.clone(),
                format!("{unknown} rows that exit_rows does not name"),
            );
        }
    }
    let there = |(table, digest): &&(String, String)| {
        let rows = opened.rows.get(table);
        let known = tables.iter().find(|known| known.name == *table);
        rows.zip(known).is_some_and(|(rows, known)| {
            rows.iter()
                .any(|row| row_digest(table, &key_of(known, row)) == *digest)
        })
    };
    let all = fates
        .iter()
        .filter(|(_, fate)| *fate == "archived")
        .map(|(row, _)| row);
    let mut missing: BTreeMap<&str, u64> = BTreeMap::new();
    for (table, _) in all.filter(|row| !there(row)) {
        *missing.entry(table).or_default() += 1;
    }
    for (table, count) in missing {
        findings.add(
            "archive-row-missing",
            table,
            format!("{count} rows that exit_rows names as archived"),
        );
    }
    Ok(())
}

fn key_of(table: &Table, row: &Row) -> String {
    let cell = |column: &crate::catalog::Column| match row.get(&column.name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Null) | None => None,
        Some(value) => Some(value.to_string()),
    };
    let cells: Vec<Option<String>> = table.columns.iter().map(cell).collect();
    table.key_of(&cells)
}
